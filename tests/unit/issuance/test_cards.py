# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Issuing makes a card that works, and the registry knows exactly what was issued."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from tests.unit.issuance.conftest import NOW, Issue

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import FormatError, IssueError, StateError
from caducee.codec.carddata import IdCard, InfoPs, NamePs
from caducee.directory import schema
from caducee.directory.model import CardStatus, Person, Structure
from caducee.directory.registry import Registry
from caducee.issuance import (
    CardOrder,
    CardPins,
    FreshCardKeys,
    IssuedCard,
    KeyPool,
    Practice,
    identities,
    issue_card,
    issue_cards,
    revoke_card,
)
from caducee.spec import igc
from caducee.spec.nomenclatures import CardFamily
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image_parts import DataFile
from caducee.virtualcard.store import MemoryStore

FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
HOSPITAL = Structure("10B0057881", "HOPITAL DES 3 DAMES", "75")


def file(issued: IssuedCard, path: str) -> bytes:
    return contents(issued)[path]


def contents(issued: IssuedCard) -> dict[str, bytes]:
    files = issued.image.files
    return {item.path: bytes(item.content) for item in files if isinstance(item, DataFile)}


def keys_of(issued: IssuedCard) -> dict[str, rsa.RSAPrivateKey]:
    found = {}
    for item in issued.image.keys:
        key = load_pem_private_key(item.private_key.reveal(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        found[item.name] = key
    return found


def test_everything_about_the_card_is_recorded(
    registry: Registry, issue: Issue, order: CardOrder
) -> None:
    issued = issue(order)
    ps_idnat = order.person.ps_idnat
    assert registry.persons.get(ps_idnat) == order.person
    assert registry.cards.get(issued.card.number) == issued.card
    (activity,) = registry.activities.of(ps_idnat)
    assert (activity.number, activity.sector, activity.mode) == (1, "SA07", "00")
    assert registry.structures.get(activity.struct_idnat) == order.practices[0].structure
    kept = registry.certificates.of_card(issued.card.number)
    assert [item.use for item in kept] == ["authentication", "other", "signature"]
    assert kept[0].der == issued.authentication.public_bytes(Encoding.DER)
    assert kept[2].der == issued.signature.public_bytes(Encoding.DER)


def test_the_card_holds_its_certificates_and_its_holder(issue: Issue, order: CardOrder) -> None:
    issued = issue(order)
    held = contents(issued).values()
    assert issued.authentication.public_bytes(Encoding.DER) in held
    assert issued.signature.public_bytes(Encoding.DER) in held
    card = IdCard.from_bytes(file(issued, "3F00/0001/D100"))
    assert (card.number, card.is_test) == (issued.card.number, True)
    assert (card.issued, card.expires) == (NOW.date(), NOW.replace(year=2029).date())
    assert NamePs.from_bytes(file(issued, "3F00/0001/D101")).surname == "DOC0042788"
    info = InfoPs.from_bytes(file(issued, "3F00/0001/D103"))
    assert (info.ps_idnat, info.given_name, info.specialties) == ("899700427885", "KIT", ("SM26",))


def test_each_key_on_the_card_belongs_to_its_certificate(
    registry: Registry, authority: Authority, order: CardOrder
) -> None:
    issued = issue_card(registry, authority, order, keys=FreshCardKeys())
    held = {name: key.public_key() for name, key in keys_of(issued).items()}
    assert held["CPS_PRIV_AUT"] == issued.authentication.public_key()
    assert held["CPS_PRIV_SIG"] == issued.signature.public_key()
    technical = registry.certificates.of_card(issued.card.number)[1]
    assert held["CPS_PRIV_TECH_AUT"] == x509.load_der_x509_certificate(technical.der).public_key()
    assert {item.key_size for item in held.values()} == {2048}
    assert len({item.public_numbers().n for item in held.values()}) == 3


def test_every_serial_was_reserved(registry: Registry, issue: Issue, order: CardOrder) -> None:
    issue(order)
    with registry.reading() as connection:
        given = set(connection.execute(sa.select(schema.serial)).all())
        query = sa.select(schema.certificate.c.issuer, schema.certificate.c.serial)
        used = set(connection.execute(query).all())
    assert len(used) == 5
    assert used == given


def test_the_virtual_card_takes_the_code_it_was_issued_with(issue: Issue, order: CardOrder) -> None:
    issued = issue(replace(order, pins=CardPins.of_test_cards()))
    assert (issued.pin.reveal(), issued.puk.reveal()) == (b"1234", b"12345678")
    card = VirtualCard(MemoryStore(issued.image))
    card.power_on()
    assert card.transmit(bytes.fromhex("0020000104") + b"4321") == bytes.fromhex("63C2")
    assert card.transmit(bytes.fromhex("0020000104") + issued.pin.reveal()) == b"\x90\x00"


def test_codes_are_random_and_different(issue: Issue, order: CardOrder) -> None:
    codes = [issue(order) for _ in range(6)]
    pins, puks = ({getattr(code, name).reveal() for code in codes} for name in ("pin", "puk"))
    assert all(len(pin) == 4 and pin.isdigit() for pin in pins)
    assert all(len(puk) == 8 and puk.isdigit() for puk in puks)
    assert len(puks) == 6


def test_card_numbers_differ_in_the_first_eight_digits(issue: Issue, order: CardOrder) -> None:
    numbers = [issue(order).card.number for _ in range(3)]
    assert [number[:8] for number in numbers] == ["29500000", "29500001", "29500002"]
    assert all(len(number) == 10 and number.isdigit() for number in numbers)


def test_both_certificates_start_and_end_together(issue: Issue, order: CardOrder) -> None:
    issued = issue(order)
    for item in (issued.authentication, issued.signature):
        assert item.not_valid_before_utc == NOW
        assert item.not_valid_after_utc == issued.card.expires_at


def test_without_practices_the_registry_gives_them(
    registry: Registry, issue: Issue, order: CardOrder
) -> None:
    issue(replace(order, practices=(*order.practices, Practice(HOSPITAL, "SA01", "01"))))
    second = issue(replace(order, practices=()))
    activities = [path[-4:] for path in contents(second) if "/D12" in path]
    assert activities == ["D120", "D121"]
    assert len(registry.activities.of(order.person.ps_idnat)) == 2


def test_a_cpe_comes_from_the_standard_range_with_its_structure(
    registry: Registry, issue: Issue
) -> None:
    charles = Person("30B0057881/CPET0002", "ADMINISTRATIF-CH057880002", "CHARLES")
    issued = issue(
        CardOrder(person=charles, family=CardFamily.CPE, practices=(Practice(HOSPITAL, "SA01"),))
    )
    assert (
        "CN=TEST AC IGC-SANTE STANDARD PERSONNES" in issued.authentication.issuer.rfc4514_string()
    )
    assert "OU=10B0057881,O=HOPITAL DES 3 DAMES" in issued.authentication.subject.rfc4514_string()
    assert registry.cards.get(issued.card.number) == issued.card


def test_a_cpf_carries_its_future_profession(issue: Issue) -> None:
    student = replace(identities.person(77), profession=None, future_profession="10")
    issued = issue(CardOrder(person=student, family=CardFamily.CPF))
    oid = x509.ObjectIdentifier("1.2.250.1.71.1.2.8")
    value = issued.authentication.extensions.get_extension_for_oid(oid).value
    assert value.public_bytes() == bytes.fromhex("02010A")
    assert "Médecin en formation" in issued.authentication.subject.rfc4514_string()


def test_one_application_means_no_technical_certificate(
    registry: Registry, issue: Issue, order: CardOrder
) -> None:
    issued = issue(replace(order, two_applications=False))
    assert len(registry.certificates.of_card(issued.card.number)) == 2
    assert len(issued.image.keys) == 2


def test_the_registry_learns_of_a_card_after_its_delivery(
    registry: Registry, authority: Authority, order: CardOrder, keys: SharedKeys
) -> None:
    seen: list[str] = []

    def deliver(card: IssuedCard) -> None:
        assert registry.cards.get(card.card.number) is None
        seen.append(card.card.number)

    issued = issue_card(registry, authority, order, keys=keys, deliver=deliver)
    assert seen == [issued.card.number]


def test_a_delivery_that_fails_records_nothing_and_its_number_is_gone(
    registry: Registry, authority: Authority, order: CardOrder, keys: SharedKeys
) -> None:
    def refuse(card: IssuedCard) -> None:
        raise StateError("base.file_unwritable", path=card.card.number, reason="full")

    with pytest.raises(StateError) as caught:
        issue_card(registry, authority, order, keys=keys, deliver=refuse)
    assert registry.cards.all() == ()
    assert registry.persons.all() == ()
    issued = issue_card(registry, authority, order, keys=keys)
    assert issued.card.number != caught.value.facts["path"]


def test_a_wrong_order_in_a_series_leaves_the_batches_before_it(
    registry: Registry, authority: Authority, order: CardOrder, keys: SharedKeys
) -> None:
    wrong = replace(order, person=replace(order.person, family_name="#"))
    orders = [order] * 64 + [order, wrong]
    issued = issue_cards(registry, authority, orders, keys=keys)
    assert len({next(issued).card.number for _ in range(64)}) == 64
    with pytest.raises(FormatError):
        next(issued)
    assert len(registry.cards.all()) == 64


def test_a_card_is_not_issued_beyond_its_authority(
    registry: Registry, issue: Issue, order: CardOrder, clock: FixedClock
) -> None:
    clock.advance(dt.timedelta(days=365 * 5))
    with pytest.raises(IssueError) as caught:
        issue(order)
    assert caught.value.code == "authority.beyond_ca"
    assert registry.cards.all() == ()


def test_revoking_stops_the_card_and_lists_all_its_certificates(
    registry: Registry, authority: Authority, issue: Issue, order: CardOrder, clock: FixedClock
) -> None:
    issued, other = issue(order), issue(order)
    before = x509.load_der_x509_crl(authority.crl(FORT_PP))
    clock.advance(dt.timedelta(hours=1))
    assert revoke_card(registry, authority, issued.card.number, x509.ReasonFlags.key_compromise)
    card = registry.cards.get(issued.card.number)
    assert card is not None
    assert (card.status, card.opposed_at, card.reason) == (
        CardStatus.OPPOSED,
        NOW + dt.timedelta(hours=1),
        "key_compromise",
    )
    after = x509.load_der_x509_crl(authority.crl(FORT_PP))
    expected = {item.serial for item in registry.certificates.of_card(issued.card.number)}
    assert {item.serial_number for item in after} == expected
    assert len(list(before)) == 0
    kept = registry.cards.get(other.card.number)
    assert kept is not None
    assert kept.status is CardStatus.ACTIVE
    assert not revoke_card(registry, authority, issued.card.number)


def test_revoking_without_publishing_waits_for_the_next_list(
    registry: Registry, authority: Authority, issue: Issue, order: CardOrder
) -> None:
    issued = issue(order)
    first = authority.crl(FORT_PP)
    revoke_card(registry, authority, issued.card.number, publish=False)
    assert authority.crl(FORT_PP) == first
    assert len(x509.load_der_x509_crl(authority.new_crl(FORT_PP))) == 3


def test_an_unknown_card_cannot_be_revoked(registry: Registry, authority: Authority) -> None:
    with pytest.raises(IssueError) as caught:
        revoke_card(registry, authority, "2950000000")
    assert caught.value.code == "directory.card_unknown"


def test_a_code_is_in_no_record_and_in_no_text(
    registry: Registry, issue: Issue, order: CardOrder, tmp_path: Path
) -> None:
    issued = issue(order)
    puk = issued.puk.reveal()
    assert puk.decode() not in repr(issued)
    registry.close()
    assert all(puk not in path.read_bytes() for path in tmp_path.glob("registry.db*"))


def test_keys_of_a_pool_are_used_once(
    registry: Registry, authority: Authority, order: CardOrder, tmp_path: Path
) -> None:
    pool = KeyPool(tmp_path / "pool")
    pool.fill(4)
    assert len(pool) == 4
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "pool").iterdir())
    issued = issue_card(registry, authority, order, keys=pool)
    assert len(pool) == 1
    assert len({item.private_numbers().d for item in keys_of(issued).values()}) == 3
    assert len(list((tmp_path / "pool").iterdir())) == 1
    with pytest.raises(IssueError) as caught:
        issue_card(registry, authority, order, keys=pool)
    assert caught.value.code == "issuance.pool_empty"
    assert len(registry.cards.all()) == 1


def test_two_pools_of_one_folder_never_give_the_same_key(tmp_path: Path, keys: SharedKeys) -> None:
    folder = tmp_path / "pool"
    folder.mkdir()
    for number in range(40):
        data = keys.card_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{number}.key").write_bytes(data)
    pools = [KeyPool(folder) for _ in range(4)]
    taken = 0
    with ThreadPoolExecutor(4) as threads:
        for submit in [threads.submit(pools[turn % 4].card_key) for turn in range(44)]:
            try:
                submit.result()
                taken += 1
            except IssueError as error:
                assert error.code == "issuance.pool_empty"
    assert taken == 40
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"rubbish"])
def test_a_spoiled_key_of_a_pool_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.key").write_bytes(content)
    with pytest.raises(StateError) as caught:
        KeyPool(tmp_path).card_key()
    assert caught.value.code == "issuance.pool_unusable"
