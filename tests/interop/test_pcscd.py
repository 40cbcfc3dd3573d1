# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The real pcscd and vpcd: cards come and go, programs share them, and everything may die."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caducee.base.errors import CardRemovedError, ReaderError
from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Ending
from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
from caducee.testing.chips import ScriptedChip
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.plug import network
from caducee.virtualcard.plug.pcscd import SOCKET_VARIABLE, Pcscd, running_pid
from caducee.virtualcard.plug.vpcd import VpcdPlug

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
READ = bytes.fromhex("00B0000002")
VERIFY = bytes.fromhex("002000010431323334")


@pytest.fixture
def context(pcscd: Path) -> Iterator[PcscContext]:
    with PcscContext() as made:
        yield made


@pytest.fixture
def chip() -> ScriptedChip:
    return ScriptedChip({"00B0000002": "AABB9000"})


class TestReaders:
    def test_vpcd_has_two_slots_and_nobody_outside_reaches_them(
        self, context: PcscContext, pcscd: Path
    ) -> None:
        assert set(virtual_readers(context)) == {0, 1}
        pid = running_pid(pcscd)
        assert pid is not None
        assert network.lonely(pid)
        assert not network.same_network(pid)

    def test_a_card_is_seen_with_its_atr_and_then_gone(
        self, context: PcscContext, inserted_card: InsertCard, chip: ScriptedChip
    ) -> None:
        reader = context.reader(inserted_card(chip))
        assert reader.status().present
        assert reader.status().atr == chip.atr

    def test_two_readers_hold_two_cards(
        self, context: PcscContext, inserted_card: InsertCard
    ) -> None:
        cards = [ScriptedChip({"00B0000002": f"0{n}9000"}) for n in range(2)]
        transports = [context.reader(inserted_card(card)).connect() for card in cards]
        assert [item.transmit(READ).hex() for item in transports] == ["009000", "019000"]
        for transport in transports:
            transport.close()

    def test_a_mute_card_never_passes_for_a_good_one(
        self, context: PcscContext, pcscd: Path
    ) -> None:
        plug = VpcdPlug(ScriptedChip(atr=b""), folder=pcscd)
        plug.start()
        name = virtual_readers(context)[0].name
        with pytest.raises(ReaderError):
            wait_for_card(context, name, 1.0)
        plug.stop()
        wait_until_gone(context, name)

    def test_an_unknown_reader_is_reported(self, context: PcscContext) -> None:
        with pytest.raises(ReaderError) as caught:
            context.status("No such reader")
        assert caught.value.code == "reader.unknown_reader"

    def test_an_empty_reader_is_reported(self, context: PcscContext) -> None:
        with pytest.raises(CardRemovedError) as caught:
            virtual_readers(context)[0].connect()
        assert caught.value.code == "reader.no_card"

    def test_waiting_ends_by_time_and_by_cancel(self, context: PcscContext) -> None:
        known = context.wait({})
        assert context.wait(known, 0.01) == known
        threading.Timer(0.05, context.cancel).start()
        assert context.wait(known) == known


class TestTransport:
    def test_a_reset_by_another_program_is_known_without_a_command(
        self, context: PcscContext, inserted_card: InsertCard, chip: ScriptedChip
    ) -> None:
        reader = context.reader(inserted_card(chip))
        mine, other = reader.connect(), reader.connect()
        with mine.transaction(Ending.LEAVE):
            mine.transmit(READ)
        assert mine.undisturbed()
        with other.transaction(Ending.LEAVE):
            other.transmit(READ)
        assert mine.undisturbed()  # PC/SC does not report it
        with other.transaction(Ending.RESET):
            other.transmit(READ)
        assert not mine.undisturbed()
        with mine.transaction(Ending.LEAVE):
            mine.transmit(READ)
        assert mine.undisturbed()
        for item in (mine, other):
            item.close()

    def test_long_commands_and_answers_go_through(
        self, context: PcscContext, inserted_card: InsertCard
    ) -> None:
        name = inserted_card(ScriptedChip(lambda command: command[-256:] + b"\x90\x00"))
        transport = context.reader(name).connect()
        command = b"\x00\xd6\x00\x00\xff" + bytes(range(255))
        assert transport.transmit(command) == command[-256:] + b"\x90\x00"
        transport.close()

    def test_a_transaction_keeps_other_programs_out_and_ends_with_a_reset(
        self, context: PcscContext, inserted_card: InsertCard, chip: ScriptedChip
    ) -> None:
        reader = context.reader(inserted_card(chip))
        ours, theirs = reader.connect(), reader.connect()
        other = threading.Thread(target=_send_when_it_may, args=(theirs.transmit,))
        with ours.transaction():
            ours.transmit(VERIFY)
            other.start()
            time.sleep(0.02)
            ours.transmit(READ)
        other.join()
        order = chip.happened[chip.happened.index(VERIFY.hex().upper()) :]
        assert order[:2] == [VERIFY.hex().upper(), READ.hex().upper()]
        assert "reset" in order[2:] or "on" in order[2:]
        ours.close()
        theirs.close()

    def test_the_other_connection_learns_of_the_reset_once(
        self, context: PcscContext, inserted_card: InsertCard, chip: ScriptedChip
    ) -> None:
        reader = context.reader(inserted_card(chip))
        ours, theirs = reader.connect(), reader.connect()
        with ours.transaction():
            ours.transmit(READ)
        assert ours.transmit(READ).hex() == "aabb9000"
        with pytest.raises(ReaderError) as caught:
            theirs.transmit(READ)
        assert caught.value.code == "reader.card_reset"
        assert theirs.transmit(READ).hex() == "aabb9000"
        with ours.transaction():
            pass
        with theirs.transaction(Ending.LEAVE):
            assert theirs.transmit(READ).hex() == "aabb9000"
        ours.close()
        theirs.close()

    def test_a_reset_is_seen_by_the_card(
        self, context: PcscContext, inserted_card: InsertCard, chip: ScriptedChip
    ) -> None:
        transport = context.reader(inserted_card(chip)).connect()
        before = len(chip.happened)
        assert transport.reset() == chip.atr
        assert set(chip.happened[before:]) & {"reset", "on", "off"}
        transport.close()

    def test_a_feature_that_vpcd_has_not_is_reported(
        self, context: PcscContext, inserted_card: InsertCard, chip: ScriptedChip
    ) -> None:
        transport = context.reader(inserted_card(chip)).connect()
        with pytest.raises(ReaderError):
            transport.control(3400)
        transport.close()

    def test_a_removal_in_use_is_reported(
        self, context: PcscContext, pcscd: Path, chip: ScriptedChip
    ) -> None:
        plug = VpcdPlug(chip, folder=pcscd)
        plug.start()
        name = virtual_readers(context)[0].name
        wait_for_card(context, name)
        transport = context.reader(name).connect()
        plug.stop()
        wait_until_gone(context, name)
        with pytest.raises(CardRemovedError) as caught:
            transport.transmit(READ)
        assert caught.value.facts["reader"] == name
        transport.close()


