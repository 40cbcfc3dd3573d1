# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The support bundle: nobody is named in it, and it tells elsewhere what it told here."""

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.desktop.diagnosis.faults import FAULTS
from tests.unit.desktop.diagnosis.world import NOW, READER, healthy

from caducee.base.clock import FixedClock
from caducee.base.errors import FormatError
from caducee.desktop.diagnosis.bundle import bundle, read_bundle
from caducee.desktop.diagnosis.checks import CHECKS
from caducee.desktop.diagnosis.engine import run
from caducee.desktop.diagnosis.facts import CardFacts, ServiceFacts
from caducee.desktop.diagnosis.machine.card import Dialogue, look_at
from caducee.desktop.diagnosis.probes import ToldProbes
from caducee.desktop.diagnosis.scene import Scene
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[3] / "vectors" / "cards"
CLOCK = FixedClock(NOW)


def codes(answers: dict[str, Any]) -> list[str]:
    return [one.code for one in run(Scene(ToldProbes(answers)), CHECKS).findings]


def with_card() -> tuple[dict[str, Any], Dialogue]:
    reader, dialogue = MemoryReader(READER), Dialogue(CLOCK)
    reader.insert(VirtualCard(MemoryStore(CardImage.load(CARDS / "cps3.json"))))
    answers = healthy() | {f"card:{READER}": look_at(reader, dialogue)}
    answers["clock"] = msgspec.structs.replace(answers["clock"], now=NOW + dt.timedelta(days=1))
    return answers, dialogue


@pytest.mark.parametrize("name", FAULTS)
def test_a_replayed_bundle_tells_the_same_codes(name: str, tmp_path: Path) -> None:
    answers = healthy()
    FAULTS[name][0](answers)
    file = tmp_path / "report.jsonl"
    file.write_bytes(bundle(answers, (), CLOCK))
    assert codes(read_bundle(file).answers) == codes(answers)


def test_the_holder_of_the_card_is_not_in_the_bundle(tmp_path: Path) -> None:
    answers, dialogue = with_card()
    raw = b"".join(one.to_line() for one in dialogue.records)
    made = bundle(answers, dialogue.records, CLOCK)
    for secret in (b"899700000012", b"899700000012".hex().upper().encode()):
        assert secret in raw or secret.isdigit()
        assert secret not in made
    file = tmp_path / "report.jsonl"
    file.write_bytes(made)
    assert codes(read_bundle(file).answers) == codes(answers)


def test_home_hosts_and_named_persons_are_not_in_the_bundle() -> None:
    answers = healthy()
    answers["services"] = (
        ServiceFacts(name="portal", address="portal.hopital-exemple.fr:443", status=200),
    )
    answers["daemon"] = msgspec.structs.replace(
        answers["daemon"], settings="written by Durandal", socket="/home/durandal/x.sock"
    )
    answers["module"] = msgspec.structs.replace(answers["module"], path="/srv/h/dmartin/lib.so")
    made = bundle(answers, (), CLOCK, names=["Durandal"], home=Path("/srv/h/dmartin"))
    assert b"hopital-exemple" not in made
    assert b"urandal" not in made
    assert b"dmartin" not in made
    assert b"~/lib.so" in made


def test_a_name_that_would_change_the_findings_is_refused() -> None:
    answers = healthy()
    FAULTS["OpenSC beside us"][0](answers)
    with pytest.raises(FormatError) as caught:
        bundle(answers, (), CLOCK, names=["opensc"])
    assert caught.value.code == "diag.report_damaged"


@pytest.mark.parametrize("text", [b"", b"no trace\n", b"\xff\xfe\n"])
def test_what_is_no_bundle_is_told(text: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(text)
    with pytest.raises(FormatError) as caught:
        read_bundle(file)
    assert caught.value.code == "diag.report_damaged"


def test_an_answer_with_unknown_fields_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x"
    made = bundle(healthy(), (), CLOCK).replace(b'\\"free\\"', b'\\"fred\\"')
    made = made.replace(b'\\"files\\":1', b'\\"filet\\":1')
    file.write_bytes(made)
    with pytest.raises(FormatError):
        read_bundle(file)


def test_a_card_without_facts_is_written_as_nothing() -> None:
    assert msgspec.json.encode(CardFacts()) == b"{}"
