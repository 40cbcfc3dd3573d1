# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of session policy: the table ``[session_policy]`` of ``cryptolib.toml``.

As it stands built in, a session ends the moment its card leaves, and nothing resumes.
"""

from typing import Annotated, Literal

import msgspec

from caducee.base.config import Settings

__all__ = ["SessionPolicy"]

type _Grace = Annotated[float, msgspec.Meta(ge=0, le=600)]
type _Resume = Annotated[float, msgspec.Meta(ge=1, le=3600)]
type _Roaming = Annotated[float, msgspec.Meta(ge=0, le=43_200)]
type _Session = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class SessionPolicy(Settings, frozen=True):
    """How a card behaves at a workstation. Every time is in seconds."""

    presence: Literal["throughout", "at-start"] = "throughout"
    """``throughout``: the session needs its card all along. ``at-start``: the card opens the
    session and may then leave; what needs the card afterwards needs it, and its PIN, again."""

    grace_seconds: _Grace = 0.0
    """How long a session goes on after its card left, 0 to 600; 0: not at all. What needs the card
    is refused meanwhile."""

    resume: Literal["never", "with-pin", "without-pin"] = "never"
    """What the same card does when it comes back: nothing, or the session goes on, with its PIN
    or without. ``without-pin`` keeps the PIN in memory while the card is away."""

    resume_seconds: _Resume = 120.0
    """For how long after the removal the same card may resume, 1 to 3600, ``grace_seconds``
    counted; afterwards the session is over. Means nothing with ``resume = "never"``."""

    roaming_seconds: _Roaming = 0.0
    """For how long after a login with contacts and PIN a contactless tap of the same card brings
    its locked session back, 0 to 43200 (12 hours); 0: never."""

    session_seconds: _Session = 0.0
    """How long a session lasts at most, 0 to 86400 (a day); 0: as long as its card lets it."""

    share_pin: bool = False
    """While one program is logged in with a card, another program of the same user is logged in
    without a question. Only where PINs are asked by our window (``pin_entry.protected_path``)."""

    ask: Literal["at-login", "at-use"] = "at-login"
    """When our window asks a program's holder: at its login, or at the first operation that needs
    the PIN. Only where PINs are asked by our window."""

    separate_keys: bool = False
    """Keep the two keys apart as strictly as a module can: the authentication key refuses the
    mechanisms that digest a document. Programs whose TLS asks for those cannot log in then."""

    def __post_init__(self) -> None:
        """Refuse times that contradict each other."""
        if self.resume != "never" and self.resume_seconds < self.grace_seconds:
            raise ValueError("`resume_seconds` must not be less than `grace_seconds`")
