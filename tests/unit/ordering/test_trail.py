# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The trail shows every change made beside the service, and has no gap with many writers."""

import threading

import pytest
import sqlalchemy as sa

from caducee.base.errors import StateError
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.trail import Trail


def test_an_empty_trail_fits_together(trail: Trail) -> None:
    assert trail.check() == (0, bytes(32))


def filled(trail: Trail) -> None:
    for number in range(5):
        trail.add("zoe", "applicant", "order.save", f"T2026-00000{number}")


def test_lines_follow_one_another(trail: Trail) -> None:
    filled(trail)
    length, last = trail.check()
    lines = list(trail.lines())
    assert length == len(lines) == 5
    assert last == lines[-1].digest
    assert [line.previous for line in lines[1:]] == [line.digest for line in lines[:-1]]


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE ordering_trail SET actor = 'other' WHERE number = 3", 3),
        ("UPDATE ordering_trail SET facts = 'other' WHERE number = 1", 1),
        ("DELETE FROM ordering_trail WHERE number = 2", 2),
        ("UPDATE ordering_trail SET number = 9 WHERE number = 5", 5),
    ],
)
def test_a_line_changed_or_taken_away_is_found(
    trail: Trail, registry: Registry, statement: str, number: int
) -> None:
    filled(trail)
    with registry.writing() as connection:
        connection.execute(sa.text(statement))
    with pytest.raises(StateError) as caught:
        trail.check()
    assert (caught.value.code, caught.value.facts["number"]) == ("ordering.trail_broken", number)


def test_a_line_is_kept_with_its_cause_or_not_at_all(trail: Trail, registry: Registry) -> None:
    filled(trail)
    with pytest.raises(RuntimeError), registry.transaction():
        trail.add("zoe", "applicant", "order.submit", "T2026-000001")
        raise RuntimeError
    assert trail.check()[0] == 5
    trail.add("zoe", "applicant", "order.submit", "T2026-000001")
    assert trail.check()[0] == 6


def test_many_writers_make_one_chain(trail: Trail, registry: Registry) -> None:
    def write(name: str) -> None:
        for _ in range(10):
            trail.add(name, "production", "card.made", "2950000000")

    threads = [threading.Thread(target=write, args=(f"w{index}",)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trail.check()[0] == 40
    with registry.reading() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(schema.trail)).scalar()
    assert count == 40
