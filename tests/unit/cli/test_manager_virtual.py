# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The virtual cards of a sandbox as the manager gets them: a real world, cards at local sockets."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from caducee.base.errors import (
    MuteCardError,
    NotACpsError,
    PinBlockedError,
    ReaderError,
    StateError,
)
from caducee.base.secret import Secret
from caducee.cli.manager_virtual import SandboxCards
from caducee.cryptolib import open_card
from caducee.desktop.manager.model.virtual import InsertionMethod, IssuedTestCard, fits
from caducee.reader.sockets import SocketContext
from caducee.sandbox.world import Sandbox


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    Sandbox.create(folder / "w").close()
    settings = folder / "w" / "sandbox.toml"
    text = settings.read_text("utf-8").replace('# keys = "rsa-4096"', 'keys = "rsa-2048"')
    settings.write_text(text, "utf-8")
    return folder / "w"


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def cards(world: Path, place: Path) -> Iterator[SandboxCards]:
    made = SandboxCards(world, place)
    yield made
    made.close()


@pytest.fixture(scope="module")
def made(world: Path) -> IssuedTestCard:
    return SandboxCards(world, world / "unused").make("cps-medecin", print)


@pytest.fixture
def card(made: IssuedTestCard, cards: SandboxCards) -> Iterator[str]:
    yield made.card.number
    cards.remove(made.card.number)
    cards.clear(made.card.number)


def reader_of(place: Path, stack: ExitStack) -> SocketContext:
    context = SocketContext((), place)
    stack.callback(context.close)
    return context


def test_there_are_more_than_a_hundred_profiles_of_every_family(cards: SandboxCards) -> None:
    kinds = cards.kinds()
    assert len(kinds) > 100
    assert {kind.card for kind in kinds} == {"CPS", "CPF", "CPE", "CDE", "CPA", "CDA"}
    assert all(kind.holder for kind in kinds)
    found = [kind.name for kind in kinds if fits(kind, "cps3 MÉDECIN")]
    assert "cps-medecin" in found and len(found) < len(kinds)


def test_each_key_is_reported_and_who_gives_up_leaves_no_card(tmp_path: Path) -> None:
    cards = SandboxCards(tmp_path / "w", tmp_path / "s")
    Sandbox.create(tmp_path / "w").close()
    settings = tmp_path / "w" / "sandbox.toml"
    text = settings.read_text("utf-8").replace('# keys = "rsa-4096"', 'keys = "rsa-2048"')
    settings.write_text(text, "utf-8")
    result: list[str] = []

    def give_up(text: str) -> None:
        result.append(text)
        if "card" in text:
            raise ReaderError("reader.cancelled")

    with pytest.raises(ReaderError):
        cards.make("cps-medecin", give_up)
    assert cards.cards() == ()
    made = cards.make("cps-medecin", result.append)
    assert [item.number for item in cards.cards()] == [made.card.number]
    authorities = [item for item in result if "AC" in item]
    assert len(authorities) == len(set(authorities)) > 0  # none was made twice


def test_there_are_seventeen_faults_with_their_options(cards: SandboxCards) -> None:
    faults = {fault.name: fault for fault in cards.faults()}
    assert len(faults) == 17
    assert faults["torn"].options == ("after",) and faults["slow"].options == ("delay",)
    assert all(fault.does for fault in faults.values())


def test_a_card_that_was_made_is_listed_with_its_holder(
    cards: SandboxCards, made: IssuedTestCard
) -> None:
    found = {item.number: item for item in cards.cards()}[made.card.number]
    assert found.holder == made.card.holder != ""
    assert found.readers == () and found.faces == ("contact", "contactless")
    assert made.pin.reveal() == b"1234" and made.puk.reveal() == b"12345678"


