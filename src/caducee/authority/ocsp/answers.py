# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes OCSP responses (RFC 6960 4.2), signed.

`cryptography` writes them too, but takes producedAt from the machine's clock and answers about one
certificate alone; so only the signature is its work here.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, unique

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.keys import SignedKey
from caducee.authority.ocsp.requests import NONCE
from caducee.codec.tlv import Tlv
from caducee.spec.tags import Universal

__all__ = ["ResponseStatus", "SingleAnswer", "failure", "signed_response"]

_BASIC = Tlv(Universal.OBJECT_IDENTIFIER, bytes.fromhex("2B 06 01 05 05 07 30 01 01"))
_SHA256_RSA = Tlv.build(
    Universal.SEQUENCE,
    Tlv(Universal.OBJECT_IDENTIFIER, bytes.fromhex("2A 86 48 86 F7 0D 01 01 0B")),
    Tlv(Universal.NULL),
)

_BY_KEY = 0xA2
_GOOD = 0x80
_REVOKED = 0xA1
_UNKNOWN = 0x82
_EXPLICIT_0 = 0xA0
_EXPLICIT_1 = 0xA1


@unique
class ResponseStatus(IntEnum):
    """OCSPResponseStatus (RFC 6960 4.2.1)."""

    SUCCESSFUL = 0
    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


@dataclass(frozen=True, slots=True)
class SingleAnswer:
    """How it stands with one certificate."""

    cert_id: bytes
    """The CertID of the request, DER."""

    known: bool
    """Whether it was ever issued."""

    revoked_at: dt.datetime | None
    """Since when it is revoked, UTC."""

    this_update: dt.datetime
    """Moment of which this is true, UTC."""

    next_update: dt.datetime
    """Moment until which newer knowledge is there at the latest, UTC."""

    def to_tlv(self) -> Tlv:
        """Return the SingleResponse."""
        status = Tlv(_GOOD) if self.known else Tlv(_UNKNOWN)
        if self.revoked_at is not None:
            status = Tlv.build(_REVOKED, _time(self.revoked_at))
        return Tlv.build(
            Universal.SEQUENCE,
            Tlv.from_bytes(self.cert_id),
            status,
            _time(self.this_update),
            Tlv.build(_EXPLICIT_0, _time(self.next_update)),
        )


def signed_response(
    signer: SignedKey,
    produced_at: dt.datetime,
    answers: Iterable[SingleAnswer],
    nonce: bytes | None = None,
) -> bytes:
    """Return a response with basic answers, signed with RSA and SHA-256, DER.

    The certificate of the responder goes with it, and names it by its key.
    """
    key = signer.key
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("responders have RSA keys")
    parts = [
        Tlv.build(_BY_KEY, Tlv(Universal.OCTET_STRING, signer.key_id.digest)),
        _time(produced_at),
        Tlv.build(Universal.SEQUENCE, *(one.to_tlv() for one in answers)),
    ]
    if nonce is not None:
        parts.append(_extensions(nonce))
    data = Tlv.build(Universal.SEQUENCE, *parts)
    signature = key.sign(data.to_bytes(), padding.PKCS1v15(), hashes.SHA256())
    certificate = Tlv.from_bytes(signer.certificate.public_bytes(Encoding.DER))
    basic = Tlv.build(
        Universal.SEQUENCE,
        data,
        _SHA256_RSA,
        Tlv(Universal.BIT_STRING, b"\x00" + signature),
        Tlv.build(_EXPLICIT_0, Tlv.build(Universal.SEQUENCE, certificate)),
    )
    return _response(ResponseStatus.SUCCESSFUL, basic)


def failure(status: ResponseStatus) -> bytes:
    """Return a response that answers nothing, DER."""
    return _response(status)


def _response(status: ResponseStatus, basic: Tlv | None = None) -> bytes:
    parts = [Tlv(Universal.ENUMERATED, bytes([status]))]
    if basic is not None:
        content = Tlv(Universal.OCTET_STRING, basic.to_bytes())
        parts.append(Tlv.build(_EXPLICIT_0, Tlv.build(Universal.SEQUENCE, _BASIC, content)))
    return Tlv.build(Universal.SEQUENCE, *parts).to_bytes()


def _extensions(nonce: bytes) -> Tlv:
    value = Tlv(Universal.OCTET_STRING, nonce).to_bytes()
    extension = Tlv.build(
        Universal.SEQUENCE,
        Tlv(Universal.OBJECT_IDENTIFIER, NONCE),
        Tlv(Universal.OCTET_STRING, value),
    )
    return Tlv.build(_EXPLICIT_1, Tlv.build(Universal.SEQUENCE, extension))


def _time(moment: dt.datetime) -> Tlv:
    text = moment.astimezone(dt.UTC).strftime("%Y%m%d%H%M%SZ")
    return Tlv(Universal.GENERALIZED_TIME, text.encode())
