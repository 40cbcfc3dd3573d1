# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One connection of an LDAP server, without its network: bytes in, actions out.

The edge gives what it received to `LdapDialogue.receive`, and repeats `LdapDialogue.advance` until
it answers `Wait`; each call is a bounded piece of work, so that others get their turn.
"""

import hmac
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from caducee.base.errors import CpsError, FormatError
from caducee.base.secret import Secret
from caducee.codec.ldap import encoded
from caducee.codec.ldap.messages import (
    Control,
    Message,
    PagedResults,
    message_size,
    notice_of_disconnection,
    refusal,
)
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import (
    SIMPLE,
    AbandonRequest,
    BindRequest,
    BindResponse,
    CompareRequest,
    CompareResponse,
    ExtendedRequest,
    ExtendedResponse,
    Operation,
    OtherOperation,
    Result,
    SearchDone,
    SearchRequest,
    UnbindRequest,
)
from caducee.directory.ldap.entries import Node, Searchable
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.quick import quick_answer
from caducee.directory.ldap.search import SearchRefusal, Selection, compared, matches
from caducee.spec.ldap import VERSION, Oid, ResultCode

__all__ = ["Action", "Close", "Continue", "LdapDialogue", "Send", "Upgrade", "Wait"]

_CHUNK = 64 << 10
"""Bytes of entries that are sent at a time."""

_READ_ONLY = "this directory is read only"


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before more bytes come."""


@dataclass(frozen=True, slots=True)
class Continue:
    """A piece of work is done, more is left; let others have their turn."""


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the client; then go on."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Send this in the clear, begin TLS as its server, then call `LdapDialogue.upgraded`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Send this, then close the connection."""

    data: bytes = b""


type Action = Wait | Continue | Send | Upgrade | Close


@dataclass(slots=True)
class _Search:
    """A search under way."""

    message: int
    asked: SearchRequest
    found: Iterator[Node | None]
    tree: Searchable
    selection: Selection
    ends: float
    limit: int
    """Entries at most, over all pages; 0: no limit."""

    page: int = 0
    """Entries of this page at most; 0: no pages."""

    sent: int = 0
    in_page: int = 0
    paged: bool = False
    next: Node | None = field(default=None)
    """Found already, for the next page."""


