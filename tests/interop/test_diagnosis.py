# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee diag`` against real things that are broken: a real pcscd, daemon, card, process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tools import native

from caducee.diagnosis.areas import STATUS
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Ending
from caducee.reader.waiting import virtual_readers
from caducee.testing.cryptolib import CryptolibPlace
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
HOLDER = """
import sys, time
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Ending
with PcscContext() as context:
    transport = context.reader(sys.argv[1]).connect()
    with transport.transaction(Ending.LEAVE):
        print("held", flush=True)
        time.sleep(600)
"""

EXCLUSIVE = """
import ctypes, sys, time
library, number = ctypes.CDLL("libpcsclite.so.1"), ctypes.c_ulong
context, card, protocol = ctypes.c_long(), ctypes.c_long(), number()
library.SCardEstablishContext(number(0), None, None, ctypes.byref(context))
library.SCardConnect.argtypes = [ctypes.c_long, ctypes.c_char_p, number, number]
library.SCardConnect.argtypes += [ctypes.c_void_p, ctypes.c_void_p]
name, alone, any_protocol = sys.argv[1].encode(), 1, 3
refused = library.SCardConnect(
    context, name, alone, any_protocol, ctypes.byref(card), ctypes.byref(protocol)
)
assert not refused, hex(refused)
print("held", flush=True)
time.sleep(600)
"""

type Diagnose = Callable[..., dict[str, Any]]


