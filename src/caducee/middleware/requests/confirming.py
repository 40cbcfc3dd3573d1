# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The holder confirms: the card signs what was shown, with its authentication key."""

import datetime as dt
import hashlib

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import CardError, StateError
from caducee.base.secret import Secret
from caducee.codec.card_request import Confirmation, Statement
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.model import KeyUse
from caducee.middleware.requests.pending import PendingRequest
from caducee.spec.atrs import CardFace

__all__ = ["confirm"]


def confirm(card: CpsCard, waiting: PendingRequest, pin: Secret, now: dt.datetime) -> Confirmation:
    """Sign a request with the authentication key; nothing of the PIN is kept.

    The signature key never signs a request, and a face that asks for no PIN confirms none. The
    card is asked for the PIN each time, whatever was verified before. Raises `StateError`
    (``request.expired``), `CardError` (``request.no_code``, ``request.other_holder``) before any
    try is spent, and as `CpsCard.verify`.
    """
    if waiting.ends <= now:
        raise StateError("request.expired")
    if card.identity.face is CardFace.CPS3_CONTACTLESS or KeyUse.AUTHENTICATION not in card.uses:
        raise CardError("request.no_code")
    _check_holder(card, waiting.ask.login_hint)
    ask = waiting.ask
    statement = Statement(
        service=ask.service,
        binding_message=ask.binding_message,
        nonce=ask.nonce,
        made=int(now.timestamp()),
        until=int(waiting.ends.timestamp()),
        certificate=card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER),
    )
    digest = hashlib.sha256(statement.signed_bytes()).digest()
    with card.presenting(pin):
        signature = card.authenticate(digest_info(digest, "sha256"))
    return Confirmation(statement, signature)


def _check_holder(card: CpsCard, expected: str) -> None:
    """Refuse another holder's card before it is asked for a PIN."""
    if not expected:
        return
    found = card.holder().ps_idnat
    if found != expected:
        raise CardError("request.other_holder", expected=expected, found=found or "?")
