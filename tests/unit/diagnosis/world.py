# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A machine on which everything works, as answers to the probes; faults change one of them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from caducee.diagnosis.facts import (
    BrowserModule,
    CacheFacts,
    CardFacts,
    CertificateFacts,
    ChainFacts,
    ClockFacts,
    DaemonFacts,
    DiskFacts,
    DriverFacts,
    JavaFacts,
    LoginFacts,
    ModuleFacts,
    P11KitFacts,
    PcscFacts,
    PinFacts,
    ReaderFacts,
    SandboxedProgram,
    ServiceFacts,
    SystemFacts,
    UsbReader,
)

NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
READER = "ACME CCID 00 00"
ATR = "3BAC00402A001225006480000310009000"
DAY = dt.timedelta(days=1)

type Answers = dict[str, Any]
type Break = Callable[[Answers], None]


def certificate(use: str) -> CertificateFacts:
    return CertificateFacts(
        use=use,
        not_before=NOW - 300 * DAY,
        not_after=NOW + 700 * DAY,
        bits=2048,
        key_bits=2048,
        proof="right",
        holder="one",
    )


def healthy() -> Answers:
    """The answers of a machine on which a professional logs in."""
    codes = PinFacts(left=3, most=3)
    card = CardFacts(
        face="cps3-contact",
        atr=ATR,
        test=False,
        expires=(NOW + 700 * DAY).date(),
        seconds=0.5,
        certificates=(certificate("authentication"), certificate("signature")),
        pin=codes,
        puk=codes,
    )
    return {
        "system": SystemFacts(version="1.0"),
        "pcsc": PcscFacts(processes=(100,), unit="active", version="2.3.1"),
        "usb": (UsbReader(vendor="08e6", product="3437", name="ACME"),),
        "drivers": DriverFacts(devices=("08e6:3437",)),
        "readers": (ReaderFacts(name=READER, present=True, atr=ATR),),
        "holders": (),
        f"card:{READER}": card,
        f"authorities:{READER}": (
            ChainFacts(use="authentication", revocation=True),
            ChainFacts(use="signature", revocation=True),
        ),
        "module": ModuleFacts(path="/usr/lib/libcaducee_pkcs11.so", version="1.0"),
        "browsers": (
            BrowserModule(browser="Firefox", path="/home/x/.mozilla/firefox/a"),
            BrowserModule(browser="Chromium", path="/home/x/.pki/nssdb"),
            BrowserModule(browser="Firefox", kind="host", path="/home/x/.mozilla/hosts"),
        ),
        "sandboxed": (
            SandboxedProgram(name="org.example.Signer", form="flatpak", library="2.3.0"),
            SandboxedProgram(name="signer", form="snap"),
        ),
        "p11kit": P11KitFacts(path="/etc/pkcs11/modules/caducee.module"),
        "java": JavaFacts(path="/home/x/.caducee-java.cfg"),
        "clock": ClockFacts(now=NOW, offset=0.1, source="portal", synchronised=True),
        "services": (
            ServiceFacts(name="portal", address="portal.test:443", status=200),
            ServiceFacts(name="news", address="news.test:443", status=200, critical=False),
        ),
        f"logins:{READER}": (LoginFacts(version="1.2"), LoginFacts(version="1.3")),
        "daemon": DaemonFacts(socket="/run/user/1/caducee/cryptolibd.sock", pid=7, version="1.0"),
        "cache": CacheFacts(path="/home/x/.cache/caducee/cards", files=1, size=20000),
        "disks": (DiskFacts(path="/home/x/.cache/caducee", purpose="cache"),),
    }


def change(question: str, **fields: Any) -> Break:
    """Change fields of one answer."""

    def do(answers: Answers) -> None:
        answers[question] = msgspec.structs.replace(answers[question], **fields)

    return do


def change_in(question: str, number: int, **fields: Any) -> Break:
    """Change fields of one item of an answer that is a list."""

    def do(answers: Answers) -> None:
        items = list(answers[question])
        items[number] = msgspec.structs.replace(items[number], **fields)
        answers[question] = tuple(items)

    return do


def put(question: str, value: Any) -> Break:
    """Give another answer."""

    def do(answers: Answers) -> None:
        answers[question] = value

    return do


def both(*breaks: Break) -> Break:
    """One fault of the world that shows in several answers."""

    def do(answers: Answers) -> None:
        for item in breaks:
            item(answers)

    return do


def certificate_fault(number: int = 0, **fields: Any) -> Break:
    """Change fields of one certificate of the card."""

    def do(answers: Answers) -> None:
        card = answers[f"card:{READER}"]
        held = list(card.certificates)
        held[number] = msgspec.structs.replace(held[number], **fields)
        answers[f"card:{READER}"] = msgspec.structs.replace(card, certificates=tuple(held))

    return do
