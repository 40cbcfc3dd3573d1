# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Facts that are words: the uses of keys, the faces of cards, the reasons that recur.

A fact is the same in every language (programs compare it); a person reads it in theirs. What
comes from outside (paths, names, answers of others) is never looked up: only these words under
these names of facts are shown otherwise than they stand.
"""

from collections.abc import Mapping

from caducee.base.i18n import N_, gettext

__all__ = ["WORDS", "shown"]

_FACTS = frozenset(("face", "part", "purpose", "reason", "use", "what"))
"""The names of facts that may be words."""

_USES = (
    N_("any"),
    N_("authentication"),
    N_("client authentication"),
    N_("decipherment"),
    N_("other"),
    N_("server authentication"),
    N_("signature"),
    N_("technical"),
)

_DEEDS = (N_("login"), N_("document"), N_("touch"))

_THINGS = (
    N_("block"),
    N_("bytes"),
    N_("cryptogram"),
    N_("files"),
    N_("PIN"),
    N_("length"),
    N_("objects"),
    N_("random"),
    N_("PUK"),
)

_REASONS = (
    N_("a name is part of an answer"),
    N_("too long"),
    N_("another file is there"),
    N_("critical entry extension"),
    N_("file missing"),
    N_("it said nothing"),
    N_("it was not started"),
    N_("nested too deeply"),
    N_("no answer in time"),
    N_("no entry above it"),
    N_("no hex"),
    N_("no key"),
    N_("not UTF-8"),
    N_("not_before without an offset from UTC"),
    N_("others can write to it"),
    N_("the name stands twice"),
    N_("wrong kind of key"),
)

_SYSTEM = (
    N_("Address already in use"),
    N_("Cannot assign requested address"),
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("File exists"),
    N_("Is a directory"),
    N_("No space left on device"),
    N_("No such file or directory"),
    N_("Not a directory"),
    N_("Operation not permitted"),
    N_("Permission denied"),
    N_("Read-only file system"),
)
"""What the system says of a failed call; Python gives it in English."""

WORDS: Mapping[str, str] = {
    use: use for use in (*_USES, *_DEEDS, *_THINGS, *_REASONS, *_SYSTEM)
} | {
    "contactless": N_("contactless"),
    "cps3-contact": N_("CPS3 with contacts"),
    "cps3-contactless": N_("CPS3 without contacts"),
    "cps4": "CPS4",
}
"""Each word that a fact can be, and the text that a person reads for it."""


def shown(name: str, value: object) -> object:
    """Return a fact as a person reads it, in the language in use.

    >>> shown("face", "cps3-contactless")
    'CPS3 without contacts'
    >>> shown("path", "signature")
    'signature'
    """
    if name in _FACTS and isinstance(value, str) and (text := WORDS.get(str(value))):
        return gettext(text)
    return value
