# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A file describes a card: every key counts, a wrong one is refused, the rest is the profile's."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.unit.issuance.conftest import Issue

from caducee.base.config import Settings
from caducee.base.errors import ConfigError, IssueError
from caducee.codec.billing import BillingSituation
from caducee.directory.model import PersonIdentifier, Qualification, Structure
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, CardState
from caducee.issuance import files as order_files
from caducee.issuance.files import OrderFile, load_order_file
from caducee.issuance.order import numbered
from caducee.issuance.profiles import profile
from caducee.spec.cards import CardGeneration
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.virtualcard.content import ContactlessChip

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "holders.md"

type Order = Callable[[str], CardOrder]

WHOLE = """
profile = "cps-pharmacien"
generation = "CPS3"
category = "real"
state = "last-try"
contactless = "identification"
languages = ["fr", "en"]
not_before = 2026-01-15T08:00:00+01:00

[person]
identifier = "899700427885"
family_name = "Lévêque"
given_name = "Zoé"
civility = "22"
specialties = ["SM26"]

[[practice]]
number = 3
structure = { identifier = "10B0057881", name = "HOPITAL DES 3 DAMES", department = "75" }
sector = "SA01"
mode = "01"
section = "H"
status = "1"

[practice.billing]
number = "0B210042"
convention = "9"
specialty = "50"
tariff_zone = "10"
travel = "0"
agreements = ["00", "01"]
sign_fse = false
replaced = "899700218896"

[[practice]]
structure = { identifier = "499700427885006", name = "PHARMACIE" }
sector = "SA33"
"""


@pytest.fixture
def order(tmp_path: Path, registry: Registry) -> Order:
    def read(text: str) -> CardOrder:
        path = tmp_path / "card.toml"
        path.write_text(text, encoding="utf-8")
        return load_order_file(path).order(registry)

    return read


def test_every_key_of_a_file_is_in_the_order(order: Order) -> None:
    made = order(WHOLE)
    person = made.person
    assert (person.ps_idnat, person.family_name, person.given_name) == (
        "899700427885",
        "Lévêque",
        "Zoé",
    )
    assert (person.profession, person.civility) == ("21", "22")
    assert person.qualifications == (Qualification("SM26"),)
    assert person.identifiers == (PersonIdentifier("8", "99700427885"),)
    assert (made.generation, made.category) == (CardGeneration.CPS3, ProductCategory.CARD)
    assert (made.state, made.languages) == (CardState.LAST_TRY, ("fr", "en"))
    assert made.contactless is ContactlessChip.IDENTIFICATION
    assert made.not_before == dt.datetime(2026, 1, 15, 7, tzinfo=dt.UTC)
    assert [place for place, _ in numbered(made.practices)] == [3, 4]
    first, second = made.practices
    assert first.structure == Structure("10B0057881", "HOPITAL DES 3 DAMES", "75")
    assert (first.sector, first.mode, first.section, first.status) == ("SA01", "01", "H", "1")
    assert first.billing == BillingSituation(
        number="0B210042",
        key="4",
        convention="9",
        specialty="50",
        tariff_zone="10",
        travel="0",
        agreements=("00", "01"),
        sign_fse=False,
        sign_batches=True,
        replaced="899700218896",
    )
    assert (second.structure.name, second.billing) == ("PHARMACIE", None)


def test_who_bills_may_sign_unless_the_file_says_otherwise(order: Order) -> None:
    where = 'structure = { identifier = "10B0057881", name = "X" }\nsector = "SA01"\n'
    (practice,) = order(
        f'[[practice]]\n{where}billing = {{ number = "0B100042", key = "9" }}'
    ).practices
    assert practice.billing == BillingSituation(
        number="0B100042", key="9", sign_fse=True, sign_batches=True
    )


def test_a_whole_file_is_issued(order: Order, issue: Issue) -> None:
    issued = issue(order(WHOLE))
    assert issued.card.category is ProductCategory.CARD
    assert issued.card.issued_at == dt.datetime(2026, 1, 15, 7, tzinfo=dt.UTC)
    assert [code.tries_left for code in issued.image.pins] == [1, 3]


