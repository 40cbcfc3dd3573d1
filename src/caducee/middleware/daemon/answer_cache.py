# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""CachedAnswers that hold until something happens, kept as the bytes that were sent.

Programs ask for the state of a session and for attributes again and again. What they are answered
depends on nothing but the engine's state, so the same bytes are right until that may have changed:
by any call but those that only tell, by a card that came or went, by time that ran out. One number,
the epoch, stands for all of it; whoever may change the state takes a new one, before and after.
"""

import itertools
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from caducee.codec.pkcs11 import Call, Frame, Hello, Reply
from caducee.middleware.daemon.engine import Application, Engine, Search
from caducee.middleware.daemon.peers import Peer
from caducee.middleware.pin_entry import EnteredPins, PinRequest
from caducee.middleware.tracing import Tracer
from caducee.reader.transport import ReaderStatus
from caducee.spec.pkcs11.functions import by_name
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import BufferForm, FrameKind

__all__ = ["AnswerCache", "CachedAnswers"]

_TELL: Final = frozenset(
    {
        "C_GetInfo",
        "C_GetMechanismInfo",
        "C_GetMechanismList",
        "C_GetSessionInfo",
        "C_GetAttributeValue",
    }
)
"""Functions whose answers are kept."""

_SEARCH: Final = frozenset({"C_FindObjectsInit", "C_FindObjects", "C_FindObjectsFinal"})
"""Functions that change nothing that the others tell: their own state alone."""


def _head(name: str) -> bytes:
    """Return kind and code of the calls of a function."""
    return bytes((FrameKind.CALL,)) + by_name(name).number.to_bytes(4, "little")


_BEGIN, _NEXT, _END = map(_head, ("C_FindObjectsInit", "C_FindObjects", "C_FindObjectsFinal"))
_HEADS: Final = frozenset(map(_head, _TELL | _SEARCH))
_BEGINNING, _ARGUMENTS = struct.Struct("<I5s"), 17  # between them: the trace id
_LENGTH = 4
_LONGEST_CALL, _LONGEST_ANSWER, _MOST = 512, 4096, 256

_SESSION, _FOUND_ROOM = struct.Struct("<Q"), struct.Struct("<QBQ")
_DONE: Final = Frame(FrameKind.REPLY, Ckr.OK).to_bytes()


class CachedAnswers:
    """The answers of one program, and what its searches found."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.epoch = 0
        self.by_call: dict[Key, bytes] = {}
        self.searches: dict[Key, tuple[int, ...]] = {}


type Key = tuple[bytes, bytes]
"""Kind and code, and the arguments."""


class AnswerCache:
    """Kept answers, and the engine as it must be used for them to stay right."""

    def __init__(self, engine: Engine, tracer: Tracer) -> None:
        """Make it in the loop's thread, in which alone calls are answered that need no card."""
        self._count = itertools.count(1).__next__
        self._tracer = tracer
        self.epoch = self._count()
        self.loop_thread = threading.get_ident()
        self._inner = engine
        self.engine: Engine = _Engine(engine, self)

    def touch(self) -> None:
        """Note that something may have changed; any thread may."""
        self.epoch = self._count()

    def key(self, room: bytearray, size: int) -> Key | None:
        """Return what a call is kept under, from the frame at the beginning of a room; None for
        one that is not kept, or whose frame is not what came.
        """
        if not _ARGUMENTS <= size <= _LONGEST_CALL or self._tracer.level.writes:
            return None
        length, head = _BEGINNING.unpack_from(room)
        if head not in _HEADS or size != _LENGTH + length:
            return None
        return head, bytes(room[_ARGUMENTS:size])

    def get(self, answers: CachedAnswers, key: Key) -> bytes | None:
        """Return the frame that answers a call; None when it has to be made."""
        if answers.epoch != self.epoch:
            return None
        head = key[0]
        if head == _BEGIN:
            return _begun(answers, key)
        if head == _NEXT:
            return _next(answers, key[1])
        return _ended(answers, key[1]) if head == _END else answers.by_call.get(key)

    def keep(self, answers: CachedAnswers, key: Key, epoch: int, answer: bytes) -> None:
        """Keep an answer that was begun in an epoch, if that is not over."""
        if epoch != self.epoch or len(answer) > _LONGEST_ANSWER or self._inner.patience is not None:
            return
        if answers.epoch != epoch or len(answers.by_call) + len(answers.searches) >= _MOST:
            answers.by_call.clear()
            answers.searches.clear()
            answers.epoch = epoch
        if key[0] in (_NEXT, _END):
            return
        if key[0] != _BEGIN:
            answers.by_call[key] = answer
        elif (search := _search(answers, key[1])) is not None and search.found is not None:
            answers.searches[key] = tuple(search.found)


