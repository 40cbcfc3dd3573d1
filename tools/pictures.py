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
from typing import Literal

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Browser, sync_playwright

from caducee.issuance import CardOrder, IssuedCard, identities
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


def shots(folder: Path) -> tuple[Sandbox, list[Shot], Path]:
    """Make a world with two cards, one of them stopped; return what to photograph, and its PEM."""
    keys = SharedKeys(card_keys=1)
    world = Sandbox.create(folder / "world", ca_keys=keys)
    made = [
        world.issue(CardOrder(person=identities.person(number)), keys=keys) for number in (1, 2)
    ]
    world.revoke(made[1].card.number)
    certificate = f"/certificates/{FORT_PP.file}/{made[0].authentication.serial_number:X}"
    wanted = [
        Shot("publication", "/", 0, 1000),
        Shot("certificate", certificate, 80, 1250),
    ]
    return world, wanted, pem_of(made[1], keys, folder / "stopped.pem")


def photograph(browser: Browser, address: str, shot: Shot) -> None:
    """Write one picture."""
    page = browser.new_page(viewport={"width": 1000, "height": shot.height}, locale="en-GB")
    page.goto(address + shot.path)
    clip = {"x": 0, "y": shot.top, "width": 1000, "height": shot.height - shot.top}
    page.screenshot(path=PICTURES / f"{shot.name}.png", clip=clip, full_page=True)  # type: ignore[arg-type]
    page.close()


LOOKS: tuple[tuple[str, str, Literal["light", "dark"], int], ...] = (
    ("", "en-GB", "light", 100),
    ("-fr-dark-200", "fr-FR", "dark", 200),
)
"""Ending of the name, language, colours, and size of the text in percent."""


def photograph_portal(browser: Browser, world: Sandbox, pem: Path) -> None:
    """Write the start page of the portal and the refusal of a stopped card, in each look."""
    with world.portal() as at:
        card = {"origin": at.tls12, "certPath": str(pem), "keyPath": str(pem)}
        for ending, locale, colours, percent in LOOKS:
            context = browser.new_context(
                locale=locale,
                color_scheme=colours,
                ignore_https_errors=True,
                viewport={"width": 1000, "height": 600},
                client_certificates=[card],  # type: ignore[list-item]
            )
            page = context.new_page()
            for name, address in (
                ("portal-start", at.open),
                ("portal-refusal", f"{at.tls12}/login/certificate"),
            ):
                page.goto(address)
                page.evaluate(f"() => {{ document.documentElement.style.fontSize = '{percent}%' }}")
                page.screenshot(path=PICTURES / f"{name}{ending}.png", full_page=True)
                sys.stdout.write(f"docs/pictures/{name}{ending}.png\n")
            context.close()


def pem_of(issued: IssuedCard, keys: SharedKeys, path: Path) -> Path:
    """Write certificate and key of a card; return where."""
    path.write_bytes(
        issued.authentication.public_bytes(Encoding.PEM)
        + keys.card_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        world, wanted, stopped = shots(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with world, world.publication() as address:
            for item in wanted:
                photograph(browser, address, item)
                sys.stdout.write(f"docs/pictures/{item.name}.png\n")
            photograph_portal(browser, world, stopped)
        browser.close()


if __name__ == "__main__":
    main()
