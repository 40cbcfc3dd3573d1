# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the directory shows of a person, a practice and a structure."""

import base64
import datetime as dt
from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.annuaire.conftest import KEYS, NOW, Directory, Extension

from caducee.directory import search
from caducee.issuance.population import member

KIT = "899700427885"
CABINET = "499700427885006"


def test_a_practitioner_has_identifiers_name_and_qualifications(directory: Directory) -> None:
    kit = directory.get(f"/Practitioner/{KIT}").json()
    assert (kit["resourceType"], kit["id"], kit["active"]) == ("Practitioner", KIT, True)
    numbers = {item["system"]: item["value"] for item in kit["identifier"]}
    assert numbers == {
        "urn:oid:1.2.250.1.71.4.2.1": KIT,
        "https://rpps.esante.gouv.fr": KIT[1:],
    }
    assert kit["name"] == [{"family": "DOC0042788", "given": ["KIT"], "prefix": ["M"]}]
    codes = [[two["code"] for two in item["code"]["coding"]] for item in kit["qualification"]]
    assert codes == [["C", "10"], ["S", "SM26"]]
    assert kit["meta"]["lastUpdated"] == "2026-11-24T21:30:05.000+00:00"


def test_a_practitioner_shows_their_cards(directory: Directory, extension: Extension) -> None:
    (card,) = extension(directory.get(f"/Practitioner/{KIT}").json(), "as-ext-smartcard")
    assert card["number"] == directory.issued.card.number
    assert card["type"]["coding"][0]["code"] == "CPS"
    assert card["period"]["start"] < card["period"]["end"]
    assert "oppositionDate" not in card


def test_certificates_are_shown_with_consent_only(
    directory: Directory, extension: Extension
) -> None:
    def shown() -> list[bytes]:
        kit = directory.get(f"/Practitioner/{KIT}").json()
        found = extension(kit, "as-ext-digital-certificate")
        return [base64.b64decode(item["value"]) for item in found]

    assert shown() == []
    directory.registry.consents.set(KIT, True)
    issued = directory.issued
    wanted = [item.public_bytes(Encoding.DER) for item in (issued.authentication, issued.signature)]
    assert shown() == wanted
    directory.registry.consents.set(KIT, False)
    assert shown() == []


def test_certificates_that_are_no_good_any_more_are_not_shown(
    directory: Directory, extension: Extension
) -> None:
    order = member(7, 3).order
    card = directory.world.issue(order, keys=KEYS).card
    registry, holder = directory.registry, order.person.ps_idnat
    registry.consents.set(holder, True)
    assert len(search.published_certificates(registry, [holder], NOW)[holder]) == 2
    for days in (-1, 4 * 366):
        later = NOW + dt.timedelta(days=days)
        assert search.published_certificates(registry, [holder], later) == {}
    registry.cards.oppose(card.number, NOW, "key_compromise")
    assert search.published_certificates(registry, [holder], NOW) == {}
    shown = directory.get(f"/Practitioner/{holder.replace('/', '.')}").json()
    assert extension(shown, "as-ext-digital-certificate") == []
    (stopped,) = extension(shown, "as-ext-smartcard")
    assert stopped["oppositionDate"] == "2026-11-24T21:30:05.000+00:00"


def test_a_role_ties_a_practitioner_to_an_organization(directory: Directory) -> None:
    role = directory.get(f"/PractitionerRole/{KIT}-01").json()
    assert role["practitioner"] == {"reference": f"Practitioner/{KIT}"}
    assert role["organization"] == {"reference": f"Organization/{CABINET}"}
    assert [item["coding"][0]["code"] for item in role["code"]] == ["SA07", "L"]


def test_a_role_says_section_function_and_kind_where_they_are_known(directory: Directory) -> None:
    (known,) = directory.registry.activities.of(KIT)
    reported = replace(known, section="DH", role="FON-18", kind="GENR01")
    directory.registry.activities.put(reported)
    try:
        role = directory.get(f"/PractitionerRole/{KIT}-01").json()
        codes = [item["coding"][0]["code"] for item in role["code"]]
        assert codes == ["SA07", "L", "DH", "FON-18", "GENR01"]
        assert directory.ids("/PractitionerRole", role="FON-18") == [f"{KIT}-01"]
        assert directory.ids("/PractitionerRole", role="FON-19") == []
    finally:
        directory.registry.activities.put(known)


def test_an_organization_has_identifiers_and_an_address(directory: Directory) -> None:
    cabinet = directory.get(f"/Organization/{CABINET}").json()
    assert cabinet["name"] == "CABINET M DOC0042788"
    assert [item["value"] for item in cabinet["identifier"]] == [CABINET, CABINET[1:]]
    (hospital, *_) = directory.ids("/Organization", name="hopital")
    found = directory.get(f"/Organization/{hospital}").json()
    assert found["address"][0]["city"].startswith("VILLE DE TEST")


def test_the_register_number_of_staff_is_an_id(directory: Directory) -> None:
    (staff, *_) = directory.ids("/Practitioner", family="administratif")
    found = directory.get(f"/Practitioner/{staff}").json()
    assert "/CPET" in found["identifier"][0]["value"]
    assert found["id"] == found["identifier"][0]["value"].replace("/", ".")
