# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry keeps what it is given, on both databases."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from caducee.base.errors import ConfigError, IssueError, StateError
from caducee.directory.model import (
    Activity,
    Card,
    CardStatus,
    Person,
    PersonIdentifier,
    Qualification,
    Structure,
)
from caducee.directory.registry import Registry
from caducee.spec.nomenclatures import CardFamily, ProductCategory

KIT = Person(
    ps_idnat="899700427885",
    family_name="DOC0042788",
    given_name="KIT",
    profession="10",
    civility="31",
    qualifications=(Qualification("SM26"), Qualification("CAPA03", "CAPA")),
    identifiers=(PersonIdentifier("8", "99700427885"), PersonIdentifier("0", "0B1027889")),
)
CABINET = Structure("499700427885006", "CABINET M DOC0042788")
HOSPITAL = Structure("10B0172805", "HOPITAL GENERIQUE", "75")
AT = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)
CARD = Card(
    number="2950000000",
    family=CardFamily.CPS,
    category=ProductCategory.TEST_CARD,
    ps_idnat=KIT.ps_idnat,
    issued_at=AT,
    expires_at=AT.replace(year=2029),
)


def practice(number: int, structure: Structure = CABINET, sector: str = "SA07") -> Activity:
    return Activity(KIT.ps_idnat, number, structure.struct_idnat, sector, "00")


def fill(registry: Registry) -> None:
    registry.persons.put(KIT)
    registry.structures.put(CABINET)
    registry.structures.put(HOSPITAL)
    registry.activities.put(practice(2, HOSPITAL, "SA01"))
    registry.activities.put(practice(1))
    registry.cards.put(CARD)


def test_everything_comes_back_as_it_was_put(registry: Registry) -> None:
    fill(registry)
    assert registry.persons.get(KIT.ps_idnat) == KIT
    assert registry.structures.get(HOSPITAL.struct_idnat) == HOSPITAL
    assert registry.activities.of(KIT.ps_idnat) == (practice(1), practice(2, HOSPITAL, "SA01"))
    assert registry.cards.get(CARD.number) == CARD
    assert registry.cards.of(KIT.ps_idnat) == registry.cards.all() == (CARD,)
    assert registry.persons.all() == (KIT,)


def test_what_is_unknown_is_none(registry: Registry) -> None:
    assert registry.persons.get("899700000000") is None
    assert registry.structures.get("4") is None
    assert registry.cards.get("0000000000") is None
    assert registry.certificates.get("TEST AC IGC-SANTE FORT PERSONNES", 1) is None
    assert registry.activities.of("8") == ()
    assert registry.certificates.of_card("1") == ()
    assert registry.cards.of("8") == ()


def test_putting_again_replaces_the_parts_too(registry: Registry) -> None:
    fill(registry)
    changed = replace(KIT, qualifications=(Qualification("SM54"),), identifiers=(), active=False)
    registry.persons.put(changed)
    assert registry.persons.get(KIT.ps_idnat) == changed
    assert len(registry.activities.of(KIT.ps_idnat)) == 2
    assert registry.cards.get(CARD.number) == CARD


def test_activities_are_replaced_together(registry: Registry) -> None:
    fill(registry)
    registry.activities.put_all(KIT.ps_idnat, [practice(3)])
    assert registry.activities.of(KIT.ps_idnat) == (practice(3),)
    registry.activities.put_all(KIT.ps_idnat, [])
    assert registry.activities.of(KIT.ps_idnat) == ()


def test_an_activity_needs_its_person_and_structure(registry: Registry) -> None:
    with pytest.raises(StateError) as caught:
        registry.activities.put(practice(1))
    assert caught.value.code == "directory.reference_broken"
    assert registry.activities.of(KIT.ps_idnat) == ()


def test_a_card_needs_its_holder(registry: Registry) -> None:
    with pytest.raises(StateError) as caught:
        registry.cards.put(CARD)
    assert caught.value.code == "directory.reference_broken"


