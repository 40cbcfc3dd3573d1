# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A site of Django, in one file, that health professionals log in to with their card.

pip install "caducee[services]" django
python django_app.py trust                        # https://localhost:8443
python django_app.py trust --socket practice.sock # behind nginx or HAProxy
"""

import argparse
import secrets
import ssl
from html import escape
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from caducee.base.errors import LoginRefusedError
from caducee.relying.asgi import ClientCertificateMiddleware, FrontPolicy, client_connection
from caducee.relying.nonces import Challenges
from caducee.relying.policy import CardPolicy
from caducee.relying.sessions import LoginSessions
from caducee.relying.uvicorn_tls import server_config, server_context
from caducee.relying.verifier import Verifier

SESSION, TICKET = "__Host-session", "__Host-ticket"
COOKIE: dict[str, Any] = {"secure": True, "httponly": True, "samesite": "Strict"}


def routes(verifier: Verifier, origin: str) -> list[Any]:
    """Return the URL patterns; ``origin`` is the site's address, e.g. ``https://localhost:8443``."""
    sessions = LoginSessions(verifier.clock)
    challenges = Challenges(origin, verifier.clock)

    @require_GET
    def home(request: HttpRequest) -> HttpResponse:
        connection = client_connection(request.scope)
        try:
            session = sessions.find(
                request.COOKIES.get(SESSION, ""),
                fingerprint=connection.fingerprint,
                connection=connection.id,
            )
        except LoginRefusedError:
            return HttpResponse('<a href="/login">Log in with my card</a>')
        holder = session.verdict.require()
        return HttpResponse(
            f"<h1>{escape(holder.name)}</h1><p>{escape(holder.ps_idnat)}</p>"
            '<form method="post" action="/logout"><button>Log out</button></form>'
        )

    @require_GET
    def login(request: HttpRequest) -> HttpResponse:
        """Log in by the client certificate of this TLS connection."""
        connection = client_connection(request.scope)
        try:
            cookie = sessions.open(
                verifier.verify_connection(connection),
                fingerprint=connection.fingerprint,
                connection=connection.id,
                handshake=connection.begun,
            )
        except LoginRefusedError as refusal:
            page = f"<p>{escape(refusal.sentence())} {escape(refusal.advice())}</p>"
            return HttpResponse(f"{page}<code>{refusal.code}</code>", status=403)
        answer = HttpResponseRedirect("/")
        answer.set_cookie(SESSION, cookie, **COOKIE)
        return answer

    @require_GET
    def nonce(request: HttpRequest) -> HttpResponse:
        issued = challenges.issue("login")
        answer = JsonResponse({"nonce": issued.nonce})
        answer.set_cookie(TICKET, issued.ticket, **COOKIE)
        return answer

    @csrf_exempt  # the nonce in a SameSite=Strict cookie and the origin in the token do it
    @require_POST
    def token(request: HttpRequest) -> HttpResponse:
        """Log in by a token that the card signed for this origin and nonce."""
        challenge = challenges.take(request.COOKIES.get(TICKET, ""), "login")
        seen_origin = request.headers.get("origin")
        verdict = verifier.verify_token(request.body, challenge, seen_origin=seen_origin)
        try:
            cookie = sessions.open(verdict, asked=challenge.issued)
        except LoginRefusedError as refusal:
            answer = {"code": refusal.code, "sentence": refusal.sentence()}
            return JsonResponse(answer, status=403)
        found = JsonResponse({"name": verdict.require().name})
        found.set_cookie(SESSION, cookie, **COOKIE)
        return found

    @csrf_exempt  # the session is in a SameSite=Strict cookie
    @require_POST
    def logout(request: HttpRequest) -> HttpResponse:
        connection = client_connection(request.scope)
        sessions.end(request.COOKIES.get(SESSION), connection=connection.id)
        answer = HttpResponseRedirect("/", headers={"Connection": "close"})
        answer.set_cookie(SESSION, "", max_age=0, **COOKIE)
        return answer

    return [
        path("", home),
        path("login", login),
        path("nonce", nonce),
        path("login/token", token),
        path("logout", logout),
    ]


urlpatterns: list[Any] = []


def create_app(verifier: Verifier, origin: str) -> ASGIHandler:
    """Return the application; in a project of yours the routes stand in its ``urls.py``."""
    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["localhost"],
            MIDDLEWARE=["django.middleware.security.SecurityMiddleware"],
            ROOT_URLCONF=__name__,
            SECRET_KEY=secrets.token_urlsafe(),
        )
    urlpatterns[:] = routes(verifier, origin)
    return get_asgi_application()


def main() -> None:
    """Serve the site: with TLS of its own, or on a socket for the front that has it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("trust", type=Path, help="what `caducee sandbox export` wrote")
    parser.add_argument("--port", type=int, default=8443, help="of the browser's address")
    parser.add_argument("--socket", type=Path, help="of a front, which ends TLS on that port")
    parser.add_argument("--front-user", type=int, default=33, help="user id of the front")
    given = parser.parse_args()
    verifier = Verifier.from_folder(given.trust, policy=CardPolicy.test_cards())
    app = create_app(verifier, f"https://localhost:{given.port}")
    if given.socket:
        policy = FrontPolicy(uids=frozenset({given.front_user}))
        config = server_config(ClientCertificateMiddleware(app, policy), uds=given.socket)
    else:
        server = given.trust / "server.pem"
        authorities = (given.trust / "card-authorities.pem").read_text()
        version = ssl.TLSVersion.TLSv1_2  # a CPS3 cannot sign for TLS 1.3
        context = server_context(server, server, authorities=authorities, version=version)
        guarded = ClientCertificateMiddleware(app)
        config = server_config(guarded, context=context, port=given.port)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
