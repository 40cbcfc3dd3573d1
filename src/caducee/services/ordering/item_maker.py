# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Making items: first everything that takes time, then the record in one transaction."""

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)

from caducee.authority.authority import Authority
from caducee.authority.csr import read_request
from caducee.authority.keys import CaKey, KeyKind, PublicKey
from caducee.base.errors import IssueError
from caducee.directory.model import Card, Person, Qualification
from caducee.directory.registry import Registry
from caducee.issuance import CardKeySource, CardOrder, CardPins, CardState, identities
from caducee.issuance.cards import PreparedCard, prepare_cards, record_cards
from caducee.issuance.organisations import OrganisationOrder, issue_organisation
from caducee.issuance.software import issue_software
from caducee.services.ordering.catalogue import ProductKind, product
from caducee.services.ordering.content import CardContent, CertificateContent, Content
from caducee.services.ordering.form import CodesChoice
from caducee.services.ordering.item_specs import HolderChange, ItemSpec
from caducee.services.ordering.items import OrderItem
from caducee.spec import igc
from caducee.spec.igc import OrganisationUse
from caducee.trust.certificate import CertificateUse

__all__ = ["Maker", "Ready", "Recorded", "changed", "replacement"]

_PASSPHRASE = 15
"""Bytes of chance in the passphrase of a key file."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """An item that is ready to be recorded: a card, or the key of a certificate."""

    item: OrderItem
    spec: ItemSpec
    card: PreparedCard | None = None
    public: PublicKey | None = None
    key: CaKey | None = None
    """The private key, when it was made here."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """An item that is recorded: what the table keeps of it, and what will be handed over."""

    item: OrderItem
    content: Content
    card: Card | None
    issuer: str | None
    serial: str | None


class Maker:
    """Makes cards and certificates."""

    def __init__(
        self, registry: Registry, authority: Authority, kind: KeyKind = KeyKind.RSA_2048
    ) -> None:
        self._registry = registry
        self._authority = authority
        self._kind = kind

    def prepare(
        self,
        items: Sequence[OrderItem],
        specs: Sequence[ItemSpec],
        keys: CardKeySource,
        threads: Executor,
    ) -> Iterator[Ready]:
        """Do what takes time; nothing is recorded.

        Raises `FormatError` and `IssueError` for an item that cannot be made.
        """
        pairs = list(zip(items, specs, strict=True))
        cards = [pair for pair in pairs if pair[0].kind is ProductKind.CARD]
        orders = [self._order(*pair) for pair in cards]
        made = prepare_cards(self._registry, self._authority, orders, keys=keys, threads=threads)
        for (item, spec), card in zip(cards, made, strict=True):
            yield Ready(item, spec, card=card)
        for item, spec in pairs:
            if item.kind is not ProductKind.CARD:
                yield self._key(item, spec)

    def record(self, ready: Sequence[Ready]) -> list[Recorded]:
        """Enter items into registry and records; in the transaction of the caller."""
        cards = [entry.card for entry in ready if entry.card is not None]
        record_cards(self._registry, self._authority, cards, publish=False)
        return [self._card(entry) or self._certificate(entry) for entry in ready]

    def _order(self, item: OrderItem, spec: ItemSpec) -> CardOrder:
        random = spec.codes is CodesChoice.RANDOM
        pins = CardPins.random() if random else CardPins.of_test_cards()
        if spec.holder:
            return replace(replacement(self._registry, item.product, spec), pins=pins)
        profile = product(item.product).profile
        if profile is None:
            raise IssueError("ordering.product_unknown", name=item.product)
        return replace(profile.order(self._registry), pins=pins)

    def _key(self, item: OrderItem, spec: ItemSpec) -> Ready:
        organisation = item.kind is ProductKind.ORGANISATION_CERTIFICATE
        domain = igc.Domain.ORGANISATIONS if organisation else igc.Domain.PERSONNES
        self._authority.certificate(igc.ca(igc.Range.ELEMENTAIRE, domain))
        if spec.csr:
            return Ready(item, spec, public=read_request(spec.csr.encode()).public_key)
        key = self._kind.make()
        return Ready(item, spec, public=key.public_key(), key=key)

    def _card(self, ready: Ready) -> Recorded | None:
        if ready.card is None:
            return None
        issued = ready.card.issued
        content = CardContent(
            number=issued.card.number,
            image=issued.image.to_json(),
            pin=issued.pin.reveal(),
            puk=issued.puk.reveal(),
            certificates=tuple(
                made.public_bytes(Encoding.DER)
                for made in (issued.authentication, issued.signature)
            ),
        )
        card = self._registry.cards.get(issued.card.number) or issued.card
        return Recorded(ready.item, content, card, None, None)

    def _certificate(self, ready: Ready) -> Recorded:
        made = self._issue(ready)
        chain = self._authority.chain_of(made)
        bundle, passphrase = _bundle(ready.key, made, chain) if ready.key else (None, None)
        serial = f"{made.serial_number:X}"
        content = CertificateContent(
            serial=serial,
            certificate=made.public_bytes(Encoding.DER),
            chain=tuple(above.public_bytes(Encoding.DER) for above in chain),
            bundle=bundle,
            passphrase=passphrase,
        )
        names = made.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return Recorded(ready.item, content, None, str(names[0].value), serial)

    def _issue(self, ready: Ready) -> x509.Certificate:
        use = product(ready.item.product).use
        if ready.public is None:
            raise IssueError("ordering.product_unknown", name=ready.item.product)
        if isinstance(use, OrganisationUse):
            order = OrganisationOrder(
                structure=identities.body(ready.spec.body),
                name=ready.spec.name,
                use=use,
                hosts=ready.spec.hosts if use is OrganisationUse.SSL else (),
            )
            return issue_organisation(self._registry, self._authority, order, ready.public)
        person = identities.new_person(self._registry)
        use = use or CertificateUse.SIGNATURE
        return issue_software(self._registry, self._authority, person, ready.public, use=use)


def replacement(registry: Registry, name: str, spec: ItemSpec) -> CardOrder:
    """Return the order of a card in place of another: the same holder and product, new.

    Raises `IssueError` (``ordering.card_unknown``) when the holder is not known any more.
    """
    person = registry.persons.get(spec.holder)
    profile = product(name).profile
    if person is None or profile is None:
        raise IssueError("ordering.card_unknown", number=spec.holder)
    order = profile.order(registry, changed(person, spec.change))
    return replace(order, state=CardState.NEW)


def changed(person: Person, change: HolderChange | None) -> Person:
    """Return a person with what changed."""
    if change is None:
        return person
    known = person.qualifications
    return replace(
        person,
        family_name=change.family_name.strip() or person.family_name,
        given_name=change.given_name.strip() or person.given_name,
        qualifications=(Qualification(change.specialty),) if change.specialty else known,
    )


def _bundle(
    key: CaKey, made: x509.Certificate, chain: Sequence[x509.Certificate]
) -> tuple[bytes, bytes]:
    passphrase = secrets.token_urlsafe(_PASSPHRASE).encode()
    bundle = pkcs12.serialize_key_and_certificates(
        f"{made.serial_number:X}".encode(),
        key,
        made,
        chain,
        BestAvailableEncryption(passphrase),
    )
    return bundle, passphrase
