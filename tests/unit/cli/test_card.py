# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card``: what it prints and ends with; PC/SC and slots are stand-ins."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import caducee.reader.pcsc
from caducee.base.errors import ReaderError, StateError
from caducee.cli.card import card
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.reader.socket import SocketReader
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.pace.chip import CardSpeed
from caducee.virtualcard.plug import pcscd, slots
from caducee.virtualcard.plug.slots import Inserted

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
ATR = ScriptedChip().atr.hex().upper()


class Place(MemoryContext):
    """The readers of this test, as PC/SC would show them."""

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Slots:
    """Stands for the processes of cards: `insert` puts a chip into a memory reader."""

    def __init__(self, readers: list[MemoryReader]) -> None:
        self.readers = readers
        self.held: list[Inserted] = []
        self.seen = True

    def inserted(self, folder: Path) -> list[Inserted]:
        return self.held

    def find(self, file: Path, folder: Path) -> tuple[Inserted, ...]:
        return tuple(item for item in self.held if item.card == str(file.resolve()))

    def insert(
        self, file: Path, *, faces: tuple[str, ...], busy: set[int], pcscd: Path, pace: CardSpeed
    ) -> tuple[Inserted, ...]:
        free = [n for n in range(2) if n not in busy]
        if len(free) < len(faces):
            raise ReaderError("reader.slots_taken")
        for slot, face in zip(free, faces, strict=False):
            made = Inserted(slot, 4711, "1", str(file.resolve()), str(pcscd), face)
            self.held.append(made)
            atr = ScriptedChip().atr if self.seen else b""
            self.readers[made.slot].insert(ScriptedChip(atr=atr))
        return tuple(self.held[-len(faces) :])

    def eject(self, inserted: Inserted) -> None:
        self.held.remove(inserted)
        self.readers[inserted.slot].eject()


@pytest.fixture
def readers() -> list[MemoryReader]:
    return [MemoryReader("Virtual PCD 00 00"), MemoryReader("Virtual PCD 00 01")]


@pytest.fixture
def world(readers: list[MemoryReader], monkeypatch: pytest.MonkeyPatch) -> Slots:
    made = Slots(readers)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setattr(caducee.reader.pcsc, "PcscContext", lambda: Place(*readers))
    monkeypatch.setattr(pcscd, "answers", lambda path: True)
    for name in ("inserted", "find", "insert", "eject"):
        monkeypatch.setattr(slots, name, getattr(made, name))
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "card.json"
    made.write_bytes((CARDS / "cps3.json").read_bytes())
    return made


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(card, [str(word) for word in words])


