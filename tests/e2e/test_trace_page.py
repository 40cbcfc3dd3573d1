# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The page that shows a trace, looked at in a real browser, judged by axe, used by keyboard."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.e2e.test_portal_pages import violations

from caducee.base.i18n import use_language
from caducee.middleware.tracing import RecordKind, TraceRecord
from caducee.middleware.tracing.html import page

pytestmark = pytest.mark.system

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "trace.png"
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SIGN, LOGIN = "5d0f1e2a3b4c5d6e", "0a1b2c3d4e5f6071"


def record(after: int, kind: RecordKind, trace: str, **more: Any) -> TraceRecord:
    return TraceRecord(
        at=NOW + dt.timedelta(milliseconds=after),
        kind=kind,
        source="daemon",
        trace=trace,
        reader="Reader 00 00",
        **more,
    )


PROGRAM: dict[str, Any] = {
    "program": "/usr/lib/firefox-esr/firefox-esr",
    "pid": 4242,
    "application": "9f3a11c0",
}
RECORDS = [
    record(0, RecordKind.CARD, LOGIN, atr="3BAC00402A001225006480000310009000", protocol="T=0"),
    record(4, RecordKind.APDU, LOGIN, command="00A40904063F0000017001", response="6119", ms=3.1),
    record(9, RecordKind.APDU, LOGIN, command="0020000104********", response="63C2", ms=4.4),
    record(
        10,
        RecordKind.CALL,
        LOGIN,
        function="C_Login",
        result="CKR_PIN_INCORRECT",
        ms=10.2,
        facts={"session": 65540, "user": 1, "pin": "****"},
        **PROGRAM,
    ),
    record(700, RecordKind.APDU, SIGN, command="002241B606800142840101", response="9000", ms=2.0),
    record(
        1400,
        RecordKind.APDU,
        SIGN,
        command="002A9E9A20" + "5A" * 32 + "00",
        response="6100",
        ms=690.0,
    ),
    record(
        1404,
        RecordKind.CALL,
        SIGN,
        function="C_Sign",
        result="CKR_OK",
        ms=704.0,
        facts={"session": 65540, "data": "51 bytes", "signature": "room for 256"},
        **PROGRAM,
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield opened
        opened.close()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_and_the_keyboard_opens_a_call(
    browser: Browser, tmp_path: Path, language: str, colours: Literal["light", "dark"]
) -> None:
    target = tmp_path / "trace.html"
    with use_language(language):
        target.write_text(page(RECORDS))
    with browser.new_context(bypass_csp=True, color_scheme=colours) as context:
        shown = context.new_page()
        asked: list[str] = []
        shown.on("request", lambda item: asked.append(item.url))
        shown.goto(target.as_uri())
        assert violations(shown) == []
        shown.keyboard.press("Tab")
        shown.keyboard.press("Enter")
        assert shown.locator("details").first.get_attribute("open") is not None
        assert shown.get_by_text("VERIFY").is_visible()
        shown.keyboard.press("Tab")
        region = shown.locator(".scroll").first
        assert region.evaluate("it => it === document.activeElement")
        assert violations(shown) == []
        assert asked == [target.as_uri()]  # it needs no other file
        if os.environ.get("CADUCEE_PICTURES") and (language, colours) == ("en", "light"):
            shown.set_viewport_size({"width": 1000, "height": 760})
            shown.screenshot(path=PICTURE)


def test_it_fits_a_narrow_window_with_large_letters(browser: Browser, tmp_path: Path) -> None:
    target = tmp_path / "trace.html"
    target.write_text(page(RECORDS))
    with browser.new_context(viewport={"width": 640, "height": 700}) as context:
        shown = context.new_page()
        shown.goto(target.as_uri())
        shown.add_style_tag(content="html{font-size:200%}")
        shown.locator("details").first.evaluate("it => it.open = true")
        assert shown.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
