# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The headers in which a front forwards a client certificate.

RFC 9440 writes DER in a structured field, ``Client-Cert: :MIIC…:``; nginx has no such form and
writes PEM, percent-escaped (``$ssl_client_escaped_cert``). The first character distinguishes them.
"""

import base64
import re
from typing import Final
from urllib.parse import unquote

from caducee.base.errors import FormatError

__all__ = ["parse_certificate", "parse_chain", "parse_verify"]

_LONGEST = 65_536
"""More characters than any chain that we would look at."""

_MOST = 10
"""More certificates in a chain than we would look at."""

_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_PEM_START = "-----BEGIN CERTIFICATE-----"
_PEM_END = "-----END CERTIFICATE-----"

_NGINX_REASONS: Final = {
    "certificate is not yet valid": 9,
    "certificate has expired": 10,
    "certificate revoked": 23,
}
"""OpenSSL's words (``X509_verify_cert_error_string``) and numbers (``x509_vfy.h``)."""


def parse_certificate(value: str) -> bytes | None:
    """Return the DER of a forwarded certificate; none when the front had none (``::``).

    Raises `FormatError` (``relying.front_certificate_invalid``).

    >>> parse_certificate(":AQID:")
    b'\\x01\\x02\\x03'
    """
    value = _bounded(value)
    if value.startswith(":"):
        return _byte_sequence(value) or None
    pem = unquote(value, errors="replace").strip()
    if not (pem.startswith(_PEM_START) and pem.endswith(_PEM_END)):
        raise FormatError("relying.front_certificate_invalid")
    return _base64("".join(pem[len(_PEM_START) : -len(_PEM_END)].split()))


def parse_chain(value: str) -> tuple[bytes, ...]:
    """Return the certificates of a list of byte sequences (RFC 9440 section 2.3).

    Raises `FormatError` (``relying.front_certificate_invalid``).
    """
    value = _bounded(value)
    if not value:
        return ()
    parts = value.split(",")
    if len(parts) > _MOST:
        raise FormatError("relying.front_certificate_invalid")
    return tuple(_byte_sequence(part.strip(" \t")) for part in parts)


def parse_verify(value: str) -> tuple[int, str]:
    """Return the verify code of a front, and its words when it gave words.

    Takes OpenSSL's number, or nginx's ``SUCCESS``, ``NONE`` and ``FAILED:reason``. Raises
    `FormatError` (``relying.front_verify_missing``) for anything else.
    """
    if value.isascii() and value.isdigit() and len(value) < 6:
        return int(value), ""
    if value == "SUCCESS":
        return 0, ""
    kind, _, reason = value.partition(":")
    if kind != "FAILED":
        raise FormatError("relying.front_verify_missing")
    reason = reason[:100]
    return _NGINX_REASONS.get(reason, -1), reason


def _bounded(value: str) -> str:
    if len(value) > _LONGEST:
        raise FormatError("relying.front_certificate_invalid")
    return value


def _byte_sequence(value: str) -> bytes:
    found = _BYTES.fullmatch(value)
    if found is None:
        raise FormatError("relying.front_certificate_invalid")
    return _base64(found[1])


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise FormatError("relying.front_certificate_invalid") from error
