# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Kept answers are those that the engine would give: two daemons, one of which keeps none."""

import asyncio
import os
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.middleware.daemon.fakes import blocking

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import (
    Attribute,
    AttributeBuffer,
    Call,
    Frame,
    FrameDeframer,
    Hello,
    OutputBuffer,
    Reply,
)
from caducee.middleware.daemon.compose import _Engine
from caducee.middleware.daemon.connection import Connection
from caducee.middleware.daemon.peers import Peer
from caducee.middleware.daemon.server import Server
from caducee.middleware.daemon.settings import Limits
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.pin_entry.settings import PinEntrySettings
from caducee.middleware.pkcs11 import engine as pkcs11
from caducee.middleware.tracing import TraceLevel, Tracer, TraceSettings
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.spec.pkcs11 import Cka, Cko, Ckr
from caducee.spec.pkcs11.wire import FrameKind
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.store import MemoryStore


class Wire(asyncio.Transport):
    """What a connection writes to."""

    def __init__(self) -> None:
        super().__init__()
        self.deframer = FrameDeframer()
        self.frames: list[Frame] = []
        self.waiting = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return False

    def write(self, data: Any) -> None:
        self.frames += self.deframer.feed(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def pause_reading(self) -> None:
        pass

    def abort(self) -> None:
        raise AssertionError("the connection was cut")


class Daemon:
    """A server with the real engine and a virtual card, without sockets."""

    def __init__(self, image: CardImage, *, keeps: bool, traced: bool = False) -> None:
        self.reader = MemoryReader("reader")
        self.chip = VirtualCard(MemoryStore(image), face="contact")
        self.reader.insert(self.chip)
        self.context = MemoryContext(self.reader)
        engine = pkcs11.Pkcs11Engine(self.context)
        engine._last_handle = 1 << 20  # both give the same handles
        self.asked: list[str] = []
        self.tracer = Tracer("daemon", TraceSettings(level=TraceLevel.OFF))
        self.server = Server(
            _Engine(engine, False),
            self.context,
            Limits(),
            PinEntry(PinEntrySettings(), "en"),
            self.tracer,
            credentials=lambda _: Peer(os.getpid(), 1, "/usr/bin/test"),
        )
        if not keeps:
            self.server.memo.key = lambda room, size: None  # type: ignore[method-assign]
        self.look()
        self.wires: list[tuple[Connection, Wire]] = []
        for application in (b"a" * 16, b"a" * 16, b"b" * 16):  # two of one program, one of another
            self._connect(application)

    def _connect(self, application: bytes) -> None:
        connection, wire = Connection(self.server), Wire()
        connection.connection_made(wire)
        deliver(connection, Hello(8, application, os.getpid()).to_frame().to_bytes())
        wire.frames.clear()
        self.wires.append((connection, wire))
        inner = connection.program.application._inner  # type: ignore[union-attr]
        answer = inner.answer

        def noted(call: Call, codes: Any = None) -> Reply:
            self.asked.append(call.function.name)
            return answer(call, codes)  # type: ignore[no-any-return]

        if answer.__name__ != noted.__name__:  # two connections share a program
            inner.answer = noted

    def look(self) -> None:
        self.server._engine.changed(self.context.look())

    async def call(self, number: int, name: str, **named: Any) -> Reply:
        connection, wire = self.wires[number]
        call = Call.build(name, 7, **named)
        deliver(connection, call.to_frame().to_bytes())
        while not (found := [frame for frame in wire.frames if frame.kind == FrameKind.REPLY]):
            await asyncio.sleep(0.001)
        wire.frames.clear()
        return Reply.from_frame(found[0], call.function)

    def close(self) -> None:
        self.server._pool.shutdown()
        self.server._workers.close()


def deliver(connection: Connection, data: bytes) -> None:
    """Give bytes to a connection as the loop does."""
    room = connection.get_buffer(-1)
    room[: len(data)] = data
    connection.buffer_updated(len(data))


def run(job: Callable[[], Any]) -> None:
    asyncio.run(job())


CERTIFICATES = (Attribute(Cka.CLASS, int(Cko.CERTIFICATE).to_bytes(8, "little")),)
KEYS = (Attribute(Cka.CLASS, int(Cko.PRIVATE_KEY).to_bytes(8, "little")),)
ROOMS = (
    AttributeBuffer(Cka.CLASS, 8),
    AttributeBuffer(Cka.LABEL, 200),
    AttributeBuffer(Cka.ID, None),
)
DATA = (
    Attribute(Cka.CLASS, int(Cko.DATA).to_bytes(8, "little")),
    Attribute(Cka.VALUE, b"mine"),
    Attribute(Cka.LABEL, b"made"),
)

type Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "open",
                "close",
                "close all",
                "info",
                "info",
                "begin",
                "begin keys",
                "next",
                "next",
                "end",
                "attributes",
                "attributes",
                "login",
                "wrong",
                "logout",
                "make",
                "destroy",
                "relabel",
                "cancel",
                "mechanisms",
                "eject",
                "insert",
                "finalize",
            ]
        ),
        st.integers(0, 2),
        st.integers(0, 3),
    ),
    min_size=5,
    max_size=25,
)

