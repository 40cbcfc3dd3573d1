# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages that need no login: the start page, and why a login can be refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from caducee.base import catalogue
from caducee.base.errors import LoginRefusedError
from caducee.base.i18n import N_, gettext
from caducee.services.portal.answers import Answers
from caducee.services.portal.pages import prefers_json
from caducee.services.portal.refusals import REASONS
from caducee.services.portal.sessions import HolderSessions
from caducee.services.portal.views import Refusal
from caducee.services.portal.ways import send
from caducee.services.web.answers import json_response
from caducee.services.web.site import Site

__all__ = ["StartPages", "refusal_entries"]

_GROUPS: Final = {
    "relying": N_("The checks of a login"),
    "trust": N_("Certificates and revocation lists"),
    "codec": N_("The form of a login token"),
    "portal": N_("This portal"),
}


def refusal_entries(area: str) -> Iterator[catalogue.Entry]:
    """Yield the entries of an area that name a refusal, by code."""
    for entry in catalogue.entries():
        if entry.code.startswith(f"{area}.") and entry.code in REASONS:
            yield entry


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    entries: list[Refusal]


@dataclass(frozen=True, slots=True)
class StartPages:
    """The handlers of these pages."""

    answers: Answers
    sessions: HolderSessions
    trial: bool = False
    """Whether browsers warn of the certificate of this site, as in a sandbox."""

    async def home(self, request: Request, site: Site) -> Response:
        """Show one button, and the ways behind it."""
        ways = {"tls12": site.way12, "tls13": site.way13, "token": f"{site.origin}/login/token"}
        if prefers_json(request):
            nonce = f"{site.origin}/login/nonce"
            return json_response({"origin": site.origin, "login": ways, "nonce": nonce})
        return self.answers.pages.html(
            request,
            "home.html",
            way12=site.way12,
            way13=site.way13,
            trial=self.trial,
            holder=await self._holder(request),
        )

    async def login(self, request: Request, site: Site) -> Response:
        """Send the browser on to log in with its card."""
        return send(request, site)

    async def _holder(self, request: Request) -> str | None:
        """Return the name of the holder who is logged in, if one is."""
        try:
            session = await self.sessions.find(request)
        except LoginRefusedError:
            return None
        return session.verdict.require().name

    async def refusals(self, request: Request, site: Site) -> Response:
        """List every reason for which a login can be refused."""
        groups = [
            _Group(gettext(title), [Refusal.general(entry) for entry in refusal_entries(area)])
            for area, title in _GROUPS.items()
        ]
        if prefers_json(request):
            return json_response(
                {"refusals": [entry.to_dict() for group in groups for entry in group.entries]}
            )
        groups = [group for group in groups if group.entries]
        return self.answers.pages.html(request, "refusals.html", groups=groups)

    async def refusal(self, request: Request, site: Site) -> Response:
        """Explain one of them."""
        code = str(request.path_params["code"])
        entry = next(
            (
                refusal_entry
                for area in _GROUPS
                for refusal_entry in refusal_entries(area)
                if refusal_entry.code == code
            ),
            None,
        )
        if entry is None:
            raise LoginRefusedError("portal.not_found")
        return self.answers.general(request, Refusal.general(entry))