def _send_when_it_may(transmit: Callable[[bytes], bytes]) -> None:
    try:
        transmit(READ)
    except ReaderError as error:
        assert error.code == "reader.card_reset"


DYING = """
import os, sys
from pathlib import Path
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.vpcd import VpcdPlug
plug = VpcdPlug(ScriptedChip(lambda command: os._exit(9)), folder=Path(sys.argv[1]))
plug.start()
print("in", flush=True)
sys.stdin.read()
"""

HOST = """
import sys, threading, time
from caducee.base.errors import ReaderError
from caducee.reader.pcsc import PcscContext
from caducee.reader.waiting import virtual_readers, wait_for_card

def told(step, *arguments):
    try:
        step(*arguments)
        codes.append("fine")
    except ReaderError as error:
        codes.append(error.code)

codes = []
with PcscContext() as context:
    reader = virtual_readers(context)[0]
    wait_for_card(context, reader.name)
    transport = reader.connect()
    waiter = threading.Thread(target=told, args=(context.wait, context.wait({})))
    waiter.start()
    while not context._waiting:
        time.sleep(0.01)
    time.sleep(0.1)  # from there it is a few instructions to the call that blocks
    print("ready", flush=True)
    sys.stdin.readline()
    waiter.join()
    told(transport.transmit, bytes(5))
    told(context.readers)
    transport.close()
print(*codes, flush=True)
"""


class TestDeaths:
    def test_a_card_process_that_dies_in_mid_command_is_reported(
        self, context: PcscContext, pcscd: Path
    ) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", DYING, str(pcscd)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"in\n"
            name = virtual_readers(context)[0].name
            wait_for_card(context, name)
            transport = context.reader(name).connect()
            with pytest.raises(ReaderError):
                transport.transmit(READ)
            assert process.wait(10) == 9
            wait_until_gone(context, name)
            transport.close()

    def test_a_private_pcscd_ends_with_the_process_that_started_it(self) -> None:
        program = (
            "import time\n"
            "from caducee.virtualcard.plug.pcscd import private_service, running_pid\n"
            "with private_service() as folder:\n"
            "    print(running_pid(folder), flush=True)\n"
            "    time.sleep(60)\n"
        )
        environment = {k: v for k, v in os.environ.items() if k != SOCKET_VARIABLE}
        with subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment
        ) as owner:
            assert owner.stdout is not None
            pid = int(owner.stdout.readline())
            assert Path(f"/proc/{pid}").exists()
            owner.kill()
        deadline = time.monotonic() + 10
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not Path(f"/proc/{pid}").exists()

    def test_a_card_is_there_again_after_pcscd_was_restarted(
        self, short_folder: Path, chip: ScriptedChip
    ) -> None:
        plug = VpcdPlug(chip, folder=short_folder)
        with Pcscd(short_folder):
            plug.start()
            assert _seen(short_folder)
        with Pcscd(short_folder):
            assert _seen(short_folder)
            plug.stop()

    def test_the_death_of_pcscd_is_reported_to_every_call_in_bounded_time(
        self, short_folder: Path, chip: ScriptedChip
    ) -> None:
        with Pcscd(short_folder) as service:
            plug = VpcdPlug(chip, folder=short_folder)
            plug.start()
            with subprocess.Popen(
                [sys.executable, "-c", HOST],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, SOCKET_VARIABLE: str(service.socket_path)},
            ) as host:
                assert host.stdout is not None
                assert host.stdout.readline() == "ready\n"
                os.kill(service.pid, signal.SIGKILL)
                # Until its last thread ended, the kernel takes connections for it.
                os.waitid(os.P_PID, service.pid, os.WEXITED | os.WNOWAIT)
                said, _ = host.communicate("go\n", timeout=20)
            plug.stop()
        assert said.split() == [
            "reader.service_stopped",
            "reader.service_stopped",
            "reader.service_absent",
        ]


