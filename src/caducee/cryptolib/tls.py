# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authentication key of a card in a TLS handshake, by PyPI ``sslcontext``.

``CardSigner`` is the ``Signer`` of that library: its ``load_identity`` puts the card behind an
ordinary ``ssl.SSLContext``. A CPS3 cannot sign with PSS, which TLS 1.3 demands: such a context
still speaks TLS 1.3, but sends no certificate there.
"""

import logging
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

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

    supports_pss: Final = False

    def __init__(self, card: CpsCard) -> None:
        self._card = card
        self.error: CpsError | None = None
        """Why the last signature failed: OpenSSL tells its caller only that it did."""

    def sign(
        self,
        digest: bytes,
        *,
        hash: str,
        padding: "Padding | None" = None,
        salt_length: int | None = None,
    ) -> bytes:
        """Return the PKCS#1 v1.5 signature of a digest; ``hash`` as hashlib spells it.

        Raises `CardError` (``cryptolib.padding_not_supported`` for PSS) and what the card raises.
        """
        self.error = None
        try:
            if padding is not None and padding.value != "pkcs1v15":
                raise CardError("cryptolib.padding_not_supported", padding=padding.value)
            return self._card.authenticate(digest_info(digest, hash))
        except CpsError as error:
            self.error = error
            _log.info("a TLS handshake could not be signed: %s", error.code)
            raise


def use_card(
    context: ssl.SSLContext, card: CpsCard, chain: Iterable[x509.Certificate] = ()
) -> CardSigner:
    """Make a card the client certificate of a context; needs the extra ``tls``.

    ``chain`` holds the issuing certificates to send, from the issuer up. Returns the signer,
    whose ``error`` tells why a handshake failed. Raises `CardError` and as ``sslcontext``.
    """
    import sslcontext

    signer = CardSigner(card)
    identity = sslcontext.Identity(
        card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER),
        signer,
        tuple(one.public_bytes(Encoding.DER) for one in chain),
        card.token_label,
    )
    sslcontext.load_identity(context, identity)
    return signer
