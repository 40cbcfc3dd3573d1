# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Services that were named: name, connection, TLS, answer; and logins with the card."""

import datetime as dt
import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from caducee.cryptolib.tracing.transport import TracedReader
from caducee.desktop.diagnosis.facts import LoginFacts, ServiceFacts
from caducee.desktop.diagnosis.machine.card import Dialogue
from caducee.desktop.diagnosis.machine.place import Place, read_text
from caducee.reader.transport import Reader

__all__ = ["Asked", "Named", "log_in", "reach"]

_SECONDS = 8.0
_PORTS: Final = {"https": 443, "http": 80}
_EXPIRED, _HOSTNAME = 10, 62
"""X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_HOSTNAME_MISMATCH (OpenSSL, x509_vfy.h)."""

_CAPTIVE: Final = frozenset({302, 303, 307, 511})
"""Answers by which a network sends to its own page (RFC 6585 section 6)."""


@dataclass(frozen=True, slots=True)
class Named:
    """The services that a diagnosis is to look at."""

    services: Mapping[str, str] = field(default_factory=dict)
    """Addresses (``https://…``, ``http://…``) by name; logins need them."""

    optional: Mapping[str, str] = field(default_factory=dict)
    portal: Mapping[str, str] = field(default_factory=dict)
    """Origins of the listeners for certificates, by version of TLS: ``1.2``, ``1.3``."""

    authorities: Path | None = None
    """The authorities of the servers' certificates, PEM; else those of the system."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one service, and how far its clock is from ours, in seconds."""

    facts: ServiceFacts
    offset: float | None = None


def reach(place: Place, named: Named, clock: Clock) -> tuple[Asked, ...]:
    """Try to reach each service once."""
    wanted = [(*one, True) for one in named.services.items()]
    wanted += [(*one, False) for one in named.optional.items()]
    return tuple(_Attempt(place, named, clock).ask(*one) for one in wanted)


class _Failed(Exception):
    """An attempt that failed at a stage."""

    def __init__(self, stage: str, **fields: str) -> None:
        super().__init__(stage)
        self.stage = stage
        self.fields = fields


