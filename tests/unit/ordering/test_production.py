# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An accepted order becomes cards: each once, recorded, with progress and an estimate."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from msgspec.structs import replace
from tests.unit.ordering import scenarios
from tests.unit.ordering.conftest import FIT, Tray
from tests.unit.ordering.scenarios import ZOE

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError
from caducee.directory.model import CardStatus
from caducee.directory.registry import Registry
from caducee.services.ordering import production
from caducee.services.ordering.catalogue import ProductKind
from caducee.services.ordering.form import CertificateLine, CodesChoice
from caducee.services.ordering.item_maker import Maker, Ready
from caducee.services.ordering.items import ItemState
from caducee.services.ordering.orders import Actor
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import JobKind
from caducee.spec import igc
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.image import CardImage

pytestmark = pytest.mark.usefixtures("accounts")


def test_every_item_is_planned_with_the_step(ordering: Ordering) -> None:
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin", "cde", quantity=2))
    items = ordering.items.page(order.id)
    assert [item.product for item in items] == ["cps-medecin", "cps-medecin", "cde", "cde"]
    assert {item.state for item in items} == {ItemState.PLANNED}
    assert [item.place for item in ordering.items.page(order.id, after=1, count=2)] == [2, 3]
    assert ordering.production.progress(order).total == 4


def test_a_step_that_fails_plans_nothing(ordering: Ordering) -> None:
    order = ordering.orders.submit(ordering.orders.begin("zoe", FIT), ZOE, "{}")
    with pytest.raises(IssueError):
        ordering.act(order, Actor("maker", Role.PRODUCTION), OrderAction.PRODUCE)
    assert ordering.items.page(order.id) == ()
    assert ordering.worker.work("w1") <= 1, "nothing but the daily head"


def test_the_worker_makes_what_was_ordered(ordering: Ordering, registry: Registry) -> None:
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin", "cpf-medecin", "cpe"))
    ordering.worker.work("w1")
    assert ordering.orders.order(order.id).state is OrderState.READY
    items = ordering.items.page(order.id)
    assert {item.state for item in items} == {ItemState.MADE}
    numbers = [item.card_number or "" for item in items]
    families = [card.family.name for number in numbers if (card := registry.cards.get(number))]
    assert families == ["CPS", "CPF", "CPE"]
    assert all(len(registry.certificates.of_card(number)) == 3 for number in numbers)
    progress = ordering.production.progress(order)
    assert (progress.planned, progress.made, progress.failed, progress.left) == (0, 3, 0, None)


def test_a_card_ordered_revoked_leaves_stopped_and_in_the_list(
    ordering: Ordering, registry: Registry, authority: Authority
) -> None:
    order = scenarios.ready(ordering, scenarios.cards("revoked", "cps-medecin"))
    revoked, well = (
        registry.cards.get(item.card_number or "") for item in ordering.items.page(order.id)
    )
    assert revoked and revoked.status is CardStatus.OPPOSED
    assert well and well.status is CardStatus.ACTIVE
    crl = x509.load_der_x509_crl(authority.crl(igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)))
    wanted = {certificate.serial for certificate in registry.certificates.of_card(revoked.number)}
    assert wanted <= {revoked.serial_number for revoked in crl}


def test_codes_are_random_or_the_documented_ones(ordering: Ordering, reader: Tray) -> None:
    _, letter = scenarios.delivered(
        ordering, scenarios.cards("cps-medecin", quantity=3, codes=CodesChoice.TEST)
    )
    assert {card.pin.reveal() for card in letter.cards} == {b"1234"}
    assert {card.puk.reveal() for card in letter.cards} == {b"12345678"}
    _, letter = scenarios.delivered(ordering, scenarios.cards("cps-medecin", quantity=5))
    assert len({card.puk.reveal() for card in letter.cards}) == 5
    for line in letter.cards:
        image = CardImage.from_json(reader.cards[line.card_number])
        assert [code.value.reveal() for code in image.pins] == [
            line.pin.reveal(),
            line.puk.reveal(),
        ]


