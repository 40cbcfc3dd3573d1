# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The tree of errors. Every error that leaves a public function is one of these.

::

    CpsError
    ├── FormatError         bytes or text from outside do not follow their format
    ├── ConfigError         a setting is wrong or missing
    ├── StateError          something kept on disk cannot be used
    ├── ReaderError         the way to the card fails
    │   ├── CardRemovedError     the card left the reader
    │   └── MuteCardError        the card does not answer
    ├── CardError           the card refuses, or is not what was expected
    │   ├── NotACpsError         a card, but none of the CPS family
    │   ├── WrongPinError     wrong PIN or PUK; facts: tries_left
    │   └── PinBlockedError     no tries left
    ├── KeyOperationError   a private key does not leave its card or token, or is for other uses
    ├── TrustError          a certificate, chain or revocation list cannot be used
    │   ├── ExpiredError    the certificate expired; facts: not_after
    │   ├── NotYetValidError  its validity has not begun; facts: not_before
    │   ├── RevokedError    it was revoked; facts: revoked_at, reason
    │   └── RevocationUnknownError  no source states whether it was revoked
    ├── IssueError          something that was ordered cannot be issued
    ├── DirectoryError      an LDAP directory cannot be reached, or does not give what was asked
    └── LoginRefusedError        a relying party does not admit the holder

An error carries a ``code`` of the one catalogue (`caducee.base.catalogue`), the ``facts`` of the
case, a sentence for a person, and what to do next. Facts never hold a PIN.
"""

from collections.abc import Mapping
from types import MappingProxyType

from caducee.base import catalogue
from caducee.base.i18n import gettext

type Fact = str | int | float | bool | None

__all__ = [
    "CardError",
    "CardRemovedError",
    "ConfigError",
    "CpsError",
    "DirectoryError",
    "ExpiredError",
    "Fact",
    "FormatError",
    "IssueError",
    "KeyOperationError",
    "LoginRefusedError",
    "MuteCardError",
    "NotACpsError",
    "NotYetValidError",
    "PinBlockedError",
    "ReaderError",
    "RevocationUnknownError",
    "RevokedError",
    "StateError",
    "TrustError",
    "WrongPinError",
]


class CpsError(Exception):
    """A failure with a code of the catalogue, its facts, a sentence and the next step.

    An `OSError` given as a fact stands for what the system says, without its number and path.
    """

    def __init__(self, code: str, /, **facts: Fact | OSError) -> None:
        self.entry = catalogue.entry(code)
        self.facts: Mapping[str, Fact] = MappingProxyType(
            {
                name: (fact.strerror or str(fact)) if isinstance(fact, OSError) else fact
                for name, fact in facts.items()
            }
        )
        super().__init__(code)

    @property
    def code(self) -> str:
        """The stable code, e.g. ``codec.tlv_truncated``."""
        return self.entry.code

    def sentence(self) -> str:
        """Return what happened, in the language in use, with the facts filled in."""
        return catalogue.fill(gettext(self.entry.sentence), self.facts)

    def advice(self) -> str:
        """Return what a person can do next, in the language in use."""
        return catalogue.fill(gettext(self.entry.advice), self.facts)

    def __str__(self) -> str:
        return f"{self.sentence()} [{self.code}]"

    def __reduce__(self) -> tuple[object, tuple[type["CpsError"], str, dict[str, Fact]]]:
        return _rebuild, (type(self), self.code, dict(self.facts))


def _rebuild(kind: type[CpsError], code: str, facts: dict[str, Fact]) -> CpsError:
    return kind(code, **facts)


class FormatError(CpsError):
    """Bytes or text from outside do not follow their format."""


class ConfigError(CpsError):
    """A setting is wrong or missing."""


class StateError(CpsError):
    """Something kept on disk cannot be used."""


class ReaderError(CpsError):
    """The way to the card fails."""


class CardRemovedError(ReaderError):
    """The card left the reader."""


class MuteCardError(ReaderError):
    """The card does not answer."""


class CardError(CpsError):
    """The card refuses, or is not what was expected."""


class NotACpsError(CardError):
    """A card is there, but none of the CPS family."""


class WrongPinError(CardError):
    """A wrong PIN or PUK; the fact ``tries_left`` says how many remain."""


class PinBlockedError(CardError):
    """A PIN or PUK has no tries left."""


class KeyOperationError(CpsError):
    """A private key stays in its card or token, or does not permit the operation."""


class TrustError(CpsError):
    """A certificate, a chain or a revocation list cannot be used."""


class ExpiredError(TrustError):
    """A certificate expired; the fact ``not_after`` is its last day."""


class NotYetValidError(TrustError):
    """The validity of a certificate has not begun; the fact ``not_before`` is its first day."""


class RevokedError(TrustError):
    """A certificate was revoked; the facts ``revoked_at`` and ``reason`` are those of the list."""


class RevocationUnknownError(TrustError):
    """No source states whether a certificate was revoked: never to be taken for valid."""


class IssueError(CpsError):
    """Something that was ordered cannot be issued."""


class DirectoryError(CpsError):
    """An LDAP directory cannot be reached, or does not give what was asked for."""


class LoginRefusedError(CpsError):
    """A relying party does not admit the holder."""
