# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds the way of a login by certificate behind one button, with or without scripts.

TLS 1.2 serves every card, so it is tried first. TLS 1.3 serves cards that sign with RSA-PSS (CPS4);
a CPS3 shows nothing there. A cookie of the host, which every port shares, says what is known::

    tls12?   sent to TLS 1.2; a browser that allows TLS 1.3 alone never arrives there
    tls13?   sent to TLS 1.3 for that reason
    tls13    the last card of this browser proved itself over TLS 1.3

It decides only where the browser is sent; what counts is the certificate that it shows there. The
script of the start page takes the third way, by token, where an extension answers.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caducee.services.web.answers import set_cookie
from caducee.services.web.site import Site

__all__ = ["WAY_COOKIE", "arrived", "fall_back", "send"]

WAY_COOKIE = "__Host-way"
"""The cookie with what is known of this browser."""

_TRIED_12: Final = "tls12?"
_TRIED_13: Final = "tls13?"
_PROVEN_13: Final = "tls13"
_MINUTE: Final = 60
_DAY: Final = 24 * 3600


def send(request: Request, site: Site) -> Response:
    """Send a browser to where it most likely can show its card."""
    newer = request.cookies.get(WAY_COOKIE) in (_TRIED_12, _PROVEN_13)
    answer = RedirectResponse(site.way13 if newer else site.way12, 303)
    set_cookie(answer, WAY_COOKIE, _TRIED_13 if newer else _TRIED_12, seconds=5 * _MINUTE)
    return answer


def fall_back(request: Request, site: Site) -> Response | None:
    """Return the way to TLS 1.2 for a browser that was sent to TLS 1.3 and showed no card."""
    if not site.tls13 or request.cookies.get(WAY_COOKIE) not in (_TRIED_13, _PROVEN_13):
        return None
    answer = RedirectResponse(site.way12, 303)
    set_cookie(answer, WAY_COOKIE, "", seconds=0)
    return answer


def arrived(answer: Response, request: Request, site: Site, *, admitted: bool) -> Response:
    """Return the answer at the end of a way; a card that proved itself over TLS 1.3 is noted."""
    if site.tls13 and admitted:
        set_cookie(answer, WAY_COOKIE, _PROVEN_13, seconds=180 * _DAY)
    elif WAY_COOKIE in request.cookies:
        set_cookie(answer, WAY_COOKIE, "", seconds=0)
    return answer
