# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue has every kind of card and certificate, and finds them by words and values."""

from dataclasses import replace

import pytest

from caducee.base.errors import IssueError
from caducee.base.i18n import use_language
from caducee.issuance.profiles import profiles
from caducee.services.ordering.catalogue import ProductKind, catalogue, product, search


def test_every_profile_is_a_product_with_something_to_test() -> None:
    cards = [item for item in catalogue() if item.kind is ProductKind.CARD]
    short = ("cps", "cps4", "cpf")
    assert [card.name for card in cards] == [
        profile.name for profile in profiles() if profile.name not in short
    ]
    assert all(item.serves and item.title and item.limit > 0 for item in catalogue())
    assert {card.family for card in cards} == {"CPS", "CPF", "CPE", "CDE", "CPA", "CDA"}


def test_a_card_stands_there_once_and_is_ordered_by_its_short_name_too() -> None:
    assert not {"cps", "cps4", "cpf"} & {entry.name for entry in catalogue()}
    for short, name in (("cps", "cps-medecin"), ("cps4", "cps-medecin-cps4")):
        item, other = product(short).profile, product(name).profile
        assert item and other and replace(item, name=name) == other


def test_certificates_of_persons_and_organisations_are_products() -> None:
    names = {item.name for item in catalogue() if item.kind is not ProductKind.CARD}
    assert {"organisation-auth-cli", "organisation-sign", "organisation-ssl"} < names
    assert product("organisation-ssl").family == product("organisation-ssl").state == ""


def test_an_unknown_product_is_refused() -> None:
    with pytest.raises(IssueError) as caught:
        product("cps-astronaute")
    assert caught.value.code == "ordering.product_unknown"


def test_words_are_found_without_regard_to_case_and_accents() -> None:
    assert "cps-infirmier-cps4" in {item.name for item in search("INFIRMIER tls")}
    assert {item.name for item in search("manipulateur")} == {
        item.name for item in search("Manipulateur")
    }
    assert search("préparateur") == search("preparateur") != ()


def test_values_choose() -> None:
    found = search(family="CDE", generation="CPS4")
    assert found and all((item.family, item.generation) == ("CDE", "CPS4") for item in found)
    assert {item.state for item in search(state="expired")} == {"expired"}
    assert search("medecin", family="CPA") == ()


def test_words_are_found_in_the_language_of_the_reader() -> None:
    with use_language("fr"):
        assert search("débloquer"), "the French text of a blocked card speaks of unblocking"
