# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Damaged cards, looked at by the real probe: the rest of the world is healthy."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from tests.unit.diagnosis.world import READER, healthy

from caducee.base.secret import Secret
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.facts import CardFacts, ReaderFacts
from caducee.diagnosis.machine.card import CardTracer, look_at
from caducee.diagnosis.model import Report
from caducee.diagnosis.probes import RecordedProbes
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
BEGIN = dt.datetime(2026, 1, 16, tzinfo=dt.UTC)


def with_fault(name: str, fault: FaultName | None = None, after: int = 9) -> FaultyCard:
    card = FaultyCard(MemoryStore(CardImage.load(CARDS / f"{name}.json")))
    if fault is not None:
        card.store.switch(Fault(name=fault, after=after))
    return card


def diagnosed(card: FaultyCard | VirtualCard, *, prove: bool = False) -> Report:
    reader = MemoryReader(READER)
    reader.insert(card)
    status = reader.status()
    answers = healthy()
    listed = ReaderFacts(name=READER, present=status.present, mute=status.mute)
    answers["readers"] = (listed,)
    answers["clock"] = msgspec.structs.replace(answers["clock"], now=BEGIN)
    code = Secret.of("1234") if prove else None
    answers[f"card:{READER}"] = CardFacts() if status.mute else look_at(reader, CardTracer(), code)
    return run(CheckContext(RecordedProbes(answers)), CHECKS)


@pytest.mark.parametrize("name", ["cps3", "cps4", "cps3-cps2ter"])
def test_a_whole_card_is_found_whole_and_its_keys_are_proved(name: str) -> None:
    report = diagnosed(with_fault(name), prove=True)
    assert [finding.code for finding in report.findings] == ["diag.card_test"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (FaultName.MUTE, "card_mute"),
        (FaultName.UPDATE_INCOMPLETE, "card_update"),
        (FaultName.UPDATE_EMPTY, "card_actuality"),
        (FaultName.LAST_TRY, "code_last"),
        (FaultName.BLOCKED, "code_blocked"),
        (FaultName.BLOCKED_FOR_EVER, "code_dead"),
        (FaultName.KEYS_EXCHANGED, "certificate_swapped"),
        (FaultName.VITALE, "card_foreign"),
        (FaultName.PAYMENT, "card_foreign"),
    ],
)
def test_a_damaged_card_is_named(fault: FaultName, code: str) -> None:
    first = diagnosed(with_fault("cps3", fault), prove=fault is FaultName.KEYS_EXCHANGED).first
    assert first is not None
    assert first.code == f"diag.{code}"


def test_a_wrong_number_of_unused_bits_is_no_fault() -> None:
    assert diagnosed(with_fault("cps3", FaultName.UNUSED_BITS)).healthy is not False


def test_no_try_is_risked_when_one_is_left() -> None:
    card = with_fault("cps3", FaultName.LAST_TRY)
    reader = MemoryReader(READER)
    reader.insert(card)
    facts = look_at(reader, CardTracer(), Secret.of("9999"))
    assert (facts.pin.left, facts.code) == (1, "")


def test_a_wrong_code_costs_one_try_and_is_reported() -> None:
    reader = MemoryReader(READER)
    reader.insert(with_fault("cps3"))
    assert look_at(reader, CardTracer(), Secret.of("9999")).code == "cryptolib.pin_wrong"
    assert look_at(reader, CardTracer()).pin.left == 2


def test_the_contactless_face_has_the_technical_key_alone() -> None:
    image = CardImage.load(CARDS / "cps3.json")
    report = diagnosed(VirtualCard(MemoryStore(image), face="contactless"))
    assert {finding.code for finding in report.findings} >= {
        "diag.card_contactless",
        "diag.code_absent",
    }
    assert report.first is not None
    assert report.first.code == "diag.card_contactless"


def test_the_dialogue_holds_no_code() -> None:
    reader, dialogue = MemoryReader(READER), CardTracer()
    reader.insert(with_fault("cps3"))
    look_at(reader, dialogue, Secret.of("1234"))
    verifies = [record.command for record in dialogue.records if record.command[2:4] == "20"]
    assert verifies
    assert not any("31323334" in verify for verify in verifies)
