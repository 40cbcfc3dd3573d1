# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A connection to an LDAP directory, and the one value that an LDAP URL means.

Every wait and every answer is bounded. All failures raise `DirectoryError` (``ldap.*``), or
`FormatError` for an address or filter of the caller that is wrong.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from caducee.base.closing import Closing
from caducee.base.errors import DirectoryError, FormatError
from caducee.base.secret import Secret
from caducee.codec.ldap.messages import Control, Message, PagedResults, message_size
from caducee.codec.ldap.operations import (
    BindRequest,
    BindResponse,
    ExtendedRequest,
    ExtendedResponse,
    Operation,
    Result,
    SearchDone,
    SearchEntry,
    SearchReference,
    SearchRequest,
    UnbindRequest,
)
from caducee.codec.ldap.urls import LdapUrl
from caducee.spec.ldap import PORT, Oid, ResultCode

__all__ = [
    "Addresses",
    "DirectoryClient",
    "LdapLimits",
    "SearchResult",
    "bare",
    "fetch",
    "fetch_all",
]

_LIMITED = (
    ResultCode.SIZE_LIMIT_EXCEEDED,
    ResultCode.TIME_LIMIT_EXCEEDED,
    ResultCode.ADMIN_LIMIT_EXCEEDED,
)


@dataclass(frozen=True, slots=True)
class LdapLimits:
    """What a client takes."""

    seconds: float = 10.0
    """For one operation, from its first byte to the last of its answer."""

    most_bytes: int = 64 << 20
    """In the answer to one operation. A list of a million entries has some 35 MB."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found."""

    entries: tuple[SearchEntry, ...]
    result: Result
    references: tuple[str, ...] = ()
    """Where else to ask, as URLs; they are not followed."""

    cookie: bytes = b""
    """Where the next page goes on; empty: this was the last."""

    @property
    def complete(self) -> bool:
        """Whether nothing was cut off by a limit of the server."""
        return self.result.ok


