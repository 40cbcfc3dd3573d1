# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cards that the demonstration can show, and how each of them ends."""

from dataclasses import dataclass

__all__ = ["KINDS", "DemoCard"]


@dataclass(frozen=True, slots=True)
class DemoCard:
    """One kind of card in the demonstration."""

    profile: str
    """The ready profile that is issued."""

    face: str = "contact"
    """The face of the card that the reader meets."""

    refusal: str | None = None
    """The code with which a login ends that this card cannot make; none: it logs in."""


KINDS = {
    "cps3": DemoCard("cps"),
    "cps3-cl": DemoCard("cps", "contactless", "cryptolib.no_pin_on_face"),
    "cps4": DemoCard("cps4"),
    "cps": DemoCard("cps"),
    "cpf": DemoCard("cpf"),
    "cpe": DemoCard("cpe"),
    "cde": DemoCard("cde"),
    "cpa": DemoCard("cpa"),
    "cda": DemoCard("cda"),
}
"""By name: generations and faces, then families."""
