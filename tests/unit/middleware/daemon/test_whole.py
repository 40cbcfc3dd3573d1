# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`caducee cryptolibd` with its engine and a virtual card at a socket, from the outside."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.middleware.daemon.fakes import Client, until

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Attribute, Mechanism, OutputBuffer
from caducee.middleware.daemon.endpoint import listening
from caducee.middleware.tracing import RecordKind, TraceRecord, trace_files
from caducee.middleware.tracing.reading import read_traces
from caducee.spec.pkcs11.attributes import Cka
from caducee.spec.pkcs11.kinds import Cko
from caducee.spec.pkcs11.mechanisms import Ckm
from caducee.spec.pkcs11.returns import Ckr
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

USER, SERIAL_SESSION = 1, 4


class Slow:
    """A card that can be held up before a command, and knows how many came."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self.before: Callable[[bytes], None] = lambda command: None
        self.count = 0

    def power_on(self) -> bytes:
        return self._card.power_on()

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> bytes:
        return self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        self.count += 1
        self.before(command)
        return self._card.transmit(command)


class World:
    """A daemon, a card, and where everything lies."""

    def __init__(
        self,
        folder: Path,
        content: PersonalisationData,
        personalise: Callable[[PersonalisationData], CardImage] = cps3,
    ) -> None:
        self.folder = folder
        self.socket = folder / "run" / "caducee" / "cryptolibd.sock"
        self.place = folder / "card.sock"
        self.store = MemoryStore(personalise(content))
        self.chip = Slow(VirtualCard(self.store))
        self.plug = SocketPlug(self.chip, self.place)
        self.settings = folder / "cryptolib.toml"
        self.settings.write_text(f'[readers]\npcsc = false\nsockets = ["{self.place}"]\n')
        (folder / "run").mkdir(mode=0o700)
        self.clients: list[Client] = []
        self.process: subprocess.Popen[str] | None = None

    def start(self, **environment: str) -> None:
        mine = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "CADUCEE_CRYPTOLIB_CONFIG": str(self.settings),
            "LANGUAGE": "en",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "caducee", "cryptolibd"],
            env=mine | environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: listening(self.socket) or self.ended)
        assert not self.ended, self.said()

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def said(self) -> str:
        """End the daemon and return what it said."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[1]

    def client(self) -> Client:
        made = Client(self.socket)
        self.clients.append(made)
        return made

    def close(self) -> None:
        for client in self.clients:
            client.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        self.plug.stop()


@pytest.fixture
def world(
    tmp_path_factory: pytest.TempPathFactory, content: PersonalisationData
) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("w"), content)
    made.plug.start()
    yield made
    made.close()


def ok(client: Client, name: str, **named: Any) -> dict[str, Any]:
    reply = client.call(name, **named)
    assert reply.rv == Ckr.OK, f"{name}: {reply.rv:#x}"
    return reply.named()


def session(client: Client) -> int:
    slots = ok(client, "C_GetSlotList", token_present=True, slots=OutputBuffer(16))["slots"].values
    opened = ok(client, "C_OpenSession", slot=slots[0], flags=SERIAL_SESSION)
    return int(opened["session"])


def login(client: Client, number: int, pin: str = "1234", user: int = USER) -> int:
    return client.call("C_Login", session=number, user=user, pin=Secret.of(pin)).rv


def key(client: Client, number: int) -> int:
    kind = Cko.PRIVATE_KEY.to_bytes(8, "little")
    ok(client, "C_FindObjectsInit", session=number, template=(Attribute(Cka.CLASS, kind),))
    found = ok(client, "C_FindObjects", session=number, objects=OutputBuffer(4))["objects"].values
    ok(client, "C_FindObjectsFinal", session=number)
    return int(found[0])


def sign(client: Client, number: int, handle: int) -> Any:
    digest = hashlib.sha256(b"a letter").digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    mechanism = Mechanism(Ckm.RSA_PKCS)
    ok(client, "C_SignInit", session=number, mechanism=mechanism, key=handle)
    return client.call("C_Sign", session=number, data=info, signature=OutputBuffer(512))


def test_a_program_logs_in_and_signs(world: World) -> None:
    world.start()
    client = world.client()
    number = session(client)
    assert login(client, number) == Ckr.OK
    made = sign(client, number, key(client, number))
    assert made.rv == Ckr.OK
    assert len(made.named()["signature"].value) == 256
    assert world.said() == ""


@pytest.mark.parametrize(
    ("compat", "expected"), [("standard", Ckr.ARGUMENTS_BAD), ("cps3", Ckr.OK)]
)
def test_options_of_the_issuers_module_are_refused_unless_it_is_imitated(
    world: World, compat: str, expected: Ckr
) -> None:
    world.settings.write_text(world.settings.read_text() + f'[pkcs11]\ncompat = "{compat}"\n')
    world.start()
    client = Client(world.socket, reserved=True)
    world.clients.append(client)
    assert client.welcome.rv == expected
    assert world.client().welcome.rv == Ckr.OK


@pytest.mark.parametrize(("compat", "expected"), [("standard", Ckr.CANT_LOCK), ("cps3", Ckr.OK)])
def test_a_program_that_forbids_the_system_s_locks_is_let_in_as_by_the_issuer_s_module(
    world: World, compat: str, expected: Ckr
) -> None:
    world.settings.write_text(world.settings.read_text() + f'[pkcs11]\ncompat = "{compat}"\n')
    world.start()
    client = Client(world.socket, own_locks=True)
    world.clients.append(client)
    assert client.welcome.rv == expected


