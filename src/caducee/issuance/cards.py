# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Issuing and revoking cards.

Issuing goes in this order, so that a kill at any moment loses nothing and doubles nothing:

1. card number and serial numbers are reserved, and never given again;
2. keys, certificates and image are made; nothing is recorded;
3. the card is delivered (its image written by the caller's ``deliver``);
4. person, structures, activities, card and certificates are recorded in one transaction;
5. a card that was ordered revoked is stopped, and the lists that say so are published.

So a card that the registry knows has been delivered; a card delivered but not recorded is unknown
to every relying party, and its numbers are not used again.
"""

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import batched, islice

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.authority.authority import Authority
from caducee.authority.requests import issuer_of
from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.directory.model import Activity, Card
from caducee.directory.registry import Registry
from caducee.issuance.checking import check
from caducee.issuance.keys import CardKeySource, FreshCardKeys
from caducee.issuance.order import CardOrder, Practice, numbered
from caducee.issuance.personalisation import USES, PersonalisedCard, ReservedNumbers, personalise
from caducee.issuance.states import CardState
from caducee.spec import igc, ours
from caducee.virtualcard.image import CardImage

__all__ = [
    "IssuedCard",
    "PreparedCard",
    "issue_card",
    "issue_cards",
    "prepare_cards",
    "record_cards",
    "revoke_card",
    "revoked_issuers",
]

type Deliver = Callable[["IssuedCard"], None]

_BATCH = 64
"""Cards whose records go into one transaction."""

_COUNTER = "card-serial"


@dataclass(frozen=True, slots=True, eq=False)
class IssuedCard:
    """A card that was issued, with its PIN and PUK: for the holder's eyes."""

    image: CardImage
    """The card itself."""

    pin: Secret
    """The PIN."""

    puk: Secret
    """The PUK."""

    card: Card
    """What the registry knows of the card."""

    authentication: x509.Certificate
    """The authentication certificate."""

    signature: x509.Certificate
    """The signature certificate."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedCard:
    """A card that is ready, before anybody knows of it."""

    order: CardOrder
    """What was wanted."""

    made: PersonalisedCard
    """The card with its PIN and PUK and certificates."""

    issued: IssuedCard
    """What it will be once it is recorded."""


def issue_card(
    registry: Registry,
    authority: Authority,
    order: CardOrder,
    *,
    keys: CardKeySource | None = None,
    deliver: Deliver | None = None,
) -> IssuedCard:
    """Issue one card: from an order to keys, certificates, image and records.

    ``keys`` gives the keys (default: fresh ones); ``deliver`` keeps the image before the registry
    learns of the card, and may refuse by raising. Raises `FormatError` and `IssueError` for an
    order that cannot be fulfilled, before anything is made, and `StateError` when the database or
    the disk refuses; then nothing was recorded.
    """
    return next(issue_cards(registry, authority, [order], keys=keys, deliver=deliver))


def issue_cards(
    registry: Registry,
    authority: Authority,
    orders: Iterable[CardOrder],
    *,
    keys: CardKeySource | None = None,
    deliver: Deliver | None = None,
) -> Iterator[IssuedCard]:
    """Issue many cards, as they are asked for, on all cores; records go in batches.

    A card is yielded when its record is kept. A wrong order stops the series with its error; the
    cards yielded before stay, those of its own batch are not issued.
    """
    source = keys or FreshCardKeys()
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as threads:
        for batch in batched(orders, _BATCH):
            yield from _issue_batch(registry, authority, batch, (source, threads, deliver))


def revoke_card(
    registry: Registry,
    authority: Authority,
    number: str,
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified,
    *,
    publish: bool = True,
) -> bool:
    """Stop a card for good and revoke its certificates; false when it was stopped before.

    With ``publish`` a new list of the issuing CA is made at once. Raises `IssueError`
    (``directory.card_unknown``).
    """
    with registry.transaction():
        stopped = registry.cards.oppose(number, authority.now(), reason.name)
        certificates = registry.certificates.of_card(number)
        for certificate in certificates:
            authority.revoke(_facts(certificate.issuer), certificate.serial, reason)
    if publish and stopped:
        for issuer in sorted({item.issuer for item in certificates}):
            authority.publish(_facts(issuer))
    return stopped


def _facts(common_name: str) -> igc.CaFacts:
    found = igc.by_name(common_name)
    if found is None:
        raise IssueError("authority.ca_unknown", name=common_name)
    return found


def prepare_cards(
    registry: Registry,
    authority: Authority,
    orders: Sequence[CardOrder],
    *,
    keys: CardKeySource,
    threads: Executor,
) -> Iterator[PreparedCard]:
    """Make the cards of some orders, in their order, as they are ready; nothing is recorded.

    For callers that record cards in a transaction of their own (`record_cards`): all the work that
    takes time is done here, outside of it. Raises as `issue_card` does.
    """
    for order in orders:
        check(order)
    for issuer in {issuer_of(entry.family, entry.category).common_name for entry in orders}:
        authority.certificate(_facts(issuer))
    practices = [_practices(registry, order) for order in orders]
    reserved = _reserve(registry, authority, orders)
    ahead = _keys_ahead(keys, threads, reserved)
    running = [
        threads.submit(_make, authority, order, what, numbers, own)
        for order, what, numbers, own in zip(orders, practices, reserved, ahead, strict=True)
    ]
    for order, item in zip(orders, running, strict=True):
        made = item.result()
        yield PreparedCard(order, made, _issued(made))


def record_cards(
    registry: Registry,
    authority: Authority,
    prepared: Sequence[PreparedCard],
    *,
    publish: bool = True,
) -> list[IssuedCard]:
    """Enter prepared cards into the registry, each once; joins a transaction that is open.

    Cards that were ordered revoked are stopped; with ``publish`` the lists that say so follow.
    """
    orders = [item.order for item in prepared]
    with registry.transaction():
        _record(registry, authority, orders, [item.made for item in prepared])
        issued = [_stopped(registry, authority, item) for item in prepared]
    if publish:
        for issuer in sorted(revoked_issuers(prepared)):
            authority.publish(_facts(issuer))
    return issued


def revoked_issuers(prepared: Iterable[PreparedCard]) -> set[str]:
    """Return the CN of the authorities whose lists change, since cards were ordered revoked."""
    return {
        issuer_of(item.order.family, item.order.category).common_name
        for item in prepared
        if item.order.state is CardState.REVOKED
    }


def _issue_batch(
    registry: Registry,
    authority: Authority,
    orders: Sequence[CardOrder],
    tools: tuple[CardKeySource, Executor, Deliver | None],
) -> list[IssuedCard]:
    source, threads, deliver = tools
    prepared = []
    for card in prepare_cards(registry, authority, orders, keys=source, threads=threads):
        prepared.append(card)
        if deliver is not None:
            deliver(card.issued)
    return record_cards(registry, authority, prepared)


def _stopped(registry: Registry, authority: Authority, card: PreparedCard) -> IssuedCard:
    """Stop a card that was ordered revoked; its record is as it stands after that."""
    if card.order.state is not CardState.REVOKED:
        return card.issued
    number = card.issued.card.number
    revoke_card(registry, authority, number, publish=False)
    return replace(card.issued, card=registry.cards.get(number) or card.issued.card)


type _Key = Callable[[], rsa.RSAPrivateKey]


def _keys_ahead(
    source: CardKeySource, threads: Executor, reserved: Sequence[ReservedNumbers]
) -> list[list[_Key]]:
    # The keys of a single card are made side by side. In a series each card makes its own, so
    # that all cores stay busy until the end; a task never waits for another one then.
    if len(reserved) > 1:
        return [[source.card_key for _ in item.serials] for item in reserved]
    return [
        [functools.partial(_result, threads.submit(source.card_key)) for _ in item.serials]
        for item in reserved
    ]


def _result(running: Future[rsa.RSAPrivateKey]) -> rsa.RSAPrivateKey:
    return running.result()


def _make(
    authority: Authority,
    order: CardOrder,
    practices: dict[int, Practice],
    reserved: ReservedNumbers,
    keys: Sequence[_Key],
) -> PersonalisedCard:
    return personalise(authority, order, practices, reserved, [key() for key in keys])


def _practices(registry: Registry, order: CardOrder) -> dict[int, Practice]:
    if order.practices:
        return dict(numbered(order.practices))
    found = {}
    for activity in registry.activities.of(order.person.ps_idnat):
        structure = registry.structures.get(activity.struct_idnat)
        if structure is not None and structure.active and activity.active:
            found[activity.number] = Practice(
                structure, activity.sector, activity.mode, section=activity.section
            )
    return found


def _reserve(
    registry: Registry, authority: Authority, orders: Sequence[CardOrder]
) -> list[ReservedNumbers]:
    first = ours.table("issuance").integer("first_serial")
    with registry.transaction():
        numbers = registry.draw(_COUNTER, len(orders), first=first)
        wanted: Counter[igc.CaFacts] = Counter()
        for order in orders:
            wanted[issuer_of(order.family, order.category)] += _count(order)
        serials = {ca: iter(authority.reserve(ca, count)) for ca, count in wanted.items()}
        return [
            ReservedNumbers(
                _card_number(number),
                tuple(islice(serials[issuer_of(order.family, order.category)], _count(order))),
            )
            for number, order in zip(numbers, orders, strict=True)
        ]


def _count(order: CardOrder) -> int:
    return len(USES) if order.has_technical_key else len(USES) - 1


def _card_number(serial: int) -> str:
    # The first 8 digits stand in EF.SN.ICC and differ from card to card, since programs keep
    # what they read of a card under them; the last two vary as on real cards.
    return f"{serial:08d}{serial * 37 % 100:02d}"


def _issued(made: PersonalisedCard) -> IssuedCard:
    return IssuedCard(
        image=made.image,
        pin=made.pins.pin,
        puk=made.pins.puk,
        card=made.card,
        authentication=made.issued[0][1],
        signature=made.issued[1][1],
    )


def _record(
    registry: Registry,
    authority: Authority,
    orders: Sequence[CardOrder],
    made: Sequence[PersonalisedCard],
) -> None:
    with registry.transaction():
        for order, item in zip(orders, made, strict=True):
            registry.persons.put(order.person)
            if order.practices:
                _put_practices(registry, order)
            registry.cards.put(item.card)
            for request, certificate in item.issued:
                authority.record(request, certificate)


def _put_practices(registry: Registry, order: CardOrder) -> None:
    for practice in order.practices:
        registry.structures.put(practice.structure)
    ps_idnat = order.person.ps_idnat
    registry.activities.put_all(
        ps_idnat,
        [
            Activity(
                ps_idnat,
                number,
                item.structure.struct_idnat,
                item.sector,
                item.mode,
                section=item.section,
            )
            for number, item in numbered(order.practices)
        ],
    )
