# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee browser install`` for everybody on this machine, seen by real browsers, and undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.e2e.browsers import ASK, EXTENSION, Desk, chromium
from tests.e2e.conftest import Place
from tests.e2e.marionette import firefox
from tools.native import build_host

from caducee.middleware.browsers import BrowserLocations, Installer, InstallOutcome
from caducee.middleware.browsers.nss import modules

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

MODULES = """
const base = Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB);
return Promise.resolve(base.listModules())
  .then((found) => [...found].map((one) => [one.name, one.libName]));
"""
QUIET = "/refusals"  # a page that asks the extension for nothing itself
STATUS = f"return ({ASK})(['web-eid:status', {{}}])"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home without anything of ours, on a machine where everybody was served."""
    home = tmp_path / "home"
    home.mkdir()
    installer = Installer(BrowserLocations(home, system=True), build_host())
    desk = Desk(home)
    try:
        desk.install(installer)
        with desk.daemon():
            yield home
    finally:
        left = [
            item for item in desk.remove(installer) if item.outcome is not InstallOutcome.REMOVED
        ]
    assert not left


def test_firefox_loads_the_module_and_starts_the_host(home: Path, place: Place) -> None:
    with firefox(home / "profile", Desk(home).environment()) as browser:
        assert ["caducee", str(build_host())] in browser.chrome(MODULES)
        browser.install(EXTENSION)
        browser.goto(place.addresses.open + QUIET)
        assert browser.evaluate(STATUS)["action"] == "web-eid:status-success"


def test_chromium_starts_the_host(home: Path, place: Place) -> None:
    assert modules(home / ".pki/nssdb")["caducee"] == str(build_host())
    with sync_playwright() as playwright, chromium(playwright, Desk(home)) as browser:
        page = browser.new_page()
        page.goto(place.addresses.open + QUIET)
        answered = page.evaluate(ASK, ["web-eid:status", {}])
        assert answered["action"] == "web-eid:status-success"
