# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Private keys that stay where they are, behind the interface of ``cryptography``."""

from typing import NoReturn, Self

from caducee.base.errors import KeyOperationError

__all__ = ["NonExportableKey"]


class NonExportableKey:
    """The half of a private key's interface that a key of a card or token refuses."""

    def private_numbers(self) -> NoReturn:
        """Refuse (``cryptolib.key_stays``)."""
        raise KeyOperationError("cryptolib.key_stays")

    def private_bytes(
        self, encoding: object, format: object, encryption_algorithm: object
    ) -> NoReturn:
        """Refuse (``cryptolib.key_stays``)."""
        raise KeyOperationError("cryptolib.key_stays")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self
