# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One type of chip is recalled: its cards are revoked, and their holders get new ones.

Half of the holders have a CPS3, half a CPS4. The CPS3 are recalled in two steps, as it is done when
people must go on working: every holder first gets a CPS4, then the old cards are stopped.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.issuance import CardKeySource, CardOrder, IssuedCard, identities
from caducee.sandbox.world import Sandbox
from caducee.spec.cards import CardGeneration

HOLDERS = 12

EXPECTED = (
    ("before: cards of both types", ()),
    ("new cards are there: the old ones still work", ()),
    ("new cards work", ()),
    ("after the recall: the old ones", ("relying.card_opposed", "trust.revoked")),
    ("after the recall: the new ones", ()),
    ("after the recall: cards of the other type", ()),
)
"""Each step, with the codes of the checks that fail for any card; none: all are admitted."""


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields the codes of the checks that fail at each step."""
    orders = [
        CardOrder(
            person=identities.person(order),
            generation=CardGeneration.CPS3 if order % 2 else CardGeneration.CPS4,
        )
        for order in range(1, HOLDERS + 1)
    ]
    cards = {one.card.ps_idnat: one for one in world.issue_all(orders, keys=keys)}
    recalled = [one for one in orders if one.generation is CardGeneration.CPS3]
    old = [cards[one.person.ps_idnat] for one in recalled]
    others = [one for one in cards.values() if one not in old]
    verifier = world.verifier()

    def logins(of: list[IssuedCard]) -> tuple[str, ...]:
        found: set[str] = set()
        for one in of:
            verdict = verifier.verify([one.authentication.public_bytes(Encoding.DER)])
            found |= {check.code for check in verdict.failures}
        return tuple(sorted(found))

    yield logins([*old, *others])
    again = (replace(one, generation=CardGeneration.CPS4) for one in recalled)
    new = list(world.issue_all(again, keys=keys))
    yield logins(old)
    yield logins(new)
    for one in old:
        world.revoke(one.card.number, x509.ReasonFlags.superseded)
    yield logins(old)
    yield logins(new)
    yield logins(others)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes) or 'admitted'}")
