# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Faulty cards in a real pcscd: what every program sees, and the switch of a running card."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caducee.base.errors import CardRemovedError, CpsError, MuteCardError, NotACpsError, ReaderError
from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.reader.pcsc import PcscContext
from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
from caducee.spec.foreign_cards import VITALE
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
INFO = digest_info(bytes(32), "sha256")

type Put = Callable[[FaultyCard], str]


@pytest.fixture
def context(pcscd: Path) -> Iterator[PcscContext]:
    with PcscContext() as made:
        yield made


@pytest.fixture
def put(context: PcscContext, pcscd: Path) -> Iterator[Put]:
    """A function that puts a card into the first reader, and returns the reader's name."""
    plugs: list[VpcdPlug] = []
    name = virtual_readers(context)[0].name

    def insert(card: FaultyCard) -> str:
        plugs.append(VpcdPlug(card, folder=pcscd))
        plugs[-1].start()
        return name

    yield insert
    for plug in plugs:
        plug.stop()
    wait_until_gone(context, name)


@pytest.fixture
def card(two_applications: CardImage) -> FaultyCard:
    return FaultyCard(MemoryStore(two_applications))


def use(context: PcscContext, reader: str) -> None:
    """Open the card, log in, and sign."""
    with open_card(context.reader(reader)) as opened:
        opened.holder()
        opened.verify(Secret.of("1234"))
        opened.authenticate(INFO)


@pytest.mark.parametrize("name", [FaultName.TORN, FaultName.REMOVED])
def test_a_card_that_leaves_is_reported_and_stays_out_until_the_switch_is_turned(
    context: PcscContext, put: Put, card: FaultyCard, name: FaultName
) -> None:
    card.store.switch(Fault(name=name, after=30))
    reader = put(card)
    wait_for_card(context, reader)
    with pytest.raises(CardRemovedError) as caught:
        use(context, reader)
    assert caught.value.code == "reader.card_removed"
    wait_until_gone(context, reader)
    card.store.switch(None)
    wait_for_card(context, reader)
    use(context, reader)


def test_a_mute_card_is_not_shown(context: PcscContext, put: Put, card: FaultyCard) -> None:
    card.store.switch(Fault(name=FaultName.MUTE))
    reader = put(card)
    with pytest.raises(ReaderError) as caught:
        wait_for_card(context, reader, 1.0)
    assert caught.value.code == "reader.not_seen"


def test_a_card_that_falls_silent_in_use_stops_nobody(
    context: PcscContext, put: Put, card: FaultyCard
) -> None:
    reader = put(card)
    wait_for_card(context, reader)
    with open_card(context.reader(reader)) as opened:
        card.store.switch(Fault(name=FaultName.MUTE))
        with pytest.raises((MuteCardError, CardRemovedError)):
            opened.holder()


def test_a_foreign_card_shows_its_own_answer_to_reset(
    context: PcscContext, put: Put, card: FaultyCard
) -> None:
    card.store.switch(Fault(name=FaultName.VITALE))
    reader = put(card)
    assert wait_for_card(context, reader).atr == VITALE
    with pytest.raises(NotACpsError):
        use(context, reader)


@pytest.fixture
def caducee(
    pcscd: Path, tmp_path: Path
) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "LANGUAGE": "en"}

    def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
        program = "from caducee.cli.main import main; main()"
        words = [sys.executable, "-c", program, "card", *map(str, command)]
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, check=True, timeout=60
        )

    yield run
    run("eject")


def test_a_fault_reaches_the_card_that_a_process_holds_and_leaves_it_again(
    context: PcscContext,
    caducee: Callable[..., subprocess.CompletedProcess[str]],
    two_applications: CardImage,
    tmp_path: Path,
) -> None:
    file = tmp_path / "card.json"
    two_applications.save(file)
    reader = json.loads(caducee("insert", file, "--json").stdout)["reader"]
    use(context, reader)
    reported = []
    for name in ("update-incomplete", "keys-exchanged", "blocked"):
        said = caducee("fault", file, name, "--json").stdout
        with pytest.raises(CpsError) as caught:
            use(context, reader)
        reported.append(caught.value.code)
        assert name == "blocked" or name in json.loads(said)["faults"]
        caducee("fault", file, "--clear")
    assert reported == [
        "cryptolib.update_incomplete",
        "cryptolib.signature_wrong",
        "cryptolib.pin_blocked",
    ]
    use(context, reader)
    assert CardImage.load(file).to_json() == two_applications.to_json()


def test_a_card_at_real_pace_works_for_every_program(
    context: PcscContext,
    caducee: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
) -> None:
    file = tmp_path / "card.json"
    CardImage.load(CARDS / "cps4.json").save(file)
    reader = json.loads(caducee("insert", file, "--pace", "real", "--json").stdout)["reader"]
    connection = context.reader(reader).connect()
    assert connection.transmit(bytes.fromhex("01A4040C088025000001FF0100")).hex() == "9000"
    connection.close()
