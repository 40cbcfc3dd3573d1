# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Under which address a request came, and whether it may act there."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from caducee.base.errors import LoginRefusedError
from caducee.relying.asgi import client_connection
from caducee.relying.client import TlsEndpoint
from caducee.services.web.listeners import Listener
from caducee.services.web.settings import PortalAddresses

__all__ = ["Site", "site_of"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Site:
    """The address of the portal that a request came to."""

    origin: str
    """The origin, e.g. ``https://localhost:4433``; tokens are made for it."""

    asks: bool
    """Whether a login by certificate is possible under this origin."""

    tls13: bool
    """Whether TLS 1.3 is spoken here alone."""

    way12: str
    """Where to log in by certificate with every card."""

    way13: str
    """Where to log in by certificate with a card that signs with RSA-PSS."""


def site_of(request: Request, addresses: PortalAddresses) -> Site:
    """Return the site of a request, and refuse what must not act on it.

    Raises `LoginRefusedError`: ``portal.wrong_host`` for a host name that is not ours (DNS
    rebinding), ``portal.front_not_trusted`` for a front of an unknown user,
    ``portal.request_from_elsewhere`` for a change that a page of another site asks for.
    """
    listener = getattr(request.state, "listener", Listener.OPEN)
    if (
        listener is Listener.FRONT
        and client_connection(request.scope).source is not TlsEndpoint.FRONT
    ):
        raise LoginRefusedError("portal.front_not_trusted")
    origins = _origins(listener, addresses)
    host = request.headers.get("host", "").lower()
    origin = next((item for item in origins if _same_host(item, host)), None)
    if origin is None:
        raise LoginRefusedError("portal.wrong_host", host=host[:100], origin=origins[0])
    _refuse_from_elsewhere(request, origin)
    return _site(listener, origin, addresses)


def _origins(listener: Listener, addresses: PortalAddresses) -> tuple[str, ...]:
    if listener is Listener.FRONT:
        return tuple(item for item in (addresses.front, addresses.front_tls13) if item is not None)
    return (str(getattr(addresses, listener.value)),)


def _same_host(origin: str, host: str) -> bool:
    netloc = urlsplit(origin).netloc.lower()
    return host in (netloc, f"{netloc}:443") if ":" not in netloc else host == netloc


def _refuse_from_elsewhere(request: Request, origin: str) -> None:
    """Refuse a change that another site asks for (browsers tell the origin of every POST)."""
    if request.method in _SAFE:
        return
    said = request.headers.get("origin")
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    if (said is not None and said != origin) or fetched not in ("same-origin", "none"):
        elsewhere = (said or fetched)[:100]
        raise LoginRefusedError("portal.request_from_elsewhere", origin=elsewhere)


def _site(listener: Listener, origin: str, addresses: PortalAddresses) -> Site:
    fronted = listener is Listener.FRONT
    base12 = addresses.front if fronted else addresses.tls12
    base13 = addresses.front_tls13 if fronted else addresses.tls13
    return Site(
        origin=origin,
        asks=listener is not Listener.OPEN,
        tls13=origin in (addresses.tls13, addresses.front_tls13),
        way12=f"{base12}/login/certificate",
        way13=f"{base13 or base12}/login/certificate",
    )
