# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What this site sees of a connection and of the card that it shows, and which codes of the
diagnosis follow from that. Nothing here asks the workstation: a site sees no reader and no code.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request

from caducee.base import catalogue
from caducee.base.errors import Fact, TrustError
from caducee.base.i18n import gettext
from caducee.relying.asgi import client_connection
from caducee.relying.client import ClientConnection, TlsEndpoint
from caducee.relying.verdict import CheckName, CheckOutcome, Verdict
from caducee.services.portal.views import verdict_json
from caducee.services.web.site import Site
from caducee.trust.x509 import UNREADABLE, load_certificate

__all__ = ["BY_SCRIPT", "BY_SITE", "SiteFinding", "SiteObservation", "findings"]

SOON: Final = dt.timedelta(days=60)
"""How long before its end a certificate is reported, as in the diagnosis of the workstation."""

BY_SITE: Final = (
    "diag.proxy_opens_tls",
    "diag.login_no_certificate",
    "diag.certificate_purpose",
    "diag.certificate_early",
    "diag.certificate_expired",
    "diag.certificate_soon",
    "diag.certificate_revoked",
    "diag.revocation_unknown",
    "diag.revocation_unchecked",
    "diag.chain_unknown",
    "diag.chain_broken",
    "diag.login_refused",
    "diag.certificate_unseen",
    "diag.card_test",
)
"""The codes that the server can tell, in their order."""

BY_SCRIPT: Final = (
    "diag.clock_ahead",
    "diag.clock_behind",
    "diag.clock_drifts",
    "diag.extension_absent",
    "diag.host_absent",
)
"""The codes that the script of the page can tell."""

_VERSIONS: Final = {0x0303: "1.2", 0x0304: "1.3"}
_REVOKED: Final = frozenset({"trust.revoked", "trust.revoked_by_bundle"})
_UNKNOWN_ISSUER: Final = frozenset({"trust.chain_not_found", "trust.chain_not_searched"})
_USE: Final = "authentication"
_ON_THE_WAY: Final = ("via", "forwarded", "x-forwarded-for", "x-bluecoat-via", "x-proxy-id")
"""Headers that something between browser and site adds (RFC 9110, 7.6.3; RFC 7239)."""

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """A code of the diagnosis with the facts of this case."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """``error``, ``warning``, ``unchecked`` or ``note``."""
        return catalogue.entry(self.code).severity.value

    def texts(self) -> tuple[str, str, str]:
        """Return cause, consequence and cure, in the language in use."""
        item = catalogue.entry(self.code)
        cause, consequence, cure = (
            catalogue.fill(gettext(text), self.facts)
            for text in (item.sentence, item.consequence, item.advice)
        )
        return cause, consequence, cure

    def to_dict(self) -> dict[str, object]:
        """Return the finding as plain values for JSON."""
        cause, consequence, cure = self.texts()
        return {
            "code": self.code,
            "severity": self.severity,
            "cause": cause,
            "consequence": consequence,
            "cure": cure,
            "facts": dict(self.facts),
            "more": f"/diagnosis/{self.code}",
        }


@dataclass(frozen=True, slots=True)
class SiteObservation:
    """What came over one connection."""

    site: Site
    connection: ClientConnection
    verdict: Verdict | None
    """The checks of the certificate; None where no certificate is asked for."""

    now: dt.datetime
    languages: str
    """What the browser prefers (``Accept-Language``)."""

    program: str
    """What the browser calls itself (``User-Agent``)."""

    on_the_way: Mapping[str, str]
    """Headers that something between the browser and this site added."""

    @classmethod
    def of(
        cls, request: Request, site: Site, verdict: Verdict | None, now: dt.datetime
    ) -> "SiteObservation":
        """Look at a request."""
        headers = request.headers
        added = {name: headers[name][:_LONGEST] for name in _ON_THE_WAY if name in headers}
        return cls(
            site,
            client_connection(request.scope),
            verdict,
            now,
            headers.get("accept-language", "")[:_LONGEST],
            headers.get("user-agent", "")[:_LONGEST],
            added,
        )

    @property
    def fronted(self) -> bool:
        """Whether a front ended TLS."""
        return self.connection.source is TlsEndpoint.FRONT

    @property
    def version(self) -> str:
        """The version of TLS, e.g. ``1.2``; empty where the front does not tell."""
        if self.connection.tls_version is None and self.fronted:
            return "1.3" if self.site.tls13 else "1.2"
        return _VERSIONS.get(self.connection.tls_version or 0, "")

    @property
    def certificate(self) -> dict[str, str]:
        """Whose certificate was shown; empty without one."""
        shown = self.connection.certificate
        if shown is None:
            return {}
        try:
            found = load_certificate(shown.der)
        except (*UNREADABLE, TrustError):
            return {"fingerprint": shown.fingerprint}
        return {
            "subject": found.subject.rfc4514_string(),
            "issuer": found.issuer.rfc4514_string(),
            "serial": f"{found.serial_number:X}",
            "not_before": found.not_valid_before_utc.isoformat(),
            "not_after": found.not_valid_after_utc.isoformat(),
            "fingerprint": shown.fingerprint,
        }

    @property
    def forwarded(self) -> dict[str, str]:
        """What the front said of the certificate; empty without a front."""
        if not self.fronted:
            return {}
        shown = self.connection.certificate
        if shown is None:
            return {"verify": self.connection.absence}
        verify = f"{shown.verify_code} {shown.verify_reason}".strip()
        return {"verify": verify, "chain": str(len(shown.chain)), "connection": self.connection.id}

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain values for JSON."""
        found = findings(self)
        return {
            "ok": _ok(found),
            "now": self.now.isoformat(),
            "origin": self.site.origin,
            "tls": {
                "version": self.version or None,
                "cipher": self.connection.cipher or None,
                "ended_by": self.connection.source.value,
                "asks_for_certificate": self.site.asks,
            },
            "certificate": self.certificate or None,
            "absence": self.connection.absence or None,
            "front": self.forwarded or None,
            "on_the_way": dict(self.on_the_way),
            "browser": {"languages": self.languages, "program": self.program},
            "verdict": verdict_json(self.verdict) if self.verdict is not None else None,
            "findings": [item.to_dict() for item in found],
        }