def _seen(folder: Path) -> bool:
    """Look, in a process of its own, whether the first reader gets a card."""
    program = (
        "from caducee.reader.pcsc import PcscContext\n"
        "from caducee.reader.waiting import virtual_readers, wait_for_card\n"
        "with PcscContext() as context:\n"
        "    print(wait_for_card(context, virtual_readers(context)[0].name).present)\n"
    )
    environment = {**os.environ, SOCKET_VARIABLE: str(folder / "pcscd.comm")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout == "True\n"


class TestCommands:
    """``caducee card`` as a person uses it."""

    @pytest.fixture
    def caducee(
        self, pcscd: Path, tmp_path: Path
    ) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "LANGUAGE": "en"}

        def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
            program = "from caducee.cli.main import main; main()"
            words = [sys.executable, "-c", program, "card", *map(str, command)]
            return subprocess.run(
                words, env=environment, capture_output=True, text=True, check=False, timeout=60
            )

        yield run
        run("eject")

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        made = tmp_path / "card.json"
        made.write_bytes((CARDS / "cps3.json").read_bytes())
        return made

    def test_insert_and_eject_say_what_they_did_and_are_idempotent(
        self, caducee: Callable[..., subprocess.CompletedProcess[str]], file: Path
    ) -> None:
        said = [
            caducee("insert", file),
            caducee("insert", file),
            caducee("eject"),
            caducee("eject"),
        ]
        assert [item.returncode for item in said] == [0, 0, 0, 0], said
        assert [item.stdout for item in said] == [
            "The card is in the reader Virtual PCD 00 00.\n",
            "The card is already in the reader Virtual PCD 00 00.\n",
            f"The card {file} was taken out.\n",
            "No virtual card is inserted.\n",
        ]

    def test_insert_returns_when_every_program_sees_the_card(
        self, caducee: Callable[..., subprocess.CompletedProcess[str]], file: Path
    ) -> None:
        made = json.loads(caducee("insert", file, "--json").stdout)
        readers = json.loads(caducee("readers", "--json").stdout)["readers"]
        assert readers[0]["reader"] == made["reader"]
        assert readers[0]["present"] is True
        assert readers[0]["atr"] == made["atr"] == ScriptedChip().atr.hex().upper()
        caducee("eject", file)
        assert "Virtual PCD 00 00: no card" in caducee("readers").stdout

    def test_both_faces_of_a_card_sit_in_two_readers_and_share_its_state(
        self, caducee: Callable[..., subprocess.CompletedProcess[str]], file: Path
    ) -> None:
        said = caducee("insert", file, "--face", "both", "--json").stdout.splitlines()
        contact, contactless = (json.loads(line) for line in said)
        assert (contact["face"], contactless["face"]) == ("contact", "contactless")
        assert contact["process"] == contactless["process"]
        assert contact["atr"] != contactless["atr"]
        with PcscContext() as context:
            with open_card(context.reader(contact["reader"])) as card:
                card.verify(Secret.of("1234"))
                card.write_data(b"by the contacts")
            with open_card(context.reader(contactless["reader"])) as card:
                assert card.read_data().startswith(b"by the contacts")
        assert caducee("eject").stdout == f"The card {file} was taken out.\n"

    def test_a_killed_card_process_does_not_stop_the_next_insert(
        self, caducee: Callable[..., subprocess.CompletedProcess[str]], file: Path
    ) -> None:
        made = json.loads(caducee("insert", file, "--json").stdout)
        os.kill(made["process"], signal.SIGKILL)
        again = caducee("insert", file, "--json")
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout)["reader"] == made["reader"]

    def test_a_file_that_is_no_card_is_reported(
        self, caducee: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
    ) -> None:
        (tmp_path / "other.json").write_text("{}")
        done = caducee("insert", tmp_path / "other.json")
        assert done.returncode == 1
        assert "[card.image_foreign]" in done.stderr
        assert "Traceback" not in done.stderr
        assert caducee("insert", tmp_path / "absent.json").returncode == 2

    def test_more_cards_than_readers_are_refused(
        self, caducee: Callable[..., subprocess.CompletedProcess[str]], file: Path
    ) -> None:
        copies = [file.with_name(f"copy{n}.json") for n in range(3)]
        for copy in copies:
            copy.write_bytes(file.read_bytes())
        done = [caducee("insert", copy) for copy in copies]
        assert [item.returncode for item in done] == [0, 0, 1]
        assert "[reader.slots_taken]" in done[2].stderr
