# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole way: a program, the façade, the daemon that it starts, a virtual card."""

import ctypes
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.unit.native.facade import CMechanism, Facade

from caducee.spec.pkcs11 import Ckm, Ckr, Cku
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
SIGNATURE = "e828bd080f8025000001ff001001"
SIGNATURE_CPS4 = "e828bd080f8025000001ff001010"
PSS = ("SHA256-RSA-PKCS-PSS", padding.PSS(padding.MGF1(hashes.SHA256()), 32))
PKCS1 = ("SHA256-RSA-PKCS", padding.PKCS1v15())


def _tool(place: CryptolibPlace, *arguments: str) -> str:
    done = place.run("pkcs11-tool", "--module", str(place.module), *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- pkcs11-tool ----------------------------------------------------------------------------------


def test_pkcs11_tool_starts_the_daemon_and_lists_cards(cryptolib_place: CryptolibPlace) -> None:
    cryptolib_place.insert(CardImage.load(CARDS / "cps3.json"), "a")
    cryptolib_place.insert(CardImage.load(CARDS / "cps4.json"), "b")
    assert cryptolib_place.daemon() is None
    listing = _tool(cryptolib_place, "-L")
    assert "CPS3v3-2900995235" in listing
    assert "CPS4v1-3100603746" in listing
    first = cryptolib_place.daemon()
    assert first is not None
    assert _tool(cryptolib_place, "-L") == listing
    assert cryptolib_place.daemon() == first


@pytest.mark.parametrize(
    ("image", "key", "mechanism"),
    [
        ("cps3.json", SIGNATURE, PKCS1),
        ("cps4.json", SIGNATURE_CPS4, PKCS1),
        ("cps4.json", SIGNATURE_CPS4, PSS),
    ],
)
def test_pkcs11_tool_logs_in_and_signs(
    image: str,
    key: str,
    mechanism: tuple[str, padding.AsymmetricPadding],
    cryptolib_place: CryptolibPlace,
) -> None:
    cryptolib_place.insert(CardImage.load(CARDS / image))
    name, scheme = mechanism
    letter, signature, certificate = (
        cryptolib_place.folder / item for item in ("letter", "signature", "certificate")
    )
    letter.write_bytes(b"a letter")
    files = ("-i", str(letter), "-o", str(signature))
    _tool(cryptolib_place, "--login", "--pin", "1234", "--sign", "-m", name, "--id", key, *files)
    _tool(cryptolib_place, "-r", "--type", "cert", "--id", key, "-o", str(certificate))
    public = x509.load_der_x509_certificate(certificate.read_bytes()).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature.read_bytes(), b"a letter", scheme, hashes.SHA256())


def test_pkcs11_tool_finds_nothing_wrong(cryptolib_place: CryptolibPlace) -> None:
    cryptolib_place.insert(CardImage.load(CARDS / "cps3.json"))
    assert "No errors" in _tool(cryptolib_place, "--login", "--pin", "1234", "-t")


# --- faults ---------------------------------------------------------------------------------------


class Gate:
    """A card that keeps a signature until it is let go."""

    def __init__(self, image: CardImage) -> None:
        self._card = VirtualCard(MemoryStore(image))
        self.store = self._card
        self.reached, self.open = threading.Event(), threading.Event()

    def power_on(self) -> bytes:
        return self._card.power_on()

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> bytes:
        return self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        if command[1] == 0x2A:
            self.reached.set()
            self.open.wait(60)
        return self._card.transmit(command)


class Program:
    """A program that has logged in to a card whose signatures wait."""

    def __init__(self, place: CryptolibPlace, gate: Gate) -> None:
        self.gate = gate
        self.facade = Facade(place.module)
        assert self.facade.C_Initialize(None) == Ckr.OK
        number = ctypes.c_ulong()
        there = ctypes.addressof(number)
        assert self.facade.C_OpenSession(0, 4, None, None, there) == Ckr.OK
        self.session = number.value
        assert self.facade.C_Login(self.session, Cku.USER, b"1234", 4) == Ckr.OK
        self.key = self._private_key()

    def _private_key(self) -> int:
        from tests.unit.native.facade import CAttribute

        kind, label = ctypes.c_ulong(3), b"CPS_PRIV_SIG"
        text = ctypes.create_string_buffer(label, len(label))
        template = (CAttribute * 2)(
            CAttribute(0, ctypes.addressof(kind), ctypes.sizeof(kind)),
            CAttribute(3, ctypes.addressof(text), len(label)),
        )
        found, count = (ctypes.c_ulong * 2)(), ctypes.c_ulong()
        assert self.facade.C_FindObjectsInit(self.session, ctypes.addressof(template), 2) == 0
        places = ctypes.addressof(found), 2, ctypes.addressof(count)
        assert self.facade.C_FindObjects(self.session, *places) == Ckr.OK
        assert self.facade.C_FindObjectsFinal(self.session) == Ckr.OK
        assert count.value == 1
        return found[0]

    def sign(self) -> int:
        mechanism = CMechanism(Ckm.SHA256_RSA_PKCS, None, 0)
        place, size = (ctypes.c_ubyte * 512)(), ctypes.c_ulong(512)
        rv = self.facade.C_SignInit(self.session, ctypes.addressof(mechanism), self.key)
        if rv != Ckr.OK:
            return int(rv)
        data = ctypes.create_string_buffer(b"letter", 6)
        sent = ctypes.addressof(data), 6, ctypes.addressof(place), ctypes.addressof(size)
        return int(self.facade.C_Sign(self.session, *sent))

    def slots(self) -> int:
        count = ctypes.c_ulong()
        return int(self.facade.C_GetSlotList(1, None, ctypes.addressof(count)))