@pytest.fixture
def diagnose(pcscd: Path, tmp_path: Path) -> Diagnose:
    """Run the command as a user would, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environ = kept | {"HOME": str(tmp_path), "LANGUAGE": "en"}

    def do(*arguments: str, **more: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "caducee", "diag", "--json", *arguments],
            env=environ | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        found = json.loads(done.stdout)
        status = STATUS[found["area"]] if found["healthy"] is False else 0
        assert done.returncode == status, done.stderr
        assert isinstance(found, dict)
        return found

    return do


def outcome(found: dict[str, Any], check: str) -> str:
    return str(next(item["outcome"] for item in found["checks"] if item["name"] == check))


def faulty(name: FaultName | None = None) -> FaultyCard:
    card = FaultyCard(MemoryStore(CardImage.load(CARDS / "cps3.json")))
    if name is not None:
        card.store.switch(Fault(name=name))
    return card


def test_an_empty_reader_is_reported(diagnose: Diagnose, pcscd: Path) -> None:
    assert diagnose()["first"] == "diag.card_absent"


def test_a_card_in_a_real_reader_passes_every_check_of_a_card(
    diagnose: Diagnose, inserted_card: InsertCard, tmp_path: Path
) -> None:
    inserted_card(faulty())
    report = tmp_path / "report.jsonl"
    found = diagnose("--report", str(report))
    checks = ("pcsc-service", "readers", "card-present", "card-kind", "certificates", "keys")
    assert {outcome(found, check) for check in checks} <= {"passed", "noted", "unchecked"}
    assert outcome(found, "keys") == outcome(found, "chain") == "unchecked"  # no PIN, no roots
    assert found["healthy"] is None
    text = report.read_text(encoding="utf-8")
    assert "899700000012" not in text
    assert b"899700000012".hex().upper() not in text
    again = diagnose("--replay", str(report))
    assert [item["codes"] for item in again["checks"]] == [
        item["codes"] for item in found["checks"]
    ]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (FaultName.VITALE, "diag.card_foreign"),
        (FaultName.UPDATE_INCOMPLETE, "diag.card_update"),
        (FaultName.BLOCKED, "diag.code_blocked"),
        (FaultName.BLOCKED_FOR_EVER, "diag.code_dead"),
    ],
)
def test_a_damaged_card_in_a_real_reader_is_named(
    diagnose: Diagnose, inserted_card: InsertCard, fault: FaultName, code: str
) -> None:
    inserted_card(faulty(fault))
    assert diagnose()["first"] == code


@pytest.mark.parametrize(
    ("source", "called", "code"),
    [
        (HOLDER, "practice-software", "diag.card_held_transaction"),
        (EXCLUSIVE, "practice-software", "diag.card_held"),
        (EXCLUSIVE, "scdaemon", "diag.card_held_gnupg"),
        (EXCLUSIVE, "galsvw32.exe", "diag.card_held_galss"),
    ],
)
def test_another_process_that_holds_the_card_is_named_and_how_it_does(
    diagnose: Diagnose,
    inserted_card: InsertCard,
    tmp_path: Path,
    source: str,
    called: str,
    code: str,
) -> None:
    name = inserted_card(faulty())
    program = tmp_path / called
    program.symlink_to(sys.executable)
    command = [str(program), "-c", source, name]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            (first, *_) = diagnose("--timeout", "2")["findings"]
        finally:
            holder.kill()
    _wait_until_let_go(name)
    assert (first["code"], first["facts"]["pid"]) == (code, holder.pid)
    assert first["facts"].get("program", called) == called


def _wait_until_let_go(reader: str) -> None:
    """Wait until pcscd has reset the card of a killed program.

    A card that leaves during the reset, and the next one before pcscd looks again (0.4 s), would
    never be seen: the reset that failed marks the reader empty, and no look finds it so.
    """
    with PcscContext() as context:
        transport = context.reader(reader).connect()
        with transport.transaction(Ending.LEAVE):
            pass
        transport.close()


def test_a_socket_that_leads_to_nothing_is_reported(diagnose: Diagnose, tmp_path: Path) -> None:
    found = diagnose(PCSCLITE_CSOCK_NAME=str(tmp_path / "nothing"))
    assert found["first"] == "diag.pcscd_named_socket"
    assert outcome(found, "card-present") == "skipped"


@pytest.fixture
def stopped(pcscd: Path) -> Iterator[int]:
    """The pcscd of this test process, which answers nobody for a while."""
    pid = int((pcscd / "pcscd.pid").read_text().strip("\0\n"))
    os.kill(pid, signal.SIGSTOP)
    yield pid
    os.kill(pid, signal.SIGCONT)
    with PcscContext() as context:
        while not virtual_readers(context):
            time.sleep(0.05)


def test_a_pcscd_that_hangs_is_reported(diagnose: Diagnose, stopped: int) -> None:
    assert diagnose("--timeout", "2")["first"] == "diag.pcscd_hung"


def test_a_daemon_that_hangs_is_reported_and_restarted(
    cryptolib_place: CryptolibPlace,
) -> None:
    place = cryptolib_place
    command = [sys.executable, "-m", "caducee", "diag"]
    assert place.run(*command, "--apply", "daemon-start").returncode == 0
    pid = place.daemon()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    found = json.loads(place.run(*command, "--json").stdout)
    assert "diag.daemon_hung" in [item["code"] for item in found["findings"]]
    done = place.run(*command, "--apply", "daemon-restart")
    assert done.returncode == 0, done.stderr
    assert place.daemon() not in (None, pid)
    found = json.loads(place.run(*command, "--json").stdout)
    assert outcome(found, "daemon") in ("passed", "warned")
    assert "diag.daemon_hung" not in [item["code"] for item in found["findings"]]
    assert place.run(*command, "--undo", "daemon-start").returncode == 0
    assert place.daemon() is None


OTHER_VERSION = """
import sys
import caducee
caducee.__version__ = "9.8.7"
sys.argv = ["caducee", "cryptolibd"]
from caducee.cli.main import main
main(["cryptolibd"])
"""


def test_a_daemon_that_was_started_before_an_update_is_reported_and_restarted(
    cryptolib_place: CryptolibPlace,
) -> None:
    place = cryptolib_place
    command = [sys.executable, "-m", "caducee", "diag"]
    daemon = subprocess.Popen([sys.executable, "-c", OTHER_VERSION], env=place.environment)
    try:
        while not place.socket.exists():
            assert daemon.poll() is None
            time.sleep(0.02)
        found = json.loads(place.run(*command, "--json").stdout)
        (output,) = [item for item in found["findings"] if item["code"] == "diag.daemon_version"]
        assert output["facts"]["running"] == "9.8"
        assert place.run(*command, "--apply", output["apply"]).returncode == 0
    finally:
        daemon.kill()
        daemon.wait()
    found = json.loads(place.run(*command, "--json").stdout)
    assert "diag.daemon_version" not in [item["code"] for item in found["findings"]]
    place.stop_daemon()


@pytest.mark.parametrize("target", ["x86_64-linux-gnu", "aarch64-linux-gnu"])
def test_whether_the_java_of_this_machine_can_load_the_module_is_reported_as_java_itself_reports(
    cryptolib_place: CryptolibPlace, target: str
) -> None:
    place = cryptolib_place
    settings = Path(place.environment["HOME"]) / "caducee.cfg"
    library = native.build(native.TARGETS[target])
    settings.write_text(f"name = caducee\nlibrary = {library}\n")
    done = place.run(sys.executable, "-m", "caducee", "diag", "--json", timeout=120)
    (found,) = [load for load in json.loads(done.stdout)["checks"] if load["name"] == "java"]
    store = ("-storetype", "PKCS11", "-keystore", "NONE", "-storepass", "0000")
    provider = ("-addprovider", "SunPKCS11", "-providerarg", str(settings))
    judge = place.run("keytool", "-v", "-list", *store, *provider)
    refused = "cannot open shared object file" in judge.stdout + judge.stderr
    assert refused is (target != native.host().name)
    assert found["codes"] == (["diag.java_bits"] if refused else []), judge.stdout
