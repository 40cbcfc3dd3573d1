# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The OCSP responder dies, and comes back.

Two services ask it at each login. One has nothing else: it goes on with the answers that it has
until they end (nextUpdate), then admits nobody. The other falls back on the revocation lists, here
those of the LDAP directory.
"""

import datetime as dt
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import TrustError
from caducee.issuance import CardKeySource, CardOrder, identities
from caducee.relying.policy import CardPolicy
from caducee.relying.verifier import Verifier
from caducee.sandbox.world import Sandbox
from caducee.trust import OcspSource, RevocationSource

EXPECTED = (
    ("the responder answers", ()),
    ("dead for an hour: the answer of before holds", ()),
    (
        "dead for a day: nothing else is known",
        ("trust.ocsp_unreachable", "trust.source_missed"),
    ),
    ("dead for a day, with lists to fall back on", ()),
    ("alive again", ()),
)
"""Each step, with the codes of the checks that fail; none: the holder is admitted."""


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields the codes of the checks that fail at each step."""
    card = world.issue(CardOrder(person=identities.person(42788)), keys=keys).authentication
    authority = world.authority
    where = ""

    def post(_: str, request: bytes) -> bytes:
        # The address in the certificate stands for that of the sandbox; http, on loopback.
        try:
            with urllib.request.urlopen(f"{where}/ocsp", request, timeout=60) as answer:  # noqa: S310
                found: bytes = answer.read()
                return found
        except OSError:
            raise TrustError("trust.ocsp_unreachable", address=where) from None

    def service(revocation: RevocationSource) -> Verifier:
        known = (authority.anchors(), authority.intermediates())
        return Verifier(*known, revocation, world.holders, CardPolicy.test_cards(), world.clock)

    alone = service(OcspSource(post))

    def login(verifier: Verifier) -> tuple[str, ...]:
        verdict = verifier.verify([card.public_bytes(Encoding.DER)])
        return tuple(failure.code for failure in verdict.failures)

    with world.ldap() as directory:
        with world.publication() as address:
            where = address
            yield login(alone)
            with_lists = service(world.status(world.network(where, directory)))
        world.clock.move(dt.timedelta(hours=1))
        yield login(alone)
        world.clock.move(dt.timedelta(hours=23))
        yield login(alone)
        yield login(with_lists)
    world.clock.move(dt.timedelta(minutes=5))
    with world.publication() as address:
        where = address
        yield login(alone)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes) or 'admitted'}")