def traced(world: World) -> list[TraceRecord]:
    return list(read_traces(trace_files(world.folder / "state" / "caducee" / "trace")).records)


def test_one_number_joins_the_call_and_its_commands_and_no_code_is_in_the_trace(
    world: World,
) -> None:
    world.start(CADUCEE_TRACE="apdus")
    client = world.client()
    number = session(client)
    assert login(client, number, "9999") == Ckr.PIN_INCORRECT
    assert login(client, number) == Ckr.OK
    assert sign(client, number, key(client, number)).rv == Ckr.OK
    world.said()
    records = traced(world)
    calls = [
        record
        for record in records
        if record.kind == RecordKind.CALL and record.function == "C_Login"
    ]
    assert [call.result for call in calls] == ["CKR_PIN_INCORRECT", "CKR_OK"]
    assert {call.pid for call in calls} == {os.getpid()}
    assert {record.trace for record in records if record.kind == RecordKind.APDU} == {f"{7:016x}"}
    for path in trace_files(world.folder / "state" / "caducee" / "trace"):
        text = path.read_bytes().lower()
        assert b"31323334" not in text and b"39393939" not in text
        assert b'"1234"' not in text and b'"9999"' not in text


def test_a_card_that_is_pulled_in_mid_call_ends_sessions_and_costs_no_try(world: World) -> None:
    world.start()
    client = world.client()
    number = session(client)
    assert login(client, number) == Ckr.OK
    handle = key(client, number)
    pulled = threading.Event()

    def pull(command: bytes) -> None:
        if command[1] in (0x88, 0x2A) and not pulled.is_set():
            pulled.set()
            threading.Thread(target=world.plug.stop).start()
            until(lambda: not world.place.exists())

    world.chip.before = pull
    rv = sign(client, number, handle).rv
    assert pulled.is_set()
    assert rv in (Ckr.DEVICE_REMOVED, Ckr.TOKEN_NOT_PRESENT, Ckr.DEVICE_ERROR), hex(rv)

    def closed() -> bool:
        info = client.call("C_GetSessionInfo", session=number)
        return info.rv == Ckr.SESSION_HANDLE_INVALID

    until(closed)
    world.plug = SocketPlug(world.chip, world.place)
    world.plug.start()

    def back() -> bool:
        found = ok(client, "C_GetSlotList", token_present=True, slots=OutputBuffer(16))
        return bool(found["slots"].values)

    until(back)
    number = session(client)
    assert login(client, number) == Ckr.OK
    assert all(code.tries_left == code.max_tries for code in world.store.image.pins)


@pytest.mark.parametrize("trouble", ["full disk", "damaged", "a file in its place"])
def test_a_cache_that_cannot_be_used_keeps_nobody_from_their_card(
    world: World, trouble: str
) -> None:
    cache = world.folder / "cache" / "caducee" / "cards"
    environment = {}
    if trouble == "full disk":
        environment["XDG_CACHE_HOME"] = "/dev/full"
    elif trouble == "a file in its place":
        (world.folder / "cache").write_text("")
    world.start(**environment)
    client = world.client()
    number = session(client)
    assert login(client, number) == Ckr.OK
    assert sign(client, number, key(client, number)).rv == Ckr.OK
    if trouble == "damaged":
        files = list(cache.glob("*.card"))
        assert files
        for file in files:
            file.write_bytes(file.read_bytes()[:-7] + b"damaged")
        ok(client, "C_Finalize")
        world.said()
        world.start()
        client = world.client()
        assert login(client, session(client)) == Ckr.OK
    assert not world.ended


def test_a_slow_card_delays_no_call_without_a_card(world: World) -> None:
    world.start()
    client, other = world.client(), world.client()
    number = session(client)
    session(other)
    held, go_on = threading.Event(), threading.Event()

    def hold(command: bytes) -> None:
        held.set()
        go_on.wait(20)

    world.chip.before = hold
    client.begin("C_Login", session=number, user=USER, pin=Secret.of("1234"))
    assert held.wait(20)
    ok(other, "C_GetInfo")
    ok(other, "C_GetSlotList", token_present=False, slots=OutputBuffer(16))
    go_on.set()
    assert client.end("C_Login").rv == Ckr.OK


def test_the_end_of_a_program_wipes_its_login_and_not_that_of_others(world: World) -> None:
    world.start()
    first, second = world.client(), world.client()
    numbers = [session(first), session(second)]
    assert login(first, numbers[0]) == login(second, numbers[1]) == Ckr.OK
    first.close()
    handle = key(second, numbers[1])
    assert sign(second, numbers[1], handle).rv == Ckr.OK


def test_eight_programs_with_sessions_take_bounded_memory(world: World) -> None:
    def resident() -> int:
        assert world.process is not None
        text = Path(f"/proc/{world.process.pid}/status").read_text()
        (line,) = [item for item in text.splitlines() if item.startswith("VmRSS:")]
        return int(line.split()[1])

    world.start()
    first = world.client()
    session(first)
    before = resident()
    for _ in range(7):
        client = world.client()
        number = session(client)
        assert login(client, number) == Ckr.OK
        assert sign(client, number, key(client, number)).rv == Ckr.OK
    assert resident() - before < 24 * 1024
