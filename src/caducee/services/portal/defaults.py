# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The preferred activity of a holder, remembered by their browser.

A cookie of this portal holds, for each holder who asked for it, the activity that they chose. It
names nobody, decides nothing (what counts is whether the directory has that activity of the holder
today), and is out of reach of scripts. Several holders may share a browser: each has a line.
"""

import hashlib
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from caducee.relying.verdict import Identity
from caducee.services.web.answers import set_cookie

__all__ = ["ACTIVITY_COOKIE", "default_activity", "forget_activity", "remember_activity"]

ACTIVITY_COOKIE = "__Host-activity"
"""The cookie with the defaults."""

_MOST = 8
"""Holders of one browser that are remembered; the last one to choose stays longest."""

_SECONDS = 180 * 24 * 3600
_LONGEST = 200


def default_activity(request: Request, identity: Identity) -> str | None:
    """Return the key of the holder's default, when it is still one of their activities."""
    found = _read(request).get(_name(identity))
    return found if found in {activity.key for activity in identity.activities} else None


def remember_activity(answer: Response, request: Request, identity: Identity, key: str) -> None:
    """Remember an activity as the holder's default."""
    if len(key) <= _LONGEST:
        others = {item: value for item, value in _read(request).items() if item != _name(identity)}
        _write(answer, {_name(identity): key} | others)


def forget_activity(answer: Response, request: Request, identity: Identity) -> None:
    """Forget the holder's default; those of others stay."""
    found = _read(request)
    if found.pop(_name(identity), None) is not None:
        _write(answer, found)


def _name(identity: Identity) -> str:
    """Return what stands for a holder in the cookie, which is theirs alone at this portal."""
    return hashlib.sha256(f"activity {identity.ps_idnat}".encode()).hexdigest()[:16]


def _read(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in request.cookies.get(ACTIVITY_COOKIE, "").split("~")[:_MOST]:
        name, _, key = word.partition("-")
        if name and key:
            found[name] = unquote(key)
    return found


def _write(answer: Response, defaults: dict[str, str]) -> None:
    kept = list(defaults.items())[:_MOST]
    # What quote leaves as it is, but for "~", neither ends a line nor a cookie.
    text = "~".join(f"{name}-{quote(key, safe='').replace('~', '%7E')}" for name, key in kept)
    set_cookie(answer, ACTIVITY_COOKIE, text, seconds=_SECONDS if text else 0)
