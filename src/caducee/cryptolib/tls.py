# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authentication key of a card in a TLS handshake, by PyPI ``sslcontext``.

``CardSigner`` is the ``Signer`` of that library: its ``load_identity`` puts the card behind an
ordinary ``ssl.SSLContext``. A CPS4 signs with PSS, which TLS 1.3 demands; a CPS3 cannot: such a
context still speaks TLS 1.3, but sends no certificate there.
"""

import logging
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import CardError, CpsError
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.model import KeyUse

if TYPE_CHECKING:
    from sslcontext import Padding

__all__ = ["CardSigner", "use_card"]

_log = logging.getLogger(__name__)


class CardSigner:
    """Signs TLS handshakes with the authentication key of an open card."""

    def __init__(self, card: CpsCard) -> None:
        self._card = card
        self.error: CpsError | None = None
        """Why the last signature failed: OpenSSL reports only that it did."""

    @property
    def supports_pss(self) -> bool:
        """Whether the card can log in over TLS 1.3."""
        return self._card.supports_pss

    def sign(
        self,
        digest: bytes,
        *,
        hash: str,
        padding: "Padding | None" = None,
        salt_length: int | None = None,
    ) -> bytes:
        """Return the signature of a digest; ``hash`` as hashlib spells it.

        Raises `CardError` (``cryptolib.padding_not_supported`` for PSS with a CPS3,
        ``cryptolib.padding_unknown`` for a salt of another length than the digest) and what the
        card raises.
        """
        self.error = None
        try:
            if padding is not None and padding.value == "pss":
                return self._sign_pss(digest, hash, salt_length)
            return self._card.authenticate(digest_info(digest, hash))
        except CpsError as error:
            self.error = error
            _log.info("a TLS handshake could not be signed: %s", error.code)
            raise

    def _sign_pss(self, digest: bytes, hash: str, salt_length: int | None) -> bytes:
        if salt_length not in (None, len(digest)):
            raise CardError("cryptolib.padding_unknown", padding=f"PSS, salt {salt_length}")
        return self._card.sign_pss(digest, hash)


def use_card(
    context: ssl.SSLContext, card: CpsCard, chain: Iterable[x509.Certificate] = ()
) -> CardSigner:
    """Make a card the client certificate of a context; needs the extra ``tls``.

    ``chain`` holds the issuing certificates to send, from the issuer up. Returns the signer,
    whose ``error`` says why a handshake failed. Raises `CardError` and as ``sslcontext``.
    """
    import sslcontext

    signer = CardSigner(card)
    identity = sslcontext.Identity(
        card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER),
        signer,
        tuple(item.public_bytes(Encoding.DER) for item in chain),
        card.token_label,
    )
    sslcontext.load_identity(context, identity)
    return signer
