# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The publication points as an ASGI application.

::

    GET  /                               the authorities, their lists, the responder
    GET  /PC, /PC%20TEST, /PC%20SANDBOX  the policies
    GET  /AC%20TEST/NAME.cer             the certificate of an authority (also /AC/NAME.cer)
    GET  /AC%20TEST/….p7b                the certificates of a hierarchy
    GET  /CRL/NAME.crl                   the revocation list of an authority
    GET  /authorities/NAME               one authority
    GET  /search?q=…                     certificates by serial, card number or name
    GET  /certificates/NAME/SERIAL       one certificate; with .cer the file
    POST /                               OCSP; also /ocsp, and by GET with the request in the path

Delta lists are published by LDAP alone, as the certificates say.
"""

import functools
import ipaddress
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from caducee.authority.authority import Authority
from caducee.authority.ocsp.responder import OcspResponder
from caducee.base.clock import Clock
from caducee.base.errors import CpsError
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.services.publication.conditional import respond
from caducee.services.publication.documents import Documents
from caducee.services.publication.ocsp import OcspEndpoint
from caducee.services.publication.pages import TrustPages
from caducee.services.web.headers import SecurityHeadersMiddleware
from caducee.services.web.language import LanguageMiddleware
from caducee.spec import igc

__all__ = ["create_app"]

_PUBLISHED = frozenset(urlsplit(item).hostname for item in (igc.HTTP_BASE, igc.OCSP_URL))


def create_app(
    authority: Authority, registry: Registry, clock: Clock, *, title: str = "IGC-Santé TEST"
) -> ASGIApp:
    """Return the application: OCSP in front, then the documents and pages."""
    documents = Documents(authority)
    pages = TrustPages(title, authority, registry, documents)
    local = registry.alone() is not None
    responder = OcspResponder(authority, RegistryRecords(registry), local=local)

    async def document(request: Request) -> Response:
        folder, name = request.path_params["folder"], request.path_params["name"]
        found = await run_in_threadpool(documents.find, folder, name)
        if found is None:
            raise HTTPException(404)
        return respond(request, found, clock.now())

    policies = ("/PC", *(f"/PC {world}" for world in igc.World))
    site = Starlette(
        routes=[
            Route("/", pages.home),
            *(Route(path, pages.policies) for path in policies),
            Route("/search", pages.search),
            Route("/authorities/{file}", pages.authority),
            Route("/certificates/{file}/{serial}.{kind}", pages.certificate),
            Route("/certificates/{file}/{serial}", pages.certificate),
            Mount("/static", StaticFiles(packages=[("caducee.services.web", "static")])),
            Route("/{folder}/{name}", document),
        ],
        middleware=[
            Middleware(SecurityHeadersMiddleware, strict=False),
            Middleware(LanguageMiddleware, secure=False),
        ],
        exception_handlers={
            HTTPException: pages.refused,
            CpsError: pages.failed,
            500: pages.refused,
        },
    )
    return _Front(site, OcspEndpoint(responder, clock))


class _Front:
    """Gives a request to the responder or to the site, if its host name is one of ours.

    A page of another site that points its own name at this machine reads nothing here.
    """

    def __init__(self, site: ASGIApp, ocsp: OcspEndpoint) -> None:
        self._site = site
        self._ocsp = ocsp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not _ours(scope):
            await PlainTextResponse("This host name is not served here.", 421)(scope, receive, send)
        elif self._ocsp.takes(scope):
            await self._ocsp(scope, receive, send)
        else:
            await self._site(scope, receive, send)


def _ours(scope: Scope) -> bool:
    return _served(next((value for name, value in scope["headers"] if name == b"host"), b""))


@functools.lru_cache(maxsize=256)
def _served(host: bytes) -> bool:
    """Tell whether a ``Host`` header names this machine or one of the published names."""
    try:
        name = urlsplit(f"//{host.decode('ascii')}").hostname
    except ValueError:
        return False
    if name is None or name == "localhost" or name in _PUBLISHED:
        return True  # HTTP/1.0 clients, as OpenSSL's, may name no host
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.endswith((".test", ".localhost"))
