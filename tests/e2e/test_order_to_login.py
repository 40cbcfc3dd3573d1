# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From the catalogue to a login at the portal with the delivered card, all of it in one browser."""

from pathlib import Path

import pytest
from tests.e2e.marionette import Firefox, firefox
from tests.e2e.seats import new_home
from tests.e2e.shops import running_shop, whole_way
from tests.e2e.test_certificate_login import REFUSED, SESSION
from tests.e2e.test_ordering_pages import FirefoxDriver
from tools.native import build_host

from caducee.services.web.settings import PortalAddresses
from caducee.virtualcard.image import CardImage

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]


_LOOKS = 20


def log_in(browser: Firefox, portal: PortalAddresses, code: str) -> None:
    """Open the login by certificate, and enter the code when it is asked for."""
    browser.goto("about:blank")
    browser.answer_with(code)
    browser.begin(f"{portal.tls12}/login/certificate")
    browser.wait_for_page_after("about:blank")


def test_a_card_that_was_ordered_in_firefox_logs_in_there(tmp_path: Path) -> None:
    desk = new_home(tmp_path / "home", build_host())
    profile = desk.home / ".mozilla/firefox/one"
    with (
        desk.daemon(),
        running_shop(tmp_path / "world") as shop,
        shop.world.portal() as portal,
        firefox(profile, desk.environment()) as browser,
    ):
        driver = FirefoxDriver(browser)
        code = ""
        for name in whole_way(driver, shop, "zoe@example.test"):
            if name == "letter":
                code = driver.text("code.pin")
        (card,) = shop.world.registry.cards.all()
        desk.insert(CardImage.load(shop.world.folder / "cards" / f"{card.number}.json"))
        # Firefox, which runs since before the card was there, may not have looked yet.
        for _ in range(_LOOKS):
            log_in(browser, portal, code)
            if browser.evaluate(f"return {REFUSED}") != "relying.certificate_absent":
                break
        assert browser.url == f"{portal.tls12}/session", driver.text("main")
        assert browser.evaluate(f"return {SESSION.strip()}") == card.ps_idnat
    desk.clear()
