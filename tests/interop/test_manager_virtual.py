# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager's virtual cards in the readers of a real pcscd, seen by OpenSC's tools."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.errors import ReaderError
from caducee.cli.manager_virtual import SandboxCards
from caducee.cryptolib import open_card
from caducee.desktop.manager.model.virtual import InsertionMethod
from caducee.reader.pcsc import PcscContext
from caducee.reader.waiting import wait_for_card
from caducee.sandbox.world import Sandbox
from caducee.virtualcard.image import CardImage

pytestmark = pytest.mark.system

CARD = Path(__file__).parents[1] / "vectors" / "cards" / "cps3.json"


@pytest.fixture
def cards(pcscd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxCards]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with Sandbox.create(tmp_path / "w") as world:
        world.keep("2900995235", CardImage.load(CARD))
    made = SandboxCards(tmp_path / "w", tmp_path / "readers")
    yield made
    made.remove("2900995235")
    made.close()


def test_a_card_is_put_into_pcsc_and_every_program_sees_it(cards: SandboxCards) -> None:
    assert cards.ways() == (InsertionMethod.PCSC, InsertionMethod.SOCKET)
    names = cards.insert("2900995235", ("contact", "contactless"), InsertionMethod.PCSC, print)
    assert len(names) == 2 and all(name.startswith("Virtual PCD") for name in names)
    (card,) = cards.cards()
    assert card.readers == names
    output = subprocess.run(
        ["opensc-tool", "--list-readers"], capture_output=True, text=True, check=True, timeout=60
    )
    present = [line for line in output.stdout.splitlines() if "Yes" in line]
    assert len(present) == 2
    cards.remove("2900995235")
    (card,) = cards.cards()
    assert card.readers == ()
    with PcscContext() as context:
        assert not any(item.present for item in context.wait({}, 0).values())


def test_a_fault_reaches_the_card_in_its_reader_and_is_taken_away(cards: SandboxCards) -> None:
    (name,) = cards.insert("2900995235", ("contact",), InsertionMethod.PCSC, print)
    with PcscContext() as context:
        cards.apply("2900995235", "mute", {})
        with pytest.raises(ReaderError), open_card(context.reader(name)):
            pass
        cards.clear("2900995235")
        wait_for_card(context, name)  # PC/SC shows no card that is mute
        with open_card(context.reader(name)) as card:
            assert card.serial
