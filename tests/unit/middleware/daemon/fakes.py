# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An engine that thinks nothing, and a client that speaks the wire.

Slot N is the reader ``reader-N``; what a call does is chosen by its numbers:

- ``C_GetSlotInfo(slot)`` runs in that reader's thread and takes as long as `FakeEngine.pace` says;
- ``C_GetInfo`` needs no card; ``C_Login`` without a code asks for one (right: 1234).
"""

import asyncio
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from caducee.codec.pkcs11 import Call, Frame, FrameDeframer, Hello, Info, Reply, SlotInfo, Welcome
from caducee.middleware.daemon.connection import ConnectionRefusal
from caducee.middleware.daemon.peers import Peer
from caducee.middleware.pin_entry import EnteredPins, PinKind, PinRequest
from caducee.reader.transport import ReaderStatus
from caducee.spec.pkcs11.functions import by_name
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import FrameKind

INFO = Info((2, 40), b" " * 32, 0, b"fake".ljust(32), (1, 0))
SLOT = SlotInfo(b" " * 64, b" " * 32, 1, (0, 0), (0, 0))


class FakeApplication:
    def __init__(self, engine: "FakeEngine") -> None:
        self.engine = engine
        self.lock = threading.RLock()
        self.events: list[int] = []
        self.closed = threading.Event()

    def reader_of(self, call: Call) -> str | None:
        if call.function.name == "C_GetSlotInfo":
            return f"reader-{call.named()['slot']}"
        return "reader-0" if call.function.name in ("C_Login", "C_SetPIN") else None

    def looks(self, call: Call) -> bool:
        return call.function.name == "C_GetSlotList"

    def search(self, session: int) -> None:
        return None

    def parks(self, call: Call) -> bool:
        return not call.named()["flags"]

    def pin_request(self, call: Call) -> PinRequest | None:
        self.engine.called("pin_request")
        kind = PinKind.CHANGE if call.function.name == "C_SetPIN" else PinKind.LOGIN
        return PinRequest(kind, "CPS3v3-2900995235", "KIT DOC", "reader-0", self.engine.tries)

    def answer(self, call: Call, codes: EnteredPins | None = None) -> Reply:
        self.engine.called(call.function.name)
        match call.function.name:
            case "C_GetInfo":
                return Reply(call.function, Ckr.OK, (INFO,))
            case "C_GetSlotInfo":
                self.engine.work(call.named()["slot"])
                return Reply(call.function, Ckr.OK, (SLOT,))
            case "C_Login":
                given = codes.old if codes else call.named()["pin"]
                if given is not None and given.reveal() == b"1234":
                    return Reply(call.function, Ckr.OK)
                self.engine.tries -= 1
                return Reply(call.function, Ckr.PIN_INCORRECT)
            case "C_SetPIN":
                assert codes and codes.old and codes.new
                self.engine.called(f"{codes.old.reveal().decode()}>{codes.new.reveal().decode()}")
                return Reply(call.function, Ckr.OK)
            case "C_SeedRandom":
                raise RuntimeError("a fault of the engine")
        return Reply(call.function, Ckr.FUNCTION_NOT_SUPPORTED)

    def next_slot_event(self) -> int | None:
        return self.events.pop(0) if self.events else None

    def asks(self, call: Call) -> bool:
        return False

    def given_up(self, call: Call) -> None:
        pass

    def close(self) -> None:
        self.closed.set()


class FakeEngine:
    def __init__(self) -> None:
        self.applications: list[FakeApplication] = []
        self.calls: list[str] = []
        self.known: Mapping[str, ReaderStatus] = {}
        self.pace: dict[int, Callable[[], object]] = {}
        self.tries = 3
        self.refusal: int | None = None
        self.times = 0
        self.looked: list[str] = []
        self.rested: list[str] = []
        self._guard = threading.Lock()

    def called(self, name: str) -> None:
        with self._guard:
            self.calls.append(name)

    def work(self, slot: int) -> None:
        self.pace.get(slot, lambda: None)()

    def attach(self, hello: Hello, peer: Peer) -> FakeApplication:
        if self.refusal is not None:
            raise ConnectionRefusal(self.refusal)
        made = FakeApplication(self)
        self.applications.append(made)
        return made

    def changed(self, now: Mapping[str, ReaderStatus]) -> None:
        gone_or_came = set(now) | set(self.known)
        for application in self.applications:
            application.events += [n for n, _ in enumerate(sorted(gone_or_came))]
        self.known = now

    patience: float | None = None
    awaited: tuple[str, ...] = ()

    def pass_time(self) -> None:
        self.times += 1

    logins = 0

    def log_out(self) -> int:
        ended, self.logins = self.logins, 0
        return ended

    def look(self, reader: str) -> None:
        self.looked.append(reader)

    def rest(self, reader: str) -> None:
        self.rested.append(reader)


class Client:
    """A façade in Python, blocking: what the tests say to the daemon."""

    def __init__(
        self, path: Path, *, application: bytes | None = None, hello: bool = True, **more: Any
    ) -> None:
        self.application = application or secrets.token_bytes(16)
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.settimeout(20)
        self.stream.connect(str(path))
        self.working = 0
        self._deframer = FrameDeframer()
        self._frames: list[Frame] = []
        if hello:
            pid = more.pop("pid", os.getpid())
            try:
                self.send(Hello(8, self.application, pid, **more).to_frame())
                self.welcome = Welcome.from_frame(self.frame())
            except EOFError:
                self.close()
                raise

    def send(self, frame: Frame) -> None:
        self.send_bytes(frame.to_bytes())

    def send_bytes(self, data: bytes) -> None:
        """Send bytes; `EOFError` when the daemon ended the connection."""
        try:
            self.stream.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise EOFError from None

    def frame(self) -> Frame:
        """Return the next frame; `EOFError` when the daemon ended the connection."""
        while not self._frames:
            try:
                data = self.stream.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise EOFError
            self._frames += self._deframer.feed(data)
        return self._frames.pop(0)

    def begin(self, name: str, **named: Any) -> None:
        self.send(Call.build(name, 7, **named).to_frame())

    def end(self, name: str) -> Reply:
        while True:
            found = self.frame()
            if found.kind != FrameKind.WORKING:
                return Reply.from_frame(found, by_name(name))
            self.working += 1

    def call(self, name: str, **named: Any) -> Reply:
        self.begin(name, **named)
        return self.end(name)

    def close(self) -> None:
        self.stream.close()


async def blocking[T](job: Callable[[], T]) -> T:
    """Run what blocks in a thread, as another process would."""
    return await asyncio.get_running_loop().run_in_executor(None, job)


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds; fails when it never does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)