# Searches: what was found once is found again; where each one stands, its session knows


def _search(answers: CachedAnswers, arguments: bytes) -> Search | None:
    return answers.application.search(_SESSION.unpack_from(arguments)[0])


def _begun(answers: CachedAnswers, key: Key) -> bytes | None:
    found = answers.searches.get(key)
    search = None if found is None else _search(answers, key[1])
    if search is None or found is None or search.found is not None:
        return None
    search.found = list(found)
    return _DONE


def _next(answers: CachedAnswers, arguments: bytes) -> bytes | None:
    if len(arguments) != _FOUND_ROOM.size:
        return None
    session, form, most = _FOUND_ROOM.unpack(arguments)
    search = answers.application.search(session)
    if search is None or search.found is None or form != BufferForm.CAPACITY:
        return None
    with answers.application.lock:  # a logout in another thread takes private ones out
        given, search.found = search.found[:most], search.found[most:]
    count = len(given)
    return struct.pack(f"<IBIQB{count}Q", 14 + 8 * count, FrameKind.REPLY, Ckr.OK, count, 1, *given)


def _ended(answers: CachedAnswers, arguments: bytes) -> bytes | None:
    search = _search(answers, arguments) if len(arguments) == _SESSION.size else None
    if search is None or search.found is None:
        return None
    search.found = None
    return _DONE


class _Engine:
    """The engine, with a new epoch for whatever may change it."""

    def __init__(self, inner: Engine, memo: AnswerCache) -> None:
        self._inner = inner
        self._memo = memo

    def attach(self, hello: Hello, peer: Peer) -> Application:
        return _Application(self._inner.attach(hello, peer), self._memo)

    def changed(self, now: Mapping[str, ReaderStatus]) -> None:
        self._inner.changed(now)
        self._memo.touch()

    def pass_time(self) -> None:
        self._inner.pass_time()
        self._memo.touch()

    def log_out(self) -> int:
        ended = self._inner.log_out()
        self._memo.touch()
        return ended

    @property
    def patience(self) -> float | None:
        return self._inner.patience

    @property
    def awaited(self) -> Sequence[str]:
        return self._inner.awaited

    def look(self, reader: str) -> None:
        self._inner.look(reader)
        self._memo.touch()

    def rest(self, reader: str) -> None:
        self._inner.rest(reader)


class _Application:
    """A program of the engine, the same way."""

    def __init__(self, inner: Application, memo: AnswerCache) -> None:
        self._inner = inner
        self._memo = memo
        self.reader_of = inner.reader_of
        self.looks = inner.looks
        self.parks = inner.parks
        self.asks = inner.asks
        self.next_slot_event = inner.next_slot_event
        self.search = inner.search
        self.lock = inner.lock

    def pin_request(self, call: Call) -> PinRequest | None:
        found = self._inner.pin_request(call)
        self._memo.touch()
        return found

    def given_up(self, call: Call) -> None:
        self._inner.given_up(call)
        self._memo.touch()

    def answer(self, call: Call, codes: EnteredPins | None = None) -> Reply:
        memo, name = self._memo, call.function.name
        if (name in _TELL or name in _SEARCH) and threading.get_ident() == memo.loop_thread:
            return self._inner.answer(call)  # and no card is asked
        memo.touch()
        try:
            return self._inner.answer(call, codes)
        finally:
            memo.touch()

    def close(self) -> None:
        self._inner.close()
        self._memo.touch()
