# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers to reset of common French cards that are not of the CPS family.

Source: the list of answers to reset of pcsc-tools 1.7.3 (``smartcard_list.txt``).
"""

from typing import Final

__all__ = ["PAYMENT", "VITALE"]

VITALE: Final = bytes.fromhex("3B 75 13 00 00 45 09 EA 90 00")
"""The insured person's card, "Carte Vitale 2"."""

PAYMENT: Final = bytes.fromhex("3B 65 00 00 20 63 CB 6A 00")
"""A payment card, "CB Visa" of several French banks."""
