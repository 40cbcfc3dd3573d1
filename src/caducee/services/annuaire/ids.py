# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Ids of resources: letters, digits, ``-`` and ``.`` only, so that a ``/`` becomes a ``.``.

>>> of("30B0057881/CPET0002")
'30B0057881.CPET0002'
>>> activity_key("30B0057881.CPET0002-01")
('30B0057881/CPET0002', '01')
"""

__all__ = ["activity_key", "key", "of", "of_activity"]


def of(national: str) -> str:
    """Return the id of a person or structure from its national identifier."""
    return national.replace("/", ".")


def key(text: str) -> str:
    """Return the national identifier of an id."""
    return text.replace(".", "/")


def of_activity(ps_idnat: str, number: int) -> str:
    """Return the id of an activity."""
    return f"{of(ps_idnat)}-{number:02}"


def activity_key(text: str) -> tuple[str, str]:
    """Return person and number of the id of an activity; ``00`` when it is none."""
    person, _, number = text.rpartition("-")
    good = len(number) == 2 and number.isascii() and number.isdigit()
    return (key(person), number) if good else (key(text), "00")
