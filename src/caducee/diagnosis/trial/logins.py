# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Logins at a portal with an open card: both ways, end to end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from caducee.base.errors import CpsError
from caducee.cryptolib import CpsCard
from caducee.cryptolib.origin_token import make_token
from caducee.cryptolib.portal import PortalAddress, PortalClient, PortalOrigins, explained, trusting
from caducee.cryptolib.tls import CardSigner, use_card
from caducee.diagnosis.trial.keys import Facts
from caducee.diagnosis.trial.model import CheckReport, StepProblem

__all__ = ["LoginRefusedError", "PortalLogins"]

_SECONDS: Final = 15


class LoginRefusedError(Exception):
    """The portal did not let the holder in, or out."""

    def __init__(self, problem: StepProblem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class PortalLogins:
    """Logs in at one portal and out again, with one card. A context manager."""

    def __init__(self, card: CpsCard, place: PortalAddress, ways: PortalOrigins) -> None:
        self._card = card
        self._root = place.root
        self._ways = ways
        self._signer: CardSigner | None = None
        self._context = trusting(self._root)
        self._client: PortalClient | None = None
        self.checks: tuple[CheckReport, ...] = ()
        """Of the last step, when it was a login."""

    def __enter__(self) -> "PortalLogins":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._client is not None:
            self._client.__exit__(None, None, None)
            self._client = None

    @contextmanager
    def _connected(self, origin: str) -> Iterator[PortalClient]:
        """Connect; what the card says goes before what TLS makes of it."""
        self._close()
        self.checks = ()
        if self._signer is not None:
            self._signer.error = None
        self._client = client = PortalClient(origin, self._context, _SECONDS)
        try:
            with explained(origin):
                client.connect()
                yield client
        except CpsError as error:
            if self._signer is not None and self._signer.error is not None:
                raise self._signer.error from error
            raise

    def log_in_by_certificate(self) -> Facts:
        """Log in with the key of the card in the TLS handshake.

        Raises `LoginRefusedError`, what `explained` raises, and what the card does.
        """
        self._context = trusting(self._root)
        self._signer = use_card(self._context, self._card)
        origin = self._ways.tls13 if self._card.supports_pss else self._ways.tls12
        with self._connected(origin) as client:
            facts: Facts = [("address", origin), ("tls", client.tls)]
            return facts + self._take(client.get("/login/certificate")[1])

    def log_in_by_token(self) -> Facts:
        """Log in with a token that the card signs for the portal's origin. Raises as above."""
        self._context, self._signer = trusting(self._root), None
        origin = self._ways.origin
        with self._connected(origin) as client:
            facts: Facts = [("address", origin), ("tls", client.tls)]
            nonce = str(client.get("/login/nonce")[1]["nonce"])
            token = make_token(self._card, origin, nonce).to_json().encode()
            return facts + self._take(client.post("/login/token", token)[1])

    def log_out(self) -> Facts:
        """End the session of the last login, and see that its cookie opens nothing any more.

        With a certificate, the card signs once more: the cookie is tried under the certificate
        that it belongs to. Raises `LoginRefusedError`.
        """
        client = self._client
        assert client is not None  # noqa: S101 (a login went before)
        self.checks = ()
        with explained(client.origin):
            status, answer = client.get("/session")
            cookies = dict(client.cookies)  # the logout takes them away
            if status < 400:
                status, answer = client.post("/logout")
            if status >= 400:
                raise LoginRefusedError(_problem(answer))
        with self._connected(client.origin) as again:
            again.cookies = cookies
            status, answer = again.get("/session")
            if status < 400:
                raise CpsError("cryptolib.portal_session", address=client.origin)
            return [("session", _problem(answer).code)]

    def _take(self, answer: dict[str, Any]) -> Facts:
        """Read the answer to a login. Raises `LoginRefusedError`, `LookupError`."""
        verdict = answer.get("verdict") or {}
        self.checks = tuple(
            CheckReport(str(item["name"]), str(item["outcome"]), str(item.get("code") or ""))
            for item in verdict.get("checks") or ()
        )
        if not answer.get("ok") or not verdict.get("ok"):
            raise LoginRefusedError(_problem(answer))
        who = answer["identity"]
        passed = sum(check.outcome == "passed" for check in self.checks)
        name = f"{who.get('given_name') or ''} {who.get('family_name') or ''}".strip()
        return [
            ("identity", name),
            ("number", str(who.get("ps_idnat") or "")),
            ("checks", passed),
        ]


def _problem(answer: dict[str, Any]) -> StepProblem:
    refusal = answer.get("refusal")
    refusal = refusal if isinstance(refusal, dict) else {}
    code, what, following = (str(refusal.get(name) or "") for name in ("code", "what", "next"))
    return StepProblem(code or "?", what, following)
