# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Extensions in words: every kind that is issued is known, and what is not is shown as it is."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.publication.conftest import FORT, FORT_PP, Points

from caducee.base.i18n import use_language
from caducee.services.publication.explained import ExtensionView, explain
from caducee.spec import oids
from caducee.testing.pki import chain_of_three
from caducee.trust.readable import readable_name


def by_name(certificate: x509.Certificate) -> dict[str, ExtensionView]:
    return {item.name: item for item in explain(certificate)}


def test_a_certificate_of_a_card_is_explained_line_by_line(points: Points) -> None:
    found = by_name(points.issued.authentication)
    assert found["keyUsage"].values == ("prove who is there (digitalSignature)",)
    assert found["keyUsage"].critical
    assert found["subjectAltName"].values == (f"8.{points.issued.card.ps_idnat[1:]}@carte-cps.fr",)
    assert found["G15 ProfessionSante"].values == ("10 – Médecin",)
    assert found["card id"].values == (f"8025000001/{points.issued.card.number}",)
    assert found["cRLDistributionPoints"].values[0] == FORT_PP.crl_url


def test_everything_that_is_issued_is_known(points: Points) -> None:
    authority = points.world.authority
    made = [
        points.issued.authentication,
        points.issued.signature,
        points.ca(FORT),
        points.ca(FORT_PP),
        authority.ocsp_signer(FORT_PP).certificate,
    ]
    unknown = [item for certificate in made for item in explain(certificate) if item.title == "?"]
    assert unknown == []
    titles = {item.title for certificate in made for item in explain(certificate)}
    assert "Another extension" not in titles


def test_authorities_tell_how_many_may_come_below(points: Points) -> None:
    assert by_name(points.ca(FORT))["basicConstraints"].values == ("authority",)
    below = by_name(points.ca(FORT_PP))["basicConstraints"].values
    assert below == ("authority; authorities that may come below: 0",)


@pytest.mark.parametrize("value", [b"", b"\x02", b"\x02\x01\x0a\x00", bytes(40), b"\x0c\x01\xff"])
@pytest.mark.parametrize(
    "oid",
    [oids.PROFESSION, oids.CARD_TYPE, oids.CARD_ID, oids.SPECIALTIES, "1.2.3.4"],
)
def test_what_cannot_be_read_is_shown_as_it_is(oid: str, value: bytes) -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
    made = chain_of_three().issuing.issue("ODD", extensions=[(odd, False)])
    again = x509.load_der_x509_certificate(made.certificate.public_bytes(Encoding.DER))
    shown = {item.name: item for item in explain(again)}[oids.NAMES.get(oid, oid)]
    assert shown.values in ((value.hex(" "),), ())


def test_words_are_in_the_language_of_the_reader(points: Points) -> None:
    with use_language("fr"):
        assert by_name(points.issued.authentication)["keyUsage"].title != "What the key may do"


def test_a_name_has_letters_where_people_know_them(points: Points) -> None:
    shown = readable_name(points.issued.authentication.subject)
    assert "SN=DOC0042788" in shown
    assert "2.5.4" not in shown
