# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The letter: codes on their way, sealed under the secret of a link that works once."""

import datetime as dt
from dataclasses import dataclass

from caducee.base.secret import Secret

__all__ = ["CardCodesLine", "CertificateCodeLine", "Letter", "LetterLink", "LetterNote"]


@dataclass(frozen=True, slots=True, eq=False)
class LetterLink:
    """What the one who may open the letter needs. The service keeps the SHA-256 of the secret."""

    secret: Secret
    """ASCII, safe in an address (43 characters): the last part of the link."""

    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class LetterNote:
    """What is known of a letter without opening it."""

    order: str
    """Id of the order."""

    number: str
    """Number of the order."""

    created_at: dt.datetime
    expires_at: dt.datetime
    opened_at: dt.datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class CardCodesLine:
    """The codes of one card."""

    card_number: str
    product: str
    pin: Secret
    puk: Secret


@dataclass(frozen=True, slots=True, eq=False)
class CertificateCodeLine:
    """What opens the key of one certificate."""

    serial: str
    """Hexadecimal."""

    product: str
    passphrase: Secret


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """An opened letter: shown once, kept nowhere."""

    number: str
    """Number of the order."""

    archive: Secret
    """Password of the archive."""

    cards: tuple[CardCodesLine, ...]
    certificates: tuple[CertificateCodeLine, ...]
