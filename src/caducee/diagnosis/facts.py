# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the probes bring home: plain frozen values, which can be written down and replayed.

No value holds a code, a key or a certificate. Times are aware UTC, sizes bytes, durations seconds.
A field that is empty or None means: the system does not tell.
"""

import datetime as dt

import msgspec

__all__ = [
    "DAEMON",
    "BrowserModule",
    "CacheFacts",
    "CardFacts",
    "CardProcess",
    "CertificateFacts",
    "ChainFacts",
    "ClockFacts",
    "DaemonFacts",
    "DateMark",
    "DiskFacts",
    "DriverFacts",
    "Facts",
    "JavaFacts",
    "LoginFacts",
    "ModuleFacts",
    "P11KitFacts",
    "PcscFacts",
    "PinFacts",
    "ReaderFacts",
    "SandboxedProgram",
    "ServiceFacts",
    "SystemFacts",
    "UsbReader",
]


class Facts(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The base of all; a field that has its usual value is left out when it is written."""


class SystemFacts(Facts, frozen=True):
    """The machine, and how this program lives on it."""

    system: str = "Linux"
    release: str = ""
    machine: str = ""
    python: str = ""
    version: str = ""
    """Of caducee."""

    root: bool = False
    local: bool = True
    """The session is at this machine's own screen, as logind states; True where unknown."""

    confined: str = ""
    """``snap`` or ``flatpak`` when this program itself is shut in."""

    missing: tuple[str, ...] = ()
    """Parts of caducee's own installation that cannot be imported."""

    tracing: bool = False
    """Each command to a card is being written down."""


class PcscFacts(Facts, frozen=True):
    """The PC/SC service, from the library to the process."""

    library: bool = True
    program: str = "/usr/sbin/pcscd"
    """Empty: not installed."""

    version: str = ""
    processes: tuple[int, ...] = ()
    socket: str = "/run/pcscd/pcscd.comm"
    named: bool = False
    """The environment names the socket (``PCSCLITE_CSOCK_NAME``)."""

    socket_there: bool = True
    socket_open: bool = True
    """This user may write to it."""

    unit: str = ""
    """State of pcscd.socket in systemd: ``active``, ``inactive``, ``masked``, ``failed``;
    empty without systemd."""

    service_failed: bool = False
    """systemd gave pcscd.service up."""

    polkit: bool = True
    """polkit is there, or this pcscd does not need it."""

    polkit_answers: bool = True
    """Looked at only where the service refuses."""

    code: str = ""
    """What the service answered to a first question: empty, or a code of the area ``reader``."""

    number: str = ""
    """PC/SC's own number of that answer."""

    exposed: bool = False
    """A virtual reader listens where other machines reach it."""


class UsbReader(Facts, frozen=True):
    """A device on USB that is a reader of cards."""

    vendor: str
    """Four hexadecimal digits."""

    product: str
    name: str = ""
    ccid: bool = True
    """It follows the class of smart card readers."""

    kernel_driver: str = ""
    """A driver of the kernel that has taken it."""

    usable: bool = True
    """Who runs pcscd may open it."""

    suspended: bool = False


class DriverFacts(Facts, frozen=True):
    """The drivers that pcscd finds in its folder."""

    ccid: bool = True
    devices: tuple[str, ...] = ()
    """``vendor:product`` of what the drivers know, as far as it was looked at."""

    clashing: tuple[str, ...] = ()
    """Names of drivers that claim the same device."""


class ReaderFacts(Facts, frozen=True):
    """A reader as PC/SC lists it."""

    name: str
    present: bool = False
    mute: bool = False
    atr: str = ""
    """Hexadecimal."""

    virtual: bool = False


DAEMON = "caducee cryptolibd"
"""The name under which our daemon is shown."""


class CardProcess(Facts, frozen=True):
    """A process that uses the card, or a reader."""

    pid: int
    name: str
    how: str = "pcsc"
    """``pcsc``: by the service; ``usb``: it has opened the device itself."""

    idle: bool = True


class CertificateFacts(Facts, frozen=True):
    """One certificate of the card."""

    use: str
    code: str = ""
    """Why it could not be read: a code of the area ``cryptolib``."""

    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    bits: int = 0
    key_bits: int = 0
    """Of the key that the card says it has for this use."""

    linked: bool = True
    """The card's own tables join the key and the certificate."""

    proof: str = ""
    """What a signature with the key showed: empty (not asked), ``right``, ``wrong``, or the use
    whose certificate it fits."""

    holder: str = ""
    """A digest of the subject, to compare the certificates of a card without naming anyone."""

    purpose_right: bool = True
    sha1: bool = False


class PinFacts(Facts, frozen=True):
    """Where a code of the card stands."""

    there: bool = True
    left: int | None = None
    most: int | None = None


class CardFacts(Facts, frozen=True):
    """The card in one reader."""

    code: str = ""
    """Why it could not be opened: a code of the areas ``cryptolib`` and ``reader``."""

    facts: dict[str, str | int | float | bool | None] = {}
    """The facts of that code."""

    face: str = ""
    atr: str = ""
    exclusive: bool = False
    """Another program holds it."""

    waited: bool = False
    """It was waited for in vain: another's transaction does not end. Else the other program has
    the card for itself alone."""

    complete: bool = True
    """EF_ACTUA says that the last update ended."""

    actuality: bool = True
    """EF_ACTUA can be understood (or this face has none)."""

    unreadable: tuple[str, ...] = ()
    """Labels of files that the directories name and that cannot be read."""

    test: bool | None = None
    expires: dt.date | None = None
    """The day that the card's own data name."""

    seconds: float = 0.0
    """How long the first look took."""

    certificates: tuple[CertificateFacts, ...] = ()
    pin: PinFacts = PinFacts(left=3, most=3)
    puk: PinFacts = PinFacts(left=3, most=3)


