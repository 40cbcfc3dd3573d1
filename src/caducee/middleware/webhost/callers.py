# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who called the host: browsers say it in the arguments of the program they start.

Chromium gives the origin of the extension (``chrome-extension://ID/``); Firefox the path of the
native manifest and the extension's id. Any program of the same user could say the same, so this
keeps other extensions out, not other programs: nothing is signed without the PIN.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caducee.base.errors import ConfigError
from caducee.spec.native_messaging import CHROMIUM_EXTENSION, FIREFOX_EXTENSION

__all__ = ["OURS", "Caller", "caller_of"]

_SCHEME = "chrome-extension://"

OURS = frozenset({FIREFOX_EXTENSION, CHROMIUM_EXTENSION})
"""The extensions that may call when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The extension that started the host."""

    browser: str
    """``Firefox`` or ``Chromium`` (and every browser made from it)."""

    extension: str


def caller_of(arguments: Sequence[str], allowed: Iterable[str] = OURS) -> Caller:
    """Return who called, from the arguments that the browser added.

    Raises `ConfigError`: ``webhost.not_a_browser``, ``webhost.extension_unknown``.
    """
    caller = _said(arguments)
    if caller is None:
        raise ConfigError("webhost.not_a_browser")
    if caller.extension not in frozenset(allowed):
        raise ConfigError("webhost.extension_unknown", extension=caller.extension[:100])
    return caller


def _said(arguments: Sequence[str]) -> Caller | None:
    if not arguments:
        return None
    first = arguments[0]
    if first.startswith(_SCHEME) and first.endswith("/"):
        return Caller("Chromium", first.removeprefix(_SCHEME).removesuffix("/"))
    if len(arguments) == 2 and first.endswith(".json"):
        return Caller("Firefox", arguments[1])
    return None
