# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy as a program meets it: module, daemon, and virtual cards."""

import ctypes
import hashlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.cryptolib.conftest import Vitale
from tests.unit.native.facade import CAttribute, CMechanism, Facade

from caducee.cryptolib.digest_info import digest_info
from caducee.spec.pkcs11 import Ckm, Ckr, Cku
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
INFO = digest_info(hashlib.sha256(b"a letter").digest(), "sha256")


class Program:
    """A program that keeps its session and its keys, whatever becomes of the card."""

    def __init__(self, place: CryptolibPlace) -> None:
        self.facade = Facade(place.module)
        assert self.facade.C_Initialize(None) == Ckr.OK

    def open(self, slot: int = 0) -> int:
        number = ctypes.c_ulong()
        there = ctypes.addressof(number)
        assert self.facade.C_OpenSession(slot, 6, None, None, there) == Ckr.OK
        return number.value

    def login(self, session: int, pin: bytes | None = b"1234") -> int:
        return int(self.facade.C_Login(session, Cku.USER, pin, len(pin or b"")))

    def logged_in(self, slot: int = 0) -> int:
        session = self.open(slot)
        assert self.login(session) == Ckr.OK
        return session

    def key(self, session: int, label: bytes = b"CPS_PRIV_AUT") -> int:
        kind = ctypes.c_ulong(3)
        text = ctypes.create_string_buffer(label, len(label))
        template = (CAttribute * 2)(
            CAttribute(0, ctypes.addressof(kind), ctypes.sizeof(kind)),
            CAttribute(3, ctypes.addressof(text), len(label)),
        )
        found, count = (ctypes.c_ulong * 2)(), ctypes.c_ulong()
        assert self.facade.C_FindObjectsInit(session, ctypes.addressof(template), 2) == Ckr.OK
        places = ctypes.addressof(found), 2, ctypes.addressof(count)
        assert self.facade.C_FindObjects(session, *places) == Ckr.OK
        assert self.facade.C_FindObjectsFinal(session) == Ckr.OK
        return found[0] if count.value == 1 else 0

    def sign(
        self, session: int, key: int, data: bytes = INFO, mechanism: Ckm = Ckm.RSA_PKCS
    ) -> Ckr:
        chosen = CMechanism(mechanism, None, 0)
        begun = self.facade.C_SignInit(session, ctypes.addressof(chosen), key)
        if begun != Ckr.OK:
            return Ckr(begun)
        text = ctypes.create_string_buffer(data, len(data))
        made, size = (ctypes.c_ubyte * 512)(), ctypes.c_ulong(512)
        places = ctypes.addressof(made), ctypes.addressof(size)
        return Ckr(self.facade.C_Sign(session, ctypes.addressof(text), len(data), *places))

    def label(self, session: int) -> bytes:
        """Return the label of the card of a session, which distinguishes cards."""
        info, token = (ctypes.c_ulong * 4)(), (ctypes.c_ubyte * 512)()
        assert self.facade.C_GetSessionInfo(session, ctypes.addressof(info)) == Ckr.OK
        assert self.facade.C_GetTokenInfo(info[0], ctypes.addressof(token)) == Ckr.OK
        return bytes(token[:32])

    def state(self, session: int) -> Ckr | int:
        info = (ctypes.c_ulong * 4)()
        rv = self.facade.C_GetSessionInfo(session, ctypes.addressof(info))
        return Ckr(rv) if rv != Ckr.OK else info[1]

    def present(self) -> int:
        count = ctypes.c_ulong()
        assert self.facade.C_GetSlotList(1, None, ctypes.addressof(count)) == Ckr.OK
        return count.value


type Begin = Callable[..., Program]

PUBLIC, USER = 2, 3
"""CKS_RW_PUBLIC_SESSION and CKS_RW_USER_FUNCTIONS."""


