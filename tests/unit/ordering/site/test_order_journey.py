# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole way without scripts: catalogue, account, form, signature, review, making, delivery."""

import io
import re

import msgspec
import pytest
from pypdf import PdfReader
from tests.plugins.servers import registry_url
from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.scenarios import ZOE, ready, unpacked
from tests.unit.ordering.site.conftest import PASSWORD, Browser, SiteContext, typed_form

from caducee.base.secret import Secret
from caducee.services.ordering.form import Applicant, OrderForm, StructurePart, write_form
from caducee.services.ordering.letters import Letter
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site import delivery
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import JobKind

__all__ = ["registry_url"]  # on both databases


def newcomer(context: SiteContext) -> Browser:
    """Make an account as a newcomer does, through the pages."""
    browser = context.visitor().get("/register")
    browser.press("/register", name="Zoé Martin", email="Zoe@Example.test", password=PASSWORD)
    assert browser.path == "/confirm"
    return browser.press("/confirm", code=context.codes()[-1])


def order_of(context: SiteContext, browser: Browser) -> Order:
    """Return the order whose page a browser shows."""
    return context.ordering.orders.order(browser.path.split("/")[2])


def made(context: SiteContext, order: Order) -> Order:
    assert context.ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    return context.ordering.orders.order(order.id)


def test_a_newcomer_orders_and_takes_cards_home(context: SiteContext) -> None:
    shop = context.visitor().get("/catalogue?q=pharmacien")
    assert "cps-pharmacien" in shop.text
    shop.get("/catalogue/cps-pharmacien").press("/basket", count="2")
    assert shop.path == "/basket" and "Basket (2)" in shop.text

    zoe = newcomer(context)
    zoe.get("/catalogue/cps-pharmacien").press("/basket", count="2")
    zoe.press("/orders")
    order = order_of(context, zoe)
    assert order.state is OrderState.DRAFT and order.form.cards[0].quantity == 2
    assert "Usage des CPS de test" in zoe.text and "Why this is asked:" in zoe.text

    action = f"/orders/{order.id}/form"
    zoe.press(action, "sign", structure__number="732829321")
    assert zoe.status == 200 and "Things to look at" in zoe.text
    assert zoe.page.get_element_by_id("structure-number").get("value") == "732829321"
    assert zoe.page.get_element_by_id("structure-number").get("aria-invalid") == "true"

    zoe.send(action, zoe.filled(action, "sign") | typed_form(FIT))
    assert zoe.path == f"/orders/{order.id}/sign", zoe.text
    zoe.press(f"/orders/{order.id}/sign/code")
    zoe.press(f"/orders/{order.id}/sign", code=context.codes()[-1])
    assert zoe.path == f"/orders/{order.id}" and "waits for review" in zoe.text

    rita, _ = context.person("rita", Role.REVIEWER)
    rita.get("/review").get(f"/review/{order.id}")
    assert "The number of the structure has the right key." in rita.text
    rita.press(f"/review/{order.id}", "action=accept")
    assert rita.path == "/review"

    paul, _ = context.person("paul", Role.PRODUCTION)
    paul.get(f"/production/{order.id}").press(f"/production/{order.id}")
    assert "0 of 2 made" in paul.text
    made(context, order)
    assert "2 of 2 made" in paul.get(f"/production/{order.id}").text

    zoe.get(f"/orders/{order.id}/delivery").press(f"/orders/{order.id}/letter")
    link = zoe.page.xpath("//a[@class='secret']")[0].get("href")
    letter = context.visitor().get(link.removeprefix("https://localhost:4433"))
    letter.press(letter.path)
    archive_password = letter.page.xpath("//code[@class='big']")[0].text
    pins = [item.text for item in letter.page.xpath("//code[@class='pin']")]
    assert len(pins) == 2

    zoe.press(f"/orders/{order.id}/archive")
    assert zoe.answer.headers["content-type"] == "application/zip"
    files = unpacked(io.BytesIO(zoe.answer.content), Secret.of(archive_password))
    images = [data for name, data in files.items() if name.endswith(".json")]
    assert len(images) == 2
    zoe.get(f"/orders/{order.id}/delivery").press(f"/orders/{order.id}/received")
    assert "delivered" in zoe.text

    number = context.ordering.items.page(order.id)[0].card_number
    zoe.get(f"/cards/{number}").press(f"/cards/{number}")
    assert "taken into use" in zoe.text
    assert letter.get(letter.path).status == 410


