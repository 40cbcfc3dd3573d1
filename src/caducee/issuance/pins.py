# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PIN and PUK that a new card is delivered with."""

import secrets
import string
from dataclasses import dataclass
from typing import Self

from caducee.base.secret import Secret
from caducee.spec.cards import PIN_SIZE, PUK_SIZE, TEST_PIN, TEST_PUK

__all__ = ["CardPins"]


@dataclass(frozen=True, slots=True, eq=False)
class CardPins:
    """PIN and PUK of a card."""

    pin: Secret
    """Four digits (in French: code porteur)."""

    puk: Secret
    """Eight digits (in French: code de déblocage)."""

    @classmethod
    def random(cls) -> Self:
        """Return unpredictable values, as in the PIN letter of a real card."""
        return cls(_digits(PIN_SIZE), _digits(PUK_SIZE))

    @classmethod
    def of_test_cards(cls) -> Self:
        """Return the documented values of test cards, 1234 and 12345678."""
        return cls(Secret.of(TEST_PIN), Secret.of(TEST_PUK))


def _digits(count: int) -> Secret:
    return Secret.of("".join(secrets.choice(string.digits) for _ in range(count)))
