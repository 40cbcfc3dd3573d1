# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The portal as an ASGI application.

::

    GET  /                        the button to log in, and the ways behind it
    GET  /login                   log in by certificate, over the version of TLS that fits
    GET  /login/certificate       log in by the certificate of the connection
    GET  /login/token             how a program logs in by token
    GET  /login/nonce             a nonce and the cookie that it is bound to
    POST /login/token             log in by token
    GET  /session                 who is logged in, and every check of the login
    GET  /session/state           state of the session (`caducee.services.portal.session_policy`)
    POST /session/proof           a new proof of the card, by token
    POST /session/touch           the same without contacts
    POST /session/strong          an operation that needs a fresh proof
    GET  /session/activity        the activities to choose from
    POST /session/activity        choose one, and remember it for the next time if so asked
    POST /session/activity/forget forget it
    POST /logout                  end the session and the connection
    GET  /diagnosis               what this site sees of a connection and its card
    GET  /diagnosis/codes         the codes of the diagnosis
    GET  /diagnosis/CODE          one code: cause, consequence, cure
    GET  /refusals                why a login can be refused
    GET  /refusals/CODE           one reason, explained

Each answers with a page, or with JSON when the client asks for ``application/json``.
"""

import datetime as dt
import os

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from caducee.base.clock import Clock
from caducee.base.errors import ConfigError
from caducee.relying.asgi import ClientCertificateMiddleware, FrontPolicy
from caducee.relying.nonces import Challenges
from caducee.relying.registry import HolderRegistry
from caducee.relying.sessions import LoginSessions
from caducee.relying.verifier import Verifier
from caducee.services.portal.answers import Answers, Handler
from caducee.services.portal.diagnosis import DiagnosisPages
from caducee.services.portal.holder import HolderPages
from caducee.services.portal.logins import NONCE_MINUTES, Logins
from caducee.services.portal.pages import Pages
from caducee.services.portal.session_policy import SessionPolicyPages
from caducee.services.portal.sessions import HolderSessions
from caducee.services.portal.start import StartPages
from caducee.services.web.connection_age import HandshakeAgeMiddleware
from caducee.services.web.headers import SecurityHeadersMiddleware, is_public_name
from caducee.services.web.language import LanguageMiddleware
from caducee.services.web.settings import PortalAddresses, PortalSettings

__all__ = ["create_app"]


def create_app(
    settings: PortalSettings,
    verifier: Verifier,
    holders: HolderRegistry,
    clock: Clock,
    addresses: PortalAddresses | None = None,
) -> Starlette:
    """Return the application of a portal.

    ``addresses`` are those of the running listeners; without them they follow from fixed ports
    in the settings. Raises `ConfigError` (``portal.front_user_unknown``).
    """
    addresses = addresses or settings.addresses()
    answers = Answers(Pages(settings.title, settings.support_telephone), addresses)
    idle = dt.timedelta(minutes=settings.session_minutes)
    sessions = HolderSessions(
        LoginSessions(clock, idle=idle, policy=settings.session_policy), holders
    )
    age = dt.timedelta(seconds=settings.certificate_seconds)
    lifetime = dt.timedelta(minutes=NONCE_MINUTES)
    challenges = {
        origin: Challenges(origin, clock, lifetime=lifetime) for origin in addresses.origins
    }
    logins = Logins(answers, verifier, sessions, challenges)
    return Starlette(
        routes=_routes(
            answers,
            StartPages(answers, sessions, trial=settings.trial_certificate),
            logins,
            HolderPages(answers, sessions),
            SessionPolicyPages(logins, clock),
            DiagnosisPages(answers, verifier, clock),
        ),
        middleware=[
            Middleware(
                SecurityHeadersMiddleware, strict=is_public_name(settings.host), scripts=True
            ),
            Middleware(LanguageMiddleware),
            Middleware(ClientCertificateMiddleware, fronts=_fronts(settings)),
            Middleware(HandshakeAgeMiddleware, clock=clock, age=age),
        ],
        exception_handlers={HTTPException: answers.http_error},
    )


def _routes(
    answers: Answers,
    start: StartPages,
    logins: Logins,
    holder: HolderPages,
    policy: SessionPolicyPages,
    diagnosis: DiagnosisPages,
) -> list[BaseRoute]:
    def route(path: str, get: Handler | None = None, post: Handler | None = None) -> list[Route]:
        found = []
        if get is not None:
            found.append(Route(path, answers.guarded(get), methods=["GET"]))
        if post is not None:
            found.append(Route(path, answers.guarded(post), methods=["POST"]))
        return found

    return [
        *route("/", start.home),
        *route("/login", start.login),
        *route("/login/certificate", logins.by_certificate),
        *route("/login/nonce", logins.nonce),
        *route("/login/token", logins.token_page, logins.by_token),
        *route("/session", holder.show),
        *route("/session/state", policy.state),
        *route("/session/proof", post=policy.proof),
        *route("/session/touch", post=policy.touch),
        *route("/session/strong", post=policy.strong),
        *route("/session/activity", holder.ask_activity, holder.choose_activity),
        *route("/session/activity/forget", post=holder.forget_default),
        *route("/logout", post=holder.log_out),
        *route("/diagnosis", diagnosis.show),
        *route("/diagnosis/codes", diagnosis.codes),
        *route("/diagnosis/{code}", diagnosis.code),
        *route("/refusals", start.refusals),
        *route("/refusals/{code}", start.refusal),
        Mount("/static/portal", StaticFiles(packages=[("caducee.services.portal", "static")])),
        Mount("/static", StaticFiles(packages=[("caducee.services.web", "static")])),
    ]


def _fronts(settings: PortalSettings) -> FrontPolicy:
    """Return whose certificate headers are believed."""
    if settings.front_socket is None:
        return FrontPolicy()
    if settings.front_user is None:
        return FrontPolicy(uids=frozenset({os.getuid()}))
    import pwd

    try:
        return FrontPolicy(uids=frozenset({pwd.getpwnam(settings.front_user).pw_uid}))
    except KeyError:
        user = settings.front_user
        raise ConfigError("portal.front_user_unknown", user=user) from None
