# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The signed head tells how long the trail was; strangers agree that the signature fits."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.ordering import ways
from tests.unit.ordering.conftest import FIT

from caducee.authority.authority import Authority
from caducee.authority.keys import SignedKey
from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.directory import schema as certificates
from caducee.directory.registry import Registry
from caducee.directory.rows import hexadecimal
from caducee.issuance import identities
from caducee.issuance.organisations import OrganisationOrder, issue_organisation
from caducee.services.ordering import cms, schema
from caducee.services.ordering.audit import Head
from caducee.services.ordering.service import Ordering
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def head(ordering: Ordering) -> Head:
    for _ in range(3):
        ordering.begin("zoe", FIT)
    signed = ordering.sign_head()
    assert signed
    return signed


def change(registry: Registry, statement: str) -> None:
    with registry.writing() as connection:
        connection.execute(sa.text(statement))


def broken(ordering: Ordering) -> str:
    with pytest.raises(StateError) as caught:
        ordering.check_trail()
    return caught.value.code


def test_a_head_covers_what_was_said(ordering: Ordering, head: Head) -> None:
    ordering.begin("zoe", FIT)
    report = ordering.check_trail()
    assert (report.lines, report.heads, report.signed_to) == (4, 1, 3)
    assert ordering.sign_head()
    assert ordering.sign_head() is None
    assert ordering.check_trail().signed_to == 4


def test_a_trail_cut_off_is_found(ordering: Ordering, head: Head, registry: Registry) -> None:
    change(registry, "DELETE FROM ordering_trail WHERE number = 3")
    assert broken(ordering) == "ordering.trail_counter"


def test_a_chain_made_anew_is_found(ordering: Ordering, head: Head, registry: Registry) -> None:
    change(registry, "DELETE FROM ordering_trail")
    change(registry, "UPDATE counter SET value = 0 WHERE name = 'ordering-trail'")
    for _ in range(3):
        ordering.trail.add("zoe", "applicant", "order.save", "T2026-000009")
    ordering.trail.check()
    assert broken(ordering) == "ordering.head_broken"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ordering_trail_head SET number = 1",
        "UPDATE ordering_trail_head SET digest = (SELECT digest FROM ordering_trail LIMIT 1)",
        "UPDATE ordering_trail_head SET signature = digest",
        "UPDATE ordering_trail_head SET at = (SELECT created_at FROM ordering_account LIMIT 1)",
    ],
)
def test_a_changed_head_is_found(
    ordering: Ordering, registry: Registry, clock: FixedClock, statement: str
) -> None:
    ordering.begin("zoe", FIT)
    ordering.begin("zoe", FIT)
    clock.advance(dt.timedelta(hours=1))
    ordering.sign_head()
    change(registry, statement)
    assert broken(ordering) == "ordering.head_broken"


@pytest.mark.parametrize("name", ["hearth 2.1", "caducee ordering trail"])
def test_another_organisation_signs_no_head(
    ordering: Ordering,
    head: Head,
    registry: Registry,
    authority: Authority,
    keys: SharedKeys,
    name: str,
) -> None:
    key = keys.card_key()
    wanted = OrganisationOrder(
        structure=identities.body(5000), name=name, use=igc.OrganisationUse.SIGN
    )
    made = issue_organisation(registry, authority, wanted, key.public_key())
    forged = cms.sign(head.said(), SignedKey(key, made))
    with registry.writing() as connection:
        connection.execute(sa.update(schema.trail_head).values(signature=forged))
    assert broken(ordering) == "ordering.head_broken"


def test_the_seal_is_renewed_and_old_heads_stay_good(
    ordering: Ordering, head: Head, clock: FixedClock
) -> None:
    clock.advance(dt.timedelta(days=3 * 365 + 2))
    ordering.begin("zoe", FIT)
    later = ordering.sign_head()
    assert later
    item, other = (cms.signer(each.said(), each.signature) for each in (head, later))
    assert item.serial_number != other.serial_number
    assert ordering.check_trail().heads == 2


def test_a_seal_that_the_database_never_had_signs_nothing(
    ordering: Ordering, head: Head, registry: Registry, tmp_path: Path
) -> None:
    """Whoever was killed after the key was written, and before the commit, leaves such a seal."""
    shutil.rmtree(tmp_path / "ordering" / "heads")
    serial = cms.signer(head.said(), head.signature).serial_number
    table = certificates.certificate
    with registry.writing() as connection:
        connection.execute(sa.delete(schema.trail_head))
        connection.execute(sa.delete(table).where(table.c.serial == hexadecimal(serial)))
    assert ordering.sign_head()
    assert ordering.check_trail().heads == 1


def test_the_worker_has_the_head_signed_every_day(ordering: Ordering, clock: FixedClock) -> None:
    ordering.begin("zoe", FIT)
    for _ in range(3):
        ordering.work("w1")
    assert ordering.check_trail().heads == 1
    ordering.begin("zoe", FIT)
    clock.advance(dt.timedelta(days=1))
    ordering.work("w1")
    assert ordering.check_trail().heads == 2


@pytest.mark.system
def test_openssl_finds_the_signature_good(
    ordering: Ordering, head: Head, authority: Authority, tmp_path: Path
) -> None:
    made = cms.signer(head.said(), head.signature)
    chain = b"".join(item.public_bytes(Encoding.PEM) for item in authority.chain_of(made))
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "said").write_bytes(head.said())
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "/dev/stdin"]
    command += ["-content", str(tmp_path / "said"), "-CAfile", str(tmp_path / "chain.pem")]
    command += ["-purpose", "any", "-attime", str(int(head.at.timestamp()))]
    done = subprocess.run(
        command, input=head.signature, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == head.said()


def test_an_order_is_in_the_trail_from_draft_to_hand_over(ordering: Ordering) -> None:
    order, _ = ways.delivered(ordering, ways.cards("cps-medecin"))
    actions = [line.action for line in ordering.trail.lines() if line.subject == order.number]
    assert actions == [
        "order.save", "order.submit", "order.accept", "order.produce", "order.finish",
        "letter.made", "letter.opened", "order.deliver", "parcel.received",
    ]  # fmt: skip
