# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A root and the authority of the CPS cards get new keys, and nobody notices.

Two links join the old and the new key of each authority. A service that trusts one of the roots
alone reaches it from every card, as long as it was given the links. The old key goes on with its
list until the last card that it signed has ended.
"""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.issuance import CardKeySource, CardOrder, IssuedCard, identities
from caducee.relying.policy import CardPolicy
from caducee.relying.verifier import Verifier
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.trust import CrlSource

EXPECTED = (
    ("before", ()),
    ("an old card, at a service that trusts the old root", ()),
    ("an old card, at a service that trusts the new root", ()),
    ("a new card, at a service that trusts the old root", ()),
    ("a new card, at a service that trusts the new root", ()),
    ("a new card, at a service that nobody told of the new keys", ("trust.chain_not_found",)),
    ("an old card that was revoked, by the list of the old key", ("trust.revoked",)),
    ("the same, by the list of the new key", ("trust.revoked",)),
    ("after the last old card, lists of the old key", ("no new list",)),
    ("after the last old card, a newer one at a service that trusts the old root", ()),
    ("after the last old card, a newer one at a service that trusts the new root", ()),
)
"""Each step, with the codes of the checks that fail; none: the holder is admitted."""

ROOT = igc.ca(igc.Range.FORT)
ISSUER = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields the codes of the checks that fail at each step."""
    authority = world.authority

    def card(order: int) -> IssuedCard:
        return world.issue(CardOrder(person=identities.person(order)), keys=keys)

    def login(
        issued_card: IssuedCard,
        root: x509.Certificate,
        links: tuple[x509.Certificate, ...],
        lists: tuple[bytes, ...] | None = None,
    ) -> tuple[str, ...]:
        known = CrlSource((*authority.anchors(), *authority.intermediates()))
        for der in authority.crls() if lists is None else lists:
            known.load(der)
        policy = CardPolicy.test_cards()
        service = Verifier([root], links, known, world.holders, policy, world.clock)
        verdict = service.verify([issued_card.authentication.public_bytes(Encoding.DER)])
        return tuple(check.code for check in verdict.failures)

    old_card = card(42788)
    untold = authority.intermediates()
    (old,) = authority.anchors()
    yield login(old_card, old, untold)
    world.renew_key(ROOT)
    successor = world.renew_key(ISSUER)
    new_card = card(42789)
    old, new = authority.anchors()
    told = authority.intermediates()
    yield login(old_card, old, told)
    yield login(old_card, new, told)
    yield login(new_card, old, told)
    yield login(new_card, new, told)
    yield login(new_card, old, untold)
    world.clock.move(dt.timedelta(days=700))
    authority.revoke(ISSUER, old_card.authentication.serial_number)
    by_old, by_new = authority.publish(ISSUER)
    roots = tuple(authority.crl(generation) for generation in authority.generations(ROOT))
    yield login(old_card, old, told, (by_old, *roots))
    yield login(old_card, old, told, (by_new, *roots))
    world.clock.move_to(old_card.authentication.not_valid_after_utc + 2 * igc.CRL_PERIOD)
    newer = card(42790)
    publishing = [
        generation
        for generation in authority.generations(ISSUER)
        if authority.publishes(generation)
    ]
    yield ("no new list",) if publishing == [successor] else ()
    yield login(newer, old, told)
    yield login(newer, new, told)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes) or 'admitted'}")
