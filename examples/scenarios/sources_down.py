# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One after the other, all that says which cards were revoked falls silent.

First the OCSP responder and the lists over HTTP, then the LDAP directory. Logins go on by what is
left, and every verdict says so; a card that was revoked before stays refused. A day after the last
list has ended, which is the bound of this world (``late_hours``), nobody is admitted any more.
"""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.issuance import CardKeySource, CardOrder, identities
from caducee.relying.verdict import CheckName
from caducee.sandbox.world import Sandbox
from caducee.spec import igc

ALL_WELL = ("admitted",)
STOOD_IN = ("admitted", "trust.source_replaced")

EXPECTED = (
    ("all answer", ALL_WELL),
    ("no responder: lists from the directory", STOOD_IN),
    ("no directory either: the lists that were fetched", STOOD_IN),
    ("a card that was revoked before", ("trust.revoked", "relying.card_opposed")),
    ("the lists have ended, within the bound", STOOD_IN),
    ("after the bound", ("trust.ocsp_unreachable", "trust.source_missed")),
)
"""Each step: admitted or not, with the codes that say why, and what the verdict says of sources."""


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields what the verdict says at each step."""
    orders = (CardOrder(person=identities.person(number)) for number in (42788, 42789))
    card, lost = (world.issue(order, keys=keys) for order in orders)
    world.revoke(lost.card.number)
    with world.ldap() as directory:
        with world.publication() as address:
            verifier = world.verifier(transport=world.network(address, directory))

            def login(certificate: x509.Certificate) -> tuple[str, ...]:
                verdict = verifier.verify([certificate.public_bytes(Encoding.DER)])
                if not verdict.ok:
                    return tuple(failure.code for failure in verdict.failures)
                sources = verdict.check(CheckName.SOURCES)
                return ("admitted",) if sources is None else ("admitted", sources.code)

            yield login(card.authentication)
        yield login(card.authentication)
    yield login(card.authentication)
    yield login(lost.authentication)
    world.clock.move(igc.CRL_PERIOD + dt.timedelta(hours=23))
    yield login(card.authentication)
    world.clock.move(dt.timedelta(hours=2))
    yield login(card.authentication)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes)}")
