# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The signed checkpoint states the length of the trail; other programs verify its signature."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.ordering import scenarios
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
from caducee.services.ordering.audit import Checkpoint
from caducee.services.ordering.service import Ordering
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def checkpoint(ordering: Ordering) -> Checkpoint:
    for _ in range(3):
        ordering.orders.begin("zoe", FIT)
    signed = ordering.checkpoints.sign()
    assert signed
    return signed


def change(registry: Registry, statement: str) -> None:
    with registry.writing() as connection:
        connection.execute(sa.text(statement))


def broken(ordering: Ordering) -> str:
    with pytest.raises(StateError) as caught:
        ordering.checkpoints.check()
    return caught.value.code


def test_a_checkpoint_covers_what_was_said(ordering: Ordering, checkpoint: Checkpoint) -> None:
    ordering.orders.begin("zoe", FIT)
    report = ordering.checkpoints.check()
    assert (report.lines, report.checkpoints, report.signed_to) == (4, 1, 3)
    assert ordering.checkpoints.sign()
    assert ordering.checkpoints.sign() is None
    assert ordering.checkpoints.check().signed_to == 4


def test_a_trail_cut_off_is_found(
    ordering: Ordering, checkpoint: Checkpoint, registry: Registry
) -> None:
    change(registry, "DELETE FROM ordering_trail WHERE number = 3")
    assert broken(ordering) == "ordering.trail_counter"


def test_a_chain_made_anew_is_found(
    ordering: Ordering, checkpoint: Checkpoint, registry: Registry
) -> None:
    change(registry, "DELETE FROM ordering_trail")
    change(registry, "UPDATE counter SET value = 0 WHERE name = 'ordering-trail'")
    for _ in range(3):
        ordering.trail.add("zoe", "applicant", "order.save", "T2026-000009")
    ordering.trail.check()
    assert broken(ordering) == "ordering.checkpoint_broken"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ordering_trail_head SET number = 1",
        "UPDATE ordering_trail_head SET digest = (SELECT digest FROM ordering_trail LIMIT 1)",
        "UPDATE ordering_trail_head SET signature = digest",
        "UPDATE ordering_trail_head SET at = (SELECT created_at FROM ordering_account LIMIT 1)",
    ],
)
def test_a_changed_checkpoint_is_found(
    ordering: Ordering, registry: Registry, clock: FixedClock, statement: str
) -> None:
    ordering.orders.begin("zoe", FIT)
    ordering.orders.begin("zoe", FIT)
    clock.advance(dt.timedelta(hours=1))
    ordering.checkpoints.sign()
    change(registry, statement)
    assert broken(ordering) == "ordering.checkpoint_broken"


@pytest.mark.parametrize("name", ["hearth 2.1", "caducee ordering trail"])
def test_another_organisation_signs_no_checkpoint(
    ordering: Ordering,
    checkpoint: Checkpoint,
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
    forged = cms.sign(checkpoint.said(), SignedKey(key, made))
    with registry.writing() as connection:
        connection.execute(sa.update(schema.trail_checkpoint).values(signature=forged))
    assert broken(ordering) == "ordering.checkpoint_broken"


def test_the_seal_is_renewed_and_old_heads_stay_good(
    ordering: Ordering, checkpoint: Checkpoint, clock: FixedClock
) -> None:
    clock.advance(dt.timedelta(days=3 * 365 + 2))
    ordering.orders.begin("zoe", FIT)
    later = ordering.checkpoints.sign()
    assert later
    item, other = (cms.signer(each.said(), each.signature) for each in (checkpoint, later))
    assert item.serial_number != other.serial_number
    assert ordering.checkpoints.check().checkpoints == 2


def test_a_seal_that_the_database_never_had_signs_nothing(
    ordering: Ordering, checkpoint: Checkpoint, registry: Registry, tmp_path: Path
) -> None:
    """Whoever was killed after the key was written, and before the commit, leaves such a seal."""
    shutil.rmtree(tmp_path / "ordering" / "heads")
    serial = cms.signer(checkpoint.said(), checkpoint.signature).serial_number
    table = certificates.certificate
    with registry.writing() as connection:
        connection.execute(sa.delete(schema.trail_checkpoint))
        connection.execute(sa.delete(table).where(table.c.serial == hexadecimal(serial)))
    assert ordering.checkpoints.sign()
    assert ordering.checkpoints.check().checkpoints == 1


def test_the_worker_has_the_checkpoint_signed_every_day(
    ordering: Ordering, clock: FixedClock
) -> None:
    ordering.orders.begin("zoe", FIT)
    for _ in range(3):
        ordering.worker.work("w1")
    assert ordering.checkpoints.check().checkpoints == 1
    ordering.orders.begin("zoe", FIT)
    clock.advance(dt.timedelta(days=1))
    ordering.worker.work("w1")
    assert ordering.checkpoints.check().checkpoints == 2


@pytest.mark.system
def test_openssl_finds_the_signature_good(
    ordering: Ordering, checkpoint: Checkpoint, authority: Authority, tmp_path: Path
) -> None:
    made = cms.signer(checkpoint.said(), checkpoint.signature)
    chain = b"".join(item.public_bytes(Encoding.PEM) for item in authority.chain_of(made))
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "said").write_bytes(checkpoint.said())
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "/dev/stdin"]
    command += ["-content", str(tmp_path / "said"), "-CAfile", str(tmp_path / "chain.pem")]
    command += ["-purpose", "any", "-attime", str(int(checkpoint.at.timestamp()))]
    done = subprocess.run(
        command, input=checkpoint.signature, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == checkpoint.said()


def test_an_order_is_in_the_trail_from_draft_to_hand_over(ordering: Ordering) -> None:
    order, _ = scenarios.delivered(ordering, scenarios.cards("cps-medecin"))
    actions = [line.action for line in ordering.trail.lines() if line.subject == order.number]
    assert actions == [
        "order.save", "order.submit", "order.accept", "order.produce", "order.finish",
        "letter.made", "letter.opened", "order.deliver", "shipment.received",
    ]  # fmt: skip