class _Attempt:
    """Asks one service."""

    def __init__(self, place: Place, named: Named, clock: Clock) -> None:
        self._place = place
        self._named = named
        self._clock = clock

    def ask(self, name: str, url: str, critical: bool) -> Asked:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
        base = {"name": name, "address": f"{host}:{port}", "critical": critical}
        proxy = self._proxy(parts)
        if proxy:
            base["proxy"] = proxy
        try:
            with self._connected(host, port, proxy) as link:
                status, date = self._answer(link, parts, host)
        except _Failed as failed:
            by_system = failed.fields.pop("system", "")
            opened = failed.stage == "untrusted" and bool(proxy or by_system)
            stage = "" if failed.stage == "proxy" else failed.stage
            facts = {**base, "stage": stage, "opened": opened, **failed.fields}
            return Asked(ServiceFacts(**facts))  # type: ignore[arg-type]
        stage = _stage_of(status, parts)
        facts = {**base, "stage": stage, "status": status}
        return Asked(ServiceFacts(**facts), self._offset(date))  # type: ignore[arg-type]

    def _proxy(self, parts: SplitResult) -> str:
        environ, scheme = self._place.environ, parts.scheme
        host = parts.hostname or ""
        spared = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").split(",")
        if host in ("localhost", "127.0.0.1") or any(one and host.endswith(one) for one in spared):
            return ""
        named = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY") or ""
        found = urlsplit(named)
        return f"{found.hostname}:{found.port or 3128}" if found.hostname else ""

    @contextmanager
    def _connected(self, host: str, port: int, proxy: str) -> Iterator[socket.socket]:
        if not proxy:
            with self._dialled(host, port) as link:
                yield link
            return
        at, _, its_port = proxy.rpartition(":")
        try:
            link = socket.create_connection((at, int(its_port)), _SECONDS)
        except OSError:
            raise _Failed("proxy", proxy_state="refused") from None
        with link:
            link.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            head = link.recv(4096).split(b"\r\n", 1)[0].split(b" ")
            status = head[1] if len(head) > 1 else b""
            if status == b"407":
                raise _Failed("proxy", proxy_state="login")
            if status != b"200":
                raise _Failed("refused")
            yield link

    def _dialled(self, host: str, port: int) -> socket.socket:
        try:
            return socket.create_connection((host, port), _SECONDS)
        except socket.gaierror:
            raise _Failed("name" if self._has_route() else "route") from None
        except TimeoutError:
            raise _Failed("silent") from None
        except ConnectionRefusedError:
            raise _Failed("refused") from None
        except OSError:
            raise _Failed("route") from None

    def _has_route(self) -> bool:
        lines = read_text(self._place.under("/proc/net/route")).splitlines()[1:]
        return any(not line.startswith("lo\t") for line in lines)

    def _answer(self, link: socket.socket, parts: SplitResult, host: str) -> tuple[int, str]:
        if parts.scheme != "http":
            link = self._secured(link, host, parts.port or _PORTS["https"])
        connection = http.client.HTTPConnection(host, timeout=_SECONDS)
        connection.sock = link
        try:
            connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
            response = connection.getresponse()
            return response.status, response.headers.get("Date", "")
        except (TimeoutError, OSError, http.client.HTTPException):
            raise _Failed("silent") from None
        finally:
            connection.close()

    def _secured(self, link: socket.socket, host: str, port: int) -> ssl.SSLSocket:
        authorities = self._named.authorities
        context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
        try:
            return context.wrap_socket(link, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise self._untrusted(error, host, port) from None
        except (ssl.SSLError, OSError):
            raise _Failed("tls") from None

    def _untrusted(self, error: ssl.SSLCertVerificationError, host: str, port: int) -> _Failed:
        if error.verify_code == _EXPIRED:
            return _Failed("expired")
        if error.verify_code == _HOSTNAME:
            return _Failed("hostname")
        trusted = self._named.authorities is not None and _system_trusts(host, port)
        return _Failed("untrusted", issuer=_issuer(host, port), system="yes" if trusted else "")

    def _offset(self, date: str) -> float | None:
        try:
            theirs = parsedate_to_datetime(date)
        except (TypeError, ValueError):
            return None
        ours = self._clock.now()
        return (ours - theirs.astimezone(dt.UTC)).total_seconds()


def _system_trusts(host: str, port: int) -> bool:
    """Tell whether the system trusts a server that the service's own authorities do not know: so
    it is with inspection whose authority was installed.
    """
    try:
        with (
            socket.create_connection((host, port), _SECONDS) as link,
            ssl.create_default_context().wrap_socket(link, server_hostname=host),
        ):
            return True
    except OSError:
        return False


def _issuer(host: str, port: int) -> str:
    """Return who issued a server's certificate that was not trusted; empty when it is not told."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # only looked at; nothing is sent
    try:
        with (
            socket.create_connection((host, port), _SECONDS) as link,
            context.wrap_socket(link, server_hostname=host) as secured,
        ):
            found = secured.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(found or b"").issuer.rfc4514_string()
    except (OSError, ValueError):
        return ""


def _stage_of(status: int, parts: SplitResult) -> str:
    if status >= 500 and status != 511:
        return "answer"
    return "captive" if parts.scheme == "http" and status in _CAPTIVE else ""


def log_in(
    reader: Reader, dialogue: Dialogue, named: Named, code: Secret | None
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
            answer = _one_login(context, origin)
            failed = signer.error.code if signer.error is not None else ""
            found.append(LoginFacts(version=version, code=failed or answer))
    return found


def _pinned(named: Named, version: str) -> ssl.SSLContext:
    context = ssl.create_default_context(
        cafile=str(named.authorities) if named.authorities else None
    )
    only = ssl.TLSVersion.TLSv1_3 if version == "1.3" else ssl.TLSVersion.TLSv1_2
    context.minimum_version = context.maximum_version = only
    return context


def _one_login(context: ssl.SSLContext, origin: str) -> str:
    """Return why a login failed, as `LoginFacts.code`; empty: it did not."""
    parts = urlsplit(origin)
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, context=context, timeout=_SECONDS
    )
    try:
        headers = {"Accept": "application/json", "Origin": origin}
        connection.request("GET", "/login/certificate", headers=headers)
        answer = json.loads(connection.getresponse().read())
    except ssl.SSLError as error:
        cut = "version" in str(error).lower() or "PROTOCOL" in str(error)
        return "version" if cut else "handshake"
    except (OSError, http.client.HTTPException, ValueError, CpsError):
        return "handshake"
    finally:
        connection.close()
    return _refusal(answer) if isinstance(answer, dict) else "handshake"


def _refusal(answer: dict[str, object]) -> str:
    verdict = answer.get("verdict")
    if answer.get("ok") and isinstance(verdict, dict) and verdict.get("ok"):
        return ""
    checks = verdict.get("checks", []) if isinstance(verdict, dict) else []
    for one in checks:
        if one.get("outcome") in ("failed", "unknown"):
            code = str(one.get("code", ""))
            return "no_certificate" if "no_certificate" in code else code
    refusal = answer.get("refusal") or answer.get("code") or "?"
    code = str(refusal.get("code", "?")) if isinstance(refusal, dict) else str(refusal)
    return "no_certificate" if "no_certificate" in code else code