SEEN: list[Step] = [
    ("info", 1, 0), ("begin keys", 1, 0), ("next", 1, 0), ("end", 1, 0), ("attributes", 1, 0)
]  # fmt: skip
"""What is looked at after each step."""


class Reported:
    """One daemon on its way through the steps, and what it answered."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.sessions: list[int] = [1]
        self.objects: list[int] = [1]

    async def take(self, step: Step) -> Any:
        what, who, which = step
        session = self.sessions[-1 - which % len(self.sessions)]
        thing = self.objects[-1 - which % len(self.objects)]
        pin = Secret.of("1234" if what == "login" else "9999")
        calls: dict[str, tuple[str, dict[str, Any]]] = {
            "open": ("C_OpenSession", {"slot": 0, "flags": 6}),
            "close": ("C_CloseSession", {"session": session}),
            "close all": ("C_CloseAllSessions", {"slot": 0}),
            "info": ("C_GetSessionInfo", {"session": session}),
            "begin": ("C_FindObjectsInit", {"session": session, "template": CERTIFICATES}),
            "begin keys": ("C_FindObjectsInit", {"session": session, "template": KEYS}),
            "next": ("C_FindObjects", {"session": session, "objects": OutputBuffer(2 * who)}),
            "end": ("C_FindObjectsFinal", {"session": session}),
            "attributes": (
                "C_GetAttributeValue",
                {"session": session, "object": thing, "template": ROOMS},
            ),
            "login": ("C_Login", {"session": session, "user": 1, "pin": pin}),
            "wrong": ("C_Login", {"session": session, "user": 1, "pin": pin}),
            "logout": ("C_Logout", {"session": session}),
            "make": ("C_CreateObject", {"session": session, "template": DATA}),
            "destroy": ("C_DestroyObject", {"session": session, "object": thing}),
            "relabel": (
                "C_SetAttributeValue",
                {
                    "session": session,
                    "object": thing,
                    "template": (Attribute(Cka.LABEL, b"new %d" % which),),
                },
            ),
            "cancel": ("C_SessionCancel", {"session": session, "flags": 1 << 6}),
            "mechanisms": ("C_GetMechanismList", {"slot": 0, "mechanisms": OutputBuffer(20)}),
            "finalize": ("C_Finalize", {}),
        }
        if what in ("eject", "insert"):
            reader, chip = self.daemon.reader, self.daemon.chip
            if what == "eject":
                reader.eject()
            elif not reader.status().present:
                reader.insert(chip)
            self.daemon.look()
            return None
        name, named = calls[what]
        reply = await self.daemon.call(who, name, **named)
        if reply.rv == Ckr.OK and what == "open":
            self.sessions.append(reply.results[0])
        if reply.rv == Ckr.OK and what == "make":
            self.objects.append(reply.results[0])
        if reply.rv == Ckr.OK and what == "next":
            self.objects += reply.results[0].values
        return reply


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_kept_answers_are_those_that_the_engine_would_give(
    content: PersonalisationData, found: list[Step]
) -> None:
    image = cps3(content)

    async def both() -> None:
        keeps, other = Daemon(image, keeps=True), Daemon(image, keeps=False)
        item, two = Reported(keeps), Reported(other)
        try:
            for step in [("open", 1, 0), *found]:
                assert await item.take(step) == await two.take(step), step
                for seen in SEEN:
                    assert await item.take(seen) == await two.take(seen), (step, seen)
        finally:
            await blocking(keeps.close)
            await blocking(other.close)

    run(both)


LATER = ["C_GetAttributeValue", "C_GetMechanismList"]


async def ask(reported: Reported) -> list[str]:
    """Do what programs repeat; return what the engine was asked for it."""
    reported.daemon.asked.clear()
    for what in ("info", "begin", "next", "end", "attributes", "mechanisms"):
        reply = await reported.take((what, 1, 0))
        assert reply.rv == Ckr.OK
    return list(reported.daemon.asked)


def with_daemon(content: PersonalisationData, test: Callable[[Reported], Any]) -> None:
    async def whole() -> None:
        daemon = Daemon(cps3(content), keeps=True)
        reported = Reported(daemon)
        try:
            await reported.take(("open", 0, 0))
            await reported.take(("begin", 0, 0))
            await reported.take(("next", 1, 0))
            await reported.take(("end", 0, 0))
            await test(reported)
        finally:
            await blocking(daemon.close)

    run(whole)


def test_what_is_asked_again_is_not_thought_about_again(content: PersonalisationData) -> None:
    async def test(reported: Reported) -> None:
        first = await ask(reported)
        assert first == ["C_GetSessionInfo", "C_FindObjectsInit", *LATER]
        for _ in range(3):
            assert await ask(reported) == []

    with_daemon(content, test)


@pytest.mark.parametrize("what", ["login", "wrong", "open", "make", "insert"])
def test_whatever_may_change_an_answer_has_it_made_anew(
    content: PersonalisationData, what: str
) -> None:
    async def test(reported: Reported) -> None:
        await ask(reported)
        await reported.take((what, 1, 0))
        assert await ask(reported)

    with_daemon(content, test)


def test_a_trace_has_every_call(content: PersonalisationData) -> None:
    async def test(reported: Reported) -> None:
        await ask(reported)
        reported.daemon.tracer.configure(
            TraceSettings(level=TraceLevel.CALLS, folder="/nonexistent")
        )
        assert len(await ask(reported)) == 6

    with_daemon(content, test)


def test_who_does_not_read_is_held_to_account(content: PersonalisationData) -> None:
    async def test(reported: Reported) -> None:
        await ask(reported)
        connection, wire = reported.daemon.wires[1]
        before = reported.daemon.server.budget.held
        wire.waiting = 5000
        assert await ask(reported) == []
        assert reported.daemon.server.budget.held == before + 5000
        wire.waiting = 0
        connection.pause_writing()
        call = Call.build("C_GetInfo", 7).to_frame().to_bytes()
        deliver(connection, call)
        assert not wire.frames

    with_daemon(content, test)


def test_what_is_no_whole_call_is_read_as_ever(content: PersonalisationData) -> None:
    async def test(reported: Reported) -> None:
        await ask(reported)
        connection, wire = reported.daemon.wires[0]
        call = (
            Call.build("C_GetSessionInfo", 7, session=reported.sessions[-1]).to_frame().to_bytes()
        )
        for cut in (5, 9, 16, 17, 20, len(call) - 1):
            deliver(connection, call[:cut])
            assert not wire.frames
            deliver(connection, call[cut:])
            assert [frame.code for frame in wire.frames] == [Ckr.OK]
            wire.frames.clear()
        deliver(connection, call + call[:7])
        deliver(connection, call[7:])
        assert [frame.code for frame in wire.frames] == [Ckr.OK] * 2
        await asyncio.sleep(0)
        short = struct.pack("<IBI", 13, 3, call[5]) + bytes(8)
        wire.frames.clear()
        deliver(connection, short)
        assert [frame.code for frame in wire.frames] == [Ckr.ARGUMENTS_BAD]
        await asyncio.sleep(0)
        info = Call.build("C_GetInfo", 7).to_frame().to_bytes()
        deliver(connection, info)
        wire.frames.clear()
        deliver(connection, struct.pack("<I", len(info) - 8) + info[4:-4])  # half a trace id
        assert [frame.code for frame in wire.frames] == [Ckr.ARGUMENTS_BAD]

    with_daemon(content, test)
