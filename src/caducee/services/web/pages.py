# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the pages of every service share: the frame ``site.html``, texts, and the languages."""

from dataclasses import dataclass

import jinja2
from starlette.requests import Request

from caducee.base import catalogue
from caducee.base.i18n import LANGUAGES, gettext, language

__all__ = ["environment", "frame", "links_to"]

_LANGUAGE_NAMES = {"en": "English", "fr": "Français"}


@dataclass(frozen=True, slots=True)
class _LanguageLink:
    code: str
    name: str
    href: str


def environment(package: str) -> jinja2.Environment:
    """Return the templates of a service, e.g. ``caducee.services.portal``, with ours behind."""
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader("caducee.services.web")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = _translate
    return made


def frame(request: Request, site: str, *, keep_query: bool = False) -> dict[str, object]:
    """Return what ``site.html`` names: language, links to the others, and the site's name.

    With ``keep_query`` the links keep what the address asks for.
    """
    return {"lang": language(), "languages": _links(request, keep_query), "site": site}


def _translate(text: str, **facts: object) -> str:
    return catalogue.fill(gettext(text), facts) if facts else gettext(text)


def _links(request: Request, keep_query: bool) -> list[_LanguageLink]:
    """Return links to this page in each language; an answer to a POST has none of its own."""
    path = request.url.path if request.method in ("GET", "HEAD") else "/"
    return links_to(path, request.url.remove_query_params("lang").query if keep_query else "")


def links_to(path: str, query: str = "") -> "list[_LanguageLink]":
    """Return the links to an address in each language, for ``site.html``."""
    before = f"{path}?{query}&" if query else f"{path}?"
    return [
        _LanguageLink(code, _LANGUAGE_NAMES[code], f"{before}lang={code}") for code in LANGUAGES
    ]
