# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The ways of an order that many tests begin with."""

import io
import zipfile

import pyzipper
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace
from tests.unit.ordering.conftest import FIT

from caducee.base.secret import Secret
from caducee.services.ordering.form import (
    CardLine,
    CertificateLine,
    CertificateUsage,
    CodesChoice,
    OrderForm,
)
from caducee.services.ordering.letters import Letter
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction
from caducee.services.ordering.tools import JobKind

ZOE = Actor("zoe", Role.APPLICANT)
OTHER = Actor("other", Role.APPLICANT)
REVIEWER = Actor("reviewer", Role.REVIEWER)
MAKER = Actor("maker", Role.PRODUCTION)
SUPPORT = Actor("support", Role.SUPPORT)


def cards(*products: str, quantity: int = 1, codes: CodesChoice = CodesChoice.RANDOM) -> OrderForm:
    """Return a form that can be handed in, for some cards of each product."""
    lines = tuple(CardLine(product=product, quantity=quantity, codes=codes) for product in products)
    return replace(FIT, cards=lines)


def csr() -> str:
    """Return a signing request for a new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def certificates(*lines: CertificateLine) -> OrderForm:
    """Return a form that can be handed in, for certificates only."""
    usage = CertificateUsage(
        uses="Authenticate our test server to the INSi web service and to the DMP.",
        solution="hearth 2.1",
    )
    return replace(FIT, cards=(), certificates=lines, certificate_usage=usage)


def producing(ordering: Ordering, form: OrderForm) -> Order:
    """Return an order that waits for the worker."""
    order = ordering.orders.submit(ordering.orders.begin("zoe", form), ZOE, '{"by": "code"}')
    return ordering.act(
        ordering.act(order, REVIEWER, OrderAction.ACCEPT), MAKER, OrderAction.PRODUCE
    )


def ready(ordering: Ordering, form: OrderForm) -> Order:
    """Return an order that was made."""
    order = producing(ordering, form)
    assert ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    return ordering.orders.order(order.id)


def opened(ordering: Ordering, order: Order) -> Letter:
    """Return the letter of an order, opened."""
    return ordering.letters.open(ordering.letters.make(order, ZOE).secret)


def delivered(ordering: Ordering, form: OrderForm) -> tuple[Order, Letter]:
    """Return an order whose cards are in the reader and removed from the service."""
    order = ready(ordering, form)
    letter = opened(ordering, order)
    ordering.shipments.deliver(order, ZOE)
    order = ordering.orders.order(order.id)
    ordering.shipments.received(order, ZOE)
    return order, letter


def shipment(ordering: Ordering, order: Order, password: Secret) -> dict[str, bytes]:
    """Return the files of the archive of an order."""
    into = io.BytesIO()
    ordering.shipments.write(order, ZOE, into)
    return unpacked(into, password)


def unpacked(archive: io.BytesIO, password: Secret) -> dict[str, bytes]:
    """Return the files of an archive, each encrypted."""
    with pyzipper.AESZipFile(archive) as opened_:
        opened_.setpassword(password.reveal())
        assert all(item.flag_bits & 1 for item in opened_.infolist())
        return {item: opened_.read(item) for item in opened_.namelist()}


def plain_names(archive: io.BytesIO) -> list[str]:
    """Return what an archive shows without its password."""
    with zipfile.ZipFile(archive) as found:
        return found.namelist()