@pytest.fixture
def program(cryptolib_place: CryptolibPlace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    for name, value in cryptolib_place.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CADUCEE_PKCS11_SILENCE_MS", "4000")
    gate = Gate(CardImage.load(CARDS / "cps3.json"))
    cryptolib_place.insert(gate)
    made = Program(cryptolib_place, gate)
    yield made
    gate.open.set()
    made.facade.C_Finalize(None)


def test_a_signature_that_waits_stops_no_call_without_a_card(program: Program) -> None:
    with ThreadPoolExecutor(1) as threads:
        signing = threads.submit(program.sign)
        assert program.gate.reached.wait(60)
        assert program.slots() == Ckr.OK
        assert not signing.done()
        program.gate.open.set()
        assert signing.result(60) == Ckr.OK


def test_a_card_that_takes_long_is_waited_for(program: Program) -> None:
    with ThreadPoolExecutor(1) as threads:
        signing = threads.submit(program.sign)
        assert program.gate.reached.wait(60)
        time.sleep(5)  # longer than a silent daemon is waited for
        program.gate.open.set()
        assert signing.result(60) == Ckr.OK


def test_a_daemon_killed_in_mid_call_is_an_error_and_the_next_one_serves(
    program: Program, cryptolib_place: CryptolibPlace
) -> None:
    with ThreadPoolExecutor(1) as threads:
        signing = threads.submit(program.sign)
        assert program.gate.reached.wait(60)
        cryptolib_place.stop_daemon(signal.SIGKILL)
        assert signing.result(60) == Ckr.DEVICE_ERROR
    program.gate.open.set()
    deadline = time.monotonic() + 60
    while program.slots() != Ckr.OK and time.monotonic() < deadline:
        time.sleep(0.2)
    assert program.slots() == Ckr.OK
    assert program.sign() == Ckr.SESSION_HANDLE_INVALID


def test_a_daemon_stopped_in_mid_call_costs_bounded_time(
    program: Program, cryptolib_place: CryptolibPlace
) -> None:
    daemon = cryptolib_place.daemon()
    assert daemon is not None
    with ThreadPoolExecutor(1) as threads:
        signing = threads.submit(program.sign)
        assert program.gate.reached.wait(60)
        os.kill(daemon, signal.SIGSTOP)
        assert signing.result(60) == Ckr.DEVICE_ERROR
        assert program.slots() == Ckr.DEVICE_ERROR
        os.kill(daemon, signal.SIGCONT)
        program.gate.open.set()
    deadline = time.monotonic() + 60
    while program.slots() != Ckr.OK and time.monotonic() < deadline:
        time.sleep(0.2)
    assert program.slots() == Ckr.OK


def test_two_hundred_threads_get_true_answers(program: Program) -> None:
    def work(_: int) -> set[int]:
        return {program.slots() for _ in range(10)}

    with ThreadPoolExecutor(200) as threads:
        assert set().union(*threads.map(work, range(200))) == {Ckr.OK}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_child_of_a_fork_is_an_application_of_its_own(program: Program) -> None:
    child = os.fork()
    if child == 0:
        good = program.slots() == Ckr.CRYPTOKI_NOT_INITIALIZED
        good = good and program.facade.C_Initialize(None) == Ckr.OK
        good = good and program.sign() == Ckr.SESSION_HANDLE_INVALID
        good = good and program.facade.C_Finalize(None) == Ckr.OK
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    program.gate.open.set()
    assert program.sign() == Ckr.OK


def test_a_card_that_comes_wakes_who_waits_for_it(
    program: Program, cryptolib_place: CryptolibPlace
) -> None:
    slot = ctypes.c_ulong(99)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(program.facade.C_WaitForSlotEvent, 0, ctypes.addressof(slot), None)
        time.sleep(0.3)
        cryptolib_place.insert(CardImage.load(CARDS / "cps4.json"), "second")
        assert waiting.result(60) == Ckr.OK
        assert slot.value == 1
        again = threads.submit(program.facade.C_WaitForSlotEvent, 0, ctypes.addressof(slot), None)
        time.sleep(0.3)
        program.gate.open.set()
        assert program.facade.C_Finalize(None) == Ckr.OK
        assert again.result(60) == Ckr.CRYPTOKI_NOT_INITIALIZED


@pytest.mark.parametrize("_", range(6))
def test_the_call_after_a_kill_starts_the_daemon_anew_and_succeeds(
    program: Program, cryptolib_place: CryptolibPlace, _: int
) -> None:
    """Also at once after the kill, while the dead daemon's socket still takes connections."""
    program.gate.open.set()
    assert program.sign() == Ckr.OK
    daemon = cryptolib_place.daemon()
    assert daemon is not None
    os.kill(daemon, signal.SIGKILL)
    assert program.slots() == Ckr.OK
    assert cryptolib_place.daemon() not in (None, daemon)
