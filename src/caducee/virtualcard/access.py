# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may do what: access rules in words, as the byte of IAS-ECC, and as a decision.

An access byte is 00 (always), FF (never) or 1n: the user is authenticated by the PIN that the
security environment n names (IAS-ECC 1.0.1, security condition bytes).
"""

from collections.abc import Set as AbstractSet

from caducee.spec.access import ALWAYS, NEVER
from caducee.virtualcard.image_parts import SecurityEnvironment

__all__ = ["AccessRules", "access_byte", "environment_number"]

_USER_AUTHENTICATION = 0x10


def access_byte(access: str) -> int:
    """Return the byte of a rule: ``always`` 00, ``never`` FF, ``SE n`` 1n."""
    if access == "always":
        return ALWAYS
    if access == "never":
        return NEVER
    return _USER_AUTHENTICATION | environment_number(access)


def environment_number(access: str) -> int:
    """Return n of ``SE n``, and 0 of the rules that ask for nothing."""
    return int(access[3:]) if access.startswith("SE ") else 0


class AccessRules:
    """The decisions of one card: which PIN each security environment asks for."""

    def __init__(self, environments: tuple[SecurityEnvironment, ...]) -> None:
        self._pins = {environment.number: environment.pin for environment in environments}

    def pin_of(self, number: int) -> int | None:
        """Return the reference of the PIN that environment ``number`` asks for, if it exists."""
        return self._pins.get(number)

    def allow(self, access: str, verified: AbstractSet[int]) -> bool:
        """Say whether a rule is met when the PINs ``verified`` are proven."""
        if access == "always":
            return True
        return self._pins.get(environment_number(access)) in verified