def test_certificates_in_software_come_with_a_key_or_for_a_request(
    ordering: Ordering, registry: Registry
) -> None:
    request = scenarios.csr()
    form = scenarios.certificates(
        CertificateLine(product="personne-signature", csr=request),
        CertificateLine(product="organisation-auth-cli"),
        CertificateLine(product="organisation-ssl", hosts=("sih.example.test", "www.example.test")),
    )
    order = scenarios.ready(ordering, form)
    person, client, server = ordering.items.page(order.id)
    assert person.kind is ProductKind.PERSON_CERTIFICATE
    assert client.issuer == "TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS"
    letter = scenarios.opened(ordering, order)
    files = scenarios.shipment(ordering, order, letter.archive)
    asked = x509.load_pem_x509_csr(request.encode())
    made = x509.load_pem_x509_certificate(files[f"certificates/{person.serial}.pem"])
    assert made.public_key() == asked.public_key()
    assert f"certificates/{person.serial}.p12" not in files
    assert [certificate.serial for certificate in letter.certificates] == [
        client.serial,
        server.serial,
    ]
    for item, line in zip((client, server), letter.certificates, strict=True):
        key, own, chain = pkcs12.load_key_and_certificates(
            files[f"certificates/{item.serial}.p12"], line.passphrase.reveal()
        )
        assert key and own and key.public_key() == own.public_key()
        own.verify_directly_issued_by(chain[0])
        assert registry.certificates.get(item.issuer or "", own.serial_number)
    names = x509.load_pem_x509_certificate(files[f"certificates/{server.serial}.pem"])
    assert "CN=sih.example.test" in names.subject.rfc4514_string()


def test_certificates_cost_no_keys_of_cards(
    ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []
    form = scenarios.certificates(CertificateLine(product="organisation-sign"))
    order = scenarios.producing(ordering, form)
    monkeypatch.setattr(SharedKeys, "card_key", lambda _: asked.append(None))
    assert ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    assert asked == []


def test_one_that_cannot_be_made_does_not_keep_the_others_waiting(
    ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = scenarios.certificates(
        CertificateLine(product="organisation-ssl", hosts=("a.example.test",)),
        CertificateLine(product="organisation-sign"),
    )
    order = scenarios.producing(ordering, form)
    request = Maker.record

    def record(maker: Maker, ready: list[Ready]) -> object:
        if any(entry.item.place == 1 for entry in ready):
            raise IssueError("authority.csr_key", bits=2048)
        return request(maker, ready)

    monkeypatch.setattr(Maker, "record", record)
    assert ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    bad, good = ordering.items.page(order.id)
    assert (bad.state, bad.reason) == (ItemState.FAILED, "authority.csr_key")
    assert good.state is ItemState.MADE
    progress = ordering.production.progress(order)
    assert (progress.made, progress.failed, progress.total) == (1, 1, 2)
    assert ordering.orders.order(order.id).state is OrderState.READY


def test_the_estimate_follows_the_pace(
    ordering: Ordering, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(production, "_BATCH", 2)
    order = scenarios.producing(ordering, scenarios.cards("cps-medecin", quantity=8))
    seen = []
    batch = production.Production._batch

    def timed(*args: object) -> None:
        clock.advance(dt.timedelta(seconds=10))
        batch(*args)  # type: ignore[arg-type]
        seen.append(ordering.production.progress(order))

    monkeypatch.setattr(production.Production, "_batch", timed)
    assert ordering.worker.do(JobKind.PRODUCE, order.id, "w1")
    assert [progress.made for progress in seen] == [2, 4, 6, 8]
    assert [progress.left for progress in seen] == [
        None,
        dt.timedelta(seconds=20),
        dt.timedelta(seconds=10),
        None,
    ]


def test_an_order_beyond_the_form_is_refused_before_review(ordering: Ordering) -> None:
    form = scenarios.certificates(CertificateLine(product="organisation-sign", csr="not a request"))
    with pytest.raises(IssueError) as caught:
        ordering.orders.submit(ordering.orders.begin("zoe", form), ZOE, "{}")
    assert caught.value.facts["where"] == "certificates.0.csr"
    hosts = CertificateLine(product="organisation-ssl", hosts=("no host",))
    with pytest.raises(IssueError) as caught:
        ordering.orders.submit(
            ordering.orders.begin("zoe", scenarios.certificates(hosts)), ZOE, "{}"
        )
    assert caught.value.facts["where"] == "certificates.0.hosts"


def test_all_kinds_of_cards_can_be_ordered(ordering: Ordering) -> None:
    names = ("expired", "blocked", "near-expiry", "cps-medecin-cps4", "many-activities", "cpa")
    order = scenarios.ready(ordering, replace(scenarios.cards(*names), remark="all"))
    assert ordering.production.progress(order).made == len(names)
