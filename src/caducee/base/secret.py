# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A value that must not be seen: no text form, no comparison, no copy by accident."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn, Self

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
    __hash__ = None  # type: ignore[assignment]  # a secret cannot be a dictionary key

    def __init__(self, value: bytes | bytearray | memoryview) -> None:
        self._bytes = bytearray(value)

    @classmethod
    def of(cls, text: str) -> "Secret":
        """Make a secret of a text (UTF-8)."""
        return cls(text.encode())

    @classmethod
    def taking(cls, value: bytearray) -> Self:
        """Make a secret that is these bytes, and no copy of them; they are no longer the caller's.

        They are not to grow: what they lay in before is overwritten by nobody.
        """
        made = cls(b"")
        made._bytes = value
        return made

    @classmethod
    def joined(cls, parts: Iterable["Secret"]) -> Self:
        """Make a secret of several, one behind the other."""
        found = list(parts)
        made, at = bytearray(sum(map(len, found))), 0
        for item in found:
            made[at : at + len(item)] = item._bytes
            at += len(item)
        return cls.taking(made)

    def copy(self) -> "Secret":
        """Return a copy, to be wiped by who asks for it."""
        return Secret(self._bytes)

    @contextmanager
    def opened(self) -> Iterator[memoryview]:
        """Look at the bytes where they are; the view is closed at the end of the block."""
        with memoryview(self._bytes).toreadonly() as view:
            yield view

    def reveal(self) -> bytes:
        """Return a copy of the bytes, which nobody can overwrite: better use `opened`, `copy`."""
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
