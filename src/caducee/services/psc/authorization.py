# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authorization endpoint without HTTP: answer now, or have the holder log in first.

OpenID Connect Core 3.1.2.3 and 3.1.2.4: a session answers a request at once unless the client asks
for a new login (``prompt``, ``max_age``) or for another holder (``login_hint``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from caducee.base.clock import Clock
from caducee.codec.oidc.authorization import (
    AuthorizationAnswer,
    AuthorizationRequest,
    error_answer,
)
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.services.psc.clients import Client, Clients
from caducee.services.psc.grants import Grants, PendingCode
from caducee.services.psc.logins import Login
from caducee.services.psc.requests import (
    acr_of,
    check_request,
    client_of,
    redirect_to,
    scopes_of,
)

__all__ = ["Answer", "Authorization"]

_NEW_LOGIN = frozenset({"login", "select_account"})
"""Values of ``prompt`` that no session satisfies. ``consent`` asks for what the true service does
not have: the holder's consent is given by the login itself."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the client is sent, by the browser."""

    request: AuthorizationRequest
    parameters: Mapping[str, str]

    @property
    def location(self) -> str:
        """Where the browser goes; for ``form_post`` the redirect URI without the parameters."""
        if self.request.response_mode == "form_post":
            return self.request.redirect_uri
        return redirect_to(self.request, self.parameters)


class Authorization:
    """Answers authorization requests."""

    def __init__(
        self, issuer: str, clients: Clients, grants: Grants, clock: Clock, *, acr: str = ""
    ) -> None:
        """``acr`` is given to every login, whatever was asked for; empty for what was asked."""
        self._issuer = issuer
        self._clients = clients
        self._grants = grants
        self._clock = clock
        self._acr = acr

    def client(self, request: AuthorizationRequest) -> Client:
        """Return the client of a request, for the page that names it.

        Raises `LoginRefusedError`: ``psc.client_unknown``, ``psc.redirect_uri_unknown``.
        """
        return client_of(request, self._clients)

    def begin(self, request: AuthorizationRequest, session: Login | None) -> Answer | None:
        """Answer a request by a session of the browser; none when the holder must log in.

        What is not allowed is an answer, too. Raises `LoginRefusedError` as `client`.
        """
        client = self.client(request)
        try:
            check_request(request, client)
            if session and self._satisfies(session, request):
                return self.granted(request, session)
            if "none" in request.prompt:
                raise OidcError(OidcErrorCode.LOGIN_REQUIRED, "there is no session that satisfies")
        except OidcError as error:
            return self.refused(request, error)
        return None

    def granted(self, request: AuthorizationRequest, login: Login) -> Answer:
        """Answer with a code for a login: that of a session, or one that has just been made.

        Raises `LoginRefusedError` as `client`.
        """
        client = self.client(request)
        pending = PendingCode(
            client_id=client.client_id,
            redirect_uri=request.redirect_uri,
            scope=scopes_of(request),
            nonce=request.nonce,
            challenge=request.code_challenge,
            login=msgspec.structs.replace(login, acr=acr_of(request, self._acr)),
        )
        answer = AuthorizationAnswer(
            code=self._grants.new_code(pending),
            issuer=self._issuer,
            state=request.state,
            session_state=login.sid,
        )
        return Answer(request=request, parameters=answer.to_parameters())

    def refused(self, request: AuthorizationRequest, error: OidcError) -> Answer:
        """Answer with an error. Raises `LoginRefusedError` as `client`."""
        self.client(request)
        parameters = error_answer(error, self._issuer, request.state)
        return Answer(request=request, parameters=parameters)

    def _satisfies(self, session: Login, request: AuthorizationRequest) -> bool:
        if _NEW_LOGIN & set(request.prompt):
            return False
        if request.login_hint and request.login_hint != session.ps_idnat:
            return False
        age = self._clock.now().timestamp() - session.auth_time
        return request.max_age is None or age <= request.max_age
