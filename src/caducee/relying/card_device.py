# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card as a device that confirms a login elsewhere: how a service of this machine asks.

A service, or the part of it that runs beside the holder, asks the card manager of the same user by
a local socket and waits. The lines are those of `caducee.codec.card_request`; what comes back is
judged by `caducee.relying.verifier.Verifier.verify_confirmation`.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from caducee.base.errors import CpsError, FormatError, StateError
from caducee.base.peer_credentials import peer_credentials
from caducee.base.runtime import user_socket
from caducee.codec.card_request import (
    ErrorMessage,
    RequestMessage,
    StateMessage,
    WithdrawMessage,
    answer_from_bytes,
)
from caducee.spec.card_request import MAX_ANSWER, SOCKET, SOCKET_VARIABLE, RequestState

__all__ = ["CardDevice", "new_binding_message", "new_nonce"]

_CONNECT_SECONDS = 5.0
_GRACE = 10.0
"""Seconds that the manager has beyond those of the request to say that it has ended."""

_PAUSE = 0.5
"""Seconds between two looks for a manager that is starting again."""


def new_nonce() -> str:
    """Return 256 random bits for one request, base64url without padding."""
    return secrets.token_urlsafe(32)


def new_binding_message() -> str:
    """Return two random digits, to be shown beside the login and by the manager."""
    return f"{secrets.randbelow(100):02d}"


class CardDevice:
    """Brings requests to the card manager of this user. One request at a time for each object."""

    def __init__(self, path: Path | None = None) -> None:
        """Name the socket; None: where the manager of this user is."""
        self._path = path or user_socket(SOCKET_VARIABLE, SOCKET)
        self._stream: socket.socket | None = None
        self._guard = threading.Lock()
        self._withdrawn = False

    def ask(
        self,
        ask: RequestMessage,
        on_state: Callable[[StateMessage], None] = lambda item: None,
        *,
        again: bool = False,
    ) -> str:
        """Wait until the holder confirms; return the confirmation, to be judged by a verifier.

        ``on_state`` gets each state. With ``again``, a manager that is not there, or ends,
        is waited for and asked once more while time is left: nothing was signed until then. Raises
        `StateError`: ``request.refused``, ``request.expired``, ``request.withdrawn``,
        ``request.lost``, ``request.no_manager``, ``request.manager_refused``, and what the manager
        says; `FormatError` for a request or an answer that is none.
        """
        ask.check()
        end = time.monotonic() + ask.seconds
        while True:
            left = end - time.monotonic()
            try:
                return self._once(_shorter(ask, left), on_state)
            except StateError as error:
                if not again or error.code not in ("request.lost", "request.no_manager"):
                    raise
                if end - time.monotonic() < _PAUSE:
                    raise StateError("request.expired") from error
                time.sleep(_PAUSE)

    def withdraw(self) -> None:
        """End an `ask` that waits in another thread, which raises ``request.withdrawn``."""
        with self._guard:
            self._withdrawn = True
            if self._stream is not None:
                try:
                    self._stream.sendall(WithdrawMessage().to_bytes())
                    self._stream.shutdown(socket.SHUT_WR)
                except OSError:
                    return  # it has ended already

    def _once(self, ask: RequestMessage, on_state: Callable[[StateMessage], None]) -> str:
        with self._connect() as stream:
            with self._guard:
                if self._withdrawn:
                    raise StateError("request.withdrawn")
                self._stream = stream
            try:
                stream.sendall(ask.to_bytes())
                return self._wait(stream, time.monotonic() + ask.seconds + _GRACE, on_state)
            except OSError as error:
                raise StateError("request.lost") from error
            finally:
                with self._guard:
                    self._stream = None

    def _wait(
        self, stream: socket.socket, end: float, on_state: Callable[[StateMessage], None]
    ) -> str:
        kept = bytearray()
        while True:
            line = _line(stream, kept, end)
            answer = answer_from_bytes(line)
            if isinstance(answer, ErrorMessage):
                raise _trouble(answer)
            if self._withdrawn and answer.state is RequestState.CONFIRMED:
                raise StateError("request.withdrawn")  # the two words crossed
            on_state(answer)
            if answer.state is RequestState.CONFIRMED:
                return answer.confirmation
            if answer.state.final:
                lost = answer.state is RequestState.CLOSED
                raise StateError("request.lost" if lost else f"request.{answer.state.value}")

    def _connect(self) -> socket.socket:
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(_CONNECT_SECONDS)
        try:
            stream.connect(str(self._path))
        except OSError as error:
            stream.close()
            raise StateError("request.no_manager", path=str(self._path), reason=error) from error
        try:
            self._check_owner(stream)
        except BaseException:
            stream.close()
            raise
        return stream

    def _check_owner(self, stream: socket.socket) -> None:
        """Refuse a socket of another user: it would learn who logs in where."""
        peer = peer_credentials(stream)
        if peer is None:
            raise StateError("daemon.peer_unknown")
        if peer.uid != os.geteuid():
            raise StateError("request.manager_refused", path=str(self._path), uid=peer.uid)


def _shorter(ask: RequestMessage, left: float) -> RequestMessage:
    """Return the request as it is asked once more, with the time that is left."""
    import msgspec

    return msgspec.structs.replace(ask, seconds=max(5, min(ask.seconds, round(left))))


def _line(stream: socket.socket, kept: bytearray, end: float) -> bytes:
    """Return the next line; ``kept`` holds what came behind it."""
    while b"\n" not in kept:
        left = end - time.monotonic()
        if left <= 0:
            raise StateError("request.lost")
        stream.settimeout(left)
        try:
            found = stream.recv(4096)
        except TimeoutError:
            raise StateError("request.lost") from None
        if not found:
            raise StateError("request.lost")
        kept += found
        if len(kept) > 2 * MAX_ANSWER:
            raise FormatError("request.malformed")
    line, _, rest = bytes(kept).partition(b"\n")
    kept[:] = rest
    return line


def _trouble(answer: ErrorMessage) -> CpsError:
    try:
        return StateError(answer.code, versions=", ".join(map(str, answer.versions)))
    except LookupError:
        return FormatError("request.malformed")