def test_both_sides_of_a_card_are_inserted_at_sockets_and_taken_out(
    cards: SandboxCards, card: str, place: Path
) -> None:
    names = cards.insert(card, ("contact", "contactless"), InsertionMethod.SOCKET, print)
    assert names == tuple(f"socket:{place}/{card}{end}.sock" for end in ("", "-contactless"))
    assert {item.number: item.readers for item in cards.cards()}[card] == names
    with ExitStack() as stack:
        context = reader_of(place, stack)
        faces = []
        for reader in context.readers():
            with open_card(reader) as opened:
                faces.append(opened.identity.face.value)
        assert sorted(faces) == ["cps3-contact", "cps3-contactless"]
        cards.remove(card)
        assert context.readers() == ()
    assert {item.number: item.readers for item in cards.cards()}[card] == ()


def test_a_card_is_inserted_once(cards: SandboxCards, card: str) -> None:
    first = cards.insert(card, ("contact",), InsertionMethod.SOCKET, print)
    assert cards.insert(card, ("contact",), InsertionMethod.SOCKET, print) == first


@pytest.mark.parametrize(
    ("fault", "error"),
    [("mute", MuteCardError), ("vitale", NotACpsError), ("payment", NotACpsError)],
)
def test_a_fault_is_met_at_once_by_who_opens_the_card_and_goes_away_again(
    cards: SandboxCards, card: str, place: Path, fault: str, error: type[Exception]
) -> None:
    cards.insert(card, ("contact",), InsertionMethod.SOCKET, print)
    with ExitStack() as stack:
        (reader,) = reader_of(place, stack).readers()
        cards.apply(card, fault, {})
        assert {item.number: item.faults for item in cards.cards()}[card] == (fault,)
        with pytest.raises(error):
            open_card(reader)
        cards.clear(card)
        with open_card(reader) as opened:
            assert opened.serial


def test_a_blocked_card_gets_its_tries_back(cards: SandboxCards, card: str, place: Path) -> None:
    cards.apply(card, "blocked", {})
    assert {item.number: item.tries[0][1] for item in cards.cards()}[card] == 0
    cards.insert(card, ("contact",), InsertionMethod.SOCKET, print)
    with ExitStack() as stack:
        (reader,) = reader_of(place, stack).readers()
        with open_card(reader) as opened, pytest.raises(PinBlockedError):
            opened.verify(Secret.of("1234"))
    cards.clear(card)
    assert {item.number: item.tries[0][1] for item in cards.cards()}[card] == 3


def test_a_fault_that_takes_the_sandbox_is_made_by_it(cards: SandboxCards, card: str) -> None:
    cards.apply(card, "expired", {})
    assert {item.number: item.faults for item in cards.cards()}[card] == ("expired",)


def test_a_deleted_card_is_gone_from_its_reader_too(
    cards: SandboxCards, place: Path, world: Path
) -> None:
    number = cards.make("cde", print).card.number
    cards.insert(number, ("contact",), InsertionMethod.SOCKET, print)
    cards.delete(number)
    assert list(place.iterdir()) == []
    assert number not in {item.number for item in cards.cards()}
    assert not list((world / "cards").glob(f"*{number}*"))


@pytest.mark.parametrize("number", ["0000", "../sandbox", "", "a b"])
def test_a_card_that_is_none_is_refused(cards: SandboxCards, number: str) -> None:
    with pytest.raises(StateError) as caught:
        cards.delete(number)
    assert caught.value.code == "sandbox.card_unknown"


def test_a_damaged_image_is_listed_and_can_be_deleted(cards: SandboxCards, world: Path) -> None:
    (world / "cards").mkdir(mode=0o700, exist_ok=True)  # the first card makes it
    (world / "cards" / "broken.json").write_text("{", "utf-8")
    (found,) = [item for item in cards.cards() if item.number == "broken"]
    assert found.faces == () and found.holder
    cards.delete("broken")
    assert "broken" not in {item.number for item in cards.cards()}


def test_the_end_of_the_window_takes_its_cards_out(
    cards: SandboxCards, card: str, place: Path
) -> None:
    cards.insert(card, ("contact",), InsertionMethod.SOCKET, print)
    cards.close()
    assert list(place.iterdir()) == []
