# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A daemon in this process, with an engine that thinks nothing."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.unit.middleware.daemon.fakes import Client, FakeEngine

from caducee.middleware.daemon.endpoint import bind
from caducee.middleware.daemon.server import Server
from caducee.middleware.daemon.settings import Limits
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.pin_entry.settings import PinEntrySettings
from caducee.middleware.tracing import TraceLevel, Tracer, TraceSettings
from caducee.reader.memory import MemoryContext, MemoryReader


class Daemon:
    """What a test holds of a running daemon."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = FakeEngine()
        self.readers = MemoryContext(MemoryReader("reader-0"))
        self.clients: list[Client] = []
        self.server: Server
        self.loop: asyncio.AbstractEventLoop

    def client(self, **more: Any) -> Client:
        made = Client(self.path, **more)
        self.clients.append(made)
        return made

    def stop(self) -> None:
        with suppress(RuntimeError):  # it has ended by itself
            self.loop.call_soon_threadsafe(self.server.stop)


type Start = Callable[..., Daemon]


@contextmanager
def running(
    path: Path,
    *,
    limits: Limits | None = None,
    pin_entry: PinEntrySettings | None = None,
    trace: Path | None = None,
    **more: Any,
) -> Iterator[Daemon]:
    daemon = Daemon(path)
    ready = threading.Event()

    async def serve() -> None:
        level = TraceLevel.APDUS if trace else TraceLevel.OFF
        tracer = Tracer("daemon", TraceSettings(level=level, folder=str(trace or "")))
        daemon.loop = asyncio.get_running_loop()
        entry = PinEntry(pin_entry or PinEntrySettings(), "en")
        daemon.server = Server(
            daemon.engine, daemon.readers, limits or Limits(), entry, tracer, **more
        )
        listener = bind(path)
        ready.set()
        await daemon.server.run(listener)
        tracer.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        yield daemon
    finally:
        for client in daemon.clients:
            client.close()
        daemon.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A socket's path that is short enough to be one."""
    return tmp_path_factory.mktemp("d") / "s.sock"


@pytest.fixture
def daemon(place: Path) -> Iterator[Daemon]:
    with running(place) as found:
        yield found


def agent(file: Path, *codes: str) -> PinEntrySettings:
    """The headless agent with a file of codes."""
    file.touch(0o600)
    file.write_text("\n".join(codes))
    module = "caducee.middleware.pin_entry.headless"
    return PinEntrySettings(
        protected_path=True, program=(sys.executable, "-m", module, str(file)), least_seconds=0
    )
