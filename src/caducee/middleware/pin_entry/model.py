# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of the holder, by whom, and what comes back."""

from dataclasses import dataclass
from enum import StrEnum, unique

__all__ = ["PinKind", "PinRequest", "PinRequester"]


@unique
class PinKind(StrEnum):
    """What the PIN is asked for."""

    LOGIN = "login"
    """The PIN, to use the keys."""

    UNBLOCK_LOGIN = "unblock-login"
    """The PUK (the security officer of PKCS#11)."""

    CHANGE = "change"
    """The PIN and a new one."""

    NEW = "new"
    """A new PIN, after the PUK."""

    CONFIRM = "confirm"
    """No code: the holder says yes (``CODE - -``) or no, e.g. to a site that asks who
    they are."""

    @property
    def needs_old(self) -> bool:
        """Whether a PIN is asked that the card knows."""
        return self not in (PinKind.NEW, PinKind.CONFIRM)

    @property
    def needs_new(self) -> bool:
        """Whether a new PIN is asked, twice."""
        return self in (PinKind.CHANGE, PinKind.NEW)


@dataclass(frozen=True, slots=True)
class PinRequest:
    """One question: for what, and for which card."""

    kind: PinKind
    card: str = ""
    """The label of the token, e.g. ``CPS3v3-2900995235``."""

    holder: str = ""
    """Given name and name, as the card states them before any PIN."""

    reader: str = ""
    tries_left: int | None = None
    """How many wrong PINs the card still takes; None when it does not tell."""

    min_length: int = 4
    max_length: int = 8
    for_what: str = ""
    """What the program says it is about to do, in the language of the holder; mostly empty."""


@dataclass(frozen=True, slots=True)
class PinRequester:
    """Who asks. The program is found by the system, never by what the program says of itself."""

    program: str = ""
    """The path of the program."""

    pid: int = 0
    site: str = ""
    """The origin of the page, when a browser's extension asks for one."""
