# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A person at a browser whose module is ours: goes to pages, enters codes, sees what comes."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Page, sync_playwright
from tests.e2e.browsers import Desk, chromium
from tests.e2e.marionette import Firefox, firefox
from tests.e2e.screen import Screen, screen

__all__ = ["Seat", "at_chromium", "at_firefox", "new_home"]

_POLICY = Path("/etc/chromium/policies/managed")
_CHOOSES = {"AutoSelectCertificateForUrls": ['{"pattern":"https://localhost","filter":{}}']}
_PATIENCE = 60.0
_PRESS = "setTimeout(() => document.querySelector(arguments[0]).click(), 0)"
_UNLOCK = "Unlock Security Device"


class Seat(Protocol):
    """What a person does, and what they see."""

    def go(self, url: str, *codes: str, gives_up: bool = False) -> None:
        """Go to a page; enter these codes, one a window.

        Whoever is asked again enters the last code, or ``gives_up`` (Cancel). Returns when the
        page is there.
        """

    def press(self, selector: str, *codes: str) -> None:
        """Press a link or button that leads elsewhere, then enter codes as `go` does."""

    def evaluate(self, script: str) -> Any:
        """Run an expression in the page; a promise is waited for."""

    @property
    def url(self) -> str:
        """Where the page is."""


def new_home(folder: Path, module: Path) -> Desk:
    """Make a home with a Firefox profile, and install the module for both browsers."""
    profile = folder / ".mozilla/firefox/one"
    profile.mkdir(parents=True)
    ini = "[Profile0]\nName=one\nIsRelative=1\nPath=one\n"
    (profile.parent / "profiles.ini").write_text(ini, encoding="ascii")
    command = ["certutil", "-N", "-d", f"sql:{profile}", "--empty-password"]
    subprocess.run(command, check=True, timeout=_PATIENCE)
    return Desk.set_up(folder, module)


class _AtFirefox:
    def __init__(self, browser: Firefox) -> None:
        self._browser = browser

    def go(self, url: str, *codes: str, gives_up: bool = False) -> None:
        self._browser.goto("about:blank")
        self._browser.answer_with(*codes, gives_up=gives_up)
        self._browser.begin(url)
        self._browser.wait_for_page_after("about:blank")

    def press(self, selector: str, *codes: str) -> None:
        before = self.url
        self._browser.answer_with(*codes)
        self._browser.evaluate(_PRESS, selector)
        self._browser.wait_for_page_after(before)

    def evaluate(self, script: str) -> Any:
        return self._browser.evaluate(f"return {script.strip()}")

    @property
    def url(self) -> str:
        return self._browser.url


class _AtChromium:
    def __init__(self, page: Page, glass: Screen) -> None:
        self._page = page
        self._glass = glass

    def go(self, url: str, *codes: str, gives_up: bool = False) -> None:
        self._page.goto("about:blank")
        self._page.evaluate("(url) => { setTimeout(() => { location.href = url; }, 0); }", url)
        self._leave("about:blank", codes, gives_up)

    def press(self, selector: str, *codes: str) -> None:
        before = self.url
        self._page.evaluate(f"(...arguments) => {{ {_PRESS} }}", selector)
        self._leave(before, codes, gives_up=False)

    def _leave(self, before: str, codes: tuple[str, ...], gives_up: bool) -> None:
        for code in codes:
            self._glass.enter(self._glass.wait_for(_UNLOCK), code)
        deadline = time.monotonic() + _PATIENCE
        while self._page.url == before:
            assert time.monotonic() < deadline, "the page never comes"
            for window in self._glass.windows(_UNLOCK):
                if gives_up or not codes:
                    self._glass.cancel(window)
                else:
                    self._glass.enter(window, codes[-1])
            self._page.wait_for_timeout(50)
        self._page.wait_for_load_state()

    def evaluate(self, script: str) -> Any:
        return self._page.evaluate(script)

    @property
    def url(self) -> str:
        return self._page.url


@contextmanager
def at_firefox(desk: Desk) -> Iterator[Seat]:
    """Sit down at a Firefox without a screen."""
    profile = desk.home / ".mozilla/firefox/one"
    for kept in profile.glob("cookies.sqlite*"):
        kept.unlink()
    with firefox(profile, desk.environment()) as browser:
        yield _AtFirefox(browser)


@contextmanager
def at_chromium(desk: Desk) -> Iterator[Seat]:
    """Sit down at a Chromium on a screen of its own; it chooses the certificate by policy."""
    policy = _POLICY / f"caducee-tests-{os.getpid()}.json"
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text(json.dumps(_CHOOSES), encoding="ascii")
    try:
        with (
            screen() as glass,
            sync_playwright() as playwright,
            chromium(playwright, desk, extension=None, display=glass.display) as browser,
        ):
            browser.clear_cookies()  # of who sat here before
            yield _AtChromium(browser.new_page(), glass)
    finally:
        policy.unlink()