class ChainFacts(Facts, frozen=True):
    """What the trusted authorities say of one certificate."""

    use: str
    code: str = ""
    """Empty: good; else a code of the area ``trust``."""

    unknown: bool = False
    """Only the status is missing: everything else of the chain is good."""

    revocation: bool = False
    """Whether it was revoked was checked, for each certificate of the chain."""


class ModuleFacts(Facts, frozen=True):
    """Our PKCS#11 module."""

    path: str = ""
    """Empty: not found."""

    named: str = ""
    """What the environment names instead."""

    loads: bool = True
    reason: str = ""
    """What the system said when it did not load."""

    machine_right: bool = True
    version: str = ""
    """Of caducee, as the module reports it."""


class BrowserModule(Facts, frozen=True):
    """One thing that a browser needs, and where it stands."""

    browser: str
    form: str = "package"
    kind: str = "module"
    """``module``, ``host``, or ``policy``: a file of policies that names the module."""

    path: str = ""
    state: str = "installed"
    """``installed``, ``absent``, ``other``, ``impossible``, ``broken``."""

    reason: str = ""
    others: tuple[str, ...] = ()
    """Other modules for cards beside ours: their libraries."""

    twice: bool = False
    """Ours is there under two names."""

    forbidden: bool = False
    """A policy takes the module away again."""

    process: int = 0
    """The process that uses this profile now (Firefox); 0: none."""

    loaded: bool = True
    """That process has our module in its memory."""


class SandboxedProgram(Facts, frozen=True):
    """A Flatpak or a Snap that brings a PC/SC library."""

    name: str
    form: str
    """``flatpak`` or ``snap``."""

    allowed: bool = True
    """Its permissions, or connections, let it reach pcscd."""

    library: str = ""
    """The version of pcsc-lite that it brings."""


class P11KitFacts(Facts, frozen=True):
    """What p11-kit hands to GnuTLS, curl, OpenConnect and others."""

    there: bool = True
    state: str = "installed"
    """``installed``, ``absent``, ``other``, ``broken``."""

    path: str = ""
    others: tuple[str, ...] = ()
    disabled: bool = False


class JavaFacts(Facts, frozen=True):
    """The settings of SunPKCS11 that name our module."""

    there: bool = True
    state: str = "installed"
    path: str = ""
    bits_right: bool = True


class DateMark(Facts, frozen=True):
    """A date that something bears, as evidence about the clock."""

    what: str
    """``release`` (of caducee), ``authority``, ``list`` or ``server``."""

    since: dt.datetime
    """It was made no earlier than then."""

    until: dt.datetime | None = None
    """It is replaced by then, as a rule."""


class ClockFacts(Facts, frozen=True):
    """This machine's clock."""

    now: dt.datetime
    offset: float | None = None
    """Seconds that it is ahead of others' clocks."""

    source: str = ""
    synchronised: bool | None = None
    marks: tuple[DateMark, ...] = ()


class ServiceFacts(Facts, frozen=True):
    """What became of one attempt to reach a service."""

    name: str
    address: str = ""
    stage: str = ""
    """Where it failed: ``name``, ``route``, ``unreachable``, ``refused``, ``silent``, ``tls``,
    ``expired``, ``untrusted``, ``hostname``, ``answer``, ``captive``; ``denied`` and
    ``unreached``: the proxy says so; empty: it answered."""

    status: int = 0
    """Of HTTP."""

    issuer: str = ""
    """Who issued the server's certificate."""

    opened: bool = False
    """That issuer is none of the service's: something on the way opens TLS."""

    proxy: str = ""
    proxy_state: str = ""
    """``refused``, ``login``; empty: none, or it works."""

    critical: bool = True
    """Logins need it."""


class LoginFacts(Facts, frozen=True):
    """One attempt to log in with the card, for one version of TLS."""

    version: str
    """``1.2`` or ``1.3``."""

    asked: bool = True
    """False: it was not tried (no service named, or no code given)."""

    code: str = ""
    """Empty: logged in; ``handshake``, ``version``, ``no_certificate``; else what the portal said,
    a code of ``relying`` or ``portal``."""

    supported: bool = True
    """The card can do it."""


class DaemonFacts(Facts, frozen=True):
    """The Cryptolib's process of this user."""

    socket: str = ""
    state: str = "answers"
    """``answers``, ``absent``, ``hung``, ``stale``, ``refuses``, ``crowded``."""

    reason: str = ""
    folder: str = ""
    """What is wrong with the folder of the socket; empty: nothing."""

    mode: str = ""
    """Wrong rights of the socket itself; empty: they are right."""

    foreign: bool = False
    """The socket is another user's."""

    too_long: bool = False
    pid: int = 0
    version: str = ""
    """``major.minor`` of caducee, as the process was started; empty: it does not tell."""

    settings: str = ""
    """What is wrong with the settings."""

    pcsc: bool = True
    """The settings let it look at PC/SC."""

    pin_program: str = ""
    """The program that asks for the code and is not there."""


class CacheFacts(Facts, frozen=True):
    """The cache of public card data."""

    path: str = ""
    there: bool = True
    unsafe: str = ""
    writable: bool = True
    damaged: int = 0
    files: int = 0
    size: int = 0


class DiskFacts(Facts, frozen=True):
    """One folder that we write to."""

    path: str
    purpose: str
    """``cache``, ``state``, ``run``, ``temporary``."""

    free: int = 1 << 40
    inodes: int = 1 << 20
    read_only: bool = False
    writable: bool = True
