# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PIN fields of every window: labels and length rules, without Qt."""

from dataclasses import dataclass

from caducee.base.i18n import gettext as _
from caducee.cryptolib.pin_rules import PinFormatFault, format_fault

__all__ = ["PinField", "lengths_hint", "pin_fault"]


@dataclass(frozen=True, slots=True)
class PinField:
    """One line for a PIN or PUK."""

    name: str
    """``old``, ``new`` or ``again``."""

    label: str
    """With the mark of its key."""


def pin_fault(value: str, least: int, most: int) -> str:
    """Return why a text is not a PIN of ``least`` to ``most`` digits; empty if it is."""
    if not value:
        return _("Enter the PIN.")
    match format_fault(value.encode(), least, most):
        case PinFormatFault.DIGITS:
            return _("Only digits are allowed.")
        case PinFormatFault.LENGTH:
            return _("Enter {hint}.").format(hint=lengths_hint(least, most))
    return ""


def lengths_hint(least: int, most: int) -> str:
    """Return the allowed lengths, e.g. ``4 to 8 digits``."""
    return _("{least} to {most} digits").format(least=least, most=most)
