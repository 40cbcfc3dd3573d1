# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Texts for people: English message ids, translated by gettext.

``N_("…")`` marks a text where it is declared; ``gettext`` translates it where it is shown. The
language is a context variable, so that one process can serve a French and an English page at the
same time. The first language comes from the environment (``LANGUAGE``, ``LC_ALL``,
``LC_MESSAGES``, ``LANG``).
"""

import gettext as _gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

__all__ = [
    "DOMAIN",
    "FOLDER",
    "LANGUAGES",
    "NN_",
    "N_",
    "gettext",
    "language",
    "set_language",
    "use_language",
]

LANGUAGES = ("en", "fr")
"""The languages that have a catalogue; English is the language of the message ids."""

DOMAIN = "caducee"
"""What the catalogues are called."""

FOLDER = Path(__file__).parent / "locale"
"""Where they lie."""


def N_(text: str) -> str:
    """Mark a text for translation and return it unchanged."""
    return text


def NN_(text: str, many: str) -> tuple[str, str]:
    """Mark a text that has a form for one thing and one for several, and return both."""
    return text, many


@cache
def _translations(code: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, str(FOLDER), languages=[code], fallback=True)


def _from_environment() -> str:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for value in os.environ.get(name, "").split(":"):
            if value[:2] in LANGUAGES:
                return value[:2]
    return "en"


_language: ContextVar[str | None] = ContextVar("caducee_language", default=None)


def language() -> str:
    """Return the two-letter code of the language in use."""
    return _language.get() or _from_environment()


def set_language(code: str) -> None:
    """Choose the language of the current context; an unknown code means English."""
    _language.set(code if code in LANGUAGES else "en")


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Use a language for the length of a ``with`` block."""
    token = _language.set(code if code in LANGUAGES else "en")
    try:
        yield
    finally:
        _language.reset(token)


def gettext(text: str) -> str:
    """Return the text in the language in use; English without a translation."""
    return _translations(language()).gettext(text) if text else ""
