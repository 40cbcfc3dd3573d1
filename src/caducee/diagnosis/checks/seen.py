# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What each check looked at, for people: versions, readers, the card, dates, tries left.

Labels are English message ids; values stand as the machine told them.
"""

from collections.abc import Iterator

from caducee.base.i18n import N_
from caducee.base.nouns import shown
from caducee.diagnosis.model import Seen
from caducee.diagnosis.scene import Scene

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


def system(scene: Scene) -> Iterator[Seen]:
    """Tell the system and the versions."""
    here = scene.system
    yield N_("System"), " ".join(filter(None, (here.system, here.release, here.machine)))
    yield N_("Python"), here.python
    yield N_("caducee"), here.version


def disk(scene: Scene) -> Iterator[Seen]:
    """Tell what is free."""
    for item in scene.disks:
        yield N_("Free space"), f"{item.path}: {item.free // _MEGABYTE} MB"


def cache(scene: Scene) -> Iterator[Seen]:
    """Tell how large the cache is."""
    found = scene.cache
    if found.there:
        yield N_("Folder"), found.path
        yield N_("Files"), f"{found.files} ({found.size // 1024} kB)"


def clock(scene: Scene) -> Iterator[Seen]:
    """Tell the time here, and how far it is from others'."""
    found = scene.clock
    yield N_("Time here"), f"{found.now:%Y-%m-%d %H:%M:%S} UTC"
    if found.offset is not None:
        yield N_("Ahead of others"), f"{found.offset:+.1f} s ({found.source})"


def service(scene: Scene) -> Iterator[Seen]:
    """Tell the version and the process of pcscd."""
    found = scene.pcsc
    yield N_("Version of pcscd"), found.version
    yield N_("Process"), ", ".join(map(str, found.processes))
    yield N_("Socket"), found.socket


def readers(scene: Scene) -> Iterator[Seen]:
    """Tell each reader."""
    for reader in scene.readers:
        yield N_("Reader"), reader.name
    for two in scene.usb:
        yield N_("On USB"), " ".join(filter(None, (f"{two.vendor}:{two.product}", two.name)))


def card(scene: Scene) -> Iterator[Seen]:
    """Tell which card it is."""
    found = scene.card
    yield N_("Reader"), scene.reader.name
    yield N_("Answer to reset"), found.atr or scene.reader.atr
    yield N_("Kind of card"), str(shown("face", found.face))


def life(scene: Scene) -> Iterator[Seen]:
    """Tell when the card ends."""
    end = scene.card.expires
    yield N_("Valid until"), end.isoformat() if end is not None else ""


def certificates(scene: Scene) -> Iterator[Seen]:
    """Tell how long each certificate is valid."""
    for certificate in scene.card.certificates:
        if certificate.not_after is not None:
            use = shown("use", certificate.use)
            until = f"{certificate.not_after:%Y-%m-%d}"
            yield N_("Certificate"), f"{use}: {certificate.bits} bits, → {until}"


def codes(scene: Scene) -> Iterator[Seen]:
    """Tell the tries that are left."""
    for label, item in ((N_("Code"), scene.card.pin), (N_("Unblocking code"), scene.card.puk)):
        if item.there and item.left is not None:
            yield label, f"{item.left} / {'?' if item.most is None else item.most}"


def daemon(scene: Scene) -> Iterator[Seen]:
    """Tell which process serves."""
    found = scene.daemon
    yield N_("Socket"), found.socket
    yield N_("Process"), str(found.pid or "")
    yield N_("Version"), found.version


def module(scene: Scene) -> Iterator[Seen]:
    """Tell where our module is."""
    yield N_("Library"), scene.module.path
    yield N_("Version"), scene.module.version


def browsers(scene: Scene) -> Iterator[Seen]:
    """Tell which browsers were found."""
    for browser in scene.browsers:
        if browser.kind == "module":
            yield N_("Browser"), f"{browser.browser} ({browser.form}): {browser.path}"


def kit(scene: Scene) -> Iterator[Seen]:
    """Tell which file of p11-kit names us."""
    yield N_("File"), scene.p11kit.path


def java(scene: Scene) -> Iterator[Seen]:
    """Tell which file of SunPKCS11 names us."""
    yield N_("File"), scene.java.path


def services(scene: Scene) -> Iterator[Seen]:
    """Tell what each service answered."""
    for item in scene.services:
        yield N_("Service"), f"{item.name} ({item.address}): {item.stage or item.status}"


def logins(scene: Scene) -> Iterator[Seen]:
    """Tell what each login came to."""
    for login in scene.logins:
        if login.asked and login.supported:
            yield N_("Login"), f"TLS {login.version}: {login.code or 'OK'}"
