# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The code in the daemon's memory: once while a login lasts, nowhere after it.

The memory of the process is read as another process of the same user could read it.
"""

import dataclasses
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.middleware.daemon.fakes import Client, until
from tests.unit.middleware.daemon.test_whole import World, key, login, ok, session, sign

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Call
from caducee.spec.pkcs11 import Cku
from caducee.spec.pkcs11.returns import Ckr
from caducee.virtualcard.personalise import PersonalisationData, cps3, cps4

CODE, OTHER, WRONG, PUK = "73519284", "28640917", "91827364", "46372819"
"""Eight digits each: nothing else in a memory looks like them."""


@pytest.fixture(params=["content", "cps4_content"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A daemon with a CPS3, or a CPS4."""
    content: PersonalisationData = request.getfixturevalue(request.param)
    known = dataclasses.replace(content, pin=Secret.of(CODE), puk=Secret.of(PUK))
    made = World(tmp_path_factory.mktemp("w"), known, cps3 if request.param == "content" else cps4)
    made.plug.start()
    yield made
    made.close()


def memory(process: int) -> Iterator[bytes]:
    """Yield what a process may write: heap, stacks, and what it mapped."""
    with open(f"/proc/{process}/mem", "rb", buffering=0) as whole:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(word, 16) for word in place.split("-"))
            yield os.pread(whole.fileno(), end - begin, begin)


def copies(world: World, code: str) -> int:
    """Count a code in the daemon's memory, as text and as hexadecimal text."""
    assert world.process is not None
    forms = (code.encode(), code.encode().hex().encode(), bytes.fromhex(code))
    return sum(part.count(form) for part in memory(world.process.pid) for form in forms)


def change(client: Client, number: int, old: str, new: str) -> int:
    pins = {"old_pin": Secret.of(old), "new_pin": Secret.of(new)}
    return client.call("C_SetPIN", session=number, **pins).rv


def writing_session(client: Client) -> int:
    return int(ok(client, "C_OpenSession", slot=0, flags=6)["session"])


def test_a_code_is_in_the_memory_once_while_a_login_lasts_and_nowhere_after(world: World) -> None:
    world.start()
    client = world.client()
    number = session(client)
    assert login(client, number, WRONG) == Ckr.PIN_INCORRECT
    assert copies(world, WRONG) == 0
    assert login(client, number, CODE) == Ckr.OK
    assert copies(world, CODE) == 1
    assert sign(client, number, key(client, number)).rv == Ckr.OK
    assert copies(world, CODE) == 1
    ok(client, "C_Logout", session=number)
    assert copies(world, CODE) == 0


@pytest.fixture
def cores() -> Iterator[None]:
    """Whoever starts the daemon lets it write one."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("no process may write a core here")
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.usefixtures("cores")
def test_a_crash_leaves_no_image_of_the_memory(world: World) -> None:
    world.start()
    assert world.process is not None
    soft, _ = resource.prlimit(world.process.pid, resource.RLIMIT_CORE)
    assert soft == 0


def test_of_a_code_that_is_changed_neither_stays(world: World) -> None:
    world.start()
    client = world.client()
    number = writing_session(client)
    assert change(client, number, CODE, OTHER) == Ckr.OK
    assert (copies(world, CODE), copies(world, OTHER)) == (0, 0)
    assert login(client, number, OTHER) == Ckr.OK
    assert copies(world, OTHER) == 1
    client.close()
    until(lambda: copies(world, OTHER) == 0)


def test_of_the_unblocking_code_and_the_new_one_neither_stays(world: World) -> None:
    world.start()
    client = world.client()
    number = writing_session(client)
    assert login(client, number, PUK, Cku.SO) == Ckr.OK
    assert copies(world, PUK) == 1
    ok(client, "C_InitPIN", session=number, pin=Secret.of(OTHER))
    assert (copies(world, PUK), copies(world, OTHER)) == (1, 0)
    ok(client, "C_Logout", session=number)
    assert (copies(world, PUK), copies(world, OTHER)) == (0, 0)


@pytest.mark.parametrize("cut", [1, 3, 12])
def test_a_call_that_comes_in_pieces_leaves_none_of_them(world: World, cut: int) -> None:
    world.start()
    client, other = world.client(), world.client()
    number = session(client)
    call = Call.build("C_Login", 7, session=number, user=Cku.USER, pin=Secret.of(CODE))
    data = call.to_frame().to_bytes()
    for part in (data[:-cut], data[-cut:-1], data[-1:]):
        client.send_bytes(part)
        ok(other, "C_GetInfo")
    assert client.end("C_Login").rv == Ckr.OK
    assert copies(world, CODE) == 1
    client.send_bytes(data[:-1])
    client.close()
    until(lambda: copies(world, CODE) == 0)


def test_a_code_that_the_agent_gives_is_as_rare(world: World) -> None:
    file = world.folder / "code"
    file.touch(0o600)
    file.write_text(CODE)
    program = [sys.executable, "-m", "caducee.middleware.pin_entry.headless", str(file)]
    settings = f"[pin_entry]\nprotected_path = true\nleast_seconds = 0\nprogram = {program!r}\n"
    world.settings.write_text(world.settings.read_text() + settings)
    world.start()
    client = world.client()
    number = session(client)
    ok(client, "C_Login", session=number, user=Cku.USER, pin=None)
    assert copies(world, CODE) == 1
    ok(client, "C_Logout", session=number)
    assert copies(world, CODE) == 0
