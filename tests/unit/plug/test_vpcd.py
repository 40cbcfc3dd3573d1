# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card in a slot of vpcd, against a reader in Python."""

import os
import threading
from pathlib import Path

import pytest
from tests.unit.plug.conftest import FakeVpcd

from caducee.base.errors import ReaderError
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug import network, vpcd
from caducee.virtualcard.plug.vpcd import VpcdPlug

READ = bytes.fromhex("00B0000002")


@pytest.fixture
def chip() -> ScriptedChip:
    return ScriptedChip({"00B0000002": "AABB9000"})


def test_the_card_answers_while_it_is_plugged(reader: FakeVpcd, chip: ScriptedChip) -> None:
    plug = VpcdPlug(chip)
    plug.start()
    reader.accept()
    reader.send(b"\x01", b"\x04")
    assert reader.receive() == chip.atr
    reader.send(READ)
    assert reader.receive().hex() == "aabb9000"
    plug.stop()
    assert reader.receive() == b""
    assert chip.happened[-1] == "off"
    assert not plug.alive


@pytest.mark.parametrize("quick_ack", [True, False])
def test_acknowledgement_makes_no_difference_to_the_answers(
    reader: FakeVpcd, chip: ScriptedChip, quick_ack: bool
) -> None:
    plug = VpcdPlug(chip, quick_ack=quick_ack)
    plug.start()
    reader.accept()
    for _ in range(3):
        reader.send(READ)
        assert reader.receive().hex() == "aabb9000"
    plug.stop()


def test_it_connects_again_when_the_reader_comes_back(reader: FakeVpcd, chip: ScriptedChip) -> None:
    plug = VpcdPlug(chip)
    plug.start()
    reader.accept()
    reader.hang_up()
    reader.accept()
    reader.send(READ)
    assert reader.receive().hex() == "aabb9000"
    plug.stop()


def test_it_stops_while_it_waits_for_the_reader(reader: FakeVpcd, chip: ScriptedChip) -> None:
    plug = VpcdPlug(chip)
    plug.start()
    reader.accept()
    reader.close()
    plug.stop()
    assert not plug.alive


def test_half_a_frame_harms_nothing(reader: FakeVpcd, chip: ScriptedChip) -> None:
    plug = VpcdPlug(chip)
    plug.start()
    reader.accept()
    reader.raw(b"\xff\xff\x00")
    reader.hang_up()
    reader.accept()
    reader.send(READ)
    assert reader.receive().hex() == "aabb9000"
    assert chip.commands == ["00B0000002"]
    plug.stop()


def test_an_absent_reader_is_reported(
    reader: FakeVpcd, chip: ScriptedChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.close()
    with pytest.raises(ReaderError) as caught:
        VpcdPlug(chip).start(patience=0)
    assert caught.value.code == "reader.vpcd_absent"
    monkeypatch.setattr(vpcd, "running_pid", lambda folder: None)
    with pytest.raises(ReaderError):
        VpcdPlug(chip, folder=Path("/nowhere")).start(patience=0)


def test_a_reader_that_opens_its_port_late_is_waited_for(
    reader: FakeVpcd, chip: ScriptedChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = iter([None, None])
    monkeypatch.setattr(vpcd, "running_pid", lambda folder: next(pids, os.getpid()))
    plug = VpcdPlug(chip)
    plug.start()
    reader.accept()
    plug.stop()


def test_a_reader_that_others_reach_is_refused(
    reader: FakeVpcd, chip: ScriptedChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exposed(pid: int, port: int) -> None:
        raise ReaderError("reader.vpcd_exposed", port=port, address="0.0.0.0")

    monkeypatch.setattr(network, "require_private", exposed)
    with pytest.raises(ReaderError) as caught:
        VpcdPlug(chip).start()
    assert caught.value.code == "reader.vpcd_exposed"


def test_a_reader_that_comes_back_exposed_is_given_up(
    reader: FakeVpcd, chip: ScriptedChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug = VpcdPlug(chip)
    plug.start()
    reader.accept()
    asked = threading.Event()

    def exposed(pid: int, port: int) -> None:
        asked.set()
        raise ReaderError("reader.vpcd_exposed", port=port, address="0.0.0.0")

    monkeypatch.setattr(network, "require_private", exposed)
    reader.hang_up()
    assert asked.wait(10)
    assert plug._thread is not None
    plug._thread.join(10)
    assert not plug.alive
    plug.stop()


def test_the_second_slot_is_the_next_port(
    reader: FakeVpcd, chip: ScriptedChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vpcd, "FIRST_PORT", reader.port - 1)
    plug = VpcdPlug(chip, slot=1)
    plug.start()
    reader.accept()
    plug.stop()
