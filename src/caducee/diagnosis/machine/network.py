# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Services that were named: name, connection, TLS, answer; and logins with the card."""

import datetime as dt
import http.client
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cryptography import x509

from caducee.base.clock import Clock
from caducee.base.errors import CpsError
from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.cryptolib.tls import use_card
from caducee.diagnosis.facts import DateMark, LoginFacts, ServiceFacts
from caducee.diagnosis.machine.card import CardTracer
from caducee.diagnosis.machine.root import MachineRoot
from caducee.diagnosis.machine.route import Route, RouteError, get, judge_proxy, route_to
from caducee.middleware.tracing.transport import TracedReader
from caducee.reader.transport import Reader

__all__ = ["ServiceAddresses", "ServiceAnswer", "log_in", "reach"]

_PORTS: Final = {"https": 443, "http": 80}
_HOSTNAME = 62
"""X509_V_ERR_HOSTNAME_MISMATCH (OpenSSL, x509_vfy.h)."""

_BY_DATE: Final = {9: "early", 10: "expired"}
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED, and the stage that they mean. The
clock of this machine may be what is wrong.
"""

_SIGN_ON: Final = 511
"""The network requires a login first (RFC 6585 section 6)."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PROXY_LOGIN: Final = 407
_MOST: Final = 1 << 20
"""Bytes of the answer to a login that are read."""

_SQUID: Final = "X-Squid-Error"
"""A header by which the best-known proxy marks what it says itself."""


@dataclass(frozen=True, slots=True)
class ServiceAddresses:
    """The services that a diagnosis is to look at."""

    services: Mapping[str, str] = field(default_factory=dict)
    """Addresses (``https://…``, ``http://…``) by name; logins need them."""

    optional: Mapping[str, str] = field(default_factory=dict)
    portal: Mapping[str, str] = field(default_factory=dict)
    """Origins of the listeners for certificates, by version of TLS: ``1.2``, ``1.3``."""

    authorities: Path | None = None
    """The authorities of the servers' certificates, PEM; else those of the system."""


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What became of one service, and how far its clock is from ours, in seconds."""

    facts: ServiceFacts
    offset: float | None = None
    mark: DateMark | None = None
    """The dates of the server's certificate, where these were what TLS refused."""


def reach(place: MachineRoot, named: ServiceAddresses, clock: Clock) -> tuple[ServiceAnswer, ...]:
    """Try to reach each service once."""
    wanted = [(*service, True) for service in named.services.items()]
    wanted += [(*item, False) for item in named.optional.items()]
    return tuple(_Attempt(place, named, clock).ask(*item) for item in wanted)


class _Attempt:
    """Asks one service."""

    def __init__(self, place: MachineRoot, named: ServiceAddresses, clock: Clock) -> None:
        self._place = place
        self._named = named
        self._clock = clock

    def ask(self, name: str, url: str, critical: bool) -> ServiceAnswer:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
        route = route_to(self._place, parts.scheme, host, port)
        base = {"name": name, "address": f"{host}:{port}", "critical": critical}
        base |= {"proxy": route.proxy} if route.proxy else {}
        try:
            status, headers = self._answer(route, parts)
        except RouteError as failed:
            stage = "" if failed.stage == "proxy" else failed.stage
            facts = ServiceFacts(**{**base, "stage": stage, **failed.fields})  # type: ignore[arg-type]
            if stage not in _BY_DATE.values():
                return ServiceAnswer(facts)
            return ServiceAnswer(
                facts, self._offset(route.date(parts.path)), _mark(route.certificate())
            )
        stage = _stage_of(status, parts, headers.get("Location", ""))
        facts = ServiceFacts(**{**base, "stage": stage, "status": status})  # type: ignore[arg-type]
        return ServiceAnswer(facts, self._offset(headers.get("Date", "")))

    def _answer(self, route: Route, parts: SplitResult) -> tuple[int, Message]:
        path = parts.path or "/"
        if parts.scheme == "http" and route.proxy:
            with route.to_proxy() as link:
                found = _get(link, route.host, f"http://{parts.netloc}{path}")
            if found[0] == _PROXY_LOGIN or _SQUID in found[1]:  # in the proxy's own name
                judge_proxy(str(found[0]).encode())
            return found
        with route.tunnel() as link:
            if parts.scheme == "http":
                return _get(link, route.host, path)
            return _get(self._secured(link, route), route.host, path)

    def _secured(self, link: socket.socket, route: Route) -> ssl.SSLSocket:
        authorities = self._named.authorities
        context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
        try:
            return context.wrap_socket(link, server_hostname=route.host)
        except ssl.SSLCertVerificationError as error:
            raise self._untrusted(error, route) from None
        except TimeoutError:
            raise RouteError("silent") from None
        except (ssl.SSLError, OSError):
            raise RouteError("tls") from None

    def _untrusted(self, error: ssl.SSLCertVerificationError, route: Route) -> RouteError:
        if error.verify_code in _BY_DATE:
            return RouteError(_BY_DATE[error.verify_code])
        if error.verify_code == _HOSTNAME:
            return RouteError("hostname")
        issuer = _name_of(route.certificate())
        named = self._named.authorities is not None
        opened = (named and route.system_trusts()) or (
            bool(route.proxy) and _name_of(route.straight.certificate()) != issuer
        )
        return RouteError("untrusted", issuer=issuer, opened=opened)

    def _offset(self, date: str) -> float | None:
        try:
            theirs = parsedate_to_datetime(date)
        except (TypeError, ValueError):
            return None
        ours = self._clock.now()
        return (ours - theirs.astimezone(dt.UTC)).total_seconds()


