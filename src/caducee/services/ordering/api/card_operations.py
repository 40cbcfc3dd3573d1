# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The operations on what was made: letters, shipments, the life of cards, events and the trail."""

import tempfile
from collections.abc import Iterator
from enum import StrEnum, unique
from typing import IO, Annotated

import msgspec
from starlette.responses import Response, StreamingResponse

from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.services.ordering.api.messages import (
    AuditMessage,
    CardMessage,
    EventMessage,
    EventsMessage,
    ItemMessage,
    ItemsMessage,
    LetterMessage,
    LinkMessage,
    PlacesMessage,
)
from caducee.services.ordering.api.operation import (
    STAFF,
    Archive,
    Call,
    NoAnswer,
    Operation,
    need,
    own_order,
)
from caducee.services.ordering.api.order_operations import PageQuery
from caducee.services.ordering.card_lifecycle import CardHistory, HolderChange
from caducee.services.ordering.items import CallBack, StopReason
from caducee.services.ordering.roles import Role

__all__ = ["OPERATIONS", "Change", "Declared", "Loss", "OpenLetter"]

_CHUNK = 1 << 16

type Name = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]


class OpenLetter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What opens a letter."""

    secret: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,100}$")]


@unique
class Declared(StrEnum):
    """Why a card is declared."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"


