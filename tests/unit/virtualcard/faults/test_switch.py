# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The switch beside an image file: it reaches a card that runs, and one that does not."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.virtualcard.faults import switch
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.content import active
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.store import FaultStore
from caducee.virtualcard.faults.switch import FaultRequest, FaultRequests, done
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault, Hex
from caducee.virtualcard.store import FileStore

MF = bytes.fromhex("00A4000C023F00")
TRIES = bytes.fromhex("00200001")


@pytest.fixture
def file(tmp_path: Path, image: CardImage) -> Path:
    path = tmp_path / "card.json"
    image.save(path)
    return path


@pytest.fixture
def running(file: Path) -> Iterator[FaultyCard]:
    with FileStore(file) as store:
        card = FaultyCard(store)
        card.power_on()
        yield card


def names(image: CardImage) -> list[str]:
    return [item.name.value for item in active(image)]


def left_beside(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir() if path.suffix != ".lock")


def test_a_request_reaches_a_running_card_at_its_next_command(
    file: Path, running: FaultyCard
) -> None:
    FaultRequests(file).ask(FaultRequest(Fault(name=FaultName.BLOCKED)))
    assert running.transmit(TRIES) == b"\x69\x83"
    assert left_beside(file) == ["card.json"]
    assert CardImage.load(file).pins[0].tries_left == 0


def test_a_request_waits_for_the_next_one_that_opens_the_card(file: Path) -> None:
    FaultRequests(file).ask(FaultRequest(Fault(name=FaultName.SLOW, delay=0)))
    assert names(CardImage.load(file)) == []
    with FileStore(file) as store:
        FaultStore(store)
    assert names(CardImage.load(file)) == ["slow"]
    assert left_beside(file) == ["card.json"]


def test_requests_are_done_in_their_order(file: Path, running: FaultyCard) -> None:
    requests = FaultRequests(file)
    for item in (FaultName.BLOCKED, None, FaultName.LAST_TRY, FaultName.UNUSED_BITS):
        requests.ask(FaultRequest(None if item is None else Fault(name=item)))
    assert [entry.fault and entry.fault.name.value for entry in requests.waiting()] == [
        "blocked",
        None,
        "last-try",
        "unused-bits",
    ]
    running.transmit(MF)
    image = CardImage.load(file)
    assert (names(image), image.pins[0].tries_left) == (["unused-bits"], 1)


def test_a_request_done_twice_changes_nothing_more(image: CardImage) -> None:
    requests = [
        FaultRequest(None),
        FaultRequest(Fault(name=FaultName.TORN, after=9)),
        FaultRequest(Fault(name=FaultName.BLOCKED)),
    ]
    once = done(image, requests)
    assert done(once, requests).to_json() == once.to_json()


def test_certificates_go_through_a_request(file: Path, running: FaultyCard) -> None:
    der = {"3F00/0001/A001": Hex(b"\x30\x01\xff")}
    FaultRequests(file).ask(FaultRequest(Fault(name=FaultName.EXPIRED, certificates=der)))
    running.transmit(MF)
    (found,) = active(CardImage.load(file))
    assert found.certificates == der


def test_no_request_of_several_programs_is_lost(file: Path) -> None:
    chosen = [FaultName.SLOW, FaultName.TORN, FaultName.MUTE, FaultName.UNUSED_BITS]
    threads = [
        threading.Thread(target=FaultRequests(file).ask, args=(FaultRequest(Fault(name=item)),))
        for item in chosen
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with FileStore(file) as store:
        assert {fault.name for fault in FaultStore(store).faults} == set(chosen)


@pytest.mark.parametrize("junk", [b"", b"{", b"[1]", b'[{"fault": {"name": "?"}}]', b"\xff\xfe"])
def test_a_file_that_holds_no_requests_disturbs_no_card(
    file: Path, running: FaultyCard, junk: bytes
) -> None:
    (file.parent / ".card.json.faults").write_bytes(junk)
    assert running.transmit(MF) == b"\x90\x00"
    assert left_beside(file) == ["card.json"]
    FaultRequests(file).ask(FaultRequest(Fault(name=FaultName.MUTE)))
    assert running.transmit(MF) == b""


def test_a_card_does_not_wait_for_one_who_writes_requests(
    file: Path, running: FaultyCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = FaultRequests(file)
    requests.ask(FaultRequest(Fault(name=FaultName.MUTE)))
    monkeypatch.setattr(switch, "_PAUSE", -1.0)  # whoever waits fails at once
    with requests._held(0):
        assert running.transmit(MF) == b"\x90\x00"
    assert running.transmit(MF) == b""


def test_requests_that_cannot_be_done_stay(
    file: Path, running: FaultyCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caducee.base.errors import StateError

    def full(path: Path, data: bytes, **_: object) -> None:
        raise StateError("base.file_unwritable", path=str(path), reason="disk full")

    FaultRequests(file).ask(FaultRequest(Fault(name=FaultName.BLOCKED)))
    with monkeypatch.context() as patch:
        patch.setattr("caducee.virtualcard.store.write_atomic", full)
        assert running.transmit(TRIES) == b"\x63\xc3"
        assert left_beside(file) == [".card.json.faults", "card.json"]
    assert running.transmit(TRIES) == b"\x69\x83"


KILLED = """
import os, sys
from pathlib import Path
from caducee.virtualcard.faults import store as faults
from caducee.virtualcard.store import FileStore
real = FileStore.save
def save(self, image):
    real(self, image)
    os._exit(9)
FileStore.save = save
faults.FaultStore(FileStore(Path(sys.argv[1])))
"""


def test_a_card_killed_while_it_does_a_request_has_it_and_opens_again(file: Path) -> None:
    FaultRequests(file).ask(FaultRequest(Fault(name=FaultName.BLOCKED)))
    ended = subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False, timeout=60)
    assert ended.returncode == 9
    assert left_beside(file) == [".card.json.faults", "card.json"]
    with FileStore(file) as store:
        FaultStore(store)
    assert left_beside(file) == ["card.json"]
    assert CardImage.load(file).pins[0].tries_left == 0
