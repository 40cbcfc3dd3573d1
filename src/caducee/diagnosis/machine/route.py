# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The way to a service: straight, or through the proxy that the environment names."""

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from caducee.base.http import HttpAnswer, HttpRequest, exchange
from caducee.diagnosis.machine.root import MachineRoot, read_text

__all__ = ["SECONDS", "Route", "RouteError", "get", "judge_proxy", "route_to"]

SECONDS: Final = 8.0
_HEAD: Final = 1 << 14
_ALWAYS_STRAIGHT: Final = ("localhost", "127.0.0.1", "::1")
_NO_NETWORK: Final = (errno.ENETUNREACH, errno.ENETDOWN)
_DENIED: Final = (b"403", b"405")


class RouteError(Exception):
    """An attempt that failed at a stage, as `ServiceFacts.stage` has it."""

    def __init__(self, stage: str, **fields: str | int) -> None:
        super().__init__(stage)
        self.stage = stage
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Route:
    """How a host and port are reached."""

    place: MachineRoot
    host: str
    port: int
    proxy: str = ""
    """``host:port``; empty: straight."""

    @property
    def straight(self) -> "Route":
        """The same without the proxy."""
        return Route(self.place, self.host, self.port)

    @contextmanager
    def tunnel(self) -> Iterator[socket.socket]:
        """Give a connection to the service itself. Raises `RouteError`."""
        if not self.proxy:
            with self._dialled() as link:
                yield link
            return
        with self.to_proxy() as link:
            self._ask_for_tunnel(link)
            yield link

    @contextmanager
    def to_proxy(self) -> Iterator[socket.socket]:
        """Give a connection to the proxy. Raises `RouteError`."""
        at, _, port = self.proxy.rpartition(":")
        try:
            link = socket.create_connection((at.strip("[]"), int(port)), SECONDS)
        except OSError:
            raise RouteError("proxy", proxy_state="refused") from None
        with link:
            yield link

    def _ask_for_tunnel(self, link: socket.socket) -> None:
        name = f"{self.host}:{self.port}"
        head = b""
        try:
            link.sendall(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            while b"\r\n\r\n" not in head and len(head) < _HEAD:
                more = link.recv(1)  # what follows the head belongs to the service
                if not more:
                    break
                head += more
        except OSError:
            head = b""
        words = head.split(b"\r\n", 1)[0].split(b" ")
        judge_proxy(words[1] if len(words) > 1 else b"")

    def _dialled(self) -> socket.socket:
        try:
            return socket.create_connection((self.host, self.port), SECONDS)
        except socket.gaierror:
            raise RouteError("name" if self._has_network() else "route") from None
        except TimeoutError:
            raise RouteError("silent") from None
        except ConnectionRefusedError:
            raise RouteError("refused") from None
        except OSError as error:
            absent = error.errno in _NO_NETWORK and not self._has_network()
            raise RouteError("route" if absent else "unreachable") from None

    def _has_network(self) -> bool:
        """Return whether any way leads out of this machine, by IPv4 or IPv6."""
        four = read_text(self.place.under("/proc/net/route")).splitlines()[1:]
        six = read_text(self.place.under("/proc/net/ipv6_route")).splitlines()
        return any(not line.startswith("lo\t") for line in four) or any(
            line.split()[-1:] != ["lo"] and not line.startswith(("fe80", "ff00")) for line in six
        )

    def date(self, path: str) -> str:
        """Return the server's own time, whoever it is (``Date`` of HTTP); empty when it is not
        known. Nothing secret is sent, and the answer counts as evidence about the clock alone.
        """
        try:
            with self.tunnel() as link:
                secured = _unverified().wrap_socket(link, server_hostname=self.host)
                return get(secured, self.host, path or "/").headers.get("Date", "")
        except (RouteError, OSError, ValueError, http.client.HTTPException):
            return ""

    def certificate(self) -> bytes:
        """Return the server's certificate, whoever issued it; empty when unknown."""
        context = _unverified()
        try:
            with self.tunnel() as link, context.wrap_socket(link, server_hostname=self.host) as tls:
                return tls.getpeercert(binary_form=True) or b""
        except (RouteError, OSError, ValueError):
            return b""

    def system_trusts(self) -> bool:
        """Return whether the authorities of this system answer for the server."""
        context = ssl.create_default_context()
        try:
            with self.tunnel() as link, context.wrap_socket(link, server_hostname=self.host):
                return True
        except (RouteError, OSError):
            return False


def get(
    link: socket.socket,
    host: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    most_bytes: int | None = None,
) -> HttpAnswer:
    """Ask over an open connection, and close it; raises as `exchange`."""
    connection = http.client.HTTPConnection(host)
    connection.sock = link
    request = HttpRequest("GET", target, {"Accept": "application/json", **(headers or {})})
    with closing(connection):
        return exchange(connection, request, seconds=SECONDS, most_bytes=most_bytes)


def _unverified() -> ssl.SSLContext:
    """Return a context for a server that is only looked at."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def judge_proxy(status: bytes) -> None:
    """Raise `RouteError` for what a proxy answers in its own name, unless it is 2xx."""
    if status == b"407":
        raise RouteError("proxy", proxy_state="login")
    if status in _DENIED:
        raise RouteError("denied", status=int(status))
    if not status.isdigit():
        raise RouteError("proxy", proxy_state="refused")
    if not status.startswith(b"2"):
        raise RouteError("unreached", status=int(status))


def route_to(place: MachineRoot, scheme: str, host: str, port: int) -> Route:
    """Return the way to a service, by the variables that curl and Python read."""
    environ = place.environ
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    named = next((environ[name] for name in names if environ.get(name)), "")
    spared = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if not named or host in _ALWAYS_STRAIGHT or _is_spared(host, port, spared):
        return Route(place, host, port)
    found = urlsplit(named if "://" in named else f"http://{named}")
    try:
        at = f"{found.hostname}:{found.port or 3128}" if found.hostname else ""
    except ValueError:
        at = ""
    return Route(place, host, port, at)


def _is_spared(host: str, port: int, spared: str) -> bool:
    """Return whether ``no_proxy`` names a host: itself, a domain above it, or ``*``."""
    for word in spared.replace(",", " ").split():
        name = word.removesuffix(f":{port}").removeprefix("*.").lstrip(".").lower()
        if word == "*" or host == name or host.endswith(f".{name}"):
            return True
    return False
