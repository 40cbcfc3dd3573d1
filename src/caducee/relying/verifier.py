# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a client certificate or an origin-bound token to a `Verdict`.

::

    TLS client certificate ──▶ transport ┐
    origin-bound token ──▶ token, nonce, ┴▶ certificate ▶ chain, validity, usage, revocation
                           origin, signature               ▶ family, category, individual, profession
                                                           ▶ holder, card (the directory)

Every check that makes sense is made, also after one that failed, so that a page can show all of
them. Nothing that the verifier is given makes it raise: what cannot be checked is not passed.
"""

from collections.abc import Iterable, Sequence

from cryptography import x509

from caducee.base.clock import Clock
from caducee.base.errors import CpsError
from caducee.relying.client import ClientConnection
from caducee.relying.nonces import Challenge
from caducee.relying.policy import CardPolicy
from caducee.relying.registry import HolderRegistry, RegisteredHolder
from caducee.relying.verdict import (
    Activity,
    Check,
    CheckName,
    Identity,
    Outcome,
    Verdict,
    failed,
    passed,
    skipped,
)
from caducee.spec.nomenclatures import CardFamily
from caducee.trust.certificate import CardCertificate, CertificateUse
from caducee.trust.path import PathResult, Purpose, validate
from caducee.trust.revocation import RevocationSource

__all__ = ["Verifier"]


class Verifier:
    """Judges logins for one service."""

    def __init__(  # noqa: PLR0913 (what a relying party decides with)
        self,
        anchors: Sequence[x509.Certificate],
        intermediates: Iterable[x509.Certificate],
        revocation: RevocationSource,
        holders: HolderRegistry,
        policy: CardPolicy,
        clock: Clock,
    ) -> None:
        self._anchors = tuple(anchors)
        self._intermediates = tuple(intermediates)
        self._revocation = revocation
        self._holders = holders
        self._policy = policy
        self._clock = clock

    def verify(self, chain: Sequence[bytes]) -> Verdict:
        """Judge a client certificate whose key a TLS handshake proved.

        ``chain`` is DER, leaf first; certificates after the leaf help to find the path and are
        not trusted.
        """
        raise NotImplementedError

    def verify_connection(self, connection: ClientConnection) -> Verdict:
        """Judge the certificate of a connection, with what TLS or a front found about it."""
        raise NotImplementedError

    def verify_token(
        self, token: str | bytes, challenge: Challenge, *, seen_origin: str | None = None
    ) -> Verdict:
        """Judge an origin-bound token (JSON, public Web eID format).

        ``challenge`` is what `Challenges.take` gave for the session that sent the token;
        ``seen_origin`` is the ``Origin`` header of the request that brought it, if there was one.
        """
        raise NotImplementedError
