# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The support bundle: anonymised, and with the same findings elsewhere."""

import base64
import datetime as dt
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from tests.unit.diagnosis.faults import FAULTS
from tests.unit.diagnosis.world import NOW, READER, healthy

from caducee.base.clock import FixedClock
from caducee.base.errors import FormatError, StateError
from caducee.cryptolib import open_card
from caducee.diagnosis.bundle import anonymous_probes, bundle, read_bundle
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.facts import CardFacts, ReaderFacts, ServiceFacts
from caducee.diagnosis.machine.card import CardTracer, look_at
from caducee.diagnosis.probes import RecordedProbes
from caducee.middleware.tracing import RecordKind, TraceRecord
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
CLOCK = FixedClock(NOW)


def codes(answers: dict[str, Any]) -> list[str]:
    return [finding.code for finding in run(CheckContext(RecordedProbes(answers)), CHECKS).findings]


def with_card() -> tuple[dict[str, Any], CardTracer]:
    reader, dialogue = MemoryReader(READER), CardTracer(CLOCK)
    reader.insert(VirtualCard(MemoryStore(CardImage.load(CARDS / "cps3.json"))))
    answers = healthy() | {f"card:{READER}": look_at(reader, dialogue)}
    answers["clock"] = msgspec.structs.replace(answers["clock"], now=NOW + dt.timedelta(days=1))
    return answers, dialogue


@pytest.mark.parametrize("name", FAULTS)
def test_a_replayed_bundle_reports_the_same_codes(name: str, tmp_path: Path) -> None:
    answers = healthy()
    FAULTS[name][0](answers)
    file = tmp_path / "report.jsonl"
    file.write_bytes(bundle(answers, (), CLOCK))
    assert codes(read_bundle(file).answers) == codes(answers)


def test_the_holder_of_the_card_is_not_in_the_bundle(tmp_path: Path) -> None:
    answers, dialogue = with_card()
    raw = b"".join(record.to_line() for record in dialogue.records)
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
    with pytest.raises(StateError) as caught:
        bundle(answers, (), CLOCK, names=["opensc"])
    assert caught.value.code == "diag.report_unfaithful"


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "capitals": str.upper,
    "small letters": str.lower,
    "any mixture": lambda name: "".join(
        item.upper() if at % 2 else item.lower() for at, item in enumerate(name)
    ),
    "decomposed": lambda name: unicodedata.normalize("NFD", name),
    "in an address": quote,
    "in an address of old": lambda name: quote(name.encode("cp1252")),
    "in HTML": lambda name: name.encode("ascii", "xmlcharrefreplace").decode(),
    "in Python": ascii,
    "hex": lambda name: name.encode().hex(),
    "hex with colons": lambda name: name.encode().hex(":"),
    "hex of Latin-1": lambda name: name.encode("cp1252").hex().upper(),
    "hex of UTF-16": lambda name: name.encode("utf-16-le").hex(),
    **{
        f"base64 after {skipped} bytes": lambda name, skipped=skipped: (  # type: ignore[misc]
            base64.b64encode(b"xyz"[:skipped] + name.encode() + b" and more").decode()
        )
        for skipped in range(3)
    },
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["Hélène Œuvrard", "LE GOFFIC", "Dupré", "899700123456"])
def test_a_name_is_found_however_it_is_written(name: str, way: str) -> None:
    written = WAYS[way](name)
    answers = healthy()
    answers["module"] = msgspec.structs.replace(
        answers["module"], reason=f"said {written} here", path=f"/srv/{written}/lib.so"
    )
    made = bundle(answers, (), CLOCK, names=[name]).decode()
    assert written not in made
    assert msgspec.json.encode(written).decode()[1:-1] not in made


def test_who_called_root_and_what_the_machine_is_called_are_not_in_the_bundle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUDO_USER", "jmartin")
    monkeypatch.setenv("LOGNAME", "root")
    names = (*os.uname()[:1], "poste-17.clinique-exemple.fr", *os.uname()[2:])
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(names))
    answers = healthy()
    answers["module"] = msgspec.structs.replace(
        answers["module"], reason="poste-17 of clinique-exemple.fr", path="/media/jmartin/lib.so"
    )
    made = bundle(answers, (), CLOCK)
    assert not [item for item in (b"poste-17", b"clinique", b"jmartin") if item in made]


def test_chips_readers_and_whose_services_they_are_are_not_in_the_bundle(tmp_path: Path) -> None:
    answers = healthy()
    reader = "ACME Reader (12AB34CD) 00 00"
    answers["readers"] = (ReaderFacts(name=reader, present=True),)
    answers[f"card:{reader}"] = CardFacts(
        code="cryptolib.identifies_only", facts={"uid": "04A1B2C3D4E5F6", "size": 7}
    )
    answers["services"] = (
        ServiceFacts(
            name="Clinique Exemple",
            address="portail.clinique-exemple.fr:443",
            opened=True,
            issuer="CN=Zscaler Root CA Exemple,O=Clinique\\, Exemple,C=FR",
            proxy="proxy.clinique-exemple.fr:3128",
        ),
    )
    answers["clock"] = msgspec.structs.replace(answers["clock"], source="Clinique Exemple")
    file = tmp_path / "report.jsonl"
    file.write_bytes(bundle(answers, (), CLOCK))
    text = file.read_text()
    assert not [
        name for name in ("xemple", "linique", "04A1B2C3D4E5F6", "12AB34CD") if name in text
    ]
    output = read_bundle(file).answers
    (service,) = output["services"]
    assert (service.name, output["clock"].source) == ("service 1", "service 1")
    assert service.issuer.startswith("CN=Zscaler Root CA ")  # the product may be known
    assert service.issuer.endswith(",C=FR")
    assert codes(output) == codes(answers)


def test_the_identifier_that_a_reader_read_is_not_in_the_bundle() -> None:
    record = TraceRecord(
        at=NOW,
        kind=RecordKind.APDU,
        source="diagnosis",
        reader="R",
        command="FFCA000000",
        response="04A1B2C3D4E5F69000",
    )
    made = bundle(healthy(), [record], CLOCK)
    assert b"FFCA000000" in made
    assert b"A1B2C3D4E5F6" not in made


@pytest.mark.parametrize("text", [b"", b"no trace\n", b"\xff\xfe\n"])
def test_what_is_no_bundle_is_reported(text: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(text)
    with pytest.raises(FormatError) as caught:
        read_bundle(file)
    assert caught.value.code == "diag.report_damaged"


def test_an_answer_with_unknown_fields_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "x"
    made = bundle(healthy(), (), CLOCK).replace(b'\\"free\\"', b'\\"fred\\"')
    made = made.replace(b'\\"files\\":1', b'\\"filet\\":1')
    file.write_bytes(made)
    with pytest.raises(FormatError):
        read_bundle(file)


def test_a_card_without_facts_is_written_as_nothing() -> None:
    assert msgspec.json.encode(CardFacts()) == b"{}"


def test_whom_the_card_names_is_found_elsewhere_too_in_every_form_of_a_report() -> None:
    answers, dialogue = with_card()
    reader = MemoryReader(READER)
    reader.insert(VirtualCard(MemoryStore(CardImage.load(CARDS / "cps3.json"))))
    with open_card(reader) as card:
        name = card.holder().given_name
    answers["module"] = msgspec.structs.replace(
        answers["module"], path=f"/srv/{name.title()}/lib.so", reason=f"{name.lower()} was here"
    )
    output, _ = anonymous_probes(answers, dialogue.records, CLOCK)
    for text in (repr(output.answers), bundle(answers, dialogue.records, CLOCK).decode()):
        assert name.lower() not in text.lower()