def test_a_question_is_answered_and_every_step_is_seen(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    rita.get(f"/review/{order.id}").press(f"/review/{order.id}", "action=ask", note=" ")
    assert rita.status == 400 and "needs a reason" in rita.text
    rita.press(f"/review/{order.id}", "action=ask", note="Which <b>DMP</b> environment?")
    assert rita.path == "/review"

    zoe.get(f"/orders/{order.id}/form")
    assert "Which <b>DMP</b> environment?" in zoe.text
    action = f"/orders/{order.id}/form"
    zoe.press(action, "save", card_usage__services="DMP de test")
    assert "The draft is saved." in zoe.text
    assert context.ordering.orders.order(order.id).form.card_usage.services == ("DMP de test",)
    zoe.get(f"/orders/{order.id}")
    assert "Question of the reviewer" in zoe.text and "Signed and handed in" in zoe.text


def test_a_refusal_is_reported_with_its_reason_by_mail_and_on_the_page(
    context: SiteContext,
) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    rita.get(f"/review/{order.id}").press(
        f"/review/{order.id}", "action=refuse", note="No such structure."
    )
    assert "No such structure." in zoe.get(f"/orders/{order.id}").text
    context.ordering.worker.work("postman")
    assert f"https://localhost:4433/orders/{order.id}" in context.messages()[-1]


def test_lines_are_added_and_taken_out_without_losing_what_was_typed(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    zoe.get(action).press(
        action, "add_button=add_certificate", add_certificate="organisation-ssl", remark="soon"
    )
    zoe.press(action, "cards.0.remove", certificates__0__hosts="a.example.test\nb.example.test")
    form = context.ordering.orders.order(order.id).form
    assert (form.cards, form.remark) == ((), "soon")
    assert form.certificates[0].hosts == ("a.example.test", "b.example.test")


def test_two_windows_do_not_undo_each_other(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    action = f"/orders/{order.id}/form"
    zoe.get(action)
    old = zoe.filled(action, "save", remark="from the old window")
    zoe.press(action, "save", remark="from the new window")
    zoe.send(action, old)
    assert zoe.status == 409 and "changed in another window" in zoe.text
    assert "from the old window" in zoe.answer.text
    assert context.ordering.orders.order(order.id).form.remark == "from the new window"


def test_the_form_comes_as_pdf_with_accents_and_as_json(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account)
    zoe.get(f"/orders/{order.id}/form.pdf")
    reader = PdfReader(io.BytesIO(zoe.answer.content))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Éditions du logiciel médical" in text and "Usage des CPS de test" in text
    assert "not signed yet" in text
    assert (
        zoe.get(f"/orders/{order.id}/form.json").answer.json()["applicant"]["given_name"] == "Zoé"
    )


def test_cards_go_straight_into_the_reader(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    rita.get(f"/review/{order.id}").press(f"/review/{order.id}", "action=accept")
    paul, _ = context.person("paul", Role.PRODUCTION)
    paul.get(f"/production/{order.id}").press(f"/production/{order.id}")
    made(context, order)
    zoe.get(f"/orders/{order.id}/delivery").press(f"/orders/{order.id}/reader")
    assert len(re.findall(r"tray/\d{10}", zoe.text)) == 2


def test_a_lost_card_is_stopped_replaced_and_its_history_reported(context: SiteContext) -> None:
    test_cards_go_straight_into_the_reader(context)
    order = context.ordering.orders.in_state(OrderState.DELIVERED)[0]
    zoe = context.visitor().get("/login")
    zoe.press("/login", email="zoe@example.test", password=PASSWORD)
    number = context.ordering.items.page(order.id)[0].card_number
    page = f"/cards/{number}"
    zoe.get(page)
    fields = {"csrf": zoe.filled(page)["csrf"], "action": "lose"}
    zoe.send(page, fields)
    assert zoe.status == 400 and "This choice is not offered." in zoe.text
    zoe.send(page, fields | {"reason": "stolen"})
    assert "stopped" in zoe.text and "stolen" in zoe.text
    zoe.send(page, {"csrf": fields["csrf"], "action": "replace"})
    assert "Replacement ordered" in zoe.text
    item = next(made for made in context.ordering.items.page(order.id) if made.replaces == number)
    context.ordering.worker.work("w2")
    assert context.ordering.items.page(order.id, after=item.place - 1)[0].card_number


def test_support_stops_a_card_after_a_call_back_alone(context: SiteContext) -> None:
    test_cards_go_straight_into_the_reader(context)
    order = context.ordering.orders.in_state(OrderState.DELIVERED)[0]
    number = context.ordering.items.page(order.id)[0].card_number
    sam, _ = context.person("sam", Role.SUPPORT)
    sam.get(f"/support?number={number}")
    page = f"/support/{number}"
    assert sam.path == page and FIT.applicant.telephone in sam.text
    fields = {"csrf": sam.filled(page)["csrf"], "action": "lose", "reason": "lost"}
    sam.send(page, fields)
    assert sam.status == 400 and "called back" in sam.text
    sam.send(page, fields | {"called_back": FIT.applicant.telephone})
    assert sam.status == 400 and context.ordering.items.find(number or "").state == "taken"
    sam.get(page).press(page, action="lose", reason="lost", called_back="form-telephone")
    assert "stopped" in sam.text


def test_auditor_checks_the_trail_and_changes_nothing(context: SiteContext) -> None:
    _, account = context.person("zoe")
    order = context.submitted(account)
    ada, _ = context.person("ada", Role.AUDITOR)
    ada.get(f"/audit?subject={order.number}")
    assert "order.submit" in ada.text and "account.confirmed" not in ada.text
    ada.press("/audit")
    assert "The trail is whole" in ada.text
    assert ada.get(f"/review/{order.id}").status == 403


def test_my_data_is_taken_along_and_erased(context: SiteContext) -> None:
    context.account("rita")
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    reported = zoe.get("/account/data").answer.json()
    assert reported["account"]["email"] == "zoe@example.test" and reported["keys"] == []
    assert reported["orders"][0]["form"]["applicant"]["telephone"] == FIT.applicant.telephone
    assert len(reported["logins"]) == 1
    assert [(item["action"], item["about"]) for item in reported["activity"]] == [
        ("account.confirmed", account.id),
        ("order.save", order.number),
        ("order.submit", order.number),
    ]
    assert [path for path in context.mail.glob("*.eml") if b"zoe@example.test" in path.read_bytes()]
    zoe.get("/account").press("/account/erase", sure="yes")
    assert zoe.path == "/erased"
    kept = context.ordering.orders.order(order.id)
    assert kept.state is OrderState.WITHDRAWN
    assert (kept.form.applicant, kept.form.structure) == (Applicant(), StructurePart())
    assert kept.form.card_usage == FIT.card_usage
    assert zoe.get("/orders").path == "/login"
    gone = context.accounts.account(account.id)
    assert (gone.email, gone.name, gone.ps_idnat) == (None, "", None)
    left = [path.read_bytes() for path in context.mail.glob("*.eml")]
    assert [b"rita@example.test" in item for item in left] == [True], "messages of others stay"
    # Hashes left out: among their bytes any three letters may stand by chance.
    lines = context.ordering.trail.lines()
    texts = [
        f"{line.actor} {line.role} {line.action} {line.subject} {line.facts}" for line in lines
    ]
    assert len(texts) > 5
    assert not [text for text in texts if "zoe" in text.lower() or "martin" in text.lower()]


def test_the_trail_does_not_keep_what_people_wrote(context: SiteContext) -> None:
    _, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    path = f"/review/{order.id}"
    rita.get(path).press(path, "action=ask", note="Zoé Martin, who are you?")
    assert not [line for line in context.ordering.trail.lines() if "Martin" in line.facts]
    assert context.ordering.orders.steps(order)[-1].note == "Zoé Martin, who are you?"


def test_nothing_is_erased_while_cards_are_made(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.submitted(account)
    rita, _ = context.person("rita", Role.REVIEWER)
    rita.get(f"/review/{order.id}").press(f"/review/{order.id}", "action=accept")
    zoe.get("/account").press("/account/erase", sure="yes")
    assert zoe.status == 400 and order.number in zoe.text
    assert context.accounts.account(account.id).email == "zoe@example.test"


def test_a_colleague_has_a_card_of_the_structure_stopped_and_sees_no_more(
    context: SiteContext,
) -> None:
    test_cards_go_straight_into_the_reader(context)
    order = context.ordering.orders.in_state(OrderState.DELIVERED)[0]
    number = context.ordering.items.page(order.id)[0].card_number
    carl, account = context.person("carl")
    carl.get(f"/cards?number={number}")
    assert carl.path == "/cards" and f"Card {number} not found" in carl.text
    mine = context.submitted(account)
    context.ordering.act(mine, Actor("nobody", Role.REVIEWER), OrderAction.ACCEPT)
    page = f"/cards/{number}"
    assert carl.get(f"/cards?number={number}").path == page
    assert order.number not in carl.text and "Holder" not in carl.text
    assert [form.action for form in carl.page.forms] == ["/logout", page]
    fields = {"csrf": carl.filled(page)["csrf"]}
    for action in ("activate", "replace", "destroy"):
        carl.send(page, fields | {"action": action})
        assert carl.status == 400 and f"Card {number} not found" in carl.text
    carl.send(page, fields | {"action": "lose", "reason": "stolen"})
    assert carl.path == page and "stopped" in carl.text
    context.ordering.worker.work("postman")
    assert any(f"\n{number}" in message for message in context.messages()), (
        "whoever ordered it is told"
    )


def test_the_form_goes_out_and_in_as_json(context: SiteContext) -> None:
    zoe, account = context.person("zoe")
    order = context.draft(account, OrderForm())
    page, path = f"/orders/{order.id}/form", f"/orders/{order.id}/form.json"
    zoe.get(page).press(path, json=write_form(FIT))
    assert zoe.path == page and "The draft is saved." in zoe.text
    assert context.ordering.orders.order(order.id).form == FIT
    assert zoe.get(path).answer.text == write_form(FIT)
    for wrong in ("", "{", '{"state": "ready"}', "[" * 100_000, '{"remark": 7}'):
        zoe.get(page).press(path, json=wrong)
        assert zoe.status == 400 and "cannot be read" in zoe.text
        assert zoe.page.get_element_by_id("json").text.strip() == wrong
    old = zoe.get(page).filled(path, json=write_form(OrderForm(remark="old")))
    zoe.press(path, json=write_form(OrderForm(remark="new")))
    assert zoe.send(path, old).status == 409
    assert context.ordering.orders.order(order.id).form.remark == "new"


@pytest.mark.parametrize("sign", ["%00", "%ED%A0%80", "%FF", "%0d%0aX-Evil:%201", "'%20OR%201=1"])
def test_an_address_that_no_page_has_fails_nothing(context: SiteContext, sign: str) -> None:
    """Texts that a database does not take are refused before it is asked."""
    roles = {Role.SUPPORT: "/support/{}", Role.AUDITOR: "/audit?subject={}"}
    for role, page in roles.items():
        someone, _ = context.person(role.value, role)
        for path in (page, "/cards?number={}", "/cards/{}", "/orders/{}", "/letters/{}", "/?x={}"):
            someone.get(path.format(sign))
            assert someone.status in (200, 400, 404), path
            assert "x-evil" not in someone.answer.headers


def test_a_letter_that_cannot_be_printed_shows_its_codes(
    context: SiteContext,
    accounts: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is opened by then, and its codes are nowhere else."""

    def no_paper(letter: Letter) -> bytes:
        raise OSError(letter.archive.reveal())

    monkeypatch.setattr(delivery, "print_letter", no_paper)
    assert ZOE.account in accounts
    order = ready(context.ordering, FIT)
    secret = context.ordering.letters.make(order, ZOE).secret.reveal().decode()
    visitor = context.visitor().get(f"/letters/{secret}")
    visitor.press(f"/letters/{secret}", "pdf")
    pins = [item.text for item in visitor.page.xpath("//code[@class='pin']")]
    assert visitor.status == 200 and len(pins) == 2 and all(pin.isdigit() for pin in pins)
    archive = visitor.page.xpath("//code[@class='big']")[0].text
    assert "could not be printed" in caplog.text and archive not in caplog.text


def test_texts_stay_texts_in_the_printed_form_and_the_letter(context: SiteContext) -> None:
    """Markup of reportlab, and links, are printed as they were typed."""
    zoe, account = context.person("zoe")
    text = 'A & <b>B</b> <a href="file:///etc/passwd">x</a> <img src="/etc/hostname"/> &lt;'
    form = msgspec.structs.replace(FIT, remark=text)
    order = context.draft(account, form)
    zoe.get(f"/orders/{order.id}/form.pdf")
    reader = PdfReader(io.BytesIO(zoe.answer.content))
    printed = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert text in printed
    assert not any("/Annots" in page for page in reader.pages)
    assert not any(page.images for page in reader.pages)
