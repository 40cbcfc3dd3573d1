# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Our module beside other programs at one card in a real pcscd: each keeps its session and turn."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.interop.signers import Program

from caducee.base.errors import ReaderError
from caducee.reader.pcsc import PcscContext
from caducee.reader.pcsc.native import WinScard
from caducee.reader.transport import Ending
from caducee.spec.pcsc import Disposition, ShareMode
from caducee.testing.cryptolib import CryptolibPlace
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
ISSUER = Path("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so")
OPENSC = "opensc-pkcs11.so"
SIGNATURE = "e828bd080f8025000001ff001001"
SIGNATURE_CPS4 = "e828bd080f8025000001ff001010"
KEYS = {"cps3": SIGNATURE, "cps4": SIGNATURE_CPS4}
MECHANISM = "SHA256_RSA_PKCS"


class Watched:
    """A chip that counts its resets; it may refuse VERIFY with P1 FF."""

    def __init__(self, image: CardImage, *, forgets: bool = True) -> None:
        self._card = VirtualCard(MemoryStore(image))
        self._forgets = forgets
        self.resets = 0

    def power_on(self) -> bytes:
        return self._card.power_on()

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> bytes:
        self.resets += 1
        return self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        if command[1:3] == b"\x20\xff" and not self._forgets:
            return bytes.fromhex("6A86")
        return self._card.transmit(command)

    @property
    def is_open(self) -> bool:
        """Whether the card knows the holder's PIN now."""
        return self._card.transmit(bytes.fromhex("00200001")) == b"\x90\x00"


@pytest.fixture
def place(pcscd: Path, cryptolib_place: CryptolibPlace) -> CryptolibPlace:
    cryptolib_place.settings.write_text("[card]\nidle_seconds = 0.2\n", "utf-8")
    return cryptolib_place


@pytest.fixture
def neighbour() -> Iterator[Callable[[str], None]]:
    """Connect to a reader as another program that does nothing; until the end of the test."""
    native, handles = WinScard(), []

    def connect(reader: str) -> None:
        handles.append(native.connect(native.establish(), reader, ShareMode.SHARED)[0])

    yield connect
    for handle in handles:
        native.disconnect(handle, Disposition.LEAVE)


def ours(place: CryptolibPlace, face: str = "cps3") -> Program:
    return Program(place.module, KEYS[face], MECHANISM, environment=place.environment)


