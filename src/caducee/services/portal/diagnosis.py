# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What this site can see, for a person who does not get in and for who helps them; and the codes
of the diagnosis, each with its own address.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from caducee.base import catalogue
from caducee.base.clock import Clock
from caducee.base.errors import Fact, LoginRefusedError
from caducee.base.i18n import N_, gettext
from caducee.relying.asgi import client_connection
from caducee.relying.verifier import Verifier
from caducee.services.portal.answers import Answers
from caducee.services.portal.observation import BY_SCRIPT, BY_SITE, SiteObservation, findings
from caducee.services.portal.pages import Link, prefers_json
from caducee.services.portal.views import check_views, without_facts
from caducee.services.web.answers import json_response
from caducee.services.web.site import Site

__all__ = ["DiagnosisPages"]

_PLACE = re.compile(r"\{([a-z_]+)\}")
_WORDS = {
    "error": N_("Error"),
    "warning": N_("Warning"),
    "unchecked": N_("Not checked"),
    "note": N_("Note"),
}


@dataclass(frozen=True, slots=True)
class _FindingView:
    """A finding as the page shows it; the script fills facts in where they are marked."""

    code: str
    severity: str
    word: str
    cause: Markup
    consequence: Markup
    cure: Markup


@dataclass(frozen=True, slots=True)
class _Topic:
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class DiagnosisPages:
    """The handlers; none needs a login."""

    answers: Answers
    verifier: Verifier
    clock: Clock

    async def show(self, request: Request, site: Site) -> Response:
        """Show what came over this connection, and which codes follow from it."""
        observation = await self._look(request, site)
        if prefers_json(request):
            return json_response(observation.to_dict())
        found = [_finding_view(finding.code, finding.facts) for finding in findings(observation)]
        return self.answers.pages.html(
            request,
            "diagnosis.html",
            observation=observation,
            found=found,
            possible=[_finding_view(code, {"source": site.origin}) for code in BY_SCRIPT],
            checks=check_views(observation.verdict)
            if observation.verdict and observation.certificate
            else [],
            ways=_ways(site),
            now=observation.now.isoformat(),
        )

    async def _look(self, request: Request, site: Site) -> SiteObservation:
        verdict = None
        if site.asks:
            connection = client_connection(request.scope)
            verdict = await run_in_threadpool(self.verifier.verify_connection, connection)
        return SiteObservation.of(request, site, verdict, self.clock.now())

    async def codes(self, request: Request, site: Site) -> Response:
        """List the codes: those that this site can tell, then those of the workstation."""
        every = [entry for entry in catalogue.entries() if entry.code.startswith("diag.")]
        if prefers_json(request):
            return json_response({"codes": [_plain(item) for item in every]})
        here = (*BY_SITE, *BY_SCRIPT)
        return self.answers.pages.html(
            request,
            "diagnosis_codes.html",
            here=[_topic(catalogue.entry(code)) for code in here],
            there=[_topic(item) for item in every if item.code not in here],
        )

    async def code(self, request: Request, site: Site) -> Response:
        """Explain entry code: cause, consequence, cure. Raises `LoginRefusedError` for none."""
        wanted = str(request.path_params["code"])
        entry = next((item for item in catalogue.entries() if item.code == wanted), None)
        if entry is None or not wanted.startswith("diag."):
            raise LoginRefusedError("portal.not_found")
        if prefers_json(request):
            return json_response(_plain(entry))
        return self.answers.pages.html(
            request, "diagnosis_code.html", entry=_plain(entry), word=_word(entry)
        )


def _finding_view(code: str, facts: Mapping[str, Fact]) -> _FindingView:
    item = catalogue.entry(code)
    cause, consequence, cure = (
        _marked(gettext(text), facts) for text in (item.sentence, item.consequence, item.advice)
    )
    return _FindingView(code, item.severity.value, _word(item), cause, consequence, cure)


def _marked(text: str, facts: Mapping[str, Fact]) -> Markup:
    """Return a text with the facts that are known; a place for each that the script fills in."""
    filled = escape(catalogue.fill(text, facts))
    return Markup(_PLACE.sub(r'<span data-fact="\1">…</span>', str(filled)))  # noqa: S704 (escaped)


def _word(entry: catalogue.Entry) -> str:
    return gettext(_WORDS[entry.severity.value])


def _plain(entry: catalogue.Entry) -> dict[str, str]:
    cause, consequence, cure = (
        without_facts(gettext(text)) for text in (entry.sentence, entry.consequence, entry.advice)
    )
    return {
        "code": entry.code,
        "severity": entry.severity.value,
        "cause": cause,
        "consequence": consequence,
        "cure": cure,
        "apply": entry.cure,
    }


def _topic(entry: catalogue.Entry) -> _Topic:
    return _Topic(entry.code, without_facts(gettext(entry.sentence)))


def _ways(site: Site) -> Sequence[Link]:
    """Return where the same page sees a card: over each version of TLS."""
    texts = [(site.way12, N_("Look over TLS 1.2, with the card"))]
    if site.way13 != site.way12:
        texts.append((site.way13, N_("Look over TLS 1.3, with a CPS4")))
    return [
        Link(way.removesuffix("/login/certificate") + "/diagnosis", gettext(text))
        for way, text in texts
    ]
