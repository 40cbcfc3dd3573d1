# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The trail as it is kept: lines are added in the transaction of what they tell."""

from collections.abc import Iterator

import sqlalchemy as sa

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

    def check(self) -> tuple[int, bytes]:
        """Check the whole chain; return its length and last hash.

        Raises `StateError` (``ordering.trail_broken``).
        """
        length = 0

        def counted() -> Iterator[TrailLine]:
            nonlocal length
            for line in self.lines():
                length = line.number
                yield line

        last = check_trail(counted())
        return length, last
