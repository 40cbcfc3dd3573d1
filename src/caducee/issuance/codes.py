# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The codes that a new card is delivered with."""

import secrets
import string
from dataclasses import dataclass
from typing import Self

from caducee.base.secret import Secret
from caducee.spec.cards import PIN_SIZE, PUK_SIZE, TEST_PIN, TEST_PUK

__all__ = ["CardCodes"]


@dataclass(frozen=True, slots=True, eq=False)
class CardCodes:
    """The holder's code and the unblocking code of one card."""

    pin: Secret
    """Code porteur, 4 digits."""

    puk: Secret
    """Code de déblocage, 8 digits."""

    @classmethod
    def random(cls) -> Self:
        """Return codes that nobody can foresee, as the code letter of a real card has them."""
        return cls(_digits(PIN_SIZE), _digits(PUK_SIZE))

    @classmethod
    def of_test_cards(cls) -> Self:
        """Return the documented codes of test cards, 1234 and 12345678."""
        return cls(Secret.of(TEST_PIN), Secret.of(TEST_PUK))


def _digits(count: int) -> Secret:
    return Secret.of("".join(secrets.choice(string.digits) for _ in range(count)))
