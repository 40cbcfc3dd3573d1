# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A reviewer sees every check with its outcome, and how the order was signed."""

from msgspec.structs import replace
from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.scenarios import certificates
from tests.unit.ordering.site.conftest import SiteContext

from caducee.services.ordering.checks import check_form
from caducee.services.ordering.form import CardLine, CertificateLine, OrderForm
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site.reviewing import review_checks


def outcomes(form: OrderForm) -> dict[str, bool]:
    return {check.text: not check.found for check in review_checks(form)}


def test_a_form_that_is_fit_passes_every_check() -> None:
    assert outcomes(FIT) and all(outcomes(FIT).values())


def test_a_check_of_what_was_not_ordered_is_not_said_to_be_passed() -> None:
    texts = list(outcomes(certificates(CertificateLine(product="organisation-sign"))))
    assert [text for text in texts if "4.1" in text] and not [
        text for text in texts if "3.1" in text
    ]
    assert not [outcome for outcome in outcomes(FIT) if "4.1" in outcome]


def test_a_finding_fails_one_check_and_the_others_still_show_that_they_passed() -> None:
    many = replace(FIT, cards=(CardLine(product="cps-medecin", quantity=9999),))
    failed = [text for text, passed in outcomes(many).items() if not passed]
    assert failed == ["Every quantity is a usual one."] and len(outcomes(many)) == 5
    (check,) = (review_check for review_check in review_checks(many) if review_check.found)
    assert not check.stops


def test_no_finding_is_left_out() -> None:
    lines = (CertificateLine(product="cps-medecin"), CertificateLine(product="organisation-ssl"))
    for form in (OrderForm(), OrderForm(certificates=lines), replace(FIT, remark="\u202e")):
        shown = [item.where for check in review_checks(form) for item in check.found]
        assert sorted(shown) == sorted(item.where for item in check_form(form))


def test_the_reviewer_sees_how_the_order_was_signed(context: SiteContext) -> None:
    _, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    rita.get(f"/review/{order.id}")
    assert "by a code sent to the applicant" in rita.text
    assert [item.get("class") for item in rita.page.xpath("//ul[@class='checks']/li")] == [
        "passed"
    ] * 5


def test_what_is_to_mend_is_listed_as_the_page_asks(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    wrong = replace(FIT.structure, name="", number="732829321", town="")
    broken = replace(FIT, structure=wrong, remark="\u202e", cards=())
    order = context.draft(account, broken)
    zoe.get(f"/orders/{order.id}/form?check=1")
    links = [item.get("href") for item in zoe.page.xpath("//section[@role='alert']//a")]
    assert links == ["#structure-name", "#structure-number", "#structure-town", "#cards", "#remark"]
