# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The origin-bound token (public Web eID format) made with a card."""

from cryptography.hazmat.primitives.serialization import Encoding

import caducee
from caducee.codec.origin_token import OriginToken, TokenAlgorithm, signed_digest
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.model import KeyUse

__all__ = ["APP_VERSION", "make_token"]

APP_VERSION = f"urn:caducee:{caducee.__version__}"
"""Names this program in the token; informative."""


def make_token(
    card: CpsCard, origin: str, nonce: str, *, app_version: str = APP_VERSION
) -> OriginToken:
    """Sign a login at ``origin`` with the authentication key of a card; needs the code.

    ``origin`` is that of the page as the browser vouches for it (``https://host[:port]``, no
    final slash), ``nonce`` the text that the service gave. RS256, since a CPS3 cannot sign with
    PSS. Raises `CardError`, `CodeRefused`, `CodeBlocked`.
    """
    algorithm = TokenAlgorithm.RS256
    digest = signed_digest(algorithm, origin, nonce)
    signature = card.authenticate(digest_info(digest, algorithm.hash_name))
    certificate = card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER)
    return OriginToken(certificate, algorithm, signature, app_version=app_version)
