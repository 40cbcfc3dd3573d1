# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The application: ``GET /nonce``, then ``POST /login`` with the token that the card signed."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from caducee.base.errors import LoginRefusedError
from caducee.relying.nonces import Challenges
from caducee.relying.verifier import Verifier


def create_app(verifier: Verifier, challenges: Challenges) -> Starlette:
    """Return the application; its settings give both in production, a sandbox in tests."""

    async def nonce(request: Request) -> JSONResponse:
        issued = challenges.issue("login")
        answer = JSONResponse({"nonce": issued.nonce})
        answer.set_cookie("ticket", issued.ticket, httponly=True, secure=True, samesite="strict")
        return answer

    async def login(request: Request) -> JSONResponse:
        challenge = challenges.take(request.cookies.get("ticket", ""), "login")
        seen_origin = request.headers.get("origin")
        verdict = verifier.verify_token(await request.body(), challenge, seen_origin=seen_origin)
        try:
            holder = verdict.require()
        except LoginRefusedError as refusal:
            return JSONResponse({"code": refusal.code, "sentence": str(refusal)}, 403)
        return JSONResponse({"name": holder.name, "ps_idnat": holder.ps_idnat})

    return Starlette(routes=[Route("/nonce", nonce), Route("/login", login, methods=["POST"])])