def _ok(found: Sequence[SiteFinding]) -> bool | None:
    """Return False with an error, None without one when something that matters was not checked."""
    severities = {item.severity for item in found}
    if "error" in severities:
        return False
    return None if "unchecked" in severities else True


def findings(observation: SiteObservation) -> Sequence[SiteFinding]:
    """Return what the server can tell, the first cause first."""
    found = [*_way(observation), *_card(observation)]
    return sorted(found, key=lambda item: BY_SITE.index(item.code))


def _way(observation: SiteObservation) -> Iterator[SiteFinding]:
    via = observation.on_the_way.get("via") or observation.on_the_way.get("x-bluecoat-via")
    if via and not observation.fronted:  # a header within TLS: whoever wrote it has opened TLS
        yield _found("proxy_opens_tls", service=observation.site.origin, issuer=via)


def _card(observation: SiteObservation) -> Iterator[SiteFinding]:
    verdict = observation.verdict
    if verdict is None:
        yield _found("certificate_unseen")
        return
    if observation.connection.certificate is None:
        yield _found("login_no_certificate", version=observation.version or "?")
        return
    wrong = [
        item
        for item in verdict.checks
        if item.outcome in (CheckOutcome.FAILED, CheckOutcome.UNKNOWN)
    ]
    for name, code, facts in ((str(o.name), o.code, dict(o.facts)) for o in wrong):
        yield _of_check(name, code, facts, observation.version)
    for check in verdict.checks:
        if check.code == "trust.revocation_not_asked":
            yield _found("revocation_unchecked", use=_USE)
        if check.code == "relying.validity_current":
            yield from _soon(str(check.facts.get("not_after", "")), observation.now)
    if verdict.ok and verdict.identity is not None and verdict.identity.test:
        yield _found("card_test")


type _Facts = Mapping[str, Any]

_BY_CODE: Final[Mapping[str, Callable[[_Facts], SiteFinding]]] = {
    **dict.fromkeys(_REVOKED, lambda _facts: _found("certificate_revoked", use=_USE)),
    **dict.fromkeys(_UNKNOWN_ISSUER, lambda _facts: _found("chain_unknown", use=_USE)),
    "relying.certificate_expired": lambda facts: _found(
        "certificate_expired", use=_USE, date=str(facts.get("not_after", "?"))
    ),
    "relying.certificate_not_yet_valid": lambda facts: _found(
        "certificate_early", use=_USE, date=str(facts.get("not_before", "?"))
    ),
    "relying.usage_refused": lambda facts: _found(
        "certificate_purpose", use=str(facts.get("use", "?"))
    ),
}


def _of_check(name: str, code: str, facts: _Facts, version: str) -> SiteFinding:
    """Return the code of the diagnosis for a check of a login that did not pass."""
    if code in _BY_CODE:
        return _BY_CODE[code](facts)
    if name in (CheckName.REVOCATION, CheckName.SOURCES):
        return _found("revocation_unknown", use=_USE, reason=code)
    if name == CheckName.CHAIN:
        return _found("chain_broken", use=_USE, reason=code)
    return _found("login_refused", version=version or "?", reason=code)


def _soon(not_after: str, now: dt.datetime) -> Iterator[SiteFinding]:
    try:
        end = dt.date.fromisoformat(not_after[:10])
    except ValueError:
        return
    left = end - now.date()
    if dt.timedelta(0) <= left <= SOON:
        yield _found("certificate_soon", use=_USE, days=left.days, date=end.isoformat())


def _found(name: str, /, **facts: Fact) -> SiteFinding:
    return SiteFinding(f"diag.{name}", facts)