class Loss(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declaration. No PIN of a card is ever asked for."""

    reason: Declared
    called_back: CallBack | None = None
    """By which way the support reached the holder; needed in that role."""


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changed about the holder; nothing: the card is renewed as it is."""

    family_name: Name = ""
    given_name: Name = ""
    specialty: Annotated[str, msgspec.Meta(pattern=r"^([A-Z0-9]{2,8})?$")] = ""
    """Code of table R01, e.g. ``SM04``."""


def _letter(call: Call) -> LinkMessage:
    link = call.ordering.letters.make(own_order(call), call.actor())
    return LinkMessage(secret=link.secret.reveal().decode(), expires_at=link.expires_at)


def _open(call: Call) -> LetterMessage:
    secret = Secret.of(call.taken(OpenLetter).secret)
    return LetterMessage.of(call.ordering.letters.open(secret))


def _shipment(call: Call) -> Response:
    """Write the archive into a file that has no name, then send it."""
    into = tempfile.TemporaryFile()
    try:
        note = call.ordering.shipments.write(own_order(call), call.actor(), into)
    except BaseException:
        into.close()
        raise
    into.seek(0)
    headers = {"content-disposition": f'attachment; filename="{note.name}"'}
    return StreamingResponse(_read(into), headers=headers, media_type="application/zip")


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(_CHUNK):
            yield part


def _deliver(call: Call) -> PlacesMessage:
    return PlacesMessage(places=call.ordering.shipments.deliver(own_order(call), call.actor()))


def _received(call: Call) -> NoAnswer:
    call.ordering.shipments.received(own_order(call), call.actor())
    return NoAnswer()


def _cards(call: Call) -> ItemsMessage:
    found = call.ordering.cards.cards_of(call.caller.account)
    return ItemsMessage(items=tuple(map(ItemMessage.of, found)))


def _seen_card(call: Call) -> CardHistory:
    """Return the card of the path, if the caller may see it: else there is none."""
    number = call.path["card"]
    found = call.ordering.cards.history(number)
    mine = call.ordering.orders.order(found.item.order).applicant == call.caller.account
    holds = call.caller.holder is not None and call.caller.holder == found.holder
    if not (mine or holds or STAFF & call.caller.roles):
        raise IssueError("ordering.card_unknown", number=number)
    return found


def _card(call: Call) -> CardMessage:
    return CardMessage.of(_seen_card(call))


def _life_role(call: Call) -> Role:
    """Return in which role a caller acts on a card: their own, else the support's.

    Raises `IssueError` (``ordering.card_unknown``), `ApiError` (``api.role``) for the staff.
    """
    try:
        call.ordering.cards.access(call.path["card"], call.caller.account)
    except IssueError:
        if not STAFF & call.caller.roles:
            raise
        return need(call, Role.SUPPORT)
    return Role.APPLICANT


def _activate(call: Call) -> ItemMessage:
    actor = call.actor(_life_role(call))
    return ItemMessage.of(call.ordering.cards.activate(call.path["card"], actor))


def _lose(call: Call) -> ItemMessage:
    actor, said = call.actor(_life_role(call)), call.taken(Loss)
    reason = StopReason(said.reason.value)
    number = call.path["card"]
    return ItemMessage.of(
        call.ordering.cards.lose(number, actor, reason, called_back=said.called_back)
    )


def _replace(call: Call) -> ItemMessage:
    actor, said = call.actor(_life_role(call)), call.taken(Change)
    change = HolderChange(
        family_name=said.family_name, given_name=said.given_name, specialty=said.specialty
    )
    wanted = None if change == HolderChange() else change
    return ItemMessage.of(call.ordering.cards.replace(call.path["card"], actor, wanted))


def _destroy(call: Call) -> ItemMessage:
    actor = call.actor(_life_role(call))
    return ItemMessage.of(call.ordering.cards.destroy(call.path["card"], actor))


def _events(call: Call) -> EventsMessage:
    need(call, Role.SUPPORT, Role.AUDITOR)
    asked = call.asked(PageQuery)
    found = call.ordering.outbox.events(after=asked.after, count=asked.count)
    return EventsMessage(events=tuple(map(EventMessage.of, found)))


def _audit(call: Call) -> AuditMessage:
    need(call, Role.AUDITOR)
    return AuditMessage.of(call.ordering.checkpoints.check())


_ORDER = "/orders/{order}"
_CARD = "/cards/{card}"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "letter",
        "POST",
        f"{_ORDER}/letter",
        "Seal the PINs of what waits, and give the secret that opens the letter once; a letter "
        "that nobody opened is void then.",
        _letter,
        LinkMessage,
        status=201,
        refuses=(403, 409),
    ),
    Operation(
        "openLetter",
        "POST",
        "/letters/open",
        "Open a letter: its PINs are kept nowhere afterwards.",
        _open,
        LetterMessage,
        body=OpenLetter,
        refuses=(404, 410),
    ),
    Operation(
        "shipment",
        "POST",
        f"{_ORDER}/shipment",
        "Fetch the encrypted archive of what waits; the order is delivered then. It can be "
        "fetched again until it is confirmed.",
        _shipment,
        Archive,
        refuses=(403, 409),
    ),
    Operation(
        "deliver",
        "POST",
        f"{_ORDER}/delivery",
        "Have the cards put into the reader of the service.",
        _deliver,
        PlacesMessage,
        refuses=(403, 409),
    ),
    Operation(
        "received",
        "POST",
        f"{_ORDER}/received",
        "Confirm that cards and PINs arrived: their content is removed for good.",
        _received,
        NoAnswer,
        status=204,
        refuses=(403, 409),
    ),
    Operation("cards", "GET", "/cards", "List your cards, newest first.", _cards, ItemsMessage),
    Operation("card", "GET", _CARD, "Show a card with its history.", _card, CardMessage),
    Operation(
        "activate",
        "POST",
        f"{_CARD}/activate",
        "Take a card into use; the one that it replaces is stopped.",
        _activate,
        ItemMessage,
        refuses=(403, 409),
    ),
    Operation(
        "lose",
        "POST",
        f"{_CARD}/lose",
        "Stop a card that is lost, stolen or damaged, at once.",
        _lose,
        ItemMessage,
        body=Loss,
        refuses=(403, 409),
    ),
    Operation(
        "replace",
        "POST",
        f"{_CARD}/replace",
        "Have another card made for the same holder; asked again, it is the same one.",
        _replace,
        ItemMessage,
        body=Change,
        refuses=(403, 409),
    ),
    Operation(
        "destroy",
        "POST",
        f"{_CARD}/destroy",
        "Take note that a card was destroyed.",
        _destroy,
        ItemMessage,
        refuses=(403, 409),
    ),
    Operation(
        "events",
        "GET",
        "/events",
        "Give events after a number, for those who must know; roles support and auditor.",
        _events,
        EventsMessage,
        query=PageQuery,
        refuses=(403,),
    ),
    Operation(
        "audit",
        "GET",
        "/audit",
        "Check the whole trail against its signed checkpoints; role auditor.",
        _audit,
        AuditMessage,
        refuses=(403, 409),
    ),
)
