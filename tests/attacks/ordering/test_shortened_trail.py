# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whoever may write every table cannot shorten the trail unseen."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.unit.ordering.conftest import FIT

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.directory.registry import Registry
from caducee.services.ordering.service import Ordering

pytestmark = pytest.mark.usefixtures("accounts")

ALL_BUT_TWO = "DELETE FROM ordering_trail WHERE number > 2"
COUNTER_BACK = "UPDATE counter SET value = 2 WHERE name = 'ordering-trail'"
HEADS = "DELETE FROM ordering_trail_head"


@pytest.fixture
def filled(ordering: Ordering) -> Ordering:
    for _ in range(5):
        ordering.orders.begin("zoe", FIT)
    return ordering


def change(registry: Registry, *statements: str) -> None:
    with registry.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def refused(ordering: Ordering, copy: Path | None = None) -> str:
    with pytest.raises(StateError) as caught:
        ordering.checkpoints.check(copy)
    return caught.value.code


def test_last_lines_removed_are_missed_by_the_counter(filled: Ordering, registry: Registry) -> None:
    change(registry, ALL_BUT_TWO)
    assert refused(filled) == "ordering.trail_counter"


def test_every_line_removed_is_missed_by_the_counter(filled: Ordering, registry: Registry) -> None:
    change(registry, "DELETE FROM ordering_trail")
    assert refused(filled) == "ordering.trail_counter"


def test_a_counter_set_back_alone_is_found(filled: Ordering, registry: Registry) -> None:
    change(registry, COUNTER_BACK)
    assert refused(filled) == "ordering.trail_counter"


def test_lines_removed_with_their_heads_and_counter_are_missed_outside_the_database(
    filled: Ordering, registry: Registry
) -> None:
    filled.checkpoints.sign()
    change(registry, ALL_BUT_TWO, COUNTER_BACK, HEADS)
    assert refused(filled) == "ordering.checkpoint_broken"


def test_lines_after_the_last_checkpoint_are_noted_outside_the_database(
    filled: Ordering, registry: Registry
) -> None:
    filled.worker.work("w1")
    filled.orders.begin("zoe", FIT)
    filled.worker.work("w1")
    length = filled.checkpoints.check().lines
    last = length - 1
    change(
        registry,
        f"DELETE FROM ordering_trail WHERE number > {last}",
        f"UPDATE counter SET value = {last} WHERE name = 'ordering-trail'",
    )
    assert refused(filled) == "ordering.checkpoint_broken"


def test_a_shortened_trail_that_grows_again_keeps_the_evidence(
    filled: Ordering, registry: Registry
) -> None:
    filled.worker.work("w1")
    change(registry, ALL_BUT_TWO, COUNTER_BACK, HEADS)
    for _ in range(6):
        filled.orders.begin("zoe", FIT)
        filled.worker.work("w1")
    assert refused(filled) == "ordering.checkpoint_broken"


def test_no_new_checkpoint_is_signed_over_a_shortened_trail(
    filled: Ordering, registry: Registry
) -> None:
    filled.checkpoints.sign()
    change(registry, ALL_BUT_TWO, COUNTER_BACK, HEADS)
    filled.orders.begin("zoe", FIT)
    with pytest.raises(StateError):
        filled.checkpoints.sign()


def test_a_copy_of_the_heads_misses_lines_that_the_folder_forgot(
    filled: Ordering, registry: Registry, tmp_path: Path
) -> None:
    filled.checkpoints.sign()
    copy = shutil.copytree(tmp_path / "ordering" / "heads", tmp_path / "copy")
    assert filled.checkpoints.check(copy).checkpoints == 1
    change(registry, ALL_BUT_TWO, COUNTER_BACK, HEADS)
    shutil.rmtree(tmp_path / "ordering" / "heads")
    assert refused(filled, copy) == "ordering.checkpoint_broken"


def test_lines_that_nobody_signed_in_time_fail_the_check(
    filled: Ordering, registry: Registry, clock: FixedClock
) -> None:
    clock.advance(dt.timedelta(hours=47))
    assert filled.checkpoints.check().signed_to == 0
    clock.advance(dt.timedelta(hours=2))
    assert refused(filled) == "ordering.checkpoint_overdue"
    filled.checkpoints.sign()
    assert filled.checkpoints.check().signed_to == 5


def test_a_checkpoint_file_that_cannot_be_read_fails_the_check(
    filled: Ordering, tmp_path: Path
) -> None:
    filled.checkpoints.sign()
    (checkpoint,) = (tmp_path / "ordering" / "heads").glob("[0-9]*.json")
    checkpoint.write_bytes(b"{}")
    assert refused(filled) == "ordering.checkpoint_unreadable"


def test_heads_of_an_older_release_are_copied_out_of_the_database(
    filled: Ordering, tmp_path: Path
) -> None:
    filled.checkpoints.sign()
    shutil.rmtree(tmp_path / "ordering" / "heads")
    filled.checkpoints.sign()
    assert len(list((tmp_path / "ordering" / "heads").glob("[0-9]*.json"))) == 1
