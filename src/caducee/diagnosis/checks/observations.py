# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What each check looked at, for people: versions, readers, the card, dates, tries left.

Labels are English message ids; values stand as the machine reports them.
"""

from collections.abc import Iterator

from caducee.base.dates import local_day, local_time
from caducee.base.i18n import N_
from caducee.base.nouns import shown
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.model import Observation

__all__ = [
    "browsers",
    "cache",
    "card",
    "certificates",
    "clock",
    "codes",
    "daemon",
    "disk",
    "java",
    "kit",
    "life",
    "logins",
    "module",
    "readers",
    "service",
    "services",
    "system",
]

_MEGABYTE = 1 << 20


def system(context: CheckContext) -> Iterator[Observation]:
    """Yield the system and the versions."""
    here = context.system
    yield N_("System"), " ".join(filter(None, (here.system, here.release, here.machine)))
    yield N_("Python"), here.python
    yield N_("caducee"), here.version


def disk(context: CheckContext) -> Iterator[Observation]:
    """Yield what is free."""
    for item in context.disks:
        yield N_("Free space"), f"{item.path}: {item.free // _MEGABYTE} MB"


def cache(context: CheckContext) -> Iterator[Observation]:
    """Yield how large the cache is."""
    found = context.cache
    if found.there:
        yield N_("Folder"), found.path
        yield N_("Files"), f"{found.files} ({found.size // 1024} kB)"


def clock(context: CheckContext) -> Iterator[Observation]:
    """Yield the time here, and how far it is from others'."""
    found = context.clock
    yield N_("Time on this computer"), local_time(found.now)
    if found.offset is not None:
        yield N_("Ahead of others"), f"{found.offset:+.1f} s ({found.source})"


def service(context: CheckContext) -> Iterator[Observation]:
    """Yield the version and the process of pcscd."""
    found = context.pcsc
    yield N_("Version of pcscd"), found.version
    yield N_("Process"), ", ".join(map(str, found.processes))
    yield N_("Socket"), found.socket


def readers(context: CheckContext) -> Iterator[Observation]:
    """Yield each reader."""
    for reader in context.readers:
        yield N_("Reader"), reader.name
    for two in context.usb:
        yield N_("On USB"), " ".join(filter(None, (f"{two.vendor}:{two.product}", two.name)))


def card(context: CheckContext) -> Iterator[Observation]:
    """Yield which card it is."""
    found = context.card
    yield N_("Reader"), context.reader.name
    yield N_("Answer to reset"), found.atr or context.reader.atr
    yield N_("Card type"), str(shown("face", found.face))


def life(context: CheckContext) -> Iterator[Observation]:
    """Yield when the card ends."""
    end = context.card.expires
    yield N_("Valid until"), local_day(end) if end is not None else ""


def certificates(context: CheckContext) -> Iterator[Observation]:
    """Yield how long each certificate is valid."""
    for certificate in context.card.certificates:
        if certificate.not_after is not None:
            use = shown("use", certificate.use)
            until = local_day(certificate.not_after)
            yield N_("Certificate"), f"{use}: {certificate.bits} bits, → {until}"


def codes(context: CheckContext) -> Iterator[Observation]:
    """Yield the tries that are left."""
    for label, item in ((N_("PIN"), context.card.pin), (N_("PUK"), context.card.puk)):
        if item.there and item.left is not None:
            yield label, f"{item.left} / {'?' if item.most is None else item.most}"


def daemon(context: CheckContext) -> Iterator[Observation]:
    """Yield which process serves."""
    found = context.daemon
    yield N_("Socket"), found.socket
    yield N_("Process"), str(found.pid or "")
    yield N_("Version"), found.version


def module(context: CheckContext) -> Iterator[Observation]:
    """Yield where our module is."""
    yield N_("Library"), context.module.path
    yield N_("Version"), context.module.version


def browsers(context: CheckContext) -> Iterator[Observation]:
    """Yield which browsers were found."""
    for browser in context.browsers:
        if browser.kind == "module":
            yield N_("Browser"), f"{browser.browser} ({browser.form}): {browser.path}"


def kit(context: CheckContext) -> Iterator[Observation]:
    """Yield which file of p11-kit names us."""
    yield N_("File"), context.p11kit.path


def java(context: CheckContext) -> Iterator[Observation]:
    """Yield which file of SunPKCS11 names us."""
    yield N_("File"), context.java.path


def services(context: CheckContext) -> Iterator[Observation]:
    """Yield what each service answered."""
    for item in context.services:
        yield N_("Service"), f"{item.name} ({item.address}): {item.stage or item.status}"


def logins(context: CheckContext) -> Iterator[Observation]:
    """Yield what each login came to."""
    for login in context.logins:
        if login.asked and login.supported:
            yield N_("Login"), f"TLS {login.version}: {login.code or 'OK'}"
