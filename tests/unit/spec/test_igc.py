# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The TEST hierarchy: names, files and URLs as decoded from the real certificates."""

import datetime as dt

import pytest

from caducee.spec import igc, oids
from caducee.spec.igc import Domain, Range


def test_the_hierarchy_has_three_roots_with_two_issuing_authorities_each() -> None:
    assert len(igc.ROOTS) == 3
    assert len(igc.ISSUING) == 6
    assert {item.issuer_name for item in igc.ISSUING} == {root.common_name for root in igc.ROOTS}
    assert all(root.issuer_name == root.common_name for root in igc.ROOTS)


def test_every_name_bears_the_mark_of_the_test_world() -> None:
    for item in igc.TEST_CAS:
        assert item.common_name.startswith("TEST ")
        assert (oids.ORGANIZATIONAL_UNIT, "IGC-SANTE TEST") in item.subject
        assert item.file.endswith("-TEST")


def test_the_hierarchy_of_ours_has_the_same_shape_and_cannot_be_mistaken() -> None:
    shape = [
        (entry.range, entry.domain, entry.not_before, entry.not_after) for entry in igc.TEST_CAS
    ]
    assert [
        (entry.range, entry.domain, entry.not_before, entry.not_after) for entry in igc.SANDBOX_CAS
    ] == (shape)
    for item in igc.SANDBOX_CAS:
        assert item.common_name.startswith("SANDBOX ")
        assert item.issuer_name.startswith("SANDBOX ")
        assert (oids.ORGANIZATIONAL_UNIT, "IGC-SANTE SANDBOX") in item.subject
        places = (item.certificate_url, item.crl_url, item.crl_ldap_url, item.delta_ldap_url)
        assert all("SANDBOX" in place for place in places)
        assert (item.real_serial, item.real_key_id, item.entity_serial_prefix) == (None,) * 3
        assert igc.by_name(item.common_name) is item
        assert igc.ca(item.range, item.domain, igc.World.SANDBOX) is item


def test_the_issuer_of_cards_has_the_names_and_urls_of_the_real_one() -> None:
    facts = igc.ca(Range.FORT, Domain.PERSONNES)
    assert facts.common_name == "TEST AC IGC-SANTE FORT PERSONNES"
    assert facts.file == "ACI-FO-PP-TEST"
    assert facts.crl_url == "http://igc-sante.esante.gouv.fr/CRL/ACI-FO-PP-TEST.crl"
    assert facts.certificate_url == "http://igc-sante.esante.gouv.fr/AC%20TEST/ACI-FO-PP-TEST.cer"
    assert facts.entity_serial_prefix == bytes.fromhex("63DAFFCFC8034BDC")
    assert facts.real_key_id == "3AF1E7F5CEEBEDF78DC9C9B29FEDD46529DC1FFD"


def test_ldap_urls_are_spelled_as_in_end_entity_certificates() -> None:
    assert igc.ca(Range.STANDARD, Domain.PERSONNES).crl_ldap_url == (
        "ldap://annuaire-igc.esante.gouv.fr/cn=TEST%20AC%20IGC-SANTE%20STANDARD%20PERSONNES,"
        "ou=TEST%20AC%20RACINE%20IGC-SANTE%20STANDARD,ou=IGC-SANTE%20TEST,"
        "ou=0002%20187512751,o=ASIP-SANTE,c=FR?certificaterevocationlist;binary?base?"
        "objectClass=pkiCA"
    )
    assert "?deltarevocationlist;binary?base?" in igc.ISSUING[0].delta_ldap_url


def test_ldap_urls_are_spelled_as_in_authority_certificates() -> None:
    assert igc.ca(Range.STANDARD).crl_ldap_url == (
        "ldap://annuaire-igc.esante.gouv.fr/CN=TEST%20AC%20RACINE%20IGC-SANTE%20STANDARD,"
        "OU=IGC-SANTE%20TEST,OU=0002%20187512751,O=ASIP-SANTE,C=FR"
        "?certificaterevocationlist;binary?base?objectclass=pkiCa"
    )


def test_validity_and_path_length_are_those_of_the_real_ones() -> None:
    born = dt.datetime(2013, 6, 25, tzinfo=dt.UTC)
    for item in igc.TEST_CAS:
        assert item.not_before == born
        assert item.not_after == dt.datetime(2033, 6, 25 if item.is_root else 24, tzinfo=dt.UTC)
        assert item.path_length == (None if item.is_root else 0)


@pytest.mark.parametrize("authority", igc.TEST_CAS, ids=lambda item: item.file)
def test_an_authority_is_found_by_name_and_by_place(authority: igc.CaFacts) -> None:
    assert igc.by_name(authority.common_name) is authority
    assert igc.ca(authority.range, authority.domain) is authority


def test_a_name_outside_the_hierarchy_is_not_found() -> None:
    assert igc.by_name("AC IGC-SANTE FORT PERSONNES") is None


def test_known_serials_of_authorities_have_their_common_shape() -> None:
    for item in igc.TEST_CAS:
        if item.real_serial is not None:
            serial = bytes.fromhex(item.real_serial)
            assert serial.startswith(igc.CA_SERIAL_PREFIX)
            assert len(serial) == igc.CA_SERIAL_SIZE
        if item.entity_serial_prefix is not None:
            assert len(item.entity_serial_prefix) == igc.ENTITY_SERIAL_SIZE // 2
