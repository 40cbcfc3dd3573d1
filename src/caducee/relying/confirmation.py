# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The checks of a confirmation that a card made for a request: form, service, request, signature.

A nonce is good for one confirmation: who asks makes a new one for each request and forgets it when
an answer came (`caducee.relying.card_device`).
"""

import datetime as dt
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from caducee.base.errors import CpsError, TrustError
from caducee.codec.card_request import Confirmation, RequestMessage, Statement
from caducee.relying.token import SMALLEST_RSA
from caducee.relying.verdict import Check, CheckName, CheckOutcome, failed, passed, skipped
from caducee.spec.card_request import ALGORITHM
from caducee.trust.x509 import UNREADABLE, load_certificate

__all__ = ["judge_confirmation"]

CLOCKS_APART: Final = dt.timedelta(minutes=2)
"""How far the clock of the holder's machine may be from that of the service."""


def judge_confirmation(
    text: str, asked: RequestMessage, at: dt.datetime
) -> tuple[tuple[Check, ...], bytes | None]:
    """Make every check of a confirmation; return them and the certificate it brought, as DER.

    Never raises on any text.
    """
    try:
        found = Confirmation.from_compact(text)
    except CpsError as error:
        read = Check(CheckName.TOKEN, CheckOutcome.FAILED, error.code, error.facts)
        rest = (CheckName.ORIGIN, CheckName.NONCE, CheckName.SIGNATURE)
        return (read, *(skipped(name, CheckName.TOKEN) for name in rest)), None
    said = found.statement
    checks = (
        passed(CheckName.TOKEN, "request.confirmation_read", algorithm=ALGORITHM),
        _service(said, asked),
        _request(said, asked, at),
        _signature(found),
    )
    return checks, said.certificate


def _service(said: Statement, asked: RequestMessage) -> Check:
    if said.service == asked.service:
        return passed(CheckName.ORIGIN, "request.same_service", service=asked.service)
    return failed(CheckName.ORIGIN, "request.other_request", member="service")


def _request(said: Statement, asked: RequestMessage, at: dt.datetime) -> Check:
    now, apart = at.timestamp(), CLOCKS_APART.total_seconds()
    right = {
        "nonce": said.nonce == asked.nonce,
        "binding_message": said.binding_message == asked.binding_message,
        "time": said.made <= said.until <= said.made + asked.seconds + 1
        and said.made - apart <= now <= said.until + apart,
    }
    wrong = next((name for name, fits in right.items() if not fits), "")
    if wrong:
        return failed(CheckName.NONCE, "request.other_request", member=wrong)
    return passed(CheckName.NONCE, "request.same_request")


def _signature(found: Confirmation) -> Check:
    try:
        key = load_certificate(found.statement.certificate).public_key()
    except (TrustError, *UNREADABLE):
        return skipped(CheckName.SIGNATURE, CheckName.CERTIFICATE)
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
            signed = found.statement.signed_bytes()
            key.verify(found.signature, signed, padding.PKCS1v15(), hashes.SHA256())
            return passed(CheckName.SIGNATURE, "request.signature_valid")
    except InvalidSignature:
        pass
    return failed(CheckName.SIGNATURE, "request.signature_invalid")