class DirectoryClient(Closing):
    """A connection to a directory; ``secure`` is LDAPS, with `start_tls` it becomes so later."""

    def __init__(
        self,
        host: str,
        port: int = PORT,
        *,
        context: ssl.SSLContext | None = None,
        secure: bool = False,
        bounds: LdapLimits | None = None,
    ) -> None:
        self.host = host
        self._bounds = bounds or LdapLimits()
        self._context = context
        self._number = 0
        self._buffer = bytearray()
        self._start(self._bounds.seconds)
        try:
            self._socket = socket.create_connection((host, port), self._left())
        except OSError as error:
            raise self._failed(error) from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            self._wrap()

    def close(self) -> None:
        """Say goodbye and close the connection."""
        try:
            self._socket.settimeout(0.1)
            self._socket.sendall(Message(self._number + 1, UnbindRequest()).to_bytes())
        except OSError:
            pass
        finally:
            self._socket.close()

    # Operations

    def start_tls(self) -> None:
        """Go on inside TLS; the server's certificate is checked as the context says."""
        self._extended(ExtendedRequest(Oid.START_TLS))
        if self._buffer:  # sent in the clear behind the answer, maybe by somebody else
            raise DirectoryError("ldap.answer", host=self.host)
        self._wrap()

    def bind(self, name: str = "", password: Secret | None = None) -> None:
        """Say who asks; without a name, nobody."""
        self._ask(BindRequest(name, password or Secret(b"")))
        answer = self._answer()
        if not isinstance(answer.operation, BindResponse):
            raise DirectoryError("ldap.answer", host=self.host)
        self._require(answer.operation.result)

    def who_am_i(self) -> str:
        """Return who the directory takes the client for: ``dn:`` and a name, or nothing."""
        return (self._extended(ExtendedRequest(Oid.WHO_AM_I)).value or b"").decode(errors="replace")

    def search(self, asked: SearchRequest, *, page: PagedResults | None = None) -> SearchResult:
        """Return what a search finds; when a limit cut it off, what there was until then."""
        controls = (page.control(critical=True),) if page is not None else ()
        self._ask(asked, controls)
        entries: list[SearchEntry] = []
        references: list[str] = []
        while True:
            answer = self._answer()
            match answer.operation:
                case SearchEntry():
                    entries.append(answer.operation)
                case SearchReference(urls):
                    references += urls
                case SearchDone(result):
                    if result.code not in _LIMITED:
                        self._require(result)
                    cookie = self._cookie(answer)
                    return SearchResult(tuple(entries), result, tuple(references), cookie)
                case _:
                    raise DirectoryError("ldap.answer", host=self.host)

    def pages(self, asked: SearchRequest, size: int = 500) -> Iterator[SearchResult]:
        """Yield what a search finds, page by page; each page is one operation."""
        cookie = b""
        while True:
            found = self.search(asked, page=PagedResults(size, cookie))
            yield found
            cookie = found.cookie
            if not cookie:
                return

    # The wire

    def _start(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._taken = 0

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise DirectoryError("ldap.slow", host=self.host, seconds=self._bounds.seconds)
        return left

    def _failed(self, error: OSError) -> DirectoryError:
        if isinstance(error, TimeoutError):
            return DirectoryError("ldap.slow", host=self.host, seconds=self._bounds.seconds)
        return DirectoryError("ldap.unreachable", host=self.host, reason=error)

    def _wrap(self) -> None:
        context = self._context or ssl.create_default_context()
        self._socket.settimeout(self._left())
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=self.host)
        except OSError as error:
            self._socket.close()
            raise self._failed(error) from None

    def _ask(self, operation: Operation, controls: Sequence[Control] = ()) -> None:
        self._start(self._bounds.seconds)
        self._number += 1
        data = Message(self._number, operation, tuple(controls)).to_bytes()
        try:
            self._socket.settimeout(self._left())
            self._socket.sendall(data)
        except OSError as error:
            raise self._failed(error) from None

    def _answer(self) -> Message:
        """Return the next answer to the last request."""
        message = self._message()
        operation = message.operation
        if message.id == self._number:
            return message
        if message.id == 0 and isinstance(operation, ExtendedResponse):
            self._require(operation.result)
        raise DirectoryError("ldap.answer", host=self.host)

    def _message(self) -> Message:
        try:
            while (size := message_size(bytes(self._buffer[:6]), self._bounds.most_bytes)) is None:
                self._receive()
            while len(self._buffer) < size:
                self._receive()
            message = Message.from_bytes(bytes(self._buffer[:size]))
        except FormatError as error:
            if error.code == "ldap.size":
                raise self._too_much() from None
            raise DirectoryError("ldap.answer", host=self.host) from None
        del self._buffer[:size]
        return message

    def _receive(self) -> None:
        try:
            self._socket.settimeout(self._left())
            data = self._socket.recv(256 << 10)
        except OSError as error:
            raise self._failed(error) from None
        if not data:
            raise DirectoryError("ldap.closed", host=self.host)
        self._taken += len(data)
        if self._taken > self._bounds.most_bytes:
            raise self._too_much()
        self._buffer += data

    def _too_much(self) -> DirectoryError:
        return DirectoryError("ldap.too_much", host=self.host, most=self._bounds.most_bytes)

    def _require(self, result: Result) -> None:
        if not result.ok:
            name = ResultCode.name_of(result.code)
            message = result.message or result.matched_name
            raise DirectoryError("ldap.refused", host=self.host, result=name, message=message)

    def _extended(self, asked: ExtendedRequest) -> ExtendedResponse:
        self._ask(asked)
        operation = self._answer().operation
        if not isinstance(operation, ExtendedResponse):
            raise DirectoryError("ldap.answer", host=self.host)
        self._require(operation.result)
        return operation

    def _cookie(self, answer: Message) -> bytes:
        try:
            page = answer.paged_results()
        except FormatError:
            raise DirectoryError("ldap.answer", host=self.host) from None
        return page.cookie if page is not None else b""


type Addresses = Mapping[str, tuple[str, int]]
"""Where a host really is, by its name in URLs: a sandbox stands in for the real ones."""


def fetch(
    url: str,
    *,
    bounds: LdapLimits | None = None,
    context: ssl.SSLContext | None = None,
    addresses: Addresses | None = None,
) -> bytes:
    """Return the first value that an LDAP URL means, e.g. a revocation list (DER).

    Raises `DirectoryError` (``ldap.no_value`` when the entry has none), `FormatError`.
    """
    return fetch_all(url, bounds=bounds, context=context, addresses=addresses)[0]


def fetch_all(
    url: str,
    *,
    bounds: LdapLimits | None = None,
    context: ssl.SSLContext | None = None,
    addresses: Addresses | None = None,
) -> tuple[bytes, ...]:
    """Return all values that an LDAP URL means: an authority with two keys has two lists.

    At least one. Raises as `fetch`.
    """
    where = LdapUrl.parse(url)
    if len(where.attributes) != 1:
        raise FormatError("ldap.url", part="attributes")
    host, port = (addresses or {}).get(where.host, where.address)
    asked = SearchRequest(where.dn.text(), where.scope, where.filter, where.attributes, 1)
    with DirectoryClient(host, port, context=context, secure=where.secure, bounds=bounds) as client:
        found = client.search(asked)
    wanted = bare(where.attributes[0])
    for entry in found.entries:
        for attribute in entry.attributes:
            if bare(attribute.description) == wanted and attribute.values:
                return attribute.values
    raise DirectoryError("ldap.no_value", host=where.host, attribute=where.attributes[0])


def bare(description: str) -> str:
    """Return the name of an attribute in lower case, without its option ``;binary``."""
    return description.lower().removesuffix(";binary")
