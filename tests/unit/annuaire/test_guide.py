# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every query of the published guide is answered as the guide says."""

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from caducee.directory.person_records import PersonRecord

VECTORS = Path(__file__).parents[2] / "vectors" / "annuaire-queries.txt"
QUERIES = [
    line.split(" ", 1)
    for line in VECTORS.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
KIT = "899700427885"
FHIR = "{http://hl7.org/fhir}"


@pytest.mark.parametrize(("status", "query"), QUERIES, ids=[query[:60] for _, query in QUERIES])
def test_a_query_of_the_guide_is_answered(directory: Any, status: str, query: str) -> None:
    path, _, parameters = query.partition("?")
    answer = directory.client.get(f"/{path}?{quote(parameters, safe='=&')}")
    assert answer.status_code == int(status), answer.text
    expected = "CapabilityStatement" if path == "metadata" else "Bundle"
    assert answer.json()["resourceType"] == (expected if status == "200" else "OperationOutcome")


def entries(directory: Any, path: str, **parameters: str) -> list[tuple[str, str, str]]:
    """Return kind, id and mode of each entry of one page."""
    bundle = directory.get(path, _count="1000", **parameters).json()
    return [
        (item["resource"]["resourceType"], item["resource"]["id"], item["search"]["mode"])
        for item in bundle.get("entry", ())
    ]


def matches(directory: Any, path: str, **parameters: str) -> set[str]:
    return {name for _, name, mode in entries(directory, path, **parameters) if mode == "match"}


# Modifiers


def test_exact_means_the_whole_text_with_case_and_accents(
    directory: Any, records: list[PersonRecord]
) -> None:
    person = next(record.person for record in records if record.person.family_name)
    name = person.family_name or ""
    same = {record.person.ps_idnat for record in records if record.person.family_name == name}
    found = matches(directory, "/Practitioner", **{"family:exact": name})
    assert found == {key.replace("/", ".") for key in same}
    for other in (name[:-1], name.lower(), f"{name} "):
        assert matches(directory, "/Practitioner", **{"family:exact": other}) == set()


def test_contains_means_anywhere_and_ignores_case_and_accents(
    directory: Any, records: list[PersonRecord]
) -> None:
    names = {at.struct_idnat: at.name for record in records for _, at in record.activities}
    middle = next(iter(names.values()))[2:7]
    wanted = {key.replace("/", ".") for key, name in names.items() if middle in name}
    found = matches(directory, "/Organization", **{"name:contains": middle.lower()})
    assert found == wanted
    assert matches(directory, "/Organization", **{"name:contains": "%"}) == set()


def test_two_parameters_must_both_hold_and_two_values_may_either(
    directory: Any, records: list[PersonRecord]
) -> None:
    cabinets = matches(directory, "/Organization", **{"name:contains": "cabinet"})
    others = matches(directory, "/Organization", **{"name:contains": "hopital"})
    either = matches(directory, "/Organization", **{"name:contains": "cabinet,hopital"})
    assert either == cabinets | others
    both = directory.client.get("/Organization?name:contains=cabinet&name:contains=hopital").json()
    assert both["total"] == len(cabinets & others)


def test_not_is_everything_else(directory: Any) -> None:
    every = matches(directory, "/Practitioner")
    physicians = matches(directory, "/Practitioner", **{"qualification-code": "10"})
    others = matches(directory, "/Practitioner", **{"qualification-code:not": "10"})
    assert physicians
    assert (physicians | others, physicians & others) == (every, set())


def test_family_and_given_may_be_written_as_parts_of_the_name(
    directory: Any, records: list[PersonRecord]
) -> None:
    person = next(record.person for record in records if record.person.given_name)
    query = {"name:family": person.family_name or "", "name:given": person.given_name or ""}
    assert person.ps_idnat.replace("/", ".") in matches(directory, "/Practitioner", **query)


# Tokens


def test_a_system_alone_finds_all_of_that_system(directory: Any) -> None:
    every = matches(directory, "/Organization")
    finess = matches(directory, "/Organization", identifier="https://finess.esante.gouv.fr|")
    assert finess == {name for name in every if name.startswith("1")}
    assert finess


def test_an_organization_shows_the_sectors_it_is_found_by(directory: Any) -> None:
    def codes(item: dict[str, Any]) -> set[str]:
        return {coding["code"] for kind in item["type"] for coding in kind["coding"]}

    bundle = directory.get("/Organization", _count="1000").json()
    shown = {entry["resource"]["id"]: codes(entry["resource"]) for entry in bundle["entry"]}
    for sector in ("SA07", "SA01"):
        wanted = {name for name, known in shown.items() if sector in known}
        assert matches(directory, "/Organization", type=sector) == wanted
    assert matches(directory, "/Organization", type="LEGAL-ENTITY") == set()
    assert matches(directory, "/Organization", type="GEOGRAPHICAL-ENTITY") == set(shown)


# What comes with the matches


def test_roles_bring_their_practitioners_and_organizations(directory: Any) -> None:
    found = entries(directory, "/PractitionerRole", practitioner=KIT, _include="*")
    kinds = [(kind, mode) for kind, _, mode in found]
    assert kinds == [
        ("PractitionerRole", "match"),
        ("Practitioner", "include"),
        ("Organization", "include"),
    ]
    assert found[1][1] == KIT


def test_an_included_resource_comes_once(directory: Any) -> None:
    found = entries(
        directory, "/PractitionerRole", _include="PractitionerRole:practitioner:Practitioner"
    )
    included = [name for _, name, mode in found if mode == "include"]
    assert len(included) == len(set(included))


def test_organizations_bring_the_roles_in_them(directory: Any) -> None:
    everyone = entries(directory, "/PractitionerRole")
    found = entries(directory, "/Organization", _revinclude="PractitionerRole:organization")
    roles = {name for kind, name, mode in found if (kind, mode) == ("PractitionerRole", "include")}
    assert roles == {name for _, name, _ in everyone}


# The form of answers


def test_elements_leaves_the_others_out_and_says_so(directory: Any) -> None:
    (entry,) = directory.get("/Practitioner", identifier=KIT, _elements="name").json()["entry"]
    resource = entry["resource"]
    assert set(resource) == {"resourceType", "id", "meta", "name"}
    assert resource["meta"]["tag"][0]["code"] == "SUBSETTED"


def test_the_total_is_reported_unless_it_is_costly_or_not_asked_for(
    directory: Any, records: list[PersonRecord]
) -> None:
    everybody = len(records)
    assert directory.get("/Practitioner", _count="3").json()["total"] == everybody
    assert "total" not in directory.get("/Practitioner", _count="3", _total="none").json()
    some = {"family": "DOC", "_count": "1"}
    assert "total" not in directory.get("/Practitioner", **some).json()
    reported = directory.get("/Practitioner", **some, _total="accurate").json()["total"]
    assert reported == len(matches(directory, "/Practitioner", family="DOC"))
    assert directory.get("/Device", _total="accurate").json()["total"] == 0


def test_a_further_page_says_the_same_total(directory: Any) -> None:
    first = directory.get("/Practitioner", _count="3").json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    assert directory.client.get(following).json()["total"] == first["total"]


def test_pretty_is_indented(directory: Any) -> None:
    text = directory.get(f"/Practitioner/{KIT}", _pretty="true").text
    assert text.startswith('{\n  "resourceType": "Practitioner"')


@pytest.mark.parametrize(
    ("parameters", "accept"),
    [
        ({}, "application/fhir+xml"),
        ({}, "application/fhir+json;q=0.5, application/xml"),
        ({"_format": "xml"}, "*/*"),
        ({"_format": "application/fhir+xml"}, "application/json"),
    ],
)
def test_xml_is_given_where_it_is_asked_for(
    directory: Any, parameters: dict[str, str], accept: str
) -> None:
    answer = directory.client.get(
        "/Practitioner", params={"identifier": KIT, **parameters}, headers={"accept": accept}
    )
    assert answer.headers["content-type"].startswith("application/fhir+xml")
    bundle = ElementTree.fromstring(answer.text)
    assert bundle.tag == f"{FHIR}Bundle"
    person = bundle.find(f"{FHIR}entry/{FHIR}resource/{FHIR}Practitioner")
    assert person is not None
    same = directory.get(f"/Practitioner/{KIT}").json()
    family = person.find(f"{FHIR}name/{FHIR}family")
    assert family is not None
    assert family.attrib == {"value": same["name"][0]["family"]}
    assert [part.attrib["url"] for part in person.findall(f"{FHIR}extension")] == [
        part["url"] for part in same["extension"]
    ]


def test_a_refusal_is_xml_where_xml_is_asked_for(directory: Any) -> None:
    answer = directory.get("/Practitioner", _format="xml", unknown="x")
    assert answer.status_code == 400
    outcome = ElementTree.fromstring(answer.text)
    assert outcome.tag == f"{FHIR}OperationOutcome"


def test_a_form_that_is_none_of_both_is_not_acceptable(directory: Any) -> None:
    assert directory.get("/Practitioner", _format="text/turtle").status_code == 406
    only_html = {"accept": "text/html"}
    assert directory.client.get("/Practitioner", headers=only_html).status_code == 406


def test_a_read_can_be_conditional(directory: Any) -> None:
    first = directory.get(f"/Practitioner/{KIT}")
    etag, changed = first.headers["etag"], first.headers["last-modified"]

    def again(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = directory.client.get(f"/Practitioner/{KIT}", headers=named)
        assert answer.status_code == 200 or not answer.content
        return int(answer.status_code)

    assert etag.startswith('W/"')
    assert again(if_none_match=etag) == 304
    assert again(if_none_match='W/"other"') == 200
    assert again(if_modified_since=changed) == 304
    assert again(if_modified_since="Thu, 01 Jan 2026 00:00:00 GMT") == 200
    assert again(if_none_match='W/"other"', if_modified_since=changed) == 200


def test_the_interface_is_found_without_its_version(directory: Any) -> None:
    base = str(directory.client.base_url).removesuffix("/v2/").removesuffix("/v2")
    assert directory.client.get(f"{base}/metadata").status_code == 200
    assert directory.client.get(f"{base}/Organization?type=SA07").status_code == 200


# Dates


@pytest.mark.parametrize(
    ("prefix", "some"), [("ne", False), ("sa", False), ("eb", False), ("ap", True), ("eq", True)]
)
def test_all_prefixes_of_dates_are_understood(directory: Any, prefix: str, some: bool) -> None:
    now = directory.world.clock.now()
    text = f"{prefix}{now:%Y-%m-%d}"
    assert bool(matches(directory, "/Practitioner", _lastUpdated=text)) is some


def test_delta_calls_reach_thirty_days_back(directory: Any) -> None:
    now = directory.world.clock.now()
    for days, status in ((29, 200), (31, 400)):
        text = f"ge{now - dt.timedelta(days=days):%Y-%m-%d}"
        answer = directory.get("/HealthcareService", _lastUpdated=text)
        assert answer.status_code == status
