# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Flat files: what goes out comes in again, and what is wrong is refused with its line."""

import datetime as dt
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caducee.base.errors import CpsError, FormatError, StateError
from caducee.directory.extraction.cards import card_lines, enter_cards
from caducee.directory.extraction.lines import (
    ACTIVITIES,
    HOLDERS,
    MOST_BYTES,
    FlatFile,
    read,
    write,
)
from caducee.directory.extraction.persons import enter_persons, person_lines
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

STAMP = "202611240800"
AT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
ZOE = Person(
    "899700427885",
    "LÉVÊQUE0042788",
    "ZOÉ",
    profession="10",
    civility="22",
    qualifications=(Qualification("SM26"), Qualification("CAPA03", "CAPA")),
    identifiers=(PersonIdentifier("8", "99700427885"),),
)
GUY = Person(
    "00B6077602",
    "INFIRMCH7760",
    "GUY",
    "60",
    "31",
    identifiers=(PersonIdentifier("0", "0B6077602"),),
)
STUDENT = Person(
    "899700366240",
    "DOC0036624",
    "KIT",
    category="E",
    future_profession="10",
    identifiers=(PersonIdentifier("8", "99700366240"),),
)
CABINET = Structure(
    "499700427885006",
    "CABINET M DOC0042788",
    "75",
    street="1 RUE D'ESSAI",
    postal_code="75001",
    commune="75101",
    city="PARIS",
)
HOSPITAL = Structure("10B0172805", "HOPITAL GENERIQUE", "21")
BODY = Structure("300000000077081", "MINISTERE DE TEST7708")
PRACTICES = (
    Activity(ZOE.ps_idnat, 1, CABINET.struct_idnat, "SA07", "00"),
    Activity(ZOE.ps_idnat, 2, HOSPITAL.struct_idnat, "SA01", "01", role="FON-18", kind="GENR01"),
    Activity(ZOE.ps_idnat, 3, BODY.struct_idnat, "SA26", "07", section="DH", kind="GENR04"),
)
CARD = Card(
    "2950000000",
    CardFamily.CPS,
    ProductCategory.TEST_CARD,
    ZOE.ps_idnat,
    AT,
    AT.replace(year=2029),
    CardStatus.OPPOSED,
    AT.replace(month=12),
)
CPF = replace(
    CARD,
    number="2950000137",
    family=CardFamily.CPF,
    ps_idnat=STUDENT.ps_idnat,
    status=CardStatus.ACTIVE,
    opposed_at=None,
)


def fill(registry: Registry) -> None:
    for person in (ZOE, GUY, STUDENT):
        registry.persons.put(person)
    for structure in (CABINET, HOSPITAL, BODY):
        registry.structures.put(structure)
    registry.activities.put_all(ZOE.ps_idnat, PRACTICES)
    registry.cards.put(CARD)
    registry.cards.put(CPF)


def test_the_file_of_activities_has_the_56_published_columns() -> None:
    assert len(ACTIVITIES.columns) == len(set(ACTIVITIES.columns)) == 56
    assert ACTIVITIES.columns[0] == "Type d'identifiant PP"
    assert ACTIVITIES.columns[26] == "Complément destinataire (coord. structure)"
    assert ACTIVITIES.columns[43] == "Adresse e-mail (coord. structure)"
    assert ACTIVITIES.columns[-1] == "Libellé genre activité"


def test_persons_and_their_practice_come_back_from_the_file(
    registry: Registry, tmp_path: Path
) -> None:
    fill(registry)
    path = write(ACTIVITIES, person_lines(registry), tmp_path, STAMP)
    assert path.name == f"PS_LibreAcces_{STAMP}.zip"
    with Registry(f"sqlite:///{tmp_path}/other.db") as other:
        assert enter_persons(other, read(ACTIVITIES, path)) == 2
        assert other.persons.all() == (GUY, ZOE)
        assert other.activities.of(ZOE.ps_idnat) == PRACTICES
        assert [other.structures.get(practice.struct_idnat) for practice in PRACTICES] == [
            CABINET,
            HOSPITAL,
            BODY,
        ]
        assert list(person_lines(other)) == list(person_lines(registry))


def test_a_line_stands_for_each_practice_and_know_how(registry: Registry) -> None:
    fill(registry)
    guy, *zoe = person_lines(registry)
    assert len(zoe) == 3 * 2
    assert guy["Identifiant technique de la structure"] == ""
    assert (
        zoe[0].text().startswith("8|99700427885|899700427885|||MME|Madame|LÉVÊQUE0042788|ZOÉ|10|")
    )
    assert zoe[0].text().endswith("|")
    technical = [item["Identifiant technique de la structure"] for item in zoe[::2]]
    assert technical == ["R99700427885006", "F0B0172805", "C00000000077081"]


