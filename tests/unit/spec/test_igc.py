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
    assert {one.issuer_name for one in igc.ISSUING} == {one.common_name for one in igc.ROOTS}
    assert all(one.issuer_name == one.common_name for one in igc.ROOTS)


def test_every_name_bears_the_mark_of_the_test_world() -> None:
    for one in igc.TEST_CAS:
        assert one.common_name.startswith("TEST ")
        assert (oids.ORGANIZATIONAL_UNIT, "IGC-SANTE TEST") in one.subject
        assert one.file.endswith("-TEST")


def test_the_hierarchy_of_ours_has_the_same_shape_and_cannot_be_mistaken() -> None:
    shape = [(one.range, one.domain, one.not_before, one.not_after) for one in igc.TEST_CAS]
    assert [(one.range, one.domain, one.not_before, one.not_after) for one in igc.SANDBOX_CAS] == (
        shape
    )
    for one in igc.SANDBOX_CAS:
        assert one.common_name.startswith("SANDBOX ")
        assert one.issuer_name.startswith("SANDBOX ")
        assert (oids.ORGANIZATIONAL_UNIT, "IGC-SANTE SANDBOX") in one.subject
        places = (one.certificate_url, one.crl_url, one.crl_ldap_url, one.delta_ldap_url)
        assert all("SANDBOX" in place for place in places)
        assert (one.real_serial, one.real_key_id, one.entity_serial_prefix) == (None,) * 3
        assert igc.by_name(one.common_name) is one
        assert igc.ca(one.range, one.domain, igc.World.SANDBOX) is one


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
    for one in igc.TEST_CAS:
        assert one.not_before == born
        assert one.not_after == dt.datetime(2033, 6, 25 if one.is_root else 24, tzinfo=dt.UTC)
        assert one.path_length == (None if one.is_root else 0)


@pytest.mark.parametrize("one", igc.TEST_CAS, ids=lambda one: one.file)
def test_an_authority_is_found_by_name_and_by_place(one: igc.CaFacts) -> None:
    assert igc.by_name(one.common_name) is one
    assert igc.ca(one.range, one.domain) is one


def test_a_name_outside_the_hierarchy_is_not_found() -> None:
    assert igc.by_name("AC IGC-SANTE FORT PERSONNES") is None


def test_known_serials_of_authorities_have_their_common_shape() -> None:
    for one in igc.TEST_CAS:
        if one.real_serial is not None:
            serial = bytes.fromhex(one.real_serial)
            assert serial.startswith(igc.CA_SERIAL_PREFIX)
            assert len(serial) == igc.CA_SERIAL_SIZE
        if one.entity_serial_prefix is not None:
            assert len(one.entity_serial_prefix) == igc.ENTITY_SERIAL_SIZE // 2
