# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where browsers on Linux keep what lets them reach a card.

Sources: developer.mozilla.org, "Native manifests"; mozilla.github.io/policy-templates
("SecurityDevices"); developer.chrome.com, "Native messaging"; chromium.org, "Linux certificate
management"; the folders of Snap and Flatpak as their packages use them.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

__all__ = [
    "CHROMIUM_BRANDS",
    "FIREFOX_DISTRIBUTIONS",
    "FIREFOX_HOMES",
    "FIREFOX_POLICIES",
    "FIREFOX_SYSTEM_HOSTS",
    "FIREFOX_USER_HOSTS",
    "MODULE",
    "NSS_DATABASES",
    "Brand",
    "Form",
    "Home",
]

MODULE: Final = "caducee"
"""Under which name the module stands in the databases and policies of browsers."""


@unique
class Form(StrEnum):
    """How a browser came onto the machine."""

    PACKAGE = "package"
    """From the distribution, or unpacked: it sees the whole system."""

    SNAP = "snap"
    FLATPAK = "flatpak"


@dataclass(frozen=True, slots=True)
class Home:
    """A folder under the user's home where a browser keeps its profiles, or its database."""

    form: Form
    path: str


FIREFOX_HOMES: Final = (
    Home(Form.PACKAGE, ".mozilla/firefox"),
    Home(Form.PACKAGE, ".config/mozilla/firefox"),
    Home(Form.SNAP, "snap/firefox/common/.mozilla/firefox"),
    Home(Form.FLATPAK, ".var/app/org.mozilla.firefox/.mozilla/firefox"),
    Home(Form.FLATPAK, ".var/app/org.mozilla.firefox/config/mozilla/firefox"),
)
"""Each holds ``profiles.ini``."""

FIREFOX_POLICIES: Final = "etc/firefox/policies/policies.json"
"""Read by every Firefox of the machine, that of Debian (firefox-esr) included."""

FIREFOX_DISTRIBUTIONS: Final = (
    "usr/lib/firefox/distribution/policies.json",
    "usr/lib/firefox-esr/distribution/policies.json",
    "usr/lib64/firefox/distribution/policies.json",
    "opt/firefox/distribution/policies.json",
)
"""Beside each Firefox; read only where `FIREFOX_POLICIES` is not there."""

FIREFOX_USER_HOSTS: Final = ".mozilla/native-messaging-hosts"
FIREFOX_SYSTEM_HOSTS: Final = "usr/lib/mozilla/native-messaging-hosts"

NSS_DATABASES: Final = (
    Home(Form.PACKAGE, ".pki/nssdb"),
    Home(Form.SNAP, "snap/chromium/current/.pki/nssdb"),
    Home(Form.FLATPAK, ".var/app/org.chromium.Chromium/.pki/nssdb"),
)
"""The database that Chromium and its relatives share; one for each user and form."""


@dataclass(frozen=True, slots=True)
class Brand:
    """One browser of Chromium's kind."""

    name: str
    config: str
    """Its folder under ``~/.config``; hosts of the user stand below it."""

    system_hosts: str


CHROMIUM_BRANDS: Final = (
    Brand("Chromium", "chromium", "etc/chromium/native-messaging-hosts"),
    Brand("Google Chrome", "google-chrome", "etc/opt/chrome/native-messaging-hosts"),
    Brand("Microsoft Edge", "microsoft-edge", "etc/opt/edge/native-messaging-hosts"),
)
