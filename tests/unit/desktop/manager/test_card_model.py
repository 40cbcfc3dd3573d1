# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is read of a card, what it says in words, and the reports made of it. No Qt."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from tests.unit.desktop.manager.conftest import NOW, PIN, PUK, Foreign, MemoryCards

from caducee.base.errors import CardError, CpsError, ReaderError, WrongPinError
from caducee.base.i18n import use_language
from caducee.base.secret import Secret
from caducee.cryptolib import KeyUse, PinState
from caducee.desktop.manager.model.card import (
    CardData,
    ValidationState,
    read_protected,
    read_public,
)
from caducee.desktop.manager.model.card_view import Line, Mark, headline, sections
from caducee.desktop.manager.model.notes import notes, notes_of_trouble
from caducee.desktop.manager.model.report import as_html, as_json, as_text, file_stem
from caducee.diagnosis.facts import CardProcess
from caducee.trust.path import CertificatePurpose, validate
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore


@pytest.fixture
def inserted(cards: MemoryCards, billed_image: CardImage) -> MemoryCards:
    cards.reader().insert(VirtualCard(MemoryStore(billed_image)))
    return cards


@pytest.fixture
def data(inserted: MemoryCards) -> CardData:
    with inserted.open("Reader A") as card:
        return read_public(card, "Reader A", NOW)


@pytest.fixture
def whole(inserted: MemoryCards, data: CardData) -> CardData:
    with inserted.open("Reader A") as card:
        return read_protected(card, data, Secret.of(PIN))


def lines(data: CardData, section: str, now: dt.datetime = NOW) -> dict[str, Line]:
    found = next(item for item in sections(data, now) if item.key == section)
    return {line.key: line for line in found.lines}


def test_without_a_code_the_public_part_is_read(data: CardData) -> None:
    assert headline(data) == "PRENOM DOC0000012"
    assert lines(data, "holder")["identifier"].value.startswith("899700000012 (")
    assert lines(data, "holder")["profession"].value == "Médecin (10)"
    assert lines(data, "card")["world"] == Line(
        "world", "Real or test card", "test card", Mark.NOTE
    )
    assert data.rest is None
    assert not [
        section.key for section in sections(data, NOW) if section.key.startswith("activity")
    ]


def test_with_the_code_activities_and_billing_follow_with_labels(whole: CardData) -> None:
    assert lines(whole, "activity-3")["structure"].value == "CENTRE HOSPITALIER"
    assert lines(whole, "activity-1")["sector"].value.endswith("(SA07)")
    billing = lines(whole, "billing-2")
    assert billing["activity"].value == "3" and billing["sign-fse"].value == "yes"
    assert billing["convention-1"].value == "1 (Conventionné)"
    assert "CPS_INFO_PS" in [line.name for line in lines(whole, "objects").values()]


def test_a_wrong_code_costs_one_try_and_reads_nothing(
    inserted: MemoryCards, data: CardData
) -> None:
    with inserted.open("Reader A") as card:
        with pytest.raises(WrongPinError):
            read_protected(card, data, Secret.of("9999"))
        assert card.pin_state().tries_left == 2
        assert not card.pin_state().verified


def test_the_code_is_not_sent_to_another_card(
    inserted: MemoryCards, data: CardData, manager_image: CardImage
) -> None:
    other = replace(data, identity=replace(data.identity, icc=bytes(12)))
    with inserted.open("Reader A") as card:
        with pytest.raises(CardError, match="card_exchanged"):
            read_protected(card, other, Secret.of("9999"))
        assert card.pin_state().tries_left == 3


def test_after_the_rest_was_read_the_card_needs_the_code_again(
    inserted: MemoryCards, data: CardData
) -> None:
    with inserted.open("Reader A") as card:
        read_protected(card, data, Secret.of(PIN))
        with pytest.raises(CardError, match="pin_needed"):
            card.activities()


@pytest.mark.parametrize(
    ("before_end", "value", "mark"),
    [
        (400, "2029-01-15", Mark.GOOD),
        (60, "2029-01-15: expires in 60 days", Mark.WARNING),
        (1, "2029-01-15: expires tomorrow", Mark.WARNING),
        (0, "2029-01-15: expires today", Mark.WARNING),
        (-1, "2029-01-15: expired", Mark.BAD),
    ],
)
def test_the_end_of_the_card_is_reported_in_time(
    data: CardData, before_end: int, value: str, mark: Mark
) -> None:
    now = dt.datetime(2029, 1, 15, 12, tzinfo=dt.UTC) - dt.timedelta(days=before_end)
    assert lines(data, "card", now)["expires"] == Line("expires", "Valid until", value, mark)


@pytest.mark.parametrize(
    ("left", "mark", "words"),
    [
        (3, Mark.GOOD, "tries left: 3 of 3"),
        (2, Mark.WARNING, "tries left: 2 of 3"),
        (1, Mark.WARNING, "last try"),
        (0, Mark.BAD, "blocked: no tries left"),
        (None, Mark.UNKNOWN, "tries left: not stated by the card"),
    ],
)
def test_the_state_of_the_code_is_reported(
    data: CardData, left: int | None, mark: Mark, words: str
) -> None:
    output = replace(data, pin=PinState(left, 3, False, 4, 8))
    assert lines(output, "codes")["pin"] == Line("pin", "PIN", words, mark)