def _get(link: socket.socket, host: str, target: str) -> tuple[int, Message]:
    try:
        return get(link, host, target)[:2]
    except (OSError, http.client.HTTPException):
        raise RouteError("silent") from None


def _mark(certificate: bytes) -> DateMark | None:
    """Return the dates of a certificate; None when unknown."""
    try:
        found = x509.load_der_x509_certificate(certificate)
    except ValueError:
        return None
    since, until = found.not_valid_before_utc, found.not_valid_after_utc
    return DateMark(what="server", since=since, until=until)


def _name_of(certificate: bytes) -> str:
    """Return who issued a certificate; empty when unknown."""
    try:
        return x509.load_der_x509_certificate(certificate).issuer.rfc4514_string()
    except ValueError:
        return ""


def _stage_of(status: int, parts: SplitResult, elsewhere: str) -> str:
    if status == _SIGN_ON:
        return "captive" if parts.scheme == "http" else "answer"
    if status >= 500:
        return "answer"
    led = status in _REDIRECTS and parts.scheme == "http"
    return "captive" if led and not _same_house(parts.hostname or "", elsewhere) else ""


def _same_house(host: str, elsewhere: str) -> bool:
    """Return whether an answer leads to the same host, or to one of the same domain (to https)."""
    there = urlsplit(elsewhere).hostname
    return there is None or there == host or there.split(".")[-2:] == host.split(".")[-2:]


def log_in(
    place: MachineRoot,
    reader: Reader,
    dialogue: CardTracer,
    named: ServiceAddresses,
    code: Secret | None,
) -> Sequence[LoginFacts]:
    """Log in at the portal by certificate, once for each version of TLS that was named."""
    if code is None or not named.portal:
        return [LoginFacts(version="1.2", asked=False)]
    found = []
    with open_card(TracedReader(reader, dialogue)) as card:
        card.verify(code)
        for version, origin in sorted(named.portal.items()):
            if version == "1.3" and not card.supports_pss:
                found.append(LoginFacts(version=version, supported=False))
                continue
            context = _pinned(named, version)
            signer = use_card(context, card)
            answer = _one_login(place, context, origin)
            failed = signer.error.code if signer.error is not None else ""
            found.append(LoginFacts(version=version, code=failed or answer))
    return found


def _pinned(named: ServiceAddresses, version: str) -> ssl.SSLContext:
    context = ssl.create_default_context(
        cafile=str(named.authorities) if named.authorities else None
    )
    only = ssl.TLSVersion.TLSv1_3 if version == "1.3" else ssl.TLSVersion.TLSv1_2
    context.minimum_version = context.maximum_version = only
    return context


def _one_login(place: MachineRoot, context: ssl.SSLContext, origin: str) -> str:
    """Return why a login failed, as `LoginFacts.code`; empty: it did not."""
    parts = urlsplit(origin)
    host, port = parts.hostname or "", parts.port or _PORTS["https"]
    try:
        with route_to(place, "https", host, port).tunnel() as link:
            secured = context.wrap_socket(link, server_hostname=host)
            asked = get(secured, parts.netloc, "/login/certificate", {"Origin": origin}, _MOST)
            answer = json.loads(asked.body)
    except ssl.SSLError as error:
        cut = "version" in str(error).lower() or "PROTOCOL" in str(error)
        return "version" if cut else "handshake"
    except (RouteError, OSError, http.client.HTTPException, ValueError, CpsError):
        return "handshake"
    return _refusal(answer) if isinstance(answer, dict) else "handshake"


def _refusal(answer: dict[str, object]) -> str:
    verdict = answer.get("verdict")
    if answer.get("ok") and isinstance(verdict, dict) and verdict.get("ok"):
        return ""
    checks = verdict.get("checks", []) if isinstance(verdict, dict) else []
    for check in checks:
        if check.get("outcome") in ("failed", "unknown"):
            code = str(check.get("code", ""))
            return "no_certificate" if "no_certificate" in code else code
    refusal = answer.get("refusal") or answer.get("code") or "?"
    code = str(refusal.get("code", "?")) if isinstance(refusal, dict) else str(refusal)
    return "no_certificate" if "no_certificate" in code else code
