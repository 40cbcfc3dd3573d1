# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cards that the demonstration can show, and how each of them ends."""

from dataclasses import dataclass

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of card in the demonstration."""

    profile: str
    """The ready profile that is issued."""

    face: str = "contact"
    """The face of the card that the reader meets."""

    refusal: str | None = None
    """The code with which a login ends that this card cannot make; none: it logs in."""


KINDS = {
    "cps3": Kind("cps"),
    "cps3-cl": Kind("cps", "contactless", "cryptolib.no_pin_on_face"),
    "cps4": Kind("cps4"),
    "cps": Kind("cps"),
    "cpf": Kind("cpf"),
    "cpe": Kind("cpe"),
    "cde": Kind("cde"),
    "cpa": Kind("cpa"),
    "cda": Kind("cda"),
}
"""By name: generations and faces, then families."""