class LdapDialogue:
    """What a server says in one connection.

    ``tree`` gives the entries of the moment, ``now`` seconds that never go back. ``secure`` says
    that TLS is up, ``can_upgrade`` that StartTLS is possible.
    """

    def __init__(
        self,
        tree: Callable[[], Searchable],
        options: LdapOptions,
        now: Callable[[], float],
        *,
        secure: bool = False,
        can_upgrade: bool = False,
    ) -> None:
        self._tree = tree
        self._options = options
        self._now = now
        self._secure = secure
        self._can_upgrade = can_upgrade
        self._buffer = bytearray()
        self._waiting: deque[Message] = deque()
        self._search: _Search | None = None
        self._pages: dict[bytes, _Search] = {}
        self._cookies = 0
        self._user: Dn | None = None
        self._failed_binds = 0
        self._leaving = False
        self._broken: Message | None = None
        self._upgrading = False
        self._users = {Dn.parse(name).keys(): item for name, item in options.users.items()}
        self.last_request = now()
        self.partial_since: float | None = None

    # Bytes in

    @property
    def hungry(self) -> bool:
        """Whether more bytes are wanted now; else they stay in the network."""
        return len(self._buffer) <= self._options.message_bytes and not self._upgrading

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, begun, or waiting."""
        return not (
            self._buffer
            or self._waiting
            or self._search is not None
            or self._broken is not None
            or self._leaving
            or self._upgrading
        )

    def quick(self, data: bytes) -> bytes | None:
        """Return the answer to bytes that are a whole simple search; none: `receive` them."""
        if not self.idle:
            return None
        own = self._options.size_limit if self._user is None else self._options.user_size_limit
        found = quick_answer(data, self._tree(), own)
        if found is not None:
            self.last_request = self._now()
        return found

    def receive(self, data: bytes) -> None:
        """Take bytes of the client."""
        self._buffer += data
        self._take_messages()

    def _take_messages(self) -> None:
        while len(self._waiting) < self._options.outstanding and not self._broken:
            try:
                size = message_size(bytes(self._buffer[:6]), self._options.message_bytes)
                if size is None or size > len(self._buffer):
                    if self._buffer and self.partial_since is None:
                        self.partial_since = self._now()
                    return
                message = Message.from_bytes(bytes(self._buffer[:size]))
            except FormatError:
                return self._break(ResultCode.PROTOCOL_ERROR, "no LDAP message, or too large a one")
            del self._buffer[:size]
            self.partial_since = None
            self.last_request = self._now()
            self._take(message)

    def _take(self, message: Message) -> None:
        match message.operation:
            case UnbindRequest():
                self._leaving = True
            case AbandonRequest(number):
                self._abandon(number)
            case _ if message.id == 0:
                self._break(ResultCode.PROTOCOL_ERROR, "message 0 is the server's")
            case _:
                self._waiting.append(message)

    def _break(self, code: ResultCode, why: str) -> None:
        self._broken = notice_of_disconnection(code, why)
        self._buffer.clear()
        self.partial_since = None

    def _abandon(self, number: int) -> None:
        if self._search is not None and self._search.message == number:
            self._search = None
        kept = [
            item
            for item in self._waiting
            if item.id != number or not isinstance(item.operation, SearchRequest)
        ]
        self._waiting = deque(kept)

    # Actions out

    def advance(self) -> Action:
        """Do a piece of work and say what is to be done."""
        if self._leaving:
            return Close()
        if self._search is not None:
            return self._go_on(self._search)
        if self._waiting:
            message = self._waiting.popleft()
            if self._buffer:
                self._take_messages()
            return self._begin(message)
        if self._broken is not None:
            self._leaving = True
            return Close(self._broken.to_bytes())
        return Wait()

    @property
    def busy(self) -> bool:
        """Whether requests wait or are under way."""
        return self._search is not None or bool(self._waiting)

    def upgraded(self) -> None:
        """TLS is up: what was agreed in the clear no longer holds."""
        self._secure = True
        self._upgrading = False
        self._user = None
        self._pages.clear()

    def farewell(self, code: ResultCode, why: str) -> bytes:
        """Return what is said before the server closes the connection of its own accord."""
        self._leaving = True
        return notice_of_disconnection(code, why).to_bytes()

    def _begin(self, message: Message) -> Action:
        operation = message.operation
        understood = {Oid.PAGED_RESULTS} if isinstance(operation, SearchRequest) else set[str]()
        if any(control.critical and control.oid not in understood for control in message.controls):
            return self._refuse(message, Result(ResultCode.UNAVAILABLE_CRITICAL_EXTENSION))
        match operation:
            case SearchRequest():
                return self._begin_search(message, operation)
            case BindRequest():
                return self._bind(message, operation)
            case ExtendedRequest():
                return self._extended(message, operation)
            case CompareRequest():
                answer = CompareResponse(compared(operation, self._tree()))
                return Send(Message(message.id, answer).to_bytes())
        return self._refuse(message, Result(ResultCode.UNWILLING_TO_PERFORM, "", _READ_ONLY))

    def _refuse(self, message: Message, result: Result) -> Action:
        answer: Operation | None
        match message.operation:
            case SearchRequest():
                answer = SearchDone(result)
            case BindRequest():
                answer = BindResponse(result)
            case ExtendedRequest():
                answer = ExtendedResponse(result)
            case CompareRequest():
                answer = CompareResponse(result)
            case OtherOperation():
                answer = refusal(message.operation, result)
            case _:
                answer = None
        if answer is None:
            self._break(ResultCode.PROTOCOL_ERROR, "no request that a server knows")
            self._waiting.clear()
            return Continue()
        return Send(Message(message.id, answer).to_bytes())

    # Bind

    def _bind(self, message: Message, asked: BindRequest) -> Action:
        self._user = None
        self._pages.clear()
        result = self._judge_bind(asked)
        if result.code == ResultCode.INVALID_CREDENTIALS:
            self._failed_binds += 1
        data = Message(message.id, BindResponse(result)).to_bytes()
        if self._failed_binds >= self._options.failed_binds:
            self._leaving = True
            return Close(data)
        return Send(data)

    def _judge_bind(self, asked: BindRequest) -> Result:
        if asked.version != VERSION:
            return Result(ResultCode.PROTOCOL_ERROR, "", "version 3 is spoken")
        if asked.method != SIMPLE or asked.password is None:
            return Result(ResultCode.AUTH_METHOD_NOT_SUPPORTED)
        if not asked.password:
            # A name without a password proves nothing (RFC 4513 section 5.1.2).
            code = ResultCode.UNWILLING_TO_PERFORM if asked.name else ResultCode.SUCCESS
            return Result(code)
        if not (self._secure or self._options.clear_text_passwords):
            return Result(ResultCode.CONFIDENTIALITY_REQUIRED, "", "begin TLS first")
        return Result(self._judge_password(asked.name, asked.password))

    def _judge_password(self, written: str, password: Secret) -> ResultCode:
        try:
            name = Dn.parse(written)
        except CpsError:
            return ResultCode.INVALID_DN_SYNTAX
        kept = self._users.get(name.keys(), Secret(b""))
        if not hmac.compare_digest(kept.reveal(), password.reveal()):
            return ResultCode.INVALID_CREDENTIALS
        self._user = name
        return ResultCode.SUCCESS

    # Extended operations

    def _extended(self, message: Message, asked: ExtendedRequest) -> Action:
        if asked.oid == Oid.START_TLS:
            return self._start_tls(message, asked)
        if asked.oid == Oid.WHO_AM_I:
            name = f"dn:{self._user.text()}" if self._user is not None else ""
            answer = ExtendedResponse(Result(ResultCode.SUCCESS), value=name.encode())
            return Send(Message(message.id, answer).to_bytes())
        return self._refuse(message, Result(ResultCode.PROTOCOL_ERROR, "", "unknown operation"))

    def _start_tls(self, message: Message, asked: ExtendedRequest) -> Action:
        code = ResultCode.SUCCESS
        if self._secure or self._waiting or self._buffer:
            # What came behind the request was sent in the clear, maybe by somebody else.
            code = ResultCode.OPERATIONS_ERROR
        elif not self._can_upgrade or asked.value is not None:
            code = ResultCode.PROTOCOL_ERROR
        answer = Message(message.id, ExtendedResponse(Result(code), Oid.START_TLS)).to_bytes()
        if code is not ResultCode.SUCCESS:
            return Send(answer)
        self._upgrading = True
        return Upgrade(answer)

    # Search

    def _begin_search(self, message: Message, asked: SearchRequest) -> Action:
        try:
            page = message.paged_results()
            self._search = self._ready(message.id, asked, page)
        except FormatError:
            result = Result(ResultCode.PROTOCOL_ERROR, "", "the control for pages is malformed")
            return Send(Message(message.id, SearchDone(result)).to_bytes())
        except SearchRefusal as refused:
            return Send(Message(message.id, SearchDone(refused.result)).to_bytes())
        if page is not None and page.size == 0 and page.cookie:
            return Send(self._done(self._search, ResultCode.SUCCESS))
        return self._go_on(self._search)

    def _ready(self, number: int, asked: SearchRequest, page: PagedResults | None) -> _Search:
        now, limits = self._now(), self._options
        seconds = min(limits.time_limit, asked.time_limit or limits.time_limit)
        if page is not None and page.cookie:
            search = self._pages.pop(page.cookie, None)
            if search is None or search.asked != asked:
                raise SearchRefusal(
                    ResultCode.UNWILLING_TO_PERFORM, "the cookie is not of this search"
                )
            search.message, search.page, search.in_page = number, page.size, 0
            search.ends = now + seconds
            return search
        tree = self._tree()
        own = limits.size_limit if self._user is None else limits.user_size_limit
        search = _Search(
            message=number,
            asked=asked,
            found=matches(asked, tree, limits.filter_terms),
            tree=tree,
            selection=Selection.of_request(asked.attributes, asked.types_only),
            ends=now + seconds,
            limit=min(filter(None, (own, asked.size_limit)), default=0),
        )
        if page is not None:
            search.paged, search.page = True, page.size
        return search

    def _go_on(self, search: _Search) -> Action:
        """Find until there is enough to send, the search pauses, or it ends."""
        chunks: list[bytes] = []
        size = 0
        ended = ResultCode.TIME_LIMIT_EXCEEDED if self._now() > search.ends else None
        while ended is None and size < _CHUNK:
            node, ended = self._step(search)
            if node is not None:
                selected = search.selection.of(node, search.tree)
                chunks.append(encoded.entry(search.message, node.name, selected))
                size += len(chunks[-1])
            elif ended is None:
                break
        if ended is not None:
            chunks.append(self._done(search, ended))
        return Send(b"".join(chunks)) if chunks else Continue()

    def _step(self, search: _Search) -> tuple[Node | None, ResultCode | None]:
        """Return the next entry, or how the search ended; neither when it pauses."""
        node = search.next or next(search.found, _END)
        search.next = None
        if node is None:
            return None, None
        if not isinstance(node, Node):
            return None, ResultCode.SUCCESS
        if search.limit and search.sent >= search.limit:
            return None, ResultCode.SIZE_LIMIT_EXCEEDED
        if search.page and search.in_page >= search.page:
            search.next = node
            return None, ResultCode.SUCCESS
        search.sent += 1
        search.in_page += 1
        return node, None

    def _done(self, search: _Search, code: ResultCode) -> bytes:
        self._search = None
        if code is ResultCode.SUCCESS and not search.paged:
            return encoded.done(search.message)
        controls: tuple[Control, ...] = ()
        if search.paged:
            controls = (PagedResults(0, self._cookie(search)).control(),)
        done = SearchDone(Result(code))
        return Message(search.message, done, controls).to_bytes()

    def _cookie(self, search: _Search) -> bytes:
        """Keep a search for its next page; the oldest goes when there are too many."""
        if search.next is None:
            return b""
        while len(self._pages) >= self._options.pages:
            del self._pages[next(iter(self._pages))]
        self._cookies += 1
        cookie = self._cookies.to_bytes(8)
        self._pages[cookie] = search
        return cookie


_END = object()
