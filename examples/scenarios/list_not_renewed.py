# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A service no longer fetches the revocation list of the card authorities.

It goes on with the list that it has until that list says that another must be there (nextUpdate,
six days): then nobody is admitted, since a list that is too old cannot tell who was revoked. The
service fetches over HTTP from the publication points of the sandbox, as from the real ones.
"""

import datetime as dt
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.issuance import CardKeySource, CardOrder, identities
from caducee.relying.policy import CardPolicy
from caducee.relying.verifier import Verifier
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.trust import CrlSource

EXPECTED = (
    ("the lists were fetched today", ()),
    ("five days later, never fetched again", ()),
    ("seven days later, the list is too old", ("trust.crl_stale",)),
    ("fetched again", ()),
    ("revoked, but the list of yesterday does not know", ()),
    ("fetched again, the list tells", ("trust.revoked",)),
)
"""Each step, with the codes of the checks that fail; none: the holder is admitted."""


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields the codes of the checks that fail at each step."""
    card = world.issue(CardOrder(person=identities.person(42788)), keys=keys).authentication
    authority = world.authority
    known = (*authority.anchors(), *authority.intermediates())
    lists = CrlSource(known)
    policy = CardPolicy.test_cards()
    verifier = Verifier(
        authority.anchors(), authority.intermediates(), lists, world.holders, policy, world.clock
    )

    def login() -> tuple[str, ...]:
        verdict = verifier.verify([card.public_bytes(Encoding.DER)])
        return tuple(failure.code for failure in verdict.failures)

    with world.publication() as address:

        def fetch() -> None:
            for ca in authority.existing():
                path = urlsplit(ca.crl_url).path
                url = address + path  # http, on loopback
                with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
                    lists.load(answer.read())

        fetch()
        yield login()
        world.clock.move(dt.timedelta(days=5))
        yield login()
        world.clock.move(dt.timedelta(days=2))
        yield login()
        fetch()
        yield login()
        issuer = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
        authority.revoke(issuer, card.serial_number)
        yield login()
        world.clock.move(dt.timedelta(days=1))
        fetch()
        yield login()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes) or 'admitted'}")
