# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The origin-bound token (public Web eID format) made with a card."""

from cryptography.hazmat.primitives.serialization import Encoding

import caducee
from caducee.base.errors import CardError
from caducee.codec.origin_token import OriginToken, TokenAlgorithm, signed_digest
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.key_purpose import KeyPurpose, require_key
from caducee.cryptolib.model import KeyUse

__all__ = ["APP_VERSION", "make_token"]

APP_VERSION = f"urn:caducee:{caducee.__version__}"
"""Names this program in the token; informative."""


def make_token(
    card: CpsCard,
    origin: str,
    nonce: str,
    *,
    algorithm: TokenAlgorithm = TokenAlgorithm.RS256,
    app_version: str = APP_VERSION,
    use: KeyUse = KeyUse.AUTHENTICATION,
) -> OriginToken:
    """Sign a login at ``origin`` with the authentication key of a card; needs the PIN.

    Without contacts, ``use`` is the technical key, which needs none: what it signs proves that the
    card is there, and is not a login.

    ``origin`` is that of the page as the browser reports it (``https://host[:port]``, no
    final slash), ``nonce`` the text that the service gave. A CPS3 makes the RS algorithms, a CPS4
    the PS ones, too. Raises `CardError` (``session_policy.key_wrong`` for the key for documents,
    ``cryptolib.padding_not_supported``, ``cryptolib.padding_unknown`` for ECDSA), `WrongPinError`,
    `PinBlockedError`.
    """
    require_key(KeyPurpose.CONTACTLESS if use is KeyUse.TECHNICAL else KeyPurpose.LOGIN, use)
    digest = signed_digest(algorithm, origin, nonce)
    match algorithm.value[:2]:
        case "RS":
            signature = card.authenticate(digest_info(digest, algorithm.hash_name), use)
        case "PS":
            signature = card.sign_pss(digest, algorithm.hash_name, use)
        case _:
            raise CardError("cryptolib.padding_unknown", padding=algorithm.value)
    certificate = card.certificate(use).public_bytes(Encoding.DER)
    return OriginToken(certificate, algorithm, signature, app_version=app_version)
