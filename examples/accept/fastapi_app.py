# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An API and site of FastAPI that health professionals log in to with their card.

pip install "caducee[services]" fastapi
python fastapi_app.py trust                        # https://localhost:8443
python fastapi_app.py trust --socket practice.sock # behind nginx or HAProxy
"""

import argparse
import ssl
from html import escape
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from caducee.base.errors import LoginRefusedError
from caducee.relying.asgi import ClientCertificateMiddleware, FrontPolicy, client_connection
from caducee.relying.client import ClientConnection
from caducee.relying.nonces import Challenges
from caducee.relying.policy import CardPolicy
from caducee.relying.sessions import LoginSessions
from caducee.relying.uvicorn_tls import server_config, server_context
from caducee.relying.verdict import Identity
from caducee.relying.verifier import Verifier

SESSION, TICKET = "__Host-session", "__Host-ticket"
COOKIE = {"secure": True, "httponly": True, "samesite": "strict"}


def connection_of(request: Request) -> ClientConnection:
    """The TLS connection of a request, with the certificate of the card if it showed one."""
    return client_connection(request.scope)


Connection = Annotated[ClientConnection, Depends(connection_of)]


def create_app(verifier: Verifier, origin: str) -> FastAPI:
    """Return the application; ``origin`` is its address, e.g. ``https://localhost:8443``."""
    app = FastAPI(title="Practice")
    sessions = LoginSessions(verifier.clock)
    challenges = Challenges(origin, verifier.clock)

    def holder_of(request: Request, connection: Connection) -> Identity:
        cookie = request.cookies.get(SESSION, "")
        try:
            session = sessions.find(
                cookie, fingerprint=connection.fingerprint, connection=connection.id
            )
        except LoginRefusedError as refusal:
            raise HTTPException(401, {"code": refusal.code}) from refusal
        return session.verdict.require()

    @app.get("/api/me")
    async def me(holder: Annotated[Identity, Depends(holder_of)]) -> dict[str, object]:
        """Tell a logged-in holder who they are."""
        return holder.to_dict()

    @app.get("/", response_class=HTMLResponse)
    async def home(request: Request, connection: Connection) -> str:
        try:
            holder = holder_of(request, connection)
        except HTTPException:
            return '<a href="/login">Log in with my card</a>'
        return (
            f"<h1>{escape(holder.name)}</h1><p>{escape(holder.ps_idnat)}</p>"
            '<form method="post" action="/logout"><button>Log out</button></form>'
        )

    @app.get("/login")
    async def login(connection: Connection) -> Response:
        """Log in by the client certificate of this TLS connection."""
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

    @app.get("/nonce")
    async def nonce() -> Response:
        issued = challenges.issue("login")
        answer = JSONResponse({"nonce": issued.nonce})
        answer.set_cookie(TICKET, issued.ticket, **COOKIE)
        return answer

    @app.post("/login/token")
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

    @app.post("/logout")
    async def logout(request: Request, connection: Connection) -> Response:
        sessions.end(request.cookies.get(SESSION), connection=connection.id)
        answer = RedirectResponse("/", 303, headers={"Connection": "close"})
        answer.delete_cookie(SESSION, **COOKIE)
        return answer

    return app


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
