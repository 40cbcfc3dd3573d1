# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The applicant's pages: orders, the form, its signature, and what became of it."""

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import quote

import msgspec
from msgspec.structs import replace as changed
from starlette.responses import Response

from caducee.base.errors import CpsError, IssueError, StateError
from caducee.base.i18n import gettext as _
from caducee.relying.verdict import Identity
from caducee.services.ordering.catalogue import ProductKind, catalogue
from caducee.services.ordering.checks import check_form
from caducee.services.ordering.codes import Purpose
from caducee.services.ordering.fields import line_fields
from caducee.services.ordering.form import (
    Applicant,
    OrderForm,
    read_form,
    write_form,
)
from caducee.services.ordering.orders import Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site.baskets import Basket
from caducee.services.ordering.site.form_parts import PARTS
from caducee.services.ordering.site.forms import FormView, findings_of
from caducee.services.ordering.site.page_request import BASKET_COOKIE, PageRequest, go
from caducee.services.ordering.site.posted import Posted
from caducee.services.ordering.site.printed import print_form
from caducee.services.ordering.site.site_context import SiteContext
from caducee.services.ordering.states import OrderAction, OrderState, possible
from caducee.services.web.answers import json_response

__all__ = ["OrderPages"]

_ITEMS = 50


@dataclass(frozen=True, slots=True)
class OrderPages:
    """The handlers."""

    context: SiteContext

    def all(self, visit: PageRequest) -> Response:
        """List the orders of the one who is logged in."""
        orders = self.context.ordering.orders.of(visit.me.id)
        return self.context.pages.html(visit, "orders.html", orders=orders)

    def begin(self, visit: PageRequest) -> Response:
        """Make a draft of the basket; a second click finds the first one's draft."""
        me = visit.me
        form = Basket.of(visit.request).form()
        key = visit.posted.get("request")[:100] or None
        form = changed(form, applicant=self._known(visit))
        order = self.context.ordering.orders.begin(me.id, form, request_key=key)
        visit.cookies[BASKET_COOKIE] = None
        return go(f"/orders/{order.id}/form")

    def show(self, visit: PageRequest) -> Response:
        """Show an order: where it stands, what comes next, every step, and its cards."""
        order = self.context.own(visit)
        ordering = self.context.ordering
        items = ordering.items.page(order.id, after=_number(visit.asked("after", 9)), count=_ITEMS)
        return self.context.pages.html(
            visit,
            "order.html",
            order=order,
            view=FormView.of_form(order.form),
            steps=ordering.orders.steps(order),
            items=items,
            more=items[-1].place if len(items) == _ITEMS else None,
            progress=ordering.production.progress(order),
            waits=ordering.items.waiting(order.id) is not None,
            can=possible(order.state, Role.APPLICANT),
            Action=OrderAction,
            State=OrderState,
        )

    def edit(self, visit: PageRequest) -> Response:
        """Show the form as it is kept; with ``check`` also what is wrong with it."""
        order = self.context.own(visit)
        if OrderAction.SAVE not in possible(order.state, Role.APPLICANT):
            return go(f"/orders/{order.id}")
        view = FormView.of_form(order.form)
        if visit.asked("check", 1):
            view.note(check_form(order.form))
        return self._form(visit, order, view, saved=bool(visit.asked("saved", 1)))

    def save(self, visit: PageRequest) -> Response:
        """Keep what was typed, then go where the button leads."""
        order = self.context.own(visit)
        posted = visit.posted
        try:
            view = FormView.of_posted(posted)
        except IssueError as error:
            return self._form(visit, order, FormView.of_form(order.form), error=error)
        form = view.form()
        if form is None:
            return self._form(visit, order, view)
        version = posted.get("version", "0")
        read = replace(order, version=_number(version))
        try:
            if write_form(form) != write_form(order.form):
                self.context.ordering.orders.save(read, visit.applicant, form)
        except CpsError as error:
            # A second click, at the same moment as the first, finds its form kept by that one.
            if write_form(self.context.own(visit).form) != write_form(form):
                return self._form(visit, order, view, error=error)
        if posted.has("sign"):
            stops = any(item.stops for item in check_form(form))
            return go(f"/orders/{order.id}/" + ("form?check=1" if stops else "sign"))
        return go(f"/orders/{order.id}/form?saved=1{_place(posted)}")

    def json(self, visit: PageRequest) -> Response:
        """Give the form as JSON."""
        order = self.context.own(visit)
        return _file(write_form(order.form).encode(), f"{order.number}.json", "application/json")

    def take_json(self, visit: PageRequest) -> Response:
        """Keep a form that was pasted as JSON, in place of the one before."""
        order = self.context.own(visit)
        text = visit.posted.get("json")
        read = replace(order, version=_number(visit.posted.get("version", "0")))
        try:
            form = read_form(text)
            if write_form(form) != write_form(order.form):
                self.context.ordering.orders.save(read, visit.applicant, form)
        except CpsError as error:
            view = FormView.of_form(order.form)
            return self._form(visit, order, view, error=error, pasted=text)
        return go(f"/orders/{order.id}/form?saved=1")

    def pdf(self, visit: PageRequest) -> Response:
        """Give the form as it would be printed."""
        order = self.context.own(visit)
        return _file(print_form(order), f"{order.number}.pdf", "application/pdf")

    def ask_signature(self, visit: PageRequest) -> Response:
        """Show the whole form once more, and the ways to sign it."""
        order = self.context.own(visit)
        if OrderAction.SUBMIT not in possible(order.state, Role.APPLICANT):
            return go(f"/orders/{order.id}")
        if any(item.stops for item in check_form(order.form)):
            return go(f"/orders/{order.id}/form?check=1")
        return self._sign(visit, order)

    def send_code(self, visit: PageRequest) -> Response:
        """Send the code that signs."""
        order = self.context.own(visit)
        try:
            self.context.accounts.send_signing_code(visit.me, _signed(order), order.number)
        except IssueError as error:
            return self._sign(visit, order, error)
        return go(f"/orders/{order.id}/sign?sent=1")

    def sign_by_code(self, visit: PageRequest) -> Response:
        """Sign by the code that was sent for the form as it is now."""
        order = self.context.own(visit)
        if order.state is OrderState.SUBMITTED:
            return go(f"/orders/{order.id}")
        code = visit.posted.get("code")[:100]
        try:
            self._sign_once(visit, order, code)
        except CpsError as error:
            # A second click, at the same moment as the first, finds its code used by that one.
            if self.context.ordering.orders.order(order.id).state is not OrderState.SUBMITTED:
                return self._sign(visit, order, error)
        return go(f"/orders/{order.id}")

    def _sign_once(self, visit: PageRequest, order: Order, code: str) -> None:
        """Use the code up and hand the order in, both or neither. Raises `CpsError`."""
        codes, ordering = self.context.accounts.codes, self.context.ordering
        signed = (visit.me.id, Purpose.SIGN, code, _signed(order))
        with ordering.registry.transaction():
            right = codes.take(*signed)
            if right:
                ordering.orders.submit(order, visit.applicant, _signature("code", order))
        if not right:
            raise codes.missed(visit.me.id, Purpose.SIGN, _signed(order))

    def ask_card(self, visit: PageRequest) -> Response:
        """Show who would sign by the certificate of the connection."""
        order = self.context.own(visit)
        if not visit.site.asks:
            way = visit.site.way13 if visit.asked("tls", 4) == "13" else visit.site.way12
            return go(f"{way.removesuffix('/login/certificate')}/orders/{order.id}/sign/card")
        if OrderAction.SUBMIT not in possible(order.state, Role.APPLICANT):
            return go(f"{self.context.home}/orders/{order.id}")
        identity = self.context.by_certificate(visit)
        return self.context.pages.html(
            visit, "sign-card.html", order=order, identity=identity, digest=_digest(order.form)
        )

    def sign_by_card(self, visit: PageRequest) -> Response:
        """Sign by the card of the connection."""
        order = self.context.own(visit)
        if order.state is not OrderState.SUBMITTED:
            _check_shown(order, visit.posted.get("shown"))
            self._submit(visit, order, "certificate", self.context.by_certificate(visit))
        return go(f"/orders/{order.id}")

    def nonce(self, visit: PageRequest) -> Response:
        """Give a nonce for the signature of the form as it was shown."""
        order = self.context.own(visit)
        _check_shown(order, visit.asked("shown"))
        return self.context.nonce(visit, _purpose(visit, order))

    def sign_by_token(self, visit: PageRequest) -> Response:
        """Sign by a token of the card that answers that nonce."""
        order = self.context.own(visit)
        identity = self.context.by_token(visit, _purpose(visit, order))
        self._submit(visit, order, "token", identity)
        return json_response({"ok": True})

    def withdraw(self, visit: PageRequest) -> Response:
        """Take an order back."""
        order = self.context.own(visit)
        goal = OrderState.WITHDRAWN
        self.context.act_once(order, visit.applicant, OrderAction.WITHDRAW, goal)
        return go(f"/orders/{order.id}")

    def end(self, visit: PageRequest) -> Response:
        """End the test use: every card of the order is stopped."""
        order = self.context.own(visit)
        self.context.act_once(order, visit.applicant, OrderAction.END, OrderState.ENDED)
        return go(f"/orders/{order.id}")

    def again(self, visit: PageRequest) -> Response:
        """Begin a new draft with the form of an order."""
        order = self.context.own(visit)
        key = visit.posted.get("request")[:100] or None
        made = self.context.ordering.orders.begin(visit.me.id, order.form, request_key=key)
        return go(f"/orders/{made.id}/form")

    def send_link(self, visit: PageRequest) -> Response:
        """Send the link to a draft to its applicant, who logs in to go on."""
        order = self.context.own(visit)
        link = f"{self.context.home}/orders/{quote(order.id)}/form"
        text = _("Go on with your order {number} here: {link}")
        self.context.accounts.send_link(
            visit.me,
            _("Your draft {number}").format(number=order.number),
            text.format(number=order.number, link=link),
        )
        return go(f"/orders/{order.id}/form?sent=1")

    def _known(self, visit: PageRequest) -> Applicant:
        """Return what is known of the applicant: the last order's, else the account's."""
        before = self.context.ordering.orders.of(visit.me.id)
        if before:
            return before[0].form.applicant
        return Applicant(email=visit.me.email or "")

    def _submit(self, visit: PageRequest, order: Order, way: str, identity: Identity) -> None:
        me = visit.me
        if me.ps_idnat not in (None, identity.ps_idnat):
            raise IssueError("ordering.holder_other")
        with self.context.ordering.registry.transaction():
            if me.ps_idnat is None:
                self.context.accounts.link_card(me.id, identity.ps_idnat)
            signature = _signature(way, order, identity)
            self.context.ordering.orders.submit(order, visit.applicant, signature)

    def _form(
        self,
        visit: PageRequest,
        order: Order,
        view: FormView,
        *,
        error: CpsError | None = None,
        saved: bool = False,
        pasted: str = "",
    ) -> Response:
        status = 409 if error and error.code == "ordering.changed_meanwhile" else 200
        if visit.request.method == "POST" and status == 200:
            status = 400
        steps = [step for step in self.context.ordering.orders.steps(order) if step.note]
        return self.context.pages.html(
            visit,
            "form.html",
            status,
            order=order,
            view=view,
            parts_of_form=PARTS,
            line_fields=line_fields,
            products=catalogue(),
            Kind=ProductKind,
            error=error,
            saved=saved,
            pasted=pasted,
            sent=bool(visit.asked("sent", 1)),
            version=visit.posted.get("version") or order.version,
            question=steps[-1].note if steps and order.state is OrderState.QUESTION else "",
            # Another language keeps what was typed: it is chosen by a button of the form.
            open_form="order-form",
            sent_again=(),
        )

    def _sign(self, visit: PageRequest, order: Order, error: CpsError | None = None) -> Response:
        return self.context.pages.html(
            visit,
            "sign.html",
            400 if error else 200,
            order=order,
            view=FormView.of_form(order.form),
            parts_of_form=PARTS,
            warnings=findings_of(order.form),
            digest=_digest(order.form),
            sent=bool(visit.asked("sent", 1)) or error is not None,
            error=error,
        )


def _place(posted: Posted) -> str:
    """Return where the page goes on after a line was added or taken out."""
    pressed = posted.get("add_button") or "".join(
        name for name in posted.names() if name.endswith(".remove")
    )
    if not pressed:
        return ""
    return "#certificates" if "certificate" in pressed else "#cards"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _digest(form: OrderForm) -> str:
    return hashlib.sha256(write_form(form).encode()).hexdigest()


def _check_shown(order: Order, shown: str) -> None:
    """Refuse to sign another form than the one that was shown. Raises `StateError`."""
    if shown != _digest(order.form):
        raise StateError("ordering.changed_meanwhile", number=order.number)


def _signed(order: Order) -> str:
    """Return what a signature is for: an order as it is at this moment."""
    return f"{order.id}:{order.version}:{_digest(order.form)}"


def _purpose(visit: PageRequest, order: Order) -> str:
    return f"sign:{visit.visitor}:{_signed(order)}"


def _signature(way: str, order: Order, identity: Identity | None = None) -> str:
    facts = {"by": way, "form": _digest(order.form)}
    if identity is not None:
        facts |= {"holder": identity.ps_idnat, "card": identity.card_id}
    return msgspec.json.encode(facts).decode()


def _file(data: bytes, name: str, kind: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)
