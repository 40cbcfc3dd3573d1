# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person may set in ``cryptolib.toml``."""

import logging
import os
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from caducee.base.config import Settings, load
from caducee.base.errors import ConfigError
from caducee.base.runtime import config_folder
from caducee.middleware.pin_entry.settings import PinEntrySettings
from caducee.middleware.pkcs11.settings import EngineSettings
from caducee.middleware.session_policy.policy import SessionPolicy
from caducee.middleware.tracing.settings import TraceSettings

__all__ = [
    "CardSettings",
    "CryptolibSettings",
    "Limits",
    "ReaderSettings",
    "load_settings",
    "settings_path",
]

_log = logging.getLogger(__name__)

type _Count = Annotated[int, msgspec.Meta(ge=1)]
type _Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Limits(Settings, frozen=True):
    """What one user's programs may take of the daemon. Beyond it they get a PKCS#11 error."""

    connections: _Count = 768
    """Connections at once, of all programs together; one more is closed at once."""

    connections_per_program: _Count = 128
    """Connections at once of one process."""

    applications: _Count = 128
    """Programs (C_Initialize) at once; one more gets CKR_HOST_MEMORY."""

    applications_per_process: _Count = 32
    """The same of one process: each module that it has loaded is one."""

    outstanding_bytes: Annotated[int, msgspec.Meta(ge=1 << 20)] = 128 << 20
    """Bytes of requests and answers on their way, of all programs together; a connection that
    would go beyond ends."""

    outstanding_bytes_per_program: Annotated[int, msgspec.Meta(ge=1 << 20)] = 40 << 20
    """The same for one program. A request and an answer have at most 16 MiB each."""

    queue: _Count = 256
    """Calls that wait for one reader; one more gets CKR_DEVICE_ERROR."""

    call_seconds: _Seconds = 150.0
    """Time of one call to a card, waiting included; then CKR_DEVICE_ERROR. A slow CPS3 is read
    whole in some 15 seconds."""

    frame_seconds: _Seconds = 20.0
    """Time in which a request that has begun must have come whole; then the connection ends."""


class CardSettings(Settings, frozen=True):
    """How the card is shared with other programs that use it by PC/SC."""

    release: Literal["auto", "reset", "leave"] = "auto"
    """What makes the card forget the PIN when a transaction ends. ``auto``: a reset while no other
    program is connected; else a command that leaves the sessions of the others intact, where the
    card takes one, and nothing where another program had already verified the PIN; a card that
    takes no such command is reset when the last login ends. ``reset``: always a reset, which ends
    the sessions of other programs. ``leave``: nothing; every program of this machine can then use
    the keys without the PIN until the card is removed."""

    idle_seconds: Annotated[float, msgspec.Meta(ge=0)] = 3.0
    """Let the card go after so long without a call, so that another program may use it alone."""

    wait_seconds: _Seconds = 20.0
    """How long a call waits while another program has the card; then CKR_FUNCTION_FAILED."""


class ReaderSettings(Settings, frozen=True):
    """Where cards are looked for."""

    pcsc: bool = True
    """The readers of this machine's PC/SC service."""

    sockets: tuple[str, ...] = ()
    """Paths of local sockets where a virtual card is served; each is a reader, also while empty."""

    socket_folder: str = ""
    """A folder: each ``*.sock`` in it is a reader while it is there. ``CADUCEE_READER_SOCKETS``
    names one too."""


class CryptolibSettings(Settings, frozen=True):
    """The settings of one user's Cryptolib."""

    language: Literal["", "fr", "en"] = ""
    """Language of windows and messages; empty: that of the session."""

    idle_exit_seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """End after so long without a program; 0: never."""

    pkcs11: EngineSettings = EngineSettings()
    """What programs see of slots and tokens."""

    session_policy: SessionPolicy = SessionPolicy()
    """When sessions open, lock, resume and end."""

    limits: Limits = Limits()
    """What programs may take."""

    readers: ReaderSettings = ReaderSettings()
    """Where cards are looked for."""

    card: CardSettings = CardSettings()
    """How the card is shared with other programs."""

    trace: TraceSettings = TraceSettings()
    """What is written down of calls and commands."""

    pin_entry: PinEntrySettings = PinEntrySettings()
    """The window for the PIN."""


def settings_path() -> Path:
    """Return the file: ``CADUCEE_CRYPTOLIB_CONFIG``, or ``caducee/cryptolib.toml`` under
    ``XDG_CONFIG_HOME`` or ``~/.config``.
    """
    named = os.environ.get("CADUCEE_CRYPTOLIB_CONFIG", "")
    if named:
        return Path(named)
    return config_folder() / "cryptolib.toml"


def load_settings(path: Path | None = None) -> tuple[CryptolibSettings, ConfigError | None]:
    """Return the settings, and what was wrong with their file.

    A damaged file does not lock the holder out: the defaults apply, and the error is returned.
    A missing file is not an error.
    """
    path = settings_path() if path is None else path
    if not path.exists():
        return CryptolibSettings(), None
    try:
        return load(path, CryptolibSettings), None
    except ConfigError as error:
        problem = ConfigError("daemon.settings_unusable", reason=error.sentence())
        return CryptolibSettings(), problem
