# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A form is checked field by field; what is wrong is said at its field, nothing is thrown away."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ordering.conftest import FIT

from caducee.base.errors import FormatError
from caducee.services.ordering.checks import check_form
from caducee.services.ordering.form import (
    CardLine,
    CertificateLine,
    CertificateUsage,
    OrderForm,
    StructureKind,
    read_form,
    write_form,
)

replace = msgspec.structs.replace


def found(form: OrderForm) -> dict[str, str]:
    return {item.where: item.code for item in check_form(form)}


def test_a_form_that_is_fit_has_no_finding() -> None:
    assert check_form(FIT) == ()


def test_an_empty_form_says_everything_that_is_missing() -> None:
    codes = found(OrderForm())
    assert codes["structure.name"] == codes["applicant.email"] == "ordering.missing"
    assert codes["cards"] == "ordering.nothing_ordered"


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        (StructureKind.SIREN, "732 829 321", "codec.identifier_key"),
        (StructureKind.SIREN, "73282932", "codec.identifier_shape"),
        (StructureKind.SIRET, "732 829 320 00074", None),
        (StructureKind.SIRET, "732 829 320 00075", "codec.identifier_key"),
        (StructureKind.FINESS, "0B0057881", None),
        (StructureKind.FINESS, "0B0057882", "codec.identifier_key"),
    ],
)
def test_the_number_of_the_structure_has_its_key(
    kind: StructureKind, number: str, code: str | None
) -> None:
    form = replace(FIT, structure=replace(FIT.structure, kind=kind, number=number))
    assert found(form).get("structure.number") == code


@pytest.mark.parametrize(
    ("part", "name", "value", "code"),
    [
        ("structure", "postal_code", "7501", "ordering.postal_code"),
        ("applicant", "telephone", "call me", "ordering.telephone"),
        ("applicant", "email", "zoe.example.test", "ordering.email"),
        ("applicant", "email", "zoe,eve@example.test", "ordering.email"),
        ("applicant", "email", "<zoe@example.test", "ordering.email"),
        ("applicant", "email", "=?utf-8?q?zoe?=@example.test", "ordering.email"),
        ("applicant", "family_name", "Mar\u202etin", "ordering.characters"),
        ("card_usage", "uses", "testing", "ordering.too_short"),
        ("card_usage", "environments", (), "ordering.missing"),
        ("structure", "town", "  ", "ordering.missing"),
    ],
)
def test_a_wrong_field_is_named(part: str, name: str, value: object, code: str) -> None:
    changed = replace(getattr(FIT, part), **{name: value})
    assert found(replace(FIT, **{part: changed})) == {f"{part}.{name}": code}


def test_more_than_the_limit_is_a_matter_for_the_reviewer() -> None:
    form = replace(FIT, cards=(CardLine(product="revoked", quantity=3),))
    (item,) = check_form(form)
    assert (item.where, item.code, item.stops) == ("cards.0.quantity", "ordering.quantity", False)


def test_products_stand_in_their_part() -> None:
    form = replace(FIT, cards=(CardLine(product="organisation-ssl"), CardLine(product="nothing")))
    codes = found(form)
    assert codes["cards.0.product"] == "ordering.product_elsewhere"
    assert codes["cards.1.product"] == "ordering.product_unknown"


def test_certificates_need_part_4_1_and_a_server_its_names() -> None:
    form = replace(FIT, certificates=(CertificateLine(product="organisation-ssl"),))
    codes = found(form)
    assert codes["certificates.0.hosts"] == "ordering.missing"
    assert codes["certificate_usage.uses"] == "ordering.missing"
    usage = CertificateUsage(
        uses="Servers of our test platform answer over mutual TLS.", solution="nginx"
    )
    line = CertificateLine(product="organisation-ssl", hosts=("api.example.test",))
    assert found(replace(form, certificates=(line,), certificate_usage=usage)) == {}


def test_one_request_gives_one_certificate() -> None:
    line = CertificateLine(product="organisation-sign", csr="-----BEGIN", quantity=2)
    codes = found(replace(FIT, certificates=(line,)))
    assert codes["certificates.0.quantity"] == "ordering.one_request_one_certificate"


def test_a_form_comes_back_as_it_went() -> None:
    assert read_form(write_form(FIT)) == FIT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"pin": "1234"}',
        '{"cards": [{"product": "cps", "quantity": 0}]}',
        '{"cards": [{"product": "cps", "quantity": 100001}]}',
        '{"structure": {"name": "' + "x" * 201 + '"}}',
        '{"delivery": "by pigeon"}',
    ],
    ids=["empty", "list", "unknown member", "none", "too many", "too long", "no such way"],
)
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_form(text)
    assert caught.value.code == "ordering.form_unreadable"


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_kept_and_checked(name: str, number: str) -> None:
    form = replace(FIT, structure=replace(FIT.structure, name=name, number=number))
    assert read_form(write_form(form)) == form
    check_form(form)
