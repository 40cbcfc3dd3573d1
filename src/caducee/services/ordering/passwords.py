# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Passwords: which ones are accepted, and their hashes.

Length and block list follow NIST SP 800-63B-4, section 3.1.1.2: no rule of composition, and a
comparison with passwords that are commonly used or expected. The list, and the estimate of what
is made of its entries (repeated, reversed, in a row of keys), are those of zxcvbn.
"""

import unicodedata
import uuid
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final

from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.spec import ours

if TYPE_CHECKING:
    import argon2

__all__ = ["hash_password", "nobody", "verify_password"]

_ESTIMATED: Final = 72
"""Characters that are estimated, counted from the first: zxcvbn's own bound."""

_SUBSTITUTES: Final = frozenset("@({[<!|$+%")
_MOST_SUBSTITUTES: Final = 4
"""zxcvbn tries every combination of letters that such signs and digits stand for. With more
different signs than this it takes seconds, and no common password has as many."""


def hash_password(password: Secret, about: Iterable[str] = ()) -> str:
    """Return the hash of a new password; takes some 100 ms of a core, and 64 MiB.

    ``about``: what is expected of this account, such as name and address. Raises `IssueError`
    (``ordering.password_short``, ``ordering.password_long``, ``ordering.password_common``).
    """
    least, most = _own("password_least"), _own("password_most")
    text = _text(password)
    if len(text) < least:
        raise IssueError("ordering.password_short", least=least)
    if len(text) > most:
        raise IssueError("ordering.password_long", most=most)
    if _common(text, about):
        raise IssueError("ordering.password_common")
    return _hasher().hash(text)


def verify_password(hashed: str, password: Secret) -> bool:
    """Tell whether a hash is that of a password; takes as long as `hash_password`."""
    import argon2

    text = _text(password)[: _own("password_most") + 1]
    try:
        return _hasher().verify(hashed, text)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@cache
def nobody() -> str:
    """Return a hash that no password has: as much time is spent on an address without account."""
    return _hasher().hash(uuid.uuid4().hex)


@cache
def _hasher() -> "argon2.PasswordHasher":
    import argon2

    return argon2.PasswordHasher()


def _common(text: str, about: Iterable[str]) -> bool:
    """Tell whether a password is on the block list, or made of little more than its entries."""
    from zxcvbn import zxcvbn

    if len(_SUBSTITUTES & set(text)) > _MOST_SUBSTITUTES:
        return False
    expected = [*ours.table("ordering").texts("password_expected"), *_words(about)]
    found = zxcvbn(text[:_ESTIMATED], user_inputs=expected, max_length=_ESTIMATED)
    return int(found["score"]) < _own("password_score")


def _words(about: Iterable[str]) -> list[str]:
    """Return the texts and their parts: ``zoe.martin@example.test`` has ``zoe`` and ``martin``."""
    parts = [item.replace("@", " ").replace(".", " ").split() for item in about]
    return [*about, *(word for part in parts for word in part)]


def _text(password: Secret) -> str:
    return unicodedata.normalize("NFC", password.reveal().decode("utf-8", "replace"))


def _own(name: str) -> int:
    return ours.table("ordering").integer(name)