def test_cards_of_professionals_and_students_come_back_from_the_file(
    registry: Registry, tmp_path: Path
) -> None:
    fill(registry)
    path = write(HOLDERS, card_lines(registry, AT), tmp_path, STAMP)
    with Registry(f"sqlite:///{tmp_path}/other.db") as other:
        assert enter_cards(other, read(HOLDERS, path)) == 2
        assert {other.cards.get(CARD.number), other.cards.get(CPF.number)} == {CARD, CPF}
        assert other.persons.get(STUDENT.ps_idnat) == STUDENT
        assert enter_cards(other, read(HOLDERS, path)) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_both_encodings_are_read(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "activities.txt"
    path.write_bytes(text(ACTIVITIES, ["LÉVÊQUE"], end).encode(encoding))
    (line,) = read(ACTIVITIES, path)
    assert (line["Nom d'exercice"], line.number) == ("LÉVÊQUE", 2)


def text(file: FlatFile, names: list[str], end: str = "\n") -> str:
    header = "|".join(file.columns) + "|" + end
    lines = (file.line({"Nom d'exercice": name}).text() + end for name in names)
    return header + "".join(lines)


GOOD = text(ACTIVITIES, ["A", "B"])


@pytest.mark.parametrize(
    ("content", "code", "fact"),
    [
        (GOOD.replace("Code profession", "Profession").encode(), "flat_header", ("column", 10)),
        (b"", "flat_header", ("column", 1)),
        (GOOD.replace("|\n", "|More|\n", 1).encode(), "flat_columns", ("line", 1)),
        (GOOD[:-4].encode(), "flat_columns", ("line", 3)),
        (GOOD.replace("|B|", "|B|B|").encode(), "flat_columns", ("line", 3)),
        (GOOD.encode().replace(b"|B|", b"|\xe9|"), "flat_text", ("line", 3)),
        (GOOD.replace("|B|", f"|{'B' * MOST_BYTES}|").encode(), "flat_long", ("line", 3)),
        (GOOD.replace("|B|", "|B\x00|").encode(), "flat_value", ("line", 3)),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, content: bytes, code: str, fact: tuple[str, int]
) -> None:
    path = tmp_path / "activities.txt"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        list(read(ACTIVITIES, path))
    assert caught.value.code == f"directory.{code}"
    assert caught.value.facts[fact[0]] == fact[1]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Identification nationale PP", "899700427886"),
        ("Identifiant PP", "99700366240"),
        ("Ancien identifiant de la structure", "10B0172806"),
    ],
)
def test_an_identifier_with_a_wrong_key_is_refused(
    registry: Registry, column: str, value: str
) -> None:
    values = {
        "Type d'identifiant PP": "8",
        "Identifiant PP": "99700427885",
        "Identification nationale PP": "899700427885",
        "Code catégorie professionnelle": "C",
    }
    with pytest.raises(FormatError) as caught:
        enter_persons(registry, [ACTIVITIES.line(values | {column: value})])
    assert (caught.value.code, caught.value.facts["column"]) == ("directory.flat_value", column)
    assert registry.persons.all() == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Code type de carte", "CPE"),
        ("Numéro carte", "29500"),
        ("Date fin validité", "2029-11-24"),
        ("Identifiant national contenu dans la carte", "8"),
    ],
)
def test_a_card_that_cannot_be_is_refused(registry: Registry, column: str, value: str) -> None:
    fill(registry)
    _, item = card_lines(registry, AT)
    values = dict(zip(HOLDERS.columns, item.values, strict=True)) | {column: value}
    with pytest.raises(FormatError) as caught:
        enter_cards(registry, [HOLDERS.line(values)])
    assert caught.value.facts["column"] == column


def test_a_value_that_would_break_the_line_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        write(ACTIVITIES, [ACTIVITIES.line({"Nom d'exercice": "A|B"})], tmp_path, STAMP)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_archive_or_holds_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("something.txt", "")
    cut = write(ACTIVITIES, [ACTIVITIES.line({})] * 99, tmp_path, STAMP)
    data = bytearray(cut.read_bytes())
    data[80:100] = bytes(20)
    cut.write_bytes(data)
    named = tmp_path / "named.zip"
    with zipfile.ZipFile(named, "w") as archive:
        archive.writestr(f"{ACTIVITIES.name}_é.txt", "")
    named.write_bytes(named.read_bytes().replace("é".encode(), b"\xd7\x41"))
    for item in (path, other, cut, named, tmp_path / "missing.txt"):
        with pytest.raises(CpsError) as caught:
            list(read(ACTIVITIES, item))
        assert isinstance(caught.value, StateError | FormatError)


VALUES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|"), max_size=20)


@given(lines=st.lists(st.lists(VALUES, min_size=56, max_size=56), max_size=3))
@settings(max_examples=30, deadline=None)
def test_every_line_comes_back_as_it_was(lines: list[list[str]]) -> None:
    wanted = [dict(zip(ACTIVITIES.columns, line, strict=True)) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        path = write(ACTIVITIES, map(ACTIVITIES.line, wanted), Path(folder), STAMP)
        assert [list(item.values) for item in read(ACTIVITIES, path)] == lines


@given(
    place=st.integers(0, len(GOOD.encode())),
    data=st.binary(max_size=40),
    cut=st.integers(0, 60),
    suffix=st.sampled_from([".txt", ".zip"]),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_in_a_file_the_refusal_is_one_of_ours(
    place: int, data: bytes, cut: int, suffix: str
) -> None:
    content = GOOD.encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content[:place] + data + content[place + cut :])
        try:
            list(read(ACTIVITIES, path))
        except CpsError as error:
            assert error.code.startswith("directory.flat_")


@given(place=st.integers(0, 400), data=st.binary(min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_whatever_is_in_an_archive_the_refusal_is_one_of_ours(place: int, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(ACTIVITIES, [ACTIVITIES.line({})], Path(folder), STAMP)
        content = bytearray(path.read_bytes())
        content[place : place + len(data)] = data
        path.write_bytes(content)
        try:
            list(read(ACTIVITIES, path))
        except CpsError as error:
            assert error.code.startswith("directory.flat_")
