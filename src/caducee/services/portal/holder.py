# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a logged-in holder sees and does: their page, the choice of an activity, the logout."""

from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caducee.base.errors import LoginRefused
from caducee.base.i18n import N_, gettext
from caducee.relying.sessions import Session
from caducee.services.portal import texts
from caducee.services.portal.answers import Answers
from caducee.services.portal.pages import prefers_json, read_body
from caducee.services.portal.sessions import SESSION_COOKIE, HolderSessions
from caducee.services.portal.views import (
    activity_views,
    check_views,
    initials,
    labels,
    session_json,
)
from caducee.services.web.answers import json_response, set_cookie
from caducee.services.web.site import Site
from caducee.spec.nomenclatures import Table

__all__ = ["HolderPages"]

_BY_TOKEN = N_("You logged in by a token that your card signed for this site.")
_BY_CERTIFICATE = N_(
    "You logged in by the certificate of your card. The session holds as long as the connection "
    "shows this card."
)

_REASONS = {
    "card-removed": N_("The card left its reader, so the session was ended."),
    "screen-locked": N_("The screen was locked, so the session was ended."),
}


@dataclass(frozen=True, slots=True)
class HolderPages:
    """The handlers behind the login."""

    answers: Answers
    sessions: HolderSessions

    async def show(self, request: Request, site: Site) -> Response:
        """Show who is logged in; first let them choose when they have several activities."""
        session = await self.sessions.find(request)
        if prefers_json(request):
            return json_response(session_json(session))
        identity = session.verdict.require()
        if len(identity.activities) > 1 and session.activity is None:
            return RedirectResponse("/session/activity", 303)
        return self.answers.pages.html(
            request,
            "session.html",
            identity=identity,
            initials=initials(identity),
            way=gettext(_BY_CERTIFICATE if session.fingerprint else _BY_TOKEN),
            family=texts.family(identity.family),
            professions=labels(Table.PROFESSIONS, identity.professions),
            specialties=labels(Table.SPECIALTIES, identity.specialties),
            activities=activity_views(identity, session.activity),
            checks=check_views(session.verdict),
        )

    async def ask_activity(self, request: Request, site: Site) -> Response:
        """Show the activities to choose from."""
        return self._choice(request, await self.sessions.find(request))

    async def choose_activity(self, request: Request, site: Site) -> Response:
        """Take the holder's choice, as a form field or a JSON key ``activity``."""
        session = await self.sessions.find(request)
        key = await _chosen(request)
        if not key:
            if prefers_json(request):
                raise LoginRefused("portal.activity_missing")
            return self._choice(request, session, missing=True)
        session = self.sessions.sessions.choose(session, key)
        if prefers_json(request):
            return json_response(session_json(session))
        return RedirectResponse("/session", 303)

    def _choice(self, request: Request, session: Session, *, missing: bool = False) -> Response:
        identity = session.verdict.require()
        return self.answers.pages.html(
            request,
            "activity.html",
            400 if missing else 200,
            identity=identity,
            activities=activity_views(identity, session.activity),
            missing=missing,
        )

    async def log_out(self, request: Request, site: Site) -> Response:
        """End the session and the connection; a form field ``reason`` says why, if any.

        Where the policy locks a session whose card left, it waits for the card instead.
        """
        reason = await _reason(request)
        if reason in _REASONS and not self.sessions.removed(request):
            answer = self.answers.refuse(request, LoginRefused("relying.session_locked"))
            answer.headers["connection"] = "close"
            return answer
        self.sessions.end(request)
        answer = json_response({"ok": True, "logged_out": True})
        if not prefers_json(request):
            reason = gettext(_REASONS.get(reason, ""))
            answer = self.answers.pages.html(request, "logout.html", home="/", reason=reason)
        set_cookie(answer, SESSION_COOKIE, "", seconds=0)
        answer.headers["connection"] = "close"
        return answer


async def _reason(request: Request) -> str:
    """Return why the page ends the session; a logout never fails for it."""
    try:
        body = await read_body(request)
        return next(iter(parse_qs(body.decode("ascii")).get("reason", ())), "")
    except (LoginRefused, ValueError):
        return ""


class _Choice(msgspec.Struct):
    activity: str | None = None


async def _chosen(request: Request) -> str | None:
    """Return the activity that a request names. Raises `LoginRefused` for an unreadable one."""
    body = await read_body(request)
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            return msgspec.json.decode(body, type=_Choice).activity
        return next(iter(parse_qs(body.decode("ascii")).get("activity", ())), None)
    except (msgspec.DecodeError, ValueError) as error:
        raise LoginRefused("portal.request_unreadable") from error