def test_a_transaction_keeps_all_or_nothing(registry: Registry) -> None:
    with pytest.raises(KeyError), registry.transaction():
        fill(registry)
        assert registry.persons.get(KIT.ps_idnat) == KIT  # seen inside
        raise KeyError
    assert registry.persons.all() == ()
    with registry.transaction():
        fill(registry)
    assert registry.persons.all() == (KIT,)


def test_a_card_is_opposed_once_and_its_first_date_stays(registry: Registry) -> None:
    fill(registry)
    later = AT + dt.timedelta(days=1)
    assert registry.cards.oppose(CARD.number, AT, "key_compromise")
    assert not registry.cards.oppose(CARD.number, later, "superseded")
    found = registry.cards.get(CARD.number)
    assert found == replace(CARD, status=CardStatus.OPPOSED, opposed_at=AT, reason="key_compromise")


def test_an_unknown_card_cannot_be_opposed(registry: Registry) -> None:
    with pytest.raises(IssueError) as caught:
        registry.cards.oppose("1234567890", AT, "unspecified")
    assert caught.value.code == "directory.card_unknown"


def test_drawn_numbers_follow_each_other(registry: Registry) -> None:
    assert list(registry.draw("a", 3, first=10)) == [10, 11, 12]
    assert list(registry.draw("a", 2, first=10)) == [13, 14]
    assert list(registry.draw("b")) == [1]


def test_moments_keep_their_zone(registry: Registry) -> None:
    registry.persons.put(KIT)
    paris = dt.timezone(dt.timedelta(hours=2))
    registry.cards.put(replace(CARD, issued_at=AT.astimezone(paris)))
    found = registry.cards.get(CARD.number)
    assert found is not None
    assert found.issued_at == AT
    assert found.issued_at.utcoffset() == dt.timedelta()


def test_what_is_kept_survives_closing(registry: Registry, registry_url: str) -> None:
    fill(registry)
    registry.close()
    with Registry(registry_url) as again:
        assert again.dialect == registry.dialect
        assert again.persons.get(KIT.ps_idnat) == KIT


def test_a_registry_in_memory_works_from_several_calls() -> None:
    with Registry("sqlite://") as registry:
        fill(registry)
        assert registry.persons.get(KIT.ps_idnat) == KIT


def test_a_new_file_is_closed_to_other_users(tmp_path: Path) -> None:
    with Registry(f"sqlite:///{tmp_path}/registry.db") as registry:
        registry.draw("a")
        for path in tmp_path.iterdir():
            assert path.stat().st_mode & 0o077 == 0


def test_threads_draw_at_once_without_losing_any(registry: Registry) -> None:
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda _: registry.draw("a")[0], range(40)))
    assert sorted(drawn) == list(range(1, 41))


def test_writing_while_reading_is_no_deadlock(registry: Registry) -> None:
    with registry.reading() as connection:
        registry.persons.put(KIT)
        connection.execute(sa.text("SELECT 1"))
    assert registry.persons.get(KIT.ps_idnat) == KIT


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"])
def test_text_that_no_database_takes_is_an_error_of_ours(registry: Registry, text: str) -> None:
    try:
        registry.persons.put(replace(KIT, given_name=text))
    except StateError as error:
        assert error.code == "directory.database_failed"
    else:
        found = registry.persons.get(KIT.ps_idnat)
        assert found is not None
        assert found.given_name == text


def test_a_folder_that_is_missing_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        Registry(f"sqlite:///{tmp_path}/missing/registry.db")
    assert caught.value.code == "directory.database_failed"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://localhost/x", "directory.url_unknown"),
        ("no url at all", "directory.url_invalid"),
        ("", "directory.url_invalid"),
        ("oracle+nothing://x", "directory.url_unknown"),
        ("postgresql+nothing://x", "directory.url_invalid"),
    ],
)
def test_a_wrong_url_is_refused_without_repeating_it(url: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Registry(url)
    assert caught.value.code == code


def test_an_unreachable_server_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        Registry(f"postgresql://someone:very-secret@/x?host={tmp_path}")
    assert caught.value.code == "directory.database_failed"
    assert "very-secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StateError) as caught:
        Registry(f"sqlite:///{tmp_path}/registry.db")
    assert caught.value.code == "directory.database_failed"
