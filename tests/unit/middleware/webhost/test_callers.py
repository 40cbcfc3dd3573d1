# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import json
from pathlib import Path

import pytest

from caducee.base.errors import ConfigError
from caducee.middleware.webhost import Caller, caller_of
from caducee.spec.native_messaging import CHROMIUM_EXTENSION, FIREFOX_EXTENSION

MANIFEST = Path(__file__).parents[4] / "browser/extension/manifest.json"
OF_CHROMIUM = [f"chrome-extension://{CHROMIUM_EXTENSION}/"]
OF_FIREFOX = ["/usr/lib/mozilla/native-messaging-hosts/org.caducee.host.json", FIREFOX_EXTENSION]


def test_our_extension_may_call_from_chromium() -> None:
    assert caller_of(OF_CHROMIUM) == Caller("Chromium", CHROMIUM_EXTENSION)


def test_windows_chromium_adds_a_window_and_may_call() -> None:
    assert caller_of([*OF_CHROMIUM, "--parent-window=0"]).extension == CHROMIUM_EXTENSION


def test_our_extension_may_call_from_firefox() -> None:
    assert caller_of(OF_FIREFOX) == Caller("Firefox", FIREFOX_EXTENSION)


@pytest.mark.parametrize(
    "arguments",
    [["chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"], [OF_FIREFOX[0], "other@test"]],
)
def test_another_extension_is_refused(arguments: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        caller_of(arguments)
    assert caught.value.code == "webhost.extension_unknown"


@pytest.mark.parametrize("arguments", [[], ["status"], [FIREFOX_EXTENSION], [*OF_FIREFOX, "x"]])
def test_whoever_is_no_browser_is_refused(arguments: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        caller_of(arguments)
    assert caught.value.code == "webhost.not_a_browser"


def test_extension_under_another_name_may_be_allowed() -> None:
    other = "a" * 32
    assert caller_of([f"chrome-extension://{other}/"], {other}) == Caller("Chromium", other)


def test_names_are_those_of_the_extension_itself() -> None:
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    assert manifest["browser_specific_settings"]["gecko"]["id"] == FIREFOX_EXTENSION
    key = hashlib.sha256(base64.b64decode(manifest["key"])).hexdigest()[:32]
    assert "".join(chr(ord("a") + int(item, 16)) for item in key) == CHROMIUM_EXTENSION
