# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the API sends and takes beside the form; the OpenAPI document is made of these structs."""

import datetime as dt
from typing import Annotated

import msgspec

from caducee.base import catalogue as codes
from caducee.base.i18n import gettext
from caducee.services.ordering.card_lifecycle import CardHistory
from caducee.services.ordering.catalogue import Product, ProductKind
from caducee.services.ordering.checkpoints import TrailReport
from caducee.services.ordering.checks import Finding, check_form
from caducee.services.ordering.form import OrderForm
from caducee.services.ordering.items import ItemState, OrderItem, Progress
from caducee.services.ordering.letters import Letter
from caducee.services.ordering.orders import Order, StepLine
from caducee.services.ordering.outbox import CardEvent, Event
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderAction, OrderState

__all__ = [
    "AccountMessage",
    "AuditMessage",
    "CardCodesMessage",
    "CardHistoryLineMessage",
    "CardMessage",
    "CertificateCodeMessage",
    "EventMessage",
    "EventsMessage",
    "FindingMessage",
    "FindingsMessage",
    "ItemMessage",
    "ItemsMessage",
    "LetterMessage",
    "LinkMessage",
    "OrderMessage",
    "OrderSummary",
    "OrdersMessage",
    "PlacesMessage",
    "ProductMessage",
    "ProductsMessage",
    "ProgressMessage",
    "StepMessage",
    "StepsMessage",
]

type Count = Annotated[int, msgspec.Meta(ge=0)]


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    """The base of what is sent."""


class ProductMessage(_Message, frozen=True):
    """A product of the catalogue."""

    name: str
    """What orders call it."""

    kind: ProductKind
    family: str
    """CPS, CPF, CPE, CDE, CPA or CDA; empty for a certificate."""

    generation: str
    """CPS3 or CPS4; empty for a certificate."""

    state: str
    """The state in which a card leaves, e.g. ``new`` or ``revoked``; empty for a certificate."""

    title: str
    serves: tuple[str, ...]
    """What it serves to test."""

    limit: Count
    """How many one order may have without a word of the reviewer."""

    @classmethod
    def of(cls, product: Product) -> "ProductMessage":
        """Say a product in the language in use."""
        return cls(
            name=product.name,
            kind=product.kind,
            family=product.family,
            generation=product.generation,
            state=product.state,
            title=gettext(product.title),
            serves=tuple(map(gettext, product.serves)),
            limit=product.limit,
        )


class ProductsMessage(_Message, frozen=True):
    """Products that were found."""

    products: tuple[ProductMessage, ...]


class FindingMessage(_Message, frozen=True):
    """Something to mend in a form."""

    where: str
    """Path of the field, e.g. ``cards.0.quantity``."""

    code: str
    title: str
    """What is wrong."""

    detail: str
    """What to do."""

    stops: bool
    """Whether the form cannot be submitted so; otherwise a reviewer decides."""

    @classmethod
    def of(cls, finding: Finding) -> "FindingMessage":
        """Say a finding in the language in use."""
        entry = codes.entry(finding.code)
        return cls(
            where=finding.where,
            code=finding.code,
            title=codes.fill(gettext(entry.sentence), finding.facts),
            detail=codes.fill(gettext(entry.advice), finding.facts),
            stops=finding.stops,
        )


class FindingsMessage(_Message, frozen=True):
    """What is to mend in a form."""

    fit: bool
    """Whether it can be submitted."""

    findings: tuple[FindingMessage, ...]

    @classmethod
    def of(cls, form: OrderForm) -> "FindingsMessage":
        """Check a form."""
        found = tuple(map(FindingMessage.of, check_form(form)))
        return cls(fit=not any(item.stops for item in found), findings=found)


class OrderSummary(_Message, frozen=True):
    """An order in a list."""

    number: str
    state: OrderState
    cards: Count
    certificates: Count
    created_at: dt.datetime
    updated_at: dt.datetime
    submitted_at: dt.datetime | None
    ends_at: dt.datetime | None
    """End of the test use."""

    @classmethod
    def of(cls, order: Order) -> "OrderSummary":
        """Say an order in short."""
        return cls(
            number=order.number,
            state=order.state,
            cards=sum(line.quantity for line in order.form.cards),
            certificates=sum(line.quantity for line in order.form.certificates),
            created_at=order.created_at,
            updated_at=order.updated_at,
            submitted_at=order.submitted_at,
            ends_at=order.ends_at,
        )


class OrdersMessage(_Message, frozen=True):
    """Orders in a list."""

    orders: tuple[OrderSummary, ...]


class OrderMessage(_Message, frozen=True):
    """An order, whole."""

    number: str
    state: OrderState
    version: int
    """Grows with each change; the value of ``If-Match``, in quotation marks."""

    actions: tuple[OrderAction, ...]
    """What you can do with it now."""

    form: OrderForm
    check: FindingsMessage
    created_at: dt.datetime
    updated_at: dt.datetime
    submitted_at: dt.datetime | None
    ends_at: dt.datetime | None
    """End of the test use."""

    @classmethod
    def of(cls, order: Order, actions: tuple[OrderAction, ...]) -> "OrderMessage":
        """Say an order whole."""
        return cls(
            number=order.number,
            state=order.state,
            version=order.version,
            actions=actions,
            form=order.form,
            check=FindingsMessage.of(order.form),
            created_at=order.created_at,
            updated_at=order.updated_at,
            submitted_at=order.submitted_at,
            ends_at=order.ends_at,
        )


