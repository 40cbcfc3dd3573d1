# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Photograph the pages of an order: ``PYTHONPATH=. python tools/order_pictures.py``.

It goes the whole way. Needs Chromium and the development environment. The pictures go into
``docs/pictures``; look at them before they are committed.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.e2e.shops import running_shop, whole_way
from tests.e2e.test_ordering_pages import ChromiumDriver

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
SHOTS = {
    "catalogue": ("order-catalogue", 900),
    "form with problems": ("order-form", 1000),
    "review": ("order-review", 1000),
    "delivery with a link": ("order-delivery", 900),
    "card in use": ("order-card", 900),
}
"""By the name of a page on the way: the picture, and how high it is cut."""


def main() -> None:
    """Write all pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_shop(Path(folder) / "world") as shop,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            locale="en-GB", ignore_https_errors=True, viewport={"width": 1000, "height": 900}
        )
        driver = ChromiumDriver(context)
        for name in whole_way(driver, shop, "zoe@example.test"):
            if name in SHOTS:
                stem, height = SHOTS[name]
                clip = {"x": 0, "y": 0, "width": 1000, "height": height}
                path = PICTURES / f"{stem}.png"
                driver.page.screenshot(path=path, clip=clip, full_page=True)  # type: ignore[arg-type]
                sys.stdout.write(f"docs/pictures/{stem}.png\n")
        browser.close()


if __name__ == "__main__":
    main()
