# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One HTTP exchange over a connection of the caller, bounded in size and time."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["HttpAnswer", "HttpRequest", "ResponseTooLargeError", "exchange"]

_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None


class HttpAnswer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class ResponseTooLargeError(http.client.HTTPException):
    """A body is larger than the caller takes."""


def exchange(
    connection: http.client.HTTPConnection,
    request: HttpRequest,
    *,
    seconds: float,
    most_bytes: int | None = None,
) -> HttpAnswer:
    """Send a request and read the answer; without ``most_bytes`` its body is left unread.

    ``seconds`` are for everything, also for connecting where that is still to be done. The
    connection stays open. Raises `OSError`, ``http.client.HTTPException``
    (`ResponseTooLargeError`), ``ValueError``.
    """
    until = time.monotonic() + seconds
    held: list[socket.socket | None] = []
    watch = threading.Timer(max(0.001, seconds), _cut, [connection, held])
    watch.daemon = True
    watch.start()
    try:
        if connection.sock is None:
            connection.connect()
        held.append(connection.sock)
        connection.request(request.method, request.target, request.body, dict(request.headers))
        with connection.getresponse() as answer:
            body = b"" if most_bytes is None else _body(answer, most_bytes, until)
            return HttpAnswer(answer.status, answer.headers, body)
    finally:
        watch.cancel()


def _cut(connection: http.client.HTTPConnection, held: list[socket.socket | None]) -> None:
    """End an exchange whose time is over.

    A server that sends a byte now and then keeps the timeout of the socket from ever coming. The
    connection forgets its socket while the last answer is read: hence ``held``.
    """
    for item in (connection.sock, *held):
        if item is not None:
            with contextlib.suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)


def _body(answer: http.client.HTTPResponse, most: int, until: float) -> bytes:
    """Read a body piece by piece, and give up when it is too large, too slow or cut short."""
    found = bytearray()
    while piece := answer.read1(_CHUNK):
        found += piece
        if len(found) > most:
            raise ResponseTooLargeError
    if time.monotonic() >= until:
        raise TimeoutError("timed out")
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return bytes(found)
