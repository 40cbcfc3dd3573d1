# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card reaches the end of its three years."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.issuance import CardKeySource, CardOrder, identities
from caducee.sandbox.world import Sandbox

EXPECTED = (
    ("on the day of its issue", ()),
    ("an hour before its end", ()),
    ("an hour after its end", ("relying.certificate_expired",)),
    ("a year before its issue", ("relying.certificate_not_yet_valid",)),
    ("today again", ()),
)
"""Each step, with the codes of the checks that fail; none: the holder is admitted."""

HOUR = dt.timedelta(hours=1)


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields the codes of the checks that fail at each step."""
    issued = world.issue(CardOrder(person=identities.person(42788)), keys=keys)
    card = issued.authentication
    verifier = world.verifier()

    def login() -> tuple[str, ...]:
        verdict = verifier.verify([card.public_bytes(Encoding.DER)])
        return tuple(failure.code for failure in verdict.failures)

    yield login()
    world.clock.move_to(card.not_valid_after_utc - HOUR)
    yield login()
    world.clock.move_to(card.not_valid_after_utc + HOUR)
    yield login()
    world.clock.move_to(card.not_valid_before_utc - dt.timedelta(days=365))
    yield login()
    world.clock.reset()
    yield login()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes) or 'admitted'}")
