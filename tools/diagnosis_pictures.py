# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Photograph the diagnosis, as window, as page and as text: ``python -m tools.diagnosis_pictures``.

Needs Xvfb, Chromium and the development environment. What is found is made up, but for the page,
whose portal runs. The pictures go into ``docs/pictures``; look at them before they are committed.
"""

import io
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from html import escape
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Browser, sync_playwright
from tests.e2e.windows.places import make_world
from tests.e2e.windows.session import Desktop, desktop
from tests.unit.diagnosis.faults import FAULTS
from tests.unit.diagnosis.world import healthy

from caducee.base.i18n import use_language
from caducee.cli import diag
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.probes import RecordedProbes
from caducee.diagnosis.session import DiagnosisOptions
from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
STAGE = "tests.e2e.windows.stage"
TEXT = """<meta charset="utf-8"><style>
body { margin: 0; background: #1b1d22; color: #e8e8e8; font: 14px/1.3 monospace; }
pre { margin: 0; padding: 14px 18px; white-space: pre-wrap; }
</style><pre>$ caducee diag
"""


@dataclass(frozen=True)
class Shot:
    """A window: in which language, with how large letters, and how large itself."""

    name: str
    language: str
    letters: float
    width: int
    height: int


SHOTS = (
    Shot("window", "en", 1, 760, 700),
    Shot("window-fr", "fr", 1, 760, 700),
    Shot("window-large-fr", "fr", 2, 1150, 800),
)


def windows(glass: Desktop, folder: Path) -> None:
    """Photograph the window in both languages, and with letters of 200 %."""
    for shot in SHOTS:
        command = ["env", "-C", str(folder), sys.executable, "-m", STAGE, shot.language, "world"]
        command += ["--letters", str(shot.letters)]
        with glass.program(command, PYTHONPATH=f"{ROOT}:{ROOT / 'src'}") as stage:
            stage.ask("show", context="diagnosis-cause")
            stage.ask("size", width=shot.width, height=shot.height)
            stage.ask("picture", path=str(path(shot.name)))
            stage.ask("close")


def path(name: str) -> Path:
    """Return where a picture goes."""
    return PICTURES / f"diag-{name}.png"


def page(browser: Browser, folder: Path) -> None:
    """Photograph what a portal sees of a card that was stopped."""
    keys = SharedKeys(card_keys=1)
    with Sandbox.create(folder / "world", ca_keys=keys) as world:
        issued = world.issue(CardOrder(person=identities.person(1)), keys=keys)
        world.revoke(issued.card.number)
        pem = folder / "card.pem"
        pem.write_bytes(
            issued.authentication.public_bytes(Encoding.PEM)
            + keys.card_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        with world.portal() as addresses:
            context = browser.new_context(
                locale="en-GB",
                ignore_https_errors=True,
                viewport={"width": 1000, "height": 900},
                client_certificates=[
                    {"origin": addresses.tls12, "certPath": str(pem), "keyPath": str(pem)}
                ],
            )
            shown = context.new_page()
            shown.goto(f"{addresses.tls12}/diagnosis")
            shown.wait_for_selector("#extension[data-done]")
            clip = {"x": 0, "y": 0, "width": 1000, "height": 900}
            shown.screenshot(path=path("page"), clip=clip, full_page=True)  # type: ignore[arg-type]
            context.close()


def text(browser: Browser) -> None:
    """Photograph what the command prints where GnuPG holds the card."""
    answers = healthy()
    FAULTS["GnuPG holds the card"][0](answers)
    FAULTS["OpenSC beside us"][0](answers)
    reported = io.StringIO()
    with use_language("en"), redirect_stdout(reported):
        diag._show(run(CheckContext(RecordedProbes(answers)), CHECKS), DiagnosisOptions())
    shown = browser.new_page(viewport={"width": 860, "height": 100})
    shown.set_content(TEXT + escape(reported.getvalue()).replace("\n", "<br>"))
    shown.screenshot(path=path("text"), full_page=True)
    shown.close()


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_world(folder / "world")
        with desktop(folder / "desk") as glass:
            windows(glass, folder)
        (folder / "portal").mkdir()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            text(browser)
            page(browser, folder / "portal")
            browser.close()
    for item in sorted(PICTURES.glob("diag-*.png")):
        sys.stdout.write(f"docs/pictures/{item.name} {item.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()
