# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs that call the engine, and readers with virtual cards for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Attribute, AttributeBuffer, Call, Mechanism, OutputBuffer, Reply
from caducee.middleware.pin_entry import EnteredPins
from caducee.middleware.pkcs11.application import ApplicationInfo, Pkcs11Application
from caducee.middleware.pkcs11.engine import Pkcs11Engine
from caducee.middleware.pkcs11.settings import EngineSettings
from caducee.middleware.pkcs11.values import Value, encoded
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.spec.pkcs11 import Cka, Cko, Ckr, Cku, SessionFlag

RO = int(SessionFlag.SERIAL_SESSION)
RW = int(SessionFlag.SERIAL_SESSION | SessionFlag.RW_SESSION)


class Failed(AssertionError):
    """A call that had to succeed did not."""


@dataclass
class Program:
    """A program that uses PKCS#11, as the daemon lets it."""

    app: Pkcs11Application
    chips: list[Any]

    def call(self, name: str, /, *, codes: EnteredPins | None = None, **named: Any) -> Reply:
        """Call a function; the reply is what the façade would get, through its bytes."""
        sent = Call.build(name, 1, **named)
        call = Call.from_frame(sent.to_frame())
        reader, before = self.app.reader_of(call), self._commands()
        reply = self.app.answer(call, codes)
        assert reader is not None or self._commands() == before, f"{name} asked a card unannounced"
        read = Reply.from_frame(reply.to_frame(), call.function)
        assert read == reply
        return reply

    def _commands(self) -> int:
        return sum(len(chip.commands) for chip in self.chips if chip is not None)

    def rv(self, name: str, /, **named: Any) -> int:
        return self.call(name, **named).rv

    def ok(self, name: str, /, **named: Any) -> Any:
        """Call a function that must succeed; return its result, or a tuple of several."""
        reply = self.call(name, **named)
        if reply.rv != Ckr.OK:
            raise Failed(f"{name}: {Ckr(reply.rv).name}")
        return reply.results[0] if len(reply.results) == 1 else reply.results

    # What programs do

    def open(self, slot: int = 0, flags: int = RW) -> int:
        handle: int = self.ok("C_OpenSession", slot=slot, flags=flags)
        return handle

    def login(self, session: int, pin: str = "1234", user: int = Cku.USER) -> int:
        return self.rv("C_Login", session=session, user=int(user), pin=Secret.of(pin))

    def logged_in(self, slot: int = 0) -> int:
        session = self.open(slot)
        assert self.login(session) == Ckr.OK
        return session

    def find(self, session: int, **values: Value) -> list[int]:
        """Find by attributes, named as members of `Cka`."""
        self.ok("C_FindObjectsInit", session=session, template=self.template(**values))
        found: list[int] = []
        while True:
            listed = self.ok("C_FindObjects", session=session, objects=OutputBuffer(5))
            if not listed.values:
                break
            found += listed.values
        self.ok("C_FindObjectsFinal", session=session)
        return found

    def find_one(self, session: int, **values: Value) -> int:
        (found,) = self.find(session, **values)
        return found

    def key(self, session: int, label: str, kind: Cko = Cko.PRIVATE_KEY) -> int:
        return self.find_one(session, CLASS=int(kind), LABEL=label)

    def template(self, **values: Value) -> tuple[Attribute, ...]:
        width = self.app.info.ulong_size
        return tuple(Attribute(int(Cka[n]), encoded(v, width)) for n, v in values.items())

    def value(self, session: int, handle: int, attribute: int) -> bytes:
        room = (AttributeBuffer(int(attribute), 4096),)
        (filled,) = self.ok("C_GetAttributeValue", session=session, object=handle, template=room)
        assert isinstance(filled.value, bytes)
        return filled.value

    def sign(self, session: int, key: int, mechanism: Mechanism, data: bytes) -> Reply:
        """C_SignInit and C_Sign; the reply of the first that fails."""
        begun = self.call("C_SignInit", session=session, mechanism=mechanism, key=key)
        if begun.rv != Ckr.OK:
            return begun
        return self.call("C_Sign", session=session, data=data, signature=OutputBuffer(512))


@dataclass
class Place:
    """Readers in memory, an engine, and its programs."""

    engine: Pkcs11Engine
    context: MemoryContext
    chips: list[Any] = field(default_factory=list)

    def look(self) -> None:
        """Let the engine see what is in the readers, as the daemon's watcher does."""
        self.engine.changed(self.context.wait({}, 0))

    def program(self, ulong_size: int = 8) -> Program:
        info = ApplicationInfo(ulong_size, 1, "/usr/bin/test")
        return Program(self.engine.attach(info), self.chips)

    def reader(self, number: int = 0) -> MemoryReader:
        return self.context.readers()[number]

    def eject(self, number: int = 0) -> None:
        self.reader(number).eject()
        self.look()

    def insert(self, chip: Any, number: int = 0) -> None:
        self.reader(number).insert(chip)
        self.look()


type MakePlace = Callable[..., Place]


@pytest.fixture
def make_place() -> Iterator[MakePlace]:
    """Make an engine around benches (`make_bench`) or bare readers."""
    engines: list[Pkcs11Engine] = []

    def make(*benches: Any, protected_path: bool = False, **settings: Any) -> Place:
        readers = [getattr(bench, "reader", bench) for bench in benches]
        for number, reader in enumerate(readers):
            reader._name = f"Reader {number}"
        context = MemoryContext(*readers)
        engine = Pkcs11Engine(context, EngineSettings(**settings), protected_path=protected_path)
        engines.append(engine)
        place = Place(engine, context, [getattr(bench, "chip", None) for bench in benches])
        place.look()
        return place

    yield make
    for engine in engines:
        engine.close()


@pytest.fixture
def place(make_place: MakePlace, bench: Any) -> Place:
    """A CPS3 with contacts."""
    return make_place(bench)


@pytest.fixture
def cl_place(make_place: MakePlace, contactless_bench: Any) -> Place:
    """The same card without contacts."""
    return make_place(contactless_bench)


@pytest.fixture
def cps4_place(make_place: MakePlace, cps4_bench: Any) -> Place:
    return make_place(cps4_bench)


@pytest.fixture
def program(place: Place) -> Program:
    return place.program()