class StepMessage(_Message, frozen=True):
    """One step of an order."""

    at: dt.datetime
    role: Role
    action: OrderAction
    after: OrderState
    note: str

    @classmethod
    def of(cls, line: StepLine) -> "StepMessage":
        """Say a step, without the name of whoever took it."""
        return cls(at=line.at, role=line.role, action=line.action, after=line.after, note=line.note)


class StepsMessage(_Message, frozen=True):
    """The steps of an order, oldest first."""

    steps: tuple[StepMessage, ...]


class ItemMessage(_Message, frozen=True):
    """One card or certificate of an order."""

    place: int
    kind: ProductKind
    product: str
    state: ItemState
    card: str | None
    """Number of the card; none for a certificate, and before it is made."""

    issuer: str | None
    serial: str | None
    """Serial number of a certificate, hexadecimal."""

    waits: bool
    """Whether it still waits to be handed over."""

    reason: str | None
    """Why it was stopped or not made."""

    replaces: str | None
    made_at: dt.datetime | None
    taken_at: dt.datetime | None
    activated_at: dt.datetime | None
    ended_at: dt.datetime | None

    @classmethod
    def of(cls, item: OrderItem) -> "ItemMessage":
        """Say an item."""
        same = set(cls.__struct_fields__) - {"card"}
        return cls(card=item.card_number, **{name: getattr(item, name) for name in same})


class ItemsMessage(_Message, frozen=True):
    """Cards and certificates, by place."""

    items: tuple[ItemMessage, ...]


class ProgressMessage(_Message, frozen=True):
    """How far the making is."""

    planned: Count
    """Still to be made."""

    made: Count
    failed: Count
    began_at: dt.datetime | None
    seconds_left: float | None
    """An estimate; none before there is anything to tell by."""

    error: str | None
    """What stopped the worker last."""

    given_up: bool
    """Whether nobody tries any more until a person looks."""

    @classmethod
    def of(cls, progress: Progress) -> "ProgressMessage":
        """Say it."""
        left = None if progress.left is None else progress.left.total_seconds()
        same = set(cls.__struct_fields__) - {"seconds_left"}
        return cls(seconds_left=left, **{name: getattr(progress, name) for name in same})


class PlacesMessage(_Message, frozen=True):
    """Where the cards are."""

    places: tuple[str, ...]


class LinkMessage(_Message, frozen=True):
    """What opens the letter with the PINs, once."""

    secret: str
    expires_at: dt.datetime


class CardCodesMessage(_Message, frozen=True):
    """The PINs of one card."""

    card: str
    product: str
    pin: str
    puk: str


class CertificateCodeMessage(_Message, frozen=True):
    """What opens the key of one certificate."""

    serial: str
    product: str
    passphrase: str


class LetterMessage(_Message, frozen=True):
    """An opened letter: shown once, kept nowhere."""

    number: str
    """Number of the order."""

    archive: str
    """Password of the archive."""

    cards: tuple[CardCodesMessage, ...]
    certificates: tuple[CertificateCodeMessage, ...]

    @classmethod
    def of(cls, letter: Letter) -> "LetterMessage":
        """Reveal a letter."""
        return cls(
            number=letter.number,
            archive=letter.archive.reveal().decode(),
            cards=tuple(
                CardCodesMessage(
                    card=line.card_number,
                    product=line.product,
                    pin=line.pin.reveal().decode(),
                    puk=line.puk.reveal().decode(),
                )
                for line in letter.cards
            ),
            certificates=tuple(
                CertificateCodeMessage(
                    serial=line.serial,
                    product=line.product,
                    passphrase=line.passphrase.reveal().decode(),
                )
                for line in letter.certificates
            ),
        )


class CardHistoryLineMessage(_Message, frozen=True):
    """One event in the life of a card."""

    at: dt.datetime
    action: str
    """E.g. ``card.activated``."""

    role: str


class CardMessage(_Message, frozen=True):
    """A card with its history."""

    card: str
    item: ItemMessage
    holder: str
    """PS_IdNat of the holder."""

    issued_at: dt.datetime
    expires_at: dt.datetime
    replaced_by: str | None
    history: tuple[CardHistoryLineMessage, ...]

    @classmethod
    def of(cls, life: CardHistory) -> "CardMessage":
        """Say a life."""
        return cls(
            card=life.item.card_number or "",
            item=ItemMessage.of(life.item),
            holder=life.holder,
            issued_at=life.issued_at,
            expires_at=life.expires_at,
            replaced_by=life.replaced_by,
            history=tuple(
                CardHistoryLineMessage(at=line.at, action=line.action, role=line.role)
                for line in life.history
            ),
        )


class EventMessage(_Message, frozen=True):
    """An event for those who must know."""

    number: int
    """Grows without gaps; ask for those after the last one that you have."""

    body: CardEvent

    @classmethod
    def of(cls, event: Event) -> "EventMessage":
        """Say an event."""
        return cls(number=event.number, body=msgspec.json.decode(event.body, type=CardEvent))


class EventsMessage(_Message, frozen=True):
    """Events, in order."""

    events: tuple[EventMessage, ...]


class AuditMessage(_Message, frozen=True):
    """A trail that was checked and is whole."""

    lines: Count
    checkpoints: Count
    signed_to: Count
    """Number of the last line that a signed checkpoint covers."""

    @classmethod
    def of(cls, report: TrailReport) -> "AuditMessage":
        """Say a report."""
        return cls(lines=report.lines, checkpoints=report.checkpoints, signed_to=report.signed_to)


class AccountMessage(_Message, frozen=True):
    """Whose key it is."""

    account: str
    roles: tuple[Role, ...]
