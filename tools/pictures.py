# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Photograph the pages that the documentation shows: ``python tools/pictures.py``.

Needs Chromium and the development environment. The pictures go into ``docs/pictures``; look at them
before they are committed.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


@dataclass(frozen=True)
class Shot:
    """One picture: the page, and how far down and how high it is cut."""

    name: str
    path: str
    top: int
    height: int


def shots(folder: Path) -> tuple[Sandbox, list[Shot]]:
    """Make a world with two cards, one of them stopped, and say what to photograph."""
    keys = SharedKeys(card_keys=1)
    world = Sandbox.create(folder / "world", ca_keys=keys)
    made = [
        world.issue(CardOrder(person=identities.person(number)), keys=keys) for number in (1, 2)
    ]
    world.revoke(made[1].card.number)
    certificate = f"/certificates/{FORT_PP.file}/{made[0].authentication.serial_number:X}"
    return world, [
        Shot("publication", "/", 0, 1000),
        Shot("certificate", certificate, 80, 1250),
    ]


def photograph(browser: Browser, address: str, shot: Shot) -> None:
    """Write one picture."""
    page = browser.new_page(viewport={"width": 1000, "height": shot.height}, locale="en-GB")
    page.goto(address + shot.path)
    clip = {"x": 0, "y": shot.top, "width": 1000, "height": shot.height - shot.top}
    page.screenshot(path=PICTURES / f"{shot.name}.png", clip=clip, full_page=True)  # type: ignore[arg-type]
    page.close()


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        world, wanted = shots(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with world, world.publication() as address:
            for item in wanted:
                photograph(browser, address, item)
                sys.stdout.write(f"docs/pictures/{item.name}.png\n")
        browser.close()


if __name__ == "__main__":
    main()
