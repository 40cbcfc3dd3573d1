# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""uvicorn with client certificates: what its TLS knows reaches the application.

`TlsH11Protocol` and `TlsHttpToolsProtocol` put into ``scope["extensions"]``:

- ``tls``, after the ASGI extension of that name (``client_cert_chain`` PEM, ``tls_version``,
  ``client_cert_error``), and of our own ``client_chain_der`` (a tuple, leaf first),
  ``verify_code``, ``session_reused`` and ``cipher_name`` (as OpenSSL calls it);
- ``caducee``: ``connection`` (a name for the connection, never used twice), ``peer`` (``pid``,
  ``uid``, ``gid`` of the other end of an AF_UNIX connection, by SO_PEERCRED), and ``begun`` (when
  the handshake was over, by the clock of the listener at that moment: whatever the clock does
  later, the handshake gets no newer).

`server_context` makes the TLS side: a certificate is requested but not required, dates are left
to the application's clock, and nothing can be resumed. Python cannot switch off OpenSSL's cache
of TLS 1.2 sessions, so a resumed connection counts as one without a certificate; it answers one
request and is cut off without TLS's farewell, upon which OpenSSL forgets the session.
"""

import asyncio
import contextlib
import itertools
import secrets
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from caducee.base.clock import Clock, SystemClock
from caducee.base.peer_credentials import peer_credentials
from caducee.relying.asgi import EXTENSION

if TYPE_CHECKING:
    _Base = HttpToolsProtocol
else:
    _Base = object

__all__ = ["TlsH11Protocol", "TlsHttpToolsProtocol", "server_config", "server_context"]

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL (x509_vfy.h): dates are judged by the application."""

_PROCESS = secrets.token_hex(8)
_numbers = itertools.count(1)

_VERSIONS = {
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


class _Config(uvicorn.Config):
    """The configuration of a listener, with the clock that dates handshakes."""

    clock: Clock = SystemClock()


def server_context(
    certificate: Path,
    key: Path,
    *,
    authorities: str | None = None,
    version: ssl.TLSVersion | None = None,
) -> ssl.SSLContext:
    """Return the TLS side of a listener.

    ``certificate`` and ``key`` are PEM files of the web server. ``authorities`` is PEM text with
    every CA, roots and intermediates, whose holders may present a certificate; without it the
    listener asks for none. ``version`` allows that TLS version only: TLS 1.2 for cards that
    cannot sign with RSA-PSS (CPS3), TLS 1.3 for the others.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.minimum_version = version or ssl.TLSVersion.TLSv1_2
    if version is not None:
        context.maximum_version = version
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.num_tickets = 0
    if authorities is not None:
        context.load_verify_locations(cadata=authorities)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    return context


def server_config(  # noqa: PLR0913 (the settings of a listener)
    app: AsgiApp,
    *,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    uds: Path | None = None,
    keep_alive: int = 5,
    implementation: Literal["httptools", "h11"] = "httptools",
    clock: Clock | None = None,
) -> uvicorn.Config:
    """Return the uvicorn configuration of one listener.

    TLS when there is a ``context``; on an AF_UNIX socket when ``uds`` names one. Forwarding
    headers are not believed, an idle connection is closed after ``keep_alive`` seconds. ``clock``
    is that of the application; without it the machine's.
    """
    protocol = TlsHttpToolsProtocol if implementation == "httptools" else TlsH11Protocol
    factory = None if context is None else (lambda config, default: context)
    config = _Config(
        app,
        host=host,
        port=port,
        uds=None if uds is None else str(uds),
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=keep_alive,
        ssl_context_factory=factory,
    )
    config.clock = clock or config.clock
    return config


class _ConnectionFacts(_Base):
    """What both protocols add: the facts of the connection, in the scope of each request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the facts of the connection once, when its handshake is over."""
        tls = _tls_facts(transport)
        ours = {
            "connection": f"{_PROCESS}-{next(_numbers)}",
            "peer": _peer(transport),
            "begun": getattr(self.config, "clock", _Config.clock).now(),
        }
        reused = tls is not None and tls["session_reused"]
        self.app = _with_facts(self.app, tls, ours, last=reused)
        super().connection_made(_Severed(transport, self.loop) if reused else transport)


class TlsH11Protocol(_ConnectionFacts, H11Protocol):  # type: ignore[misc]
    """HTTP/1.1 by h11, with the facts of the connection in the scope."""


class TlsHttpToolsProtocol(_ConnectionFacts, HttpToolsProtocol):
    """HTTP/1.1 by httptools, with the facts of the connection in the scope."""


class _Severed(asyncio.Transport):
    """A transport that is closed by cutting it off, once everything that was written is out.

    OpenSSL forgets the session of a connection on which it never sent its farewell. What fits
    into the send buffer of the kernel is out at once; what does not is waited for, and a client
    that closes first then keeps its session for one more refusal.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inner = transport
        self._loop = loop
        self._closing = False
        self._written = 0
        self._polls = _MOST_POLLS
        self._quiet = 0

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 (stands for another object)
        if name in _OWN:
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_inner"), name)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write, and count."""
        self._written += len(data)
        self._inner.write(data)

    def is_closing(self) -> bool:
        """Tell whether the end has begun."""
        return self._closing or self._inner.is_closing()

    def close(self) -> None:
        """Cut the connection off as soon as what was written is out."""
        if not self._closing:
            self._closing = True
            self._cut()

    def _cut(self) -> None:
        raw = self._inner.get_extra_info("socket")
        at_once = self._written <= raw.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 4
        unsent = _unsent(raw)
        waiting = self._inner.get_write_buffer_size() or unsent
        self._quiet = 0 if waiting else self._quiet + 1
        self._polls -= 1
        enough = 2 if unsent is not None else _QUIET_POLLS
        if at_once or self._quiet >= enough or not self._polls or self._inner.is_closing():
            self._inner.abort()
        else:
            self._loop.call_later(_POLL_SECONDS, self._cut)


_POLL_SECONDS = 0.01
_MOST_POLLS = 3000
_QUIET_POLLS = 100
"""How long to wait where the kernel cannot be asked."""

_OWN = frozenset({*vars(_Severed), "_inner", "_loop", "_closing", "_written", "_polls", "_quiet"})


def _unsent(raw: socket.socket) -> int | None:
    """Return how many bytes the peer has not acknowledged yet (Linux); none elsewhere."""
    if sys.platform != "linux":
        return None
    import fcntl
    import termios

    with contextlib.suppress(OSError):
        found = fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, bytes(4))
        return int.from_bytes(found, sys.byteorder)
    return 0