def test_a_card_that_does_not_tell_the_most_tries_shows_those_that_are_left(
    data: CardData,
) -> None:
    output = replace(data, pin=PinState(3, None, False, 4, 8))
    assert lines(output, "codes")["pin"] == Line("pin", "PIN", "tries left: 3", Mark.GOOD)


@pytest.mark.parametrize("judging", list(ValidationState))
def test_a_certificate_not_validated_has_its_reason(
    data: CardData, judging: ValidationState
) -> None:
    words = {
        "nobody": "no trusted authority",
        "running": "querying the authorities",
        "cancelled": "cancelled",
    }
    output = lines(data.with_judging(judging), "certificate-authentication")["chain"]
    assert words[judging.value] in output.value and output.mark is Mark.UNKNOWN


def test_an_update_that_did_not_end_is_reported(data: CardData) -> None:
    output = replace(data, complete=False)
    assert lines(output, "card")["updated"].mark is Mark.BAD


def test_a_certificate_says_that_nobody_judged_it(data: CardData) -> None:
    assert lines(data, "certificate-authentication")["chain"].mark is Mark.UNKNOWN


def test_chain_and_revocation_are_reported_apart(data: CardData) -> None:
    own = data.certificate(KeyUse.AUTHENTICATION)
    known = validate(
        own,
        (),
        anchors=[own],
        at=NOW,
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=None,
    )
    unknown = validate(
        own,
        (),
        anchors=[],
        at=NOW,
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=None,
    )
    good = lines(data.with_judged({KeyUse.AUTHENTICATION: known}), "certificate-authentication")
    bad = lines(data.with_judged({KeyUse.AUTHENTICATION: unknown}), "certificate-authentication")
    assert good["chain"].mark is Mark.GOOD
    assert bad["chain"].mark is Mark.BAD and "revocation" not in bad


def test_the_notes_are_those_of_the_diagnosis(data: CardData) -> None:
    assert [note.code for note in notes(data, NOW)] == ["diag.card_test"]
    late = dt.datetime(2029, 1, 10, tzinfo=dt.UTC)
    assert [note.code for note in notes(data, late)] == [
        "diag.card_ends_soon",
        "diag.certificate_soon",
        "diag.certificate_soon",
        "diag.card_test",
    ]


def test_another_program_that_uses_the_card_is_named(data: CardData) -> None:
    others = (CardProcess(pid=7, name="firefox"),)
    (first, *_) = [note for note in notes(data, NOW, others) if note.code == "diag.card_shared"]
    assert "firefox" in first.sentence()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CardError("cryptolib.not_a_cps", atr="3B00"), "diag.card_foreign"),
        (CardError("cryptolib.not_a_cps", atr="3B001225006480"), "diag.card_newer"),
        (ReaderError("reader.card_mute", reader="Reader A"), "diag.card_mute"),
        (CardError("cryptolib.update_incomplete"), "diag.card_update"),
        (ReaderError("reader.card_in_use", reader="Reader A"), "diag.card_held"),
        (CardError("cryptolib.status", action="READ", sw="6F00"), "cryptolib.status"),
    ],
)
def test_a_card_that_does_not_open_has_the_words_of_the_diagnosis(
    error: CpsError, code: str
) -> None:
    others = (CardProcess(pid=7, name="other"),)
    assert [note.code for note in notes_of_trouble(error, "Reader A", NOW, others)] == [code]


def test_a_foreign_card_is_named_by_its_answer_to_reset(cards: MemoryCards) -> None:
    cards.reader().insert(Foreign())
    with pytest.raises(CardError) as output:
        cards.open("Reader A")
    (item,) = notes_of_trouble(output.value, "Reader A", NOW)
    assert item.code == "diag.card_foreign" and Foreign().atr.hex().upper() in item.sentence()


def test_no_report_holds_a_code(whole: CardData) -> None:
    found = notes(whole, NOW)
    for text in (as_text(whole, found, NOW), as_html(whole, found, NOW)):
        assert PUK not in text and f" {PIN} " not in text
    tree = json.loads(as_json(whole, found, NOW))
    values = [leaf for leaf in _leaves(tree) if leaf in (PIN, PUK)]
    assert values == []


def _leaves(tree: object) -> list[object]:
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in _leaves(item)]
    if isinstance(tree, list):
        return [leaf for item in tree for leaf in _leaves(item)]
    return [tree]


def test_the_report_for_programs_has_stable_keys_in_every_language(whole: CardData) -> None:
    with use_language("fr"):
        tree = json.loads(as_json(whole, notes(whole, NOW), NOW))
    assert tree["holder"]["profession"] == "10" and tree["card"]["test"] is True
    assert tree["activities"][1]["structure_name"] == "CENTRE HOSPITALIER"
    assert tree["billing"]["situations"][0]["convention"] == "1"
    assert tree["certificates"][0]["pem"].startswith("-----BEGIN CERTIFICATE-----")


def test_what_a_card_says_cannot_become_html(data: CardData) -> None:
    nasty = replace(data, holder=replace(data.holder, family_name="<b onload=x>"))
    assert "<b onload" not in as_html(nasty, (), NOW)


def test_files_are_named_after_the_card(data: CardData) -> None:
    assert file_stem(data) == "CPS-2900995235"
