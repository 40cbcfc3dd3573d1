# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a logged-in holder sees and does: their page, the choice of an activity, the logout."""

from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caducee.base.errors import LoginRefusedError
from caducee.base.i18n import N_, gettext
from caducee.relying.sessions import LoginSession
from caducee.services.portal import texts
from caducee.services.portal.answers import Answers
from caducee.services.portal.defaults import (
    default_activity,
    forget_activity,
    remember_activity,
)
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

_BY_TOKEN = N_("You logged in with your card, through the browser's extension.")
_BY_CERTIFICATE = N_(
    "You logged in with your card, through the browser. The session lasts as long as the browser "
    "shows this card."
)

_REASONS = {
    "card-removed": N_("The card left its reader, so the session was ended."),
    "screen-locked": N_("The screen was locked, so the session was ended."),
    "logged-out": N_("You logged out of everything on your machine, so the session was ended."),
}


_LEFT = ("card-removed", "screen-locked")
"""Reasons that say nothing of the holder's will: the policy decides what becomes of the session."""


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
            default = default_activity(request, identity)
            if default is None:
                return RedirectResponse("/session/activity", 303)
            session = self.sessions.sessions.choose(session, default)
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
            remembered=default_activity(request, identity) is not None,
            seconds=self.sessions.seconds_left(session),
            checks=check_views(session.verdict),
        )

    async def ask_activity(self, request: Request, site: Site) -> Response:
        """Show the activities to choose from."""
        return self._choice(request, await self.sessions.find(request))

    async def choose_activity(self, request: Request, site: Site) -> Response:
        """Take the holder's choice, as a form field or a JSON key ``activity``.

        With ``remember`` it is the default of this browser from now on, without it there is none.
        """
        session = await self.sessions.find(request)
        key, remember = await _chosen(request)
        if not key:
            if prefers_json(request):
                raise LoginRefusedError("portal.activity_missing")
            return self._choice(request, session, missing=True)
        session = self.sessions.sessions.choose(session, key)
        answer: Response = RedirectResponse("/session", 303)
        if prefers_json(request):
            answer = json_response(session_json(session))
        identity = session.verdict.require()
        if remember:
            remember_activity(answer, request, identity, key)
        else:
            forget_activity(answer, request, identity)
        return answer

    async def forget_default(self, request: Request, site: Site) -> Response:
        """Forget the activity that this browser remembers of the holder."""
        identity = (await self.sessions.find(request)).verdict.require()
        answer: Response = RedirectResponse("/session", 303)
        if prefers_json(request):
            answer = json_response({"ok": True})
        forget_activity(answer, request, identity)
        return answer

    def _choice(
        self, request: Request, session: LoginSession, *, missing: bool = False
    ) -> Response:
        identity = session.verdict.require()
        return self.answers.pages.html(
            request,
            "activity.html",
            400 if missing else 200,
            identity=identity,
            activities=activity_views(identity, session.activity),
            remembered=default_activity(request, identity) is not None,
            missing=missing,
        )

    async def log_out(self, request: Request, site: Site) -> Response:
        """End the session and the connection; a form field ``reason`` says why, if any.

        Where the policy locks a session whose card left, it waits for the card instead.
        """
        reason = await _reason(request)
        if reason in _LEFT and not self.sessions.removed(request):
            answer = self.answers.refuse(request, LoginRefusedError("relying.session_locked"))
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
    except (LoginRefusedError, ValueError):
        return ""


class _Choice(msgspec.Struct):
    activity: str | None = None
    remember: bool = False


async def _chosen(request: Request) -> tuple[str | None, bool]:
    """Return the activity that a request names, and whether it is to be remembered.

    Raises `LoginRefusedError` for an unreadable one.
    """
    body = await read_body(request)
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            chosen = msgspec.json.decode(body, type=_Choice)
            return chosen.activity, chosen.remember
        fields = parse_qs(body.decode("ascii"))
        return next(iter(fields.get("activity", ())), None), "remember" in fields
    except (msgspec.DecodeError, ValueError) as error:
        raise LoginRefusedError("portal.request_unreadable") from error
