# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages for people: the trust of the sandbox, its policies, and a search."""

import datetime as dt
import logging
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from caducee.authority.authority import Authority
from caducee.base.i18n import language
from caducee.directory.certificates import find_certificates
from caducee.directory.registry import Registry
from caducee.services.publication.details import Details
from caducee.services.publication.documents import Documents
from caducee.services.publication.explained import explain
from caducee.services.publication.views import Views
from caducee.services.web.pages import environment, frame
from caducee.spec import igc

__all__ = ["TrustPages"]

_log = logging.getLogger(__name__)

_LATER = "60"
"""Seconds after which a client may ask again for what fails now."""

_LONGEST_SEARCH = 100
_LONGEST_SERIAL = 40
_MOST_FOUND = 50


class TrustPages:
    """Writes the pages. Each method that takes a request answers it; they run in threads."""

    def __init__(
        self, title: str, authority: Authority, registry: Registry, documents: Documents
    ) -> None:
        self._title = title
        self._authority = authority
        self._registry = registry
        self._documents = documents
        self._views = Views(authority)
        self._details = Details(authority, registry, self._views)
        self._templates = environment("caducee.services.publication")
        filters: dict[str, Callable[..., str]] = {"moment": _moment, "day": _day, "octets": _octets}
        self._templates.filters.update(filters)

    def home(self, request: Request) -> Response:
        """Show every authority with how its lists and its responder stand."""
        return self._page(
            request,
            "trust.html",
            hierarchies=self._views.hierarchies(),
            chains=self._documents.chains(),
        )

    def authority(self, request: Request) -> Response:
        """Show one authority with its certificate, lists and responder."""
        found = self._views.authority(request.path_params["file"])
        if found is None:
            raise HTTPException(404)
        certificate = self._authority.certificate(found.facts)
        return self._page(
            request, "authority.html", authority=found, extensions=explain(certificate)
        )

    def policies(self, request: Request) -> Response:
        """Show under which policies the sandbox issues: the page that certificates name."""
        return self._page(request, "policies.html", policy=igc.TEST_POLICY)

    def search(self, request: Request) -> Response:
        """Show the certificates that a text finds."""
        text = request.query_params.get("q", "")[:_LONGEST_SEARCH]
        found = find_certificates(self._registry, text, _MOST_FOUND + 1)
        return self._page(
            request,
            "search.html",
            text=text,
            found=[self._views.certificate(item) for item in found[:_MOST_FOUND]],
            more=len(found) > _MOST_FOUND,
            most=_MOST_FOUND,
        )

    def certificate(self, request: Request) -> Response:
        """Show one certificate."""
        file, serial = request.path_params["file"], request.path_params["serial"]
        ca = next((item for item in igc.ALL_CAS if item.file == file), None)
        if ca is None or len(serial) > _LONGEST_SERIAL or not _hexadecimal(serial):
            raise HTTPException(404)
        found = self._registry.certificates.get(ca.common_name, int(serial, 16))
        if found is None:
            raise HTTPException(404)
        if request.path_params.get("kind") == "cer":
            headers = {"content-disposition": f'attachment; filename="{found.serial:X}.cer"'}
            return Response(found.der, media_type="application/pkix-cert", headers=headers)
        details = self._details.of(found)
        return self._page(request, "certificate.html", details=details, view=details.view)

    def refused(self, request: Request, error: Exception) -> Response:
        """Say that there is nothing here, or that the method is wrong."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        answer = self._page(request, "refused.html", status=status, missing=status == 404)
        answer.status_code = status
        answer.headers.update(headers)
        return answer

    def failed(self, request: Request, error: Exception) -> Response:
        """Say that something here fails for now: a full disk, a registry that is away."""
        _log.error("%s cannot be answered: %s", request.url.path, error)
        return self.refused(request, HTTPException(503, headers={"retry-after": _LATER}))

    def _page(self, request: Request, template: str, **content: object) -> HTMLResponse:
        shown = frame(request, self._title, keep_query=True) | {"now": self._authority.now()}
        return HTMLResponse(self._templates.get_template(template).render(shown | content))


def _hexadecimal(text: str) -> bool:
    return bool(text) and all(item in "0123456789abcdefABCDEF" for item in text)


def _moment(value: dt.datetime) -> str:
    return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def _day(value: dt.datetime) -> str:
    return f"{value.astimezone(dt.UTC):%Y-%m-%d}"


def _octets(size: int) -> str:
    """Write a size: ``812 B``, ``36.2 kB``; the French unit is the octet."""
    unit = "o" if language() == "fr" else "B"
    if size < 1000:
        return f"{size} {unit}"
    for factor, prefix in ((1e9, "G"), (1e6, "M")):
        if size >= factor:
            return f"{size / factor:.1f} {prefix}{unit}"
    return f"{size / 1000:.1f} k{unit}"
