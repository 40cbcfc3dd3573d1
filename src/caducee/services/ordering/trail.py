# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The trail as it is kept: lines are added in the transaction of what they tell."""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from caducee.base.errors import StateError
from caducee.directory import schema as registry_schema
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.audit import START, TrailLine, check_trail, line_hash

__all__ = ["Trail"]

_TRAIL = schema.trail
_COUNTER = "ordering-trail"
_PAGE = 1000


class Trail:
    """The chained lines of one service."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add(self, actor: str, role: str, action: str, subject: str, facts: str = "{}") -> None:
        """Add a line; inside a transaction it is kept with the rest of it, or not at all.

        The counter of the lines is drawn first: a second writer waits there until this
        transaction ends, so that no two lines follow the same one.
        """
        with self._registry.writing() as connection:
            number = self._registry.draw(_COUNTER)[0]
            query = sa.select(_TRAIL.c.digest).where(_TRAIL.c.number == number - 1)
            previous = connection.execute(query).scalar() or START
            bare = TrailLine(
                number, self._registry.now(), actor, role, action, subject, facts, previous, b""
            )
            row = {name: getattr(bare, name) for name in TrailLine.__slots__}
            connection.execute(sa.insert(_TRAIL).values(row | {"digest": line_hash(bare)}))

    def lines(self, *, after: int = 0) -> Iterator[TrailLine]:
        """Yield the lines after a number, in order."""
        while True:
            query = (
                sa.select(_TRAIL).where(_TRAIL.c.number > after).order_by(_TRAIL.c.number)
            ).limit(_PAGE)
            with self._registry.reading() as connection:
                found = [TrailLine(**row) for row in connection.execute(query).mappings()]
            if not found:
                return
            yield from found
            after = found[-1].number

    def newest(self) -> TrailLine | None:
        """Return the last line; none while there is none."""
        return self._one(sa.select(_TRAIL).order_by(_TRAIL.c.number.desc()).limit(1))

    def line(self, number: int) -> TrailLine | None:
        """Return the line of a number, or none."""
        return self._one(sa.select(_TRAIL).where(_TRAIL.c.number == number))

    def drawn(self) -> int:
        """Return how many lines were ever added, by the counter."""
        table = registry_schema.counter
        query = sa.select(table.c.value).where(table.c.name == _COUNTER)
        with self._registry.reading() as connection:
            return connection.execute(query).scalar() or 0

    def check(self, seen: Callable[[TrailLine], None] = lambda line: None) -> tuple[int, bytes]:
        """Check the whole chain and its counter; return its length and last hash.

        ``seen`` gets every line before it is checked. Raises `StateError`
        (``ordering.trail_broken``, ``ordering.trail_counter``).
        """
        length, least = 0, self.drawn()

        def counted() -> Iterator[TrailLine]:
            nonlocal length
            for line in self.lines():
                length = line.number
                seen(line)
                yield line

        last = check_trail(counted())
        # Lines may be added during the check, each together with its number.
        most = self.drawn()
        if not least <= length <= most:
            raise StateError("ordering.trail_counter", lines=length, counter=most)
        return length, last

    def _one(self, query: sa.Select[Any]) -> TrailLine | None:
        with self._registry.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else TrailLine(**row)
