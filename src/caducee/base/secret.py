# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A value that must not be seen: no text form, no comparison, no copy by accident."""

from typing import NoReturn

__all__ = ["Secret"]


class Secret:
    """Bytes such as a PIN, kept out of logs, reports, tracebacks and pickles.

    >>> code = Secret.of("1234")
    >>> code
    <Secret>
    >>> code.reveal()
    b'1234'
    """

    __slots__ = ("_bytes",)
    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dictionary

    def __init__(self, value: bytes | bytearray) -> None:
        self._bytes = bytearray(value)

    @classmethod
    def of(cls, text: str) -> "Secret":
        """Make a secret of a text (UTF-8)."""
        return cls(text.encode())

    def reveal(self) -> bytes:
        """Return the bytes; the caller keeps them as short as possible."""
        return bytes(self._bytes)

    def wipe(self) -> None:
        """Overwrite the bytes with zeros and forget them."""
        for place in range(len(self._bytes)):
            self._bytes[place] = 0
        self._bytes.clear()

    def __bool__(self) -> bool:
        return bool(self._bytes)

    def __len__(self) -> int:
        return len(self._bytes)

    def __repr__(self) -> str:
        return "<Secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "<Secret>"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("secrets are not compared; use hmac.compare_digest where it must be")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")