def until(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_a_card_that_is_not_used_is_free_for_another_program_alone(
    place: CryptolibPlace, inserted_card: InsertCard
) -> None:
    reader = inserted_card(CardImage.load(CARDS / "cps3.json"))
    native = WinScard()
    with ours(place) as program:
        assert program.step()

        handles: list[int] = []

        def taken() -> bool:
            with suppress(ReaderError):
                handles.append(native.connect(context, reader, ShareMode.EXCLUSIVE)[0])
            return bool(handles)

        context = native.establish()
        assert until(20, taken)
        program.begin("times 1")
        time.sleep(0.5)  # it waits meanwhile
        native.disconnect(handles[0], Disposition.LEAVE)
        assert program.end() == (1, 0)


@pytest.mark.parametrize("face", KEYS)
@pytest.mark.parametrize("forgets", [True, False])
def test_beside_another_program_a_signature_resets_no_card(
    place: CryptolibPlace,
    inserted_card: InsertCard,
    neighbour: Callable[[str], None],
    face: str,
    forgets: bool,
) -> None:
    chip = Watched(CardImage.load(CARDS / f"{face}.json"), forgets=forgets)
    neighbour(inserted_card(chip))
    with ours(place, face) as program:
        before = chip.resets
        program.begin("times 5")
        assert program.end() == (5, 0)
        assert chip.resets == before
        if forgets:
            assert not chip.is_open


def test_a_card_that_takes_no_command_to_forget_is_reset_when_the_login_ends(
    place: CryptolibPlace, inserted_card: InsertCard, neighbour: Callable[[str], None]
) -> None:
    chip = Watched(CardImage.load(CARDS / "cps3.json"), forgets=False)
    neighbour(inserted_card(chip))
    with ours(place) as program:
        assert program.step()
        assert chip.is_open
    assert until(20, lambda: not chip.is_open)


def test_a_program_alone_at_the_card_leaves_it_closed(
    place: CryptolibPlace, inserted_card: InsertCard
) -> None:
    chip = Watched(CardImage.load(CARDS / "cps3.json"), forgets=False)
    inserted_card(chip)
    with ours(place) as program:
        assert program.step()
        assert not chip.is_open


def test_what_another_program_had_opened_stays_open(
    place: CryptolibPlace, inserted_card: InsertCard
) -> None:
    chip = Watched(CardImage.load(CARDS / "cps3.json"))
    reader = inserted_card(chip)
    with PcscContext() as context:
        other = context.reader(reader).connect()
        with other.transaction(Ending.LEAVE):
            assert other.transmit(bytes.fromhex("002000010431323334")).hex() == "9000"
        with ours(place) as program:
            assert program.step()
        assert chip.is_open
        other.close()


def test_opensc_reads_while_ours_signs_without_pause(
    place: CryptolibPlace, inserted_card: InsertCard
) -> None:
    inserted_card(CardImage.load(CARDS / "cps3-one-application.json"))
    with Program(OPENSC, what="read") as reading, ours(place) as signing:
        signing.begin("for 6")
        reading.begin("times 20")
        assert reading.end() == (20, 0)
        done, bad = signing.end()
        assert done > 0
        assert not bad


def test_a_program_that_comes_while_ours_signs_without_pause_finds_the_token(
    place: CryptolibPlace, inserted_card: InsertCard
) -> None:
    inserted_card(CardImage.load(CARDS / "cps3-one-application.json"))
    with ours(place) as signing:
        signing.begin("for 8")
        with Program(OPENSC, what="read") as reading:
            assert reading.step()
        assert signing.end()[1] == 0


@pytest.mark.laboratory
@pytest.mark.xdist_group("issuer")
@pytest.mark.skipif(not ISSUER.exists(), reason="the issuer's module is not installed")
@pytest.mark.parametrize("face", KEYS)
@pytest.mark.parametrize("forgets", [True, False])
def test_two_hundred_signatures_in_turn_with_the_issuers_module(
    place: CryptolibPlace, inserted_card: InsertCard, face: str, forgets: bool
) -> None:
    inserted_card(Watched(CardImage.load(CARDS / f"{face}.json"), forgets=forgets))
    with Program(ISSUER, KEYS[face], MECHANISM) as theirs, ours(place, face) as mine:
        lost = [n for n in range(200) if not (theirs if n % 2 else mine).step()]
        assert not lost


@pytest.mark.laboratory
@pytest.mark.xdist_group("issuer")
@pytest.mark.skipif(not ISSUER.exists(), reason="the issuer's module is not installed")
def test_the_issuers_module_and_ours_both_advance_without_pause(
    place: CryptolibPlace, inserted_card: InsertCard
) -> None:
    inserted_card(Watched(CardImage.load(CARDS / "cps3.json")))
    with Program(ISSUER, SIGNATURE, MECHANISM) as theirs, ours(place) as mine:
        for item in (theirs, mine):
            item.begin("for 8")
        done = {"theirs": theirs.end(), "mine": mine.end()}
        assert all(bad == 0 for _, bad in done.values()), done
        assert min(good for good, _ in done.values()) >= 10, done


def test_two_daemons_at_one_card_under_load_lose_no_signature(
    place: CryptolibPlace, inserted_card: InsertCard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As of two users: each daemon has its own socket, settings and cache."""
    inserted_card(CardImage.load(CARDS / "cps3.json"))
    other = CryptolibPlace(tmp_path_factory.mktemp("b"))
    other.settings.write_text("", "utf-8")
    try:
        with ours(place) as first, ours(other) as second:
            for item in (first, second):
                item.begin("times 100")
            assert first.end() == second.end() == (100, 0)
    finally:
        other.close()


def test_a_card_that_another_program_never_lets_go_is_a_precise_error(
    place: CryptolibPlace, inserted_card: InsertCard
) -> None:
    place.settings.write_text("[card]\nwait_seconds = 0.5\n", "utf-8")
    reader = inserted_card(CardImage.load(CARDS / "cps3.json"))
    with PcscContext() as context, ours(place) as program:
        other = context.reader(reader).connect()
        with other.transaction(Ending.LEAVE):
            assert not program.step()
        other.close()
        assert program.step()
