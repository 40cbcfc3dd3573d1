# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Operations on a card that a person can cancel: between two commands, never within one."""

import threading
from collections.abc import Sequence

from caducee.base.errors import ReaderError
from caducee.reader.exchange import Wrapper
from caducee.reader.transport import Apdu, Reader, ReaderStatus, Transport

__all__ = ["CancelToken", "CancellableReader", "CancellableTransport", "named"]


class CancelToken:
    """Cancels one operation. Threads may share it."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the operation to end; a second call does nothing."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise `ReaderError` (``reader.cancelled``) after `cancel`."""
        if self.cancelled:
            raise ReaderError("reader.cancelled")


class CancellableTransport(Wrapper):
    """Sends no further command once its token is cancelled.

    The transaction around the command that was not sent ends as always, so the card forgets a
    verified PIN and serves the next connection.
    """

    def __init__(self, inner: Transport, token: CancelToken) -> None:
        super().__init__(inner)
        self._token = token

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU. Raises `ReaderError` (``reader.cancelled``) and as the inner."""
        self._token.check()
        return self.inner.transmit(command)


class CancellableReader:
    """A reader whose connections can be cancelled."""

    def __init__(self, inner: Reader, token: CancelToken) -> None:
        self._inner = inner
        self._token = token

    @property
    def name(self) -> str:
        """The name of the reader."""
        return self._inner.name

    def connect(self) -> Transport:
        """Connect to the card. Raises `ReaderError` (``reader.cancelled``) and as the inner."""
        self._token.check()
        return CancellableTransport(self._inner.connect(), self._token)

    def status(self) -> ReaderStatus:
        """Return what is in the reader now."""
        return self._inner.status()


def named(readers: Sequence[Reader], name: str) -> Reader:
    """Return the reader of a name. Raises `ReaderError` (``reader.unknown_reader``)."""
    for reader in readers:
        if reader.name == name:
            return reader
    raise ReaderError("reader.unknown_reader", reader=name)
