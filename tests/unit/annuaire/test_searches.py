# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Searches give what meets every parameter, in pages, and nothing else."""

import datetime as dt

import pytest
from tests.unit.annuaire.conftest import NOW, PERSONS, Directory

from caducee.directory.person_records import PersonRecord

KIT = "899700427885"
CABINET = "499700427885006"


def test_all_pages_together_are_everybody_once(
    directory: Directory, records: list[PersonRecord]
) -> None:
    found = directory.ids("/Practitioner")
    assert len(found) == len(set(found)) == PERSONS + 1
    assert found == [record.person.ps_idnat.replace("/", ".") for record in records]
    roles = sum(len(record.activities) for record in records)
    assert len(set(directory.ids("/PractitionerRole", _count="5"))) == roles


def test_a_page_is_as_large_as_asked_up_to_a_bound(directory: Directory) -> None:
    assert len(directory.get("/Practitioner").json()["entry"]) == 7
    assert len(directory.get("/Practitioner", _count="11").json()["entry"]) == 11
    assert len(directory.get("/Practitioner", _count="100000").json()["entry"]) == PERSONS + 1


def test_the_address_of_a_page_cannot_be_made_up(directory: Directory) -> None:
    (following,) = (
        item["url"]
        for item in directory.get("/Practitioner").json()["link"]
        if item["relation"] == "next"
    )
    token = following.partition("id=")[2]
    assert "Practitioner" not in token
    for wrong in ("", "A", token[:-4], "AAAA" + token[4:], "é", token * 2):
        answer = directory.get("/_page", id=wrong)
        assert (answer.status_code, answer.json()["resourceType"]) == (410, "OperationOutcome")


@pytest.mark.parametrize(
    ("parameters", "kit"),
    [
        ({"family": "doc004"}, True),
        ({"family": "oc004"}, False),
        ({"given": "Kit", "family": "DOC0042788"}, True),
        ({"name": "kit,nobody", "family": "doc0042788"}, True),
        ({"given": "KITTY"}, False),
        ({"identifier": KIT}, True),
        ({"identifier": f"urn:oid:1.2.250.1.71.4.2.1|{KIT}"}, True),
        ({"identifier": f"https://rpps.esante.gouv.fr|{KIT[1:]}"}, True),
        ({"identifier": f"https://rpps.esante.gouv.fr|{KIT}"}, False),
        ({"identifier-type": "RPPS", "family": "DOC0042788"}, True),
        ({"data-information-system": "RPPS", "family": "DOC0042788"}, True),
        ({"data-information-system": "FINESS", "family": "DOC0042788"}, False),
        ({"qualification-code": "10", "family": "DOC0042788"}, True),
        ({"qualification-code": "SM26", "family": "DOC0042788"}, True),
        ({"qualification-code": "60", "family": "DOC0042788"}, False),
        ({"active": "true", "family": "DOC0042788"}, True),
        ({"active": "false", "family": "DOC0042788"}, False),
        ({"_id": f"{KIT},8"}, True),
        ({"mailbox-mss": "kit@example.test"}, False),
    ],
)
def test_practitioners_are_found_by_each_parameter(
    directory: Directory, parameters: dict[str, str], kit: bool
) -> None:
    assert (KIT in directory.ids("/Practitioner", **parameters)) is kit


def test_a_practitioner_is_found_by_the_number_of_a_card(directory: Directory) -> None:
    number = directory.issued.card.number
    assert directory.ids("/Practitioner", **{"number-smartcard": number}) == [KIT]


@pytest.mark.parametrize(
    ("kind", "parameters", "found"),
    [
        ("PractitionerRole", {"practitioner": f"Practitioner/{KIT}"}, True),
        ("PractitionerRole", {"practitioner": KIT, "role": "SA07"}, True),
        ("PractitionerRole", {"practitioner": KIT, "role": "L"}, True),
        ("PractitionerRole", {"practitioner": KIT, "role": "S,SA01"}, False),
        ("PractitionerRole", {"organization": f"Organization/{CABINET}"}, True),
        ("PractitionerRole", {"_id": f"{KIT}-01"}, True),
        ("PractitionerRole", {"_id": f"{KIT}-02"}, False),
        ("PractitionerRole", {"data-registration-authority": "any"}, False),
        ("Organization", {"name": "cabinet m doc0042"}, True),
        ("Organization", {"identifier": CABINET}, True),
        ("Organization", {"identifier": CABINET[1:]}, True),
        ("Organization", {"identifier": f"https://rppsrang.esante.gouv.fr|{CABINET[1:]}"}, True),
        ("Organization", {"identifier": f"https://finess.esante.gouv.fr|{CABINET[1:]}"}, False),
        ("Organization", {"identifier-type": "FINEG", "name": "cabinet"}, False),
        ("Organization", {"partof": "Organization/1"}, False),
    ],
)
def test_roles_and_organizations_are_found_by_each_parameter(
    directory: Directory, kind: str, parameters: dict[str, str], found: bool
) -> None:
    wanted = CABINET if kind == "Organization" else f"{KIT}-01"
    assert (wanted in directory.ids(f"/{kind}", **parameters)) is found


def test_organizations_are_found_by_their_address(
    directory: Directory, records: list[PersonRecord]
) -> None:
    places = {at.struct_idnat: at for record in records for _, at in record.activities if at.city}
    place = next(iter(places.values()))
    same = sorted(key for key, at in places.items() if at.postal_code == place.postal_code)
    assert directory.ids("/Organization", **{"address-postalcode": place.postal_code or ""}) == same
    assert place.struct_idnat in directory.ids("/Organization", **{"address-city": "ville de test"})
    assert same == directory.ids("/Organization", address=place.postal_code or "")


def test_roles_come_with_their_practitioners(directory: Directory) -> None:
    bundle = directory.get(
        "/Practitioner", identifier=KIT, _revinclude="PractitionerRole:practitioner"
    ).json()
    found = [(item["resource"]["id"], item["search"]["mode"]) for item in bundle["entry"]]
    assert found == [(KIT, "match"), (f"{KIT}-01", "include")]


def test_a_search_by_post_is_the_same(directory: Directory) -> None:
    answer = directory.client.post("/Practitioner/_search", data={"identifier": KIT})
    assert [item["resource"]["id"] for item in answer.json()["entry"]] == [KIT]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("ge2026-11-24", True),
        ("2026-11-24", True),
        ("2026-11", True),
        ("gt2026-11-24", False),
        ("ge2026-11-24T21:30:05Z", True),
        ("gt2026-11-24T21:30:05Z", False),
        ("le2026-11-24T22:30:05+01:00", True),
        ("lt2026-11-24T21:30:05Z", False),
    ],
)
def test_changes_since_a_moment_are_found(directory: Directory, text: str, some: bool) -> None:
    found = directory.ids("/Practitioner", _lastUpdated=text, identifier=KIT)
    assert found == ([KIT] if some else [])


def test_changes_can_be_asked_for_thirty_days_back(directory: Directory) -> None:
    for days, status in ((29, 200), (31, 400)):
        text = f"ge{(NOW - dt.timedelta(days=days)):%Y-%m-%dT%H:%M:%SZ}"
        assert directory.get("/Organization", _lastUpdated=text).status_code == status