@pytest.fixture
def begin(cryptolib_place: CryptolibPlace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Write settings, put two cards into two readers, and begin a program."""
    for name, value in cryptolib_place.variables.items():
        monkeypatch.setenv(name, value)
    made: list[Program] = []

    def start(policy: str = "", more: str = "") -> Program:
        text = f"[readers]\npcsc = false\n[session_policy]\n{policy}\n{more}\n"
        cryptolib_place.settings.write_text(text, "utf-8")
        cryptolib_place.insert(card(), "a")
        cryptolib_place.insert(card("cps4"), "b")
        made.append(Program(cryptolib_place))
        return made[-1]

    yield start
    for item in made:
        item.facade.C_Finalize(None)


def card(name: str = "cps3") -> CardImage:
    return CardImage.load(CARDS / f"{name}.json")


def until(what: Callable[[], bool]) -> None:
    """Wait for what must come, a minute at most."""
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_built_in_the_session_ends_with_its_card_and_its_certificates_leave_the_lists(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin()
    session, other = program.logged_in(0), program.logged_in(1)
    key = program.key(other)
    assert program.present() == 2
    cryptolib_place.remove("a")
    until(lambda: program.state(session) is Ckr.SESSION_HANDLE_INVALID)
    assert program.present() == 1
    assert program.sign(other, key) is Ckr.OK, "a card in another reader was touched"
    cryptolib_place.insert(card(), "a")
    until(lambda: program.present() == 2)
    assert program.state(session) is Ckr.SESSION_HANDLE_INVALID
    again = program.open(0)
    assert program.state(again) == PUBLIC
    assert program.key(again) == 0, "a private key was found without the code"


def test_the_same_card_brings_the_session_back_without_its_code(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('grace_seconds = 300\nresume = "without-pin"\nresume_seconds = 600')
    session, other = program.logged_in(0), program.logged_in(1)
    key = program.key(session)
    assert program.sign(session, key) is Ckr.OK
    cryptolib_place.remove("a")
    until(lambda: program.present() == 1)
    assert program.sign(session, key) is Ckr.DEVICE_REMOVED
    assert program.state(other) == USER
    cryptolib_place.insert(card(), "a")
    until(lambda: program.sign(session, key) is Ckr.OK)
    assert program.state(session) == USER


def test_the_same_card_brings_the_session_back_and_the_code_is_asked(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('resume = "with-pin"\nresume_seconds = 600')
    session = program.logged_in()
    cryptolib_place.remove("a")
    until(lambda: program.state(session) is Ckr.DEVICE_REMOVED)
    cryptolib_place.insert(card(), "a")
    until(lambda: program.state(session) == PUBLIC)
    assert program.key(session) == 0
    assert program.login(session) == Ckr.OK
    assert program.sign(session, program.key(session)) is Ckr.OK


def test_the_card_of_another_holder_in_the_same_reader_inherits_nothing(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('grace_seconds = 300\nresume = "without-pin"\nresume_seconds = 600')
    session = program.logged_in()
    key = program.key(session)
    cryptolib_place.remove("a")
    cryptolib_place.remove("b")
    until(lambda: program.state(session) is Ckr.DEVICE_REMOVED)
    cryptolib_place.insert(card("cps4"), "a")  # nobody asks: the daemon looks by itself
    until(lambda: program.state(session) is Ckr.SESSION_HANDLE_INVALID)
    assert program.sign(session, key) is Ckr.SESSION_HANDLE_INVALID
    cryptolib_place.remove("a")
    cryptolib_place.insert(card(), "a")
    until(lambda: program.present() == 1)
    assert program.state(session) is Ckr.SESSION_HANDLE_INVALID


def test_a_vitale_card_beside_a_cps_and_in_its_place_ends_nothing_and_opens_nothing(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('resume = "without-pin"\nresume_seconds = 600')
    session = program.logged_in()
    key = program.key(session)
    cryptolib_place.insert(Vitale(), "c")
    number = ctypes.c_ulong()
    places = None, None, ctypes.addressof(number)
    until(lambda: program.facade.C_OpenSession(2, 6, *places) == Ckr.TOKEN_NOT_RECOGNIZED)
    assert program.sign(session, key) is Ckr.OK
    cryptolib_place.remove("a")
    until(lambda: program.state(session) is Ckr.DEVICE_REMOVED)
    cryptolib_place.insert(Vitale(), "a")
    until(lambda: program.facade.C_OpenSession(0, 6, *places) == Ckr.TOKEN_NOT_RECOGNIZED)
    assert program.state(session) is Ckr.DEVICE_REMOVED
    cryptolib_place.remove("a")
    cryptolib_place.insert(card(), "a")
    until(lambda: program.sign(session, key) is Ckr.OK)
    cryptolib_place.remove("c")
    assert program.sign(session, key) is Ckr.OK


def test_two_cards_that_change_readers_keep_their_holders(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('resume = "without-pin"\nresume_seconds = 600')
    first, second = program.logged_in(0), program.logged_in(1)
    ours, theirs = program.label(first), program.label(second)
    assert ours != theirs
    cryptolib_place.remove("a")
    until(lambda: program.state(first) is Ckr.DEVICE_REMOVED)
    cryptolib_place.remove("b")
    until(lambda: program.state(second) is Ckr.DEVICE_REMOVED)
    cryptolib_place.insert(card("cps4"), "c")  # the second card, in a third reader
    until(lambda: program.state(second) == USER)
    assert program.label(second) == theirs
    assert program.state(first) is Ckr.DEVICE_REMOVED
    cryptolib_place.insert(card(), "b")  # where the second one was, which left nothing there
    until(lambda: program.state(first) == USER)
    assert program.label(first) == ours
    assert program.sign(first, program.key(first)) is Ckr.OK
    assert program.sign(second, program.key(second)) is Ckr.OK


def test_a_card_that_counts_at_the_start_may_leave_and_is_asked_again_when_it_is_needed(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('presence = "at-start"')
    session = program.logged_in()
    cryptolib_place.remove("a")
    until(lambda: program.state(session) is Ckr.DEVICE_REMOVED)
    cryptolib_place.insert(card(), "a")
    until(lambda: program.state(session) == PUBLIC)
    assert program.key(session) == 0
    assert program.login(session) == Ckr.OK
    assert program.sign(session, program.key(session)) is Ckr.OK


def test_a_tap_opens_nothing_and_has_the_code_forgotten(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('resume = "without-pin"\nresume_seconds = 600\nroaming_seconds = 3600')
    session = program.logged_in()
    cryptolib_place.remove("a")
    until(lambda: program.state(session) is Ckr.DEVICE_REMOVED)
    store = MemoryStore(card())
    cryptolib_place.insert(VirtualCard(store, face="contactless"), "plate")
    until(lambda: program.present() == 2)
    assert program.state(program.open(2)) == PUBLIC, "a tap logged somebody in"
    assert program.state(session) is Ckr.DEVICE_REMOVED
    cryptolib_place.insert(VirtualCard(store), "a")
    until(lambda: program.state(session) == PUBLIC)
    assert program.login(session) == Ckr.OK
    assert program.sign(session, program.key(session)) is Ckr.OK


def test_a_daemon_that_is_killed_takes_sessions_and_code_along(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    program = begin('resume = "without-pin"\nresume_seconds = 600')
    session = program.logged_in()
    key = program.key(session)
    cryptolib_place.remove("a")
    until(lambda: program.state(session) is Ckr.DEVICE_REMOVED)
    cryptolib_place.stop_daemon(signal.SIGKILL)
    cryptolib_place.insert(card(), "a")
    # The first call may still meet the connection of the dead one: CKR_DEVICE_ERROR.
    until(lambda: program.state(session) is Ckr.SESSION_HANDLE_INVALID)
    until(lambda: program.present() == 2)
    assert program.sign(session, key) is Ckr.SESSION_HANDLE_INVALID
    assert program.state(program.open()) == PUBLIC


def test_nothing_resumes_after_the_time(begin: Begin, cryptolib_place: CryptolibPlace) -> None:
    program = begin('grace_seconds = 0.2\nresume = "without-pin"\nresume_seconds = 1')
    session = program.logged_in()
    cryptolib_place.remove("a")
    until(lambda: program.state(session) is Ckr.SESSION_HANDLE_INVALID)
    cryptolib_place.insert(card(), "a")
    until(lambda: program.present() == 2)
    assert program.state(session) is Ckr.SESSION_HANDLE_INVALID


def test_keys_are_kept_apart(begin: Begin) -> None:
    program = begin("separate_keys = true")
    session = program.logged_in()
    login, document = program.key(session), program.key(session, b"CPS_PRIV_SIG")
    hashed = Ckm.SHA256_RSA_PKCS
    assert program.sign(session, login, b"a letter", hashed) is Ckr.KEY_FUNCTION_NOT_PERMITTED
    assert program.sign(session, document, b"a letter", hashed) is Ckr.OK
    assert program.sign(session, login) is Ckr.OK
    assert program.sign(session, document, b"a challenge of a site") is Ckr.DATA_LEN_RANGE


AGENT = """
import sys
from pathlib import Path
questions = Path(sys.argv[1])
for line in sys.stdin:
    with questions.open("a") as file:
        file.write(line)
    if line.strip() == "ASK":
        print("CODE", b"1234".hex(), "-", flush=True)
    if line.strip() == "DONE":
        break
"""


def test_the_code_is_asked_late_and_once_with_whom_and_why(
    begin: Begin, cryptolib_place: CryptolibPlace
) -> None:
    agent, questions = (cryptolib_place.folder / name for name in ("agent.py", "questions"))
    agent.write_text(AGENT)
    program = begin(
        'ask = "at-use"\nshare_pin = true',
        f"""[pin_entry]
protected_path = true
program = ["{sys.executable}", "{agent}", "{questions}"]
least_seconds = 0""",
    )
    session = program.open()
    assert program.login(session, None) == Ckr.OK
    key, document = program.key(session), program.key(session, b"CPS_PRIV_SIG")
    assert key and document and not questions.exists()
    assert program.sign(session, document, b"a letter", Ckm.SHA256_RSA_PKCS) is Ckr.OK
    asked = questions.read_text().splitlines()
    assert "FOR to sign a document, with the signature key" in asked
    assert any(item.startswith("HOLDER ") for item in asked)
    assert any(item.startswith("PROGRAM /") for item in asked)
    for _ in range(3):
        assert program.sign(session, key) is Ckr.OK
    assert questions.read_text().splitlines().count("ASK") == 1
    listed = cryptolib_place.run(
        "pkcs11-tool", "--module", str(cryptolib_place.module), "--login", "-O", "--type", "data"
    )
    assert "CPS_ACTIVITY_01_PS" in listed.stdout, listed.stderr
    assert questions.read_text().splitlines().count("ASK") == 1, "another program asked again"
