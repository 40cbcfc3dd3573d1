# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Shipments: card images and certificates on their way to the applicant.

The archive is a ZIP file encrypted by AES-256 (WinZip AE-2), which common programs open; its
password stands in the letter.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.dates import years_later
from caducee.base.errors import IssueError
from caducee.directory.jobs import QueuedJob
from caducee.services.ordering.content import (
    CardContent,
    CertificateContent,
    Content,
    read_content,
)
from caducee.services.ordering.items import ItemState
from caducee.services.ordering.letters import Letters
from caducee.services.ordering.orders import Actor, Order, check_own
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderAction, follow
from caducee.services.ordering.tools import JobKind, Tools
from caducee.spec import ours

__all__ = ["CardReceiver", "ShipmentNote", "Shipments"]

_log = logging.getLogger(__name__)


class CardReceiver(Protocol):
    """Takes cards straight into a reader; the sandbox fills it."""

    def receive(self, card_number: str, image: bytes) -> str:
        """Keep a card image (the bytes of its file) and return where it is, for people.

        The same card given twice is kept once. Raises `StateError`.
        """


@dataclass(frozen=True, slots=True)
class ShipmentNote:
    """What a shipment holds."""

    name: str
    """Name of the archive, e.g. ``T2026-000017.zip``."""

    cards: tuple[str, ...]
    """Numbers of the cards."""

    certificates: tuple[str, ...]
    """Serial numbers of the certificates, hexadecimal."""


class Shipments:
    """Hands shipments over."""

    def __init__(self, tools: Tools, letters: Letters, reader: CardReceiver | None) -> None:
        self._tools = tools
        self._letters = letters
        self._reader = reader

    @property
    def has_reader(self) -> bool:
        """Whether cards can go straight into a reader."""
        return self._reader is not None

    def write(self, order: Order, actor: Actor, into: BinaryIO) -> ShipmentNote:
        """Write the archive of the shipment that waits; the order is delivered then.

        Memory does not grow with the number of cards. Raises `IssueError`
        (``ordering.nothing_waits`` and those of the step).
        """
        import pyzipper

        shipment = self._waiting(order, actor)
        password = self._tools.vault.password(shipment)
        cards: list[str] = []
        certificates: list[str] = []
        with pyzipper.AESZipFile(
            into, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
        ) as archive:
            archive.setpassword(password.reveal())
            for content in self._contents(shipment):
                for name, data in _files(content):
                    archive.writestr(name, data)
                if isinstance(content, CardContent):
                    cards.append(content.number)
                else:
                    certificates.append(content.serial)
        self._hand_over(order, actor, shipment)
        return ShipmentNote(f"{order.number}.zip", tuple(cards), tuple(certificates))

    def deliver(self, order: Order, actor: Actor) -> tuple[str, ...]:
        """Put the cards that wait into the reader and say where they are.

        Certificates in software are left for the archive. Raises `IssueError`
        (``ordering.no_reader``, ``ordering.nothing_waits`` and those of the step).
        """
        if self._reader is None:
            raise IssueError("ordering.no_reader")
        shipment = self._waiting(order, actor)
        places = [
            self._reader.receive(content.number, content.image)
            for content in self._contents(shipment)
            if isinstance(content, CardContent)
        ]
        self._hand_over(order, actor, shipment)
        return tuple(places)

    def received(self, order: Order, actor: Actor) -> None:
        """Take note that what was handed over arrived: it is removed for good.

        Nothing happens when it was removed before. Raises `IssueError`
        (``ordering.letter_first``, ``ordering.not_taken``).
        """
        tools = self._tools
        _applicant(order, actor)
        shipment = tools.items.waiting(order.id)
        if shipment is None:
            return
        if not self._letters.made(shipment):
            raise IssueError("ordering.letter_first")
        if tools.items.of_shipment(shipment, ItemState.MADE, count=1):
            raise IssueError("ordering.not_taken")
        with tools.registry.transaction():
            if tools.items.empty(shipment):
                tools.trail.add(actor.account, actor.role.value, "shipment.received", order.number)
        tools.vault.destroy(shipment)

    def forget(self, job: QueuedJob) -> None:
        """Remove the content of the shipment that a job names: its time is over.

        What nobody asked the PINs of yet is kept: without them it is of no use.
        """
        tools = self._tools
        if tools.items.waits(job.payload) and not self._letters.made(job.payload):
            again = tools.registry.now() + _keep()
            tools.jobs.failed(job, "ordering.letter_first", again_at=again)
            return
        with tools.registry.transaction():
            tools.jobs.prolong(job)
            tools.items.empty(job.payload)
        # The key goes before the job ends, so that a kill between does not leave it for ever.
        tools.vault.destroy(job.payload)
        tools.jobs.done(job)

    def _waiting(self, order: Order, actor: Actor) -> str:
        follow(order.state, OrderAction.DELIVER, actor.role)
        check_own(order, actor)
        shipment = self._tools.items.waiting(order.id)
        if shipment is None:
            raise IssueError("ordering.nothing_waits", number=order.number)
        return shipment

    def _contents(self, shipment: str) -> Iterator[Content]:
        for item, sealed in self._tools.items.contents(shipment):
            yield read_content(self._tools.vault, shipment, item.place, sealed)

    def _hand_over(self, order: Order, actor: Actor, shipment: str) -> None:
        """Note that a shipment was handed over; a repetition goes to the trail alone."""
        tools, own = self._tools, ours.table("ordering")
        now = tools.registry.now()
        with tools.registry.transaction():
            first = tools.items.hand_over(shipment, now) > 0
            # Who came at the same moment has handed it over by now.
            order = tools.orders.order(order.id)
            if not first and order.ends_at is not None:
                tools.trail.add(actor.account, actor.role.value, "shipment.repeated", order.number)
                return
            ends = years_later(now, own.integer("test_years"))
            tools.orders.deliver(order, actor, ends)
            if order.ends_at is None:
                payload = msgspec.json.encode(order.id).decode()
                tools.jobs.add(JobKind.END, payload, key=f"{JobKind.END}:{order.id}", due_at=ends)
            key = f"{JobKind.FORGET}:{shipment}"
            tools.jobs.add(JobKind.FORGET, shipment, key=key, due_at=now + _keep())


def _keep() -> dt.timedelta:
    """Return how long what was handed over can be fetched again."""
    return dt.timedelta(days=ours.table("ordering").integer("keep_days"))


def _applicant(order: Order, actor: Actor) -> None:
    if actor.role is not Role.APPLICANT:
        raise IssueError("ordering.role_wrong", role=actor.role.value, action="received")
    check_own(order, actor)


def _files(content: Content) -> Iterator[tuple[str, bytes]]:
    if isinstance(content, CardContent):
        yield f"cards/{content.number}.json", content.image
        yield f"cards/{content.number}.pem", _pem(*content.certificates)
        return
    yield from _certificate_files(content)


def _certificate_files(content: CertificateContent) -> Iterator[tuple[str, bytes]]:
    yield f"certificates/{content.serial}.pem", _pem(content.certificate)
    yield f"certificates/{content.serial}-chain.pem", _pem(*content.chain)
    if content.bundle is not None:
        yield f"certificates/{content.serial}.p12", content.bundle


def _pem(*ders: bytes) -> bytes:
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders)