class TestInsert:
    def test_it_says_in_which_reader_the_card_is(self, world: Slots, file: Path) -> None:
        done = run("insert", file)
        assert (done.exit_code, done.output) == (
            0,
            "The card is in the reader Virtual PCD 00 00.\n",
        )

    def test_the_second_time_changes_nothing_and_says_so(self, world: Slots, file: Path) -> None:
        run("insert", file)
        done = run("insert", file)
        assert done.exit_code == 0
        assert done.output == "The card is already in the reader Virtual PCD 00 00.\n"
        assert len(world.held) == 1

    def test_json_is_one_object(self, world: Slots, file: Path) -> None:
        assert json.loads(run("insert", file, "--json").output) == {
            "reader": "Virtual PCD 00 00",
            "face": "contact",
            "atr": ATR,
            "process": 4711,
            "card": str(file),
        }

    def test_a_slot_with_a_card_of_others_is_left_alone(
        self, world: Slots, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("caducee.cli.card_insert._NOTICE_SECONDS", 0)
        world.readers[0].insert(ScriptedChip())
        assert "Virtual PCD 00 01" in run("insert", file).output

    def test_a_card_that_is_not_seen_is_taken_out_again(self, world: Slots, file: Path) -> None:
        world.seen = False
        done = run("insert", file)
        assert isinstance(done.exception, ReaderError)
        assert world.held == []

    def test_a_missing_driver_is_reported(self, world: Slots, file: Path) -> None:
        for reader in world.readers:
            reader._name = "Another reader"
        done = run("insert", file)
        assert isinstance(done.exception, ReaderError)
        assert done.exception.code == "reader.vpcd_absent"
        assert world.held == []

    def test_a_missing_file_is_a_fault_of_usage(self, world: Slots, tmp_path: Path) -> None:
        assert run("insert", tmp_path / "absent").exit_code == 2

    def test_nothing_is_started_for_a_card_that_cannot_be_used(
        self, world: Slots, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("PCSCLITE_CSOCK_NAME", raising=False)
        monkeypatch.setattr(pcscd, "answers", lambda path: False)
        monkeypatch.setattr(pcscd, "Pcscd", lambda: pytest.fail("pcscd was started"))
        file.write_bytes(file.read_bytes()[:1000])
        done = run("insert", file)
        assert isinstance(done.exception, StateError)
        assert done.exception.code == "card.image_unreadable"

    def test_a_private_service_that_does_not_run_is_reported(
        self, world: Slots, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(pcscd, "answers", lambda path: False)
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "pcscd.comm"))
        done = run("insert", file)
        assert isinstance(done.exception, ReaderError)
        assert done.exception.code == "reader.service_absent"

    def test_the_systems_service_is_started_where_none_runs(
        self, world: Slots, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[bool] = []

        class Service:
            pid = 4712

            def start(self, *, detached: bool) -> None:
                started.append(detached)

        monkeypatch.delenv("PCSCLITE_CSOCK_NAME", raising=False)
        monkeypatch.setattr(pcscd, "answers", lambda path: False)
        monkeypatch.setattr(pcscd, "Pcscd", Service)
        done = run("insert", file)
        assert done.exit_code == 0
        assert started == [True]
        assert "process 4712" in done.stderr


class TestEject:
    def test_it_takes_out_every_card_of_ours_and_no_other(self, world: Slots, file: Path) -> None:
        run("insert", file)
        world.readers[1].insert(ScriptedChip())
        done = run("eject")
        assert (done.exit_code, done.output) == (0, f"The card {file} was taken out.\n")
        assert [reader.status().present for reader in world.readers] == [False, True]

    def test_it_takes_out_the_card_of_a_file(self, world: Slots, file: Path) -> None:
        other = file.with_name("other.json")
        other.write_bytes(file.read_bytes())
        run("insert", file)
        run("insert", other)
        run("eject", other)
        assert [item.card for item in world.held] == [str(file)]

    def test_without_a_card_it_says_so(self, world: Slots) -> None:
        done = run("eject")
        assert (done.exit_code, done.output) == (0, "No virtual card is inserted.\n")

    def test_it_ends_the_service_when_asked(
        self, world: Slots, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pcscd, "stop_detached", lambda folder: True)
        assert run("eject", "--stop-pcscd").output.endswith("pcscd was ended.\n")

    def test_a_service_that_is_gone_shows_no_card(
        self, world: Slots, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("insert", file)

        def gone() -> None:
            raise ReaderError("reader.service_absent", name="", number="")

        monkeypatch.setattr(caducee.reader.pcsc, "PcscContext", gone)
        assert run("eject").exit_code == 0


class TestReaders:
    def test_it_lists_what_is_in_each_reader(self, world: Slots) -> None:
        world.readers[0].insert(ScriptedChip())
        world.readers[1].insert(ScriptedChip(atr=b""))
        assert run("readers").output == (
            f"Virtual PCD 00 00: {ATR}\nVirtual PCD 00 01: card not responding\n"
        )
        assert json.loads(run("readers", "--json").output) == {
            "readers": [
                {"reader": "Virtual PCD 00 00", "present": True, "mute": False, "atr": ATR},
                {"reader": "Virtual PCD 00 01", "present": True, "mute": True, "atr": None},
            ]
        }

    def test_a_machine_without_readers_is_reported(
        self, world: Slots, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(caducee.reader.pcsc, "PcscContext", Place)
        assert run("readers").output == "This machine has no card reader.\n"


class TestServe:
    @pytest.fixture
    def place(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / "card"

    @pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
    def test_the_card_is_served_until_the_end_is_asked_for(
        self, file: Path, place: Path, end: signal.Signals
    ) -> None:
        program = "from caducee.cli.main import main; main()"
        command = [
            sys.executable,
            "-c",
            program,
            "card",
            "serve",
            str(file),
            "--socket",
            str(place),
        ]
        environment = {**os.environ, "LANGUAGE": "en"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said == f"The card is served on {place}; Ctrl+C ends it.\n"
            transport = SocketReader(place).connect()
            assert transport.atr.hex().upper() == ATR
            assert transport.transmit(bytes.fromhex("00A4090C023F00")) == b"\x90\x00"
            transport.close()
            process.send_signal(end)
            assert process.wait(20) == 0
        assert not place.exists()

    def test_a_card_that_runs_elsewhere_is_refused(self, file: Path, place: Path) -> None:
        from caducee.virtualcard.store import FileStore

        with FileStore(file):
            done = run("serve", file, "--socket", place)
        assert "image_in_use" in str(done.exception)