def _with_facts(app: AsgiApp, tls: Scope | None, ours: Scope, *, last: bool) -> AsgiApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope.setdefault("extensions", {})
        extensions[EXTENSION] = ours
        if tls is not None:
            extensions["tls"] = tls
        await app(scope, receive, _closing(send) if last else send)

    return wrapped


def _closing(send: Send) -> Send:
    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            message = {**message, "headers": headers}
        await send(message)

    return wrapped


def _tls_facts(transport: asyncio.Transport) -> dict[str, Any] | None:
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return None
    version = _VERSIONS.get(tls.version() or "")
    chain = _chain(tls)
    return {
        "server_cert": None,
        "client_cert_chain": tuple(ssl.DER_cert_to_PEM_cert(item) for item in chain),
        "client_cert_name": None,
        "client_cert_error": None,
        "tls_version": version.value if version else None,
        "cipher_suite": None,
        "cipher_name": (tls.cipher() or ("",))[0],
        "client_chain_der": chain,
        # A chain that TLS does not accept never gets here: the handshake fails.
        "verify_code": 0,
        "session_reused": bool(tls.session_reused),
    }


def _chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    leaf = tls.getpeercert(binary_form=True)
    if leaf is None:
        return ()
    verified = getattr(tls, "get_verified_chain", None)  # since Python 3.13
    if verified is None:
        return (leaf,)
    with contextlib.suppress(ssl.SSLError):
        return tuple(verified()) or (leaf,)
    return (leaf,)


def _peer(transport: asyncio.Transport) -> dict[str, int] | None:
    """Return who the kernel says is at the other end of an AF_UNIX connection (Linux)."""
    raw = transport.get_extra_info("socket")
    try:
        found = None if raw is None else peer_credentials(raw)
    except OSError:
        return None
    return None if found is None else found._asdict()
