# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Lets a browser ask once more when it used a connection that cannot show the card as it is now.

Chromium opens connections ahead of need, several at a time. One whose handshake came before the
holder chose the certificate shows none, and now and then a request after the login goes over it;
one that is older than a logout proves nothing any more. Such a connection ends with its answer
(`ends_connection`, `caducee.services.web.connection_age`), so the same request over a new one
meets the card, if it is still there. A cookie counts the attempts of one request, because each may
meet another connection of that kind: where the card has been removed, the last answer says so. The
request that is answered forgets them (`forget_retries`), and so does time.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caducee.base.errors import CpsError
from caducee.relying.asgi import client_connection
from caducee.services.web.answers import set_cookie

__all__ = ["ends_connection", "forget_retries", "retry"]

_COOKIE = "__Host-retry"
_SECONDS = 5
_MOST = 3
_OLD = "relying.connection_logged_out"
_OTHER = "relying.session_other_certificate"


def ends_connection(error: CpsError) -> bool:
    """Tell whether a connection is of no use after this refusal."""
    return error.code == _OLD


def retry(request: Request, error: CpsError) -> Response | None:
    """Return the way back to the same page, when a new connection may show what this one lacks.

    None where that cannot help: another card, a request that changes something, a program that is
    no browser (it opens no connection ahead of need), or after three attempts.
    """
    shows_none = client_connection(request.scope).certificate is None
    if not (error.code == _OLD or (error.code == _OTHER and shows_none)):
        return None
    if request.method != "GET" or "sec-fetch-mode" not in request.headers:
        return None
    made = _attempts(request)
    if made >= _MOST:
        return None
    answer = RedirectResponse(request.url.path, 307)
    set_cookie(answer, _COOKIE, str(made + 1), seconds=_SECONDS)
    return answer


def forget_retries(request: Request, answer: Response) -> Response:
    """Return the answer; the next request may retry as often as this one could."""
    if _COOKIE in request.cookies:
        set_cookie(answer, _COOKIE, "", seconds=0)
    return answer


def _attempts(request: Request) -> int:
    """Count the attempts that a cookie speaks of; one that we did not write says: no more."""
    value = request.cookies.get(_COOKIE, "0")
    return int(value) if value in {str(count) for count in range(_MOST)} else _MOST