def test_an_empty_file_is_a_new_physician(order: Order, registry: Registry) -> None:
    made = order("")
    assert made.person.family_name.startswith("DOC50000")
    assert (made.family, made.person.profession) == (CardFamily.CPS, "10")
    assert order("").person != made.person
    assert made == profile("cps").order(registry, made.person)


@pytest.mark.parametrize(
    ("text", "family", "start"),
    [
        ('profile = "cde"', CardFamily.CPE, "30B0"),
        ('profile = "cpa"\nresponsibility = "02"', CardFamily.CPA, "5000000000"),
        ('profile = "cpf"\nperson = { profession = "40" }', CardFamily.CPF, "8997"),
        ('person = { register = "ADELI", profession = "91" }', CardFamily.CPS, "00B91"),
        ('profile = "cpe-non-nominative"\ngeneration = "CPS4"', CardFamily.CPE, "30B0"),
        ("practice = []", CardFamily.CPS, "8997"),
        ('contactless = "none"', CardFamily.CPS, "8997"),
        ('profile = "cpe"\nperson = { family_name = "", given_name = "" }', CardFamily.CPE, "30B0"),
        (
            'profile = "cpe"\nperson = { identifier = "30B0057881/CPET0002" }',
            CardFamily.CPE,
            "30B0",
        ),
    ],
)
def test_what_a_file_changes_of_a_profile_is_issued(
    order: Order, issue: Issue, text: str, family: CardFamily, start: str
) -> None:
    issued = issue(order(text))
    assert issued.card.family is family
    assert issued.card.ps_idnat.startswith(start)


def test_the_profession_of_a_student_is_a_future_one(order: Order) -> None:
    person = order('profile = "cpf"\nperson = { profession = "40" }').person
    assert (person.profession, person.future_profession) == (None, "40")


def test_a_card_with_contacts_alone_has_one_application(order: Order, issue: Issue) -> None:
    issued = issue(order('contactless = "none"'))
    assert issued.image.contactless is None
    assert len(issued.image.keys) == 2


@pytest.mark.parametrize(
    "text",
    [
        "colour = 1",
        "[person]\nname = 'X'",
        "generation = 'CPS5'",
        "category = 'other'",
        "state = 'lost'",
        "contactless = 'yes'",
        "languages = 'fr'",
        "[[practice]]\nsector = 'SA07'",
        "[[practice]]\nsector = 'SA07'\nstructure = { name = 'X' }",
        "[[practice]]\nsector = 7\nstructure = { identifier = '1', name = 'X' }",
        "person = 1",
        "= 1",
        "not_before = 2026-01-15",
    ],
)
def test_a_wrong_file_is_refused_with_its_place(order: Order, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        order(text)
    assert caught.value.code in ("base.config_invalid", "base.config_unreadable")
    assert str(caught.value.facts["path"]).endswith("card.toml")


def test_a_start_without_an_offset_is_refused(order: Order) -> None:
    with pytest.raises(IssueError) as caught:
        order("not_before = 2026-01-15T08:00:00")
    assert caught.value.code == "issuance.file_wrong"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('profile = "unknown"', "issuance.profile_unknown"),
        ('responsibility = "01"', "issuance.responsibility_of_another_family"),
        ('profile = "cpe"\nperson = { profession = "10" }', "issuance.profession_on_staff_card"),
        ('person = { profession = "77" }', "issuance.code_unknown"),
        ('profile = "cpf"\nperson = { profession = "60" }', "issuance.code_unknown"),
        ('person = { specialties = ["XX99"] }', "issuance.code_unknown"),
        ('generation = "CPS4"\ncontactless = "none"', "issuance.contactless_unknown"),
        ("not_before = 2031-01-01T00:00:00Z", "authority.beyond_ca"),
    ],
)
def test_a_file_that_no_card_can_follow_is_refused(
    order: Order, issue: Issue, registry: Registry, text: str, code: str
) -> None:
    with pytest.raises(IssueError) as caught:
        issue(order(text))
    assert caught.value.code == code
    assert registry.cards.all() == ()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_order_file(tmp_path / "none.toml")


def test_the_guide_names_every_key() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    kinds = [var for var in vars(order_files).values() if isinstance(var, type)]
    described = [item for item in kinds if issubclass(item, Settings) and item is not Settings]
    assert OrderFile in described
    for kind in described:
        for field in msgspec.structs.fields(kind):
            assert f"`{field.name}`" in text, field.name
