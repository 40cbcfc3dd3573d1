# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One type of chip is recalled: its cards are revoked, and their holders get new ones.

At a hundredth of the real size (1,556,950 cards are in use). One card in five has the chip that is
recalled. People must go on working: every holder first gets a card with another chip, then the old
ones are stopped, all at once, and one new list says so. All cores issue, with a few keys in turn;
images of cards are not kept. The logins of one holder in a hundred are tried at each step.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import batched
from pathlib import Path

from cryptography import x509

from caducee.authority.requests import issuer_of
from caducee.directory.model import CardStatus
from caducee.issuance import CardKeySource, CardOrder, identities, issue_cards, revoke_card
from caducee.issuance.population import SharedCardKeys
from caducee.sandbox.world import Sandbox
from caducee.spec.cards import CardGeneration
from caducee.spec.nomenclatures import CardFamily

HOLDERS = 15_570
RECALLED_EVERY = 5
TRIED_EVERY = 100

EXPECTED = (
    ("before: cards with either chip", ()),
    ("new cards are there: the old ones still work", ()),
    ("new cards work", ()),
    ("after the recall: the old ones", ("relying.card_opposed", "trust.revoked")),
    ("after the recall: the new ones", ()),
    ("after the recall: cards with the other chip", ()),
    ("the list holds the certificates of the old ones, all of them and nothing else", ()),
)
"""Each step, with the codes of the checks that fail for any card; none: all are admitted."""

ISSUER = issuer_of(CardFamily.CPS)


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields the codes of the checks that fail at each step."""
    world.authority.certificate(ISSUER)  # made once, before several processes need it
    everybody = range(1, HOLDERS + 1)
    recalled = everybody[RECALLED_EVERY - 1 :: RECALLED_EVERY]
    issue_on_all_cores(world.folder, everybody)
    first = cards(world)
    verifier = world.verifier()

    def logins(of: Iterable[int], numbers: dict[int, str]) -> tuple[str, ...]:
        found: set[str] = set()
        for order in of:
            for item in world.registry.certificates.of_card(numbers[order]):
                if item.use == "authentication":
                    found |= {check.code for check in verifier.verify([item.der]).failures}
        return tuple(sorted(found))

    yield logins(everybody[::TRIED_EVERY], first)
    issue_on_all_cores(world.folder, recalled, CardGeneration.CPS4)
    second = cards(world)
    tried = recalled[:: TRIED_EVERY // RECALLED_EVERY]
    yield logins(tried, first)
    yield logins(tried, second)
    for some in batched(recalled, 500):
        with world.registry.transaction():
            for order in some:
                reason = x509.ReasonFlags.superseded
                revoke_card(world.registry, world.authority, first[order], reason, publish=False)
    (crl,) = world.authority.publish(ISSUER)
    yield logins(tried, first)
    yield logins(tried, second)
    yield logins((entry for entry in everybody[::TRIED_EVERY] if entry % RECALLED_EVERY), first)
    certificates = (world.registry.certificates.of_card(first[entry]) for entry in recalled)
    wanted = {entry.serial for both in certificates for entry in both}
    listed = {entry.serial_number for entry in x509.load_der_x509_crl(crl)}
    yield () if listed == wanted else ("the list is another one",)


def cards(world: Sandbox) -> dict[int, str]:
    """Return the newest card of each holder, by the holder's order."""
    holders = {identities.person(index).ps_idnat: index for index in range(1, HOLDERS + 1)}
    active = (card for card in world.registry.cards.all() if card.status is CardStatus.ACTIVE)
    return {holders[item.ps_idnat]: item.number for item in active}


def issue_on_all_cores(
    folder: Path, orders: range, generation: CardGeneration | None = None
) -> None:
    """Issue cards in as many processes as there are cores, each a part of the orders."""
    cores = os.cpu_count() or 1
    chip = generation.value if generation else ""
    running = []
    for core in range(cores):
        part = orders[core::cores]
        numbers = (part.start, part.stop, part.step)
        command = [sys.executable, __file__, str(folder), *map(str, numbers), chip]
        running.append(subprocess.Popen(command))
    ended = [item.wait() for item in running]
    if any(ended):
        raise RuntimeError("a process that issued cards failed")


def issue_part(folder: Path, orders: range, chip: str) -> None:
    """Issue cards in this process."""
    with Sandbox(folder) as world:
        wanted = (order_of(order, chip) for order in orders)
        for _ in issue_cards(world.registry, world.authority, wanted, keys=SharedCardKeys(2)):
            pass


def order_of(order: int, chip: str) -> CardOrder:
    """Return what a holder gets: the chip that is asked for, else the one that fell to them."""
    fell = CardGeneration.CPS3 if order % RECALLED_EVERY == 0 else CardGeneration.CPS4
    generation = CardGeneration(chip) if chip else fell
    return CardOrder(person=identities.person(order), generation=generation, two_applications=False)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        place, *bounds, chosen = sys.argv[1:]
        issue_part(Path(place), range(*map(int, bounds)), chosen)
        sys.exit()
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes) or 'admitted'}")
