# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A site of Starlette that health professionals log in to with their card.

pip install "caducee[services]"
python starlette_app.py trust                        # https://localhost:8443
python starlette_app.py trust --socket practice.sock # behind nginx or HAProxy
"""

import argparse
import ssl
from html import escape
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from caducee.base.errors import LoginRefusedError
from caducee.relying.asgi import ClientCertificateMiddleware, FrontPolicy, client_connection
from caducee.relying.nonces import Challenges
from caducee.relying.policy import CardPolicy
from caducee.relying.sessions import LoginSessions
from caducee.relying.uvicorn_tls import server_config, server_context
from caducee.relying.verifier import Verifier

SESSION, TICKET = "__Host-session", "__Host-ticket"
COOKIE = {"secure": True, "httponly": True, "samesite": "strict"}


def create_app(verifier: Verifier, origin: str) -> Starlette:
    """Return the application; ``origin`` is its address, e.g. ``https://localhost:8443``."""
    sessions = LoginSessions(verifier.clock)
    challenges = Challenges(origin, verifier.clock)

    async def home(request: Request) -> Response:
        connection = client_connection(request.scope)
        try:
            session = sessions.find(
                request.cookies.get(SESSION, ""),
                fingerprint=connection.fingerprint,
                connection=connection.id,
            )
        except LoginRefusedError:
            return HTMLResponse('<a href="/login">Log in with my card</a>')
        holder = session.verdict.require()
        return HTMLResponse(
            f"<h1>{escape(holder.name)}</h1><p>{escape(holder.ps_idnat)}</p>"
            '<form method="post" action="/logout"><button>Log out</button></form>'
        )

    async def login(request: Request) -> Response:
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
            return HTMLResponse(f"{page}<code>{refusal.code}</code>", 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(SESSION, cookie, **COOKIE)
        return answer

    async def nonce(request: Request) -> Response:
        issued = challenges.issue("login")
        answer = JSONResponse({"nonce": issued.nonce})
        answer.set_cookie(TICKET, issued.ticket, **COOKIE)
        return answer

    async def token(request: Request) -> Response:
        """Log in by a token that the card signed for this origin and nonce."""
        challenge = challenges.take(request.cookies.get(TICKET, ""), "login")
        seen_origin = request.headers.get("origin")
        verdict = verifier.verify_token(await request.body(), challenge, seen_origin=seen_origin)
        try:
            cookie = sessions.open(verdict, asked=challenge.issued)
        except LoginRefusedError as refusal:
            return JSONResponse({"code": refusal.code, "sentence": refusal.sentence()}, 403)
        answer = JSONResponse({"name": verdict.require().name})
        answer.set_cookie(SESSION, cookie, **COOKIE)
        return answer

    async def logout(request: Request) -> Response:
        connection = client_connection(request.scope)
        sessions.end(request.cookies.get(SESSION), connection=connection.id)
        answer = RedirectResponse("/", 303, headers={"Connection": "close"})
        answer.delete_cookie(SESSION, **COOKIE)
        return answer

    return Starlette(
        routes=[
            Route("/", home),
            Route("/login", login),
            Route("/nonce", nonce),
            Route("/login/token", token, methods=["POST"]),
            Route("/logout", logout, methods=["POST"]),
        ]
    )


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
