# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the host does for an extension: logins, signatures, and telling that the card left.

One host serves one page: the browser starts it when the page first asks and ends it when the
page goes. The card is open, and its PIN known, for the time of one operation.
"""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

import caducee
from caducee.base.errors import CardError, LoginRefusedError, PinBlockedError, WrongPinError
from caducee.base.i18n import N_, gettext
from caducee.codec.origin_token import TokenAlgorithm
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.model import Hash, KeyUse
from caducee.cryptolib.origin_token import make_token
from caducee.middleware.pin_entry import PinKind, PinRequest
from caducee.middleware.webhost.cards import Insertion, LoginCards
from caducee.middleware.webhost.consent import HolderConsent
from caducee.middleware.webhost.messages import Request
from caducee.spec.native_messaging import Command

__all__ = ["Host"]

_REMEMBERED: Final = 1000
_LOGIN: Final = N_("to log you in to this site")
_CERTIFICATE: Final = N_("to tell this site who you are, by your signature certificate")
_SIGNATURE: Final = N_("to sign a document with the digest {digest}")
_ALGORITHM: Final = {
    "cryptoAlgorithm": "RSA",
    "hashFunction": "SHA-256",
    "paddingScheme": "PKCS1.5",
}
"""What the signature key of every card of the family does with a digest."""


@dataclass(frozen=True, slots=True)
class _Signing:
    """What a page was reported before it may ask for a signature."""

    origin: str
    certificate: bytes
    insertion: Insertion


class Host:
    """Answers requests, one after the other."""

    def __init__(self, cards: LoginCards, consent: HolderConsent) -> None:
        self._cards = cards
        self._consent = consent
        self._nonces: OrderedDict[bytes, None] = OrderedDict()
        self._signing: _Signing | None = None
        self.watched: frozenset[Insertion] = frozenset()
        """The stays of cards whose end the page is reported."""

    def answer(self, request: Request) -> Mapping[str, object]:
        """Do what a request asks. Raises `CpsError`."""
        match request.command:
            case Command.STATUS:
                return {"version": caducee.__version__}
            case Command.AUTHENTICATE:
                return self._authenticate(request)
            case Command.SIGNING_CERTIFICATE:
                return self._signing_certificate(request)
            case Command.SIGN:
                return self._sign(request)
            case Command.WATCH:
                return self._watch()

    # Login

    def _authenticate(self, request: Request) -> Mapping[str, object]:
        self._use_up(request)
        card, insertion = self._cards.open()
        with closing(card):
            self._verified(card, request.origin, gettext(_LOGIN))
            algorithm = TokenAlgorithm.PS256 if card.supports_pss else TokenAlgorithm.RS256
            token = make_token(card, request.origin, request.nonce, algorithm=algorithm)
        self.watched = frozenset({insertion})
        return {
            "unverifiedCertificate": _base64(token.certificate),
            "algorithm": token.algorithm.value,
            "signature": _base64(token.signature),
            "format": token.format,
            "appVersion": token.app_version,
        }

    def _use_up(self, request: Request) -> None:
        """Refuse a nonce that this page has had signed before."""
        mark = hashlib.sha256(f"{request.origin} {request.nonce}".encode()).digest()
        if mark in self._nonces:
            raise LoginRefusedError("webhost.nonce_used")
        self._nonces[mark] = None
        while len(self._nonces) > _REMEMBERED:
            self._nonces.popitem(last=False)

    # Signature of a document

    def _signing_certificate(self, request: Request) -> Mapping[str, object]:
        card, insertion = self._cards.open()
        with closing(card):
            certificate = _der(card, KeyUse.SIGNATURE)
            self._consent.confirm(_question(card, gettext(_CERTIFICATE)), request.origin)
        self._signing = _Signing(request.origin, certificate, insertion)
        return {
            "certificate": _base64(certificate),
            "supportedSignatureAlgorithms": [_ALGORITHM],
        }

    def _sign(self, request: Request) -> Mapping[str, object]:
        begun = self._signing
        if begun is None or begun.origin != request.origin or not self._cards.here(begun.insertion):
            self._signing = None
            raise CardError("webhost.signing_closed")
        if request.certificate != begun.certificate:
            raise CardError("webhost.certificate_other")
        if request.hash_name != _ALGORITHM["hashFunction"]:
            raise CardError("webhost.hash_not_supported", hash=request.hash_name)
        card, insertion = self._cards.open()
        with closing(card):
            if insertion != begun.insertion or _der(card, KeyUse.SIGNATURE) != begun.certificate:
                raise CardError("webhost.certificate_other")
            self._verified(card, request.origin, _signing_of(request.digest))
            signature = card.sign_digest(request.digest, Hash.SHA256)
        return {"signature": _base64(signature), "signatureAlgorithm": _ALGORITHM}

    # The holder

    def _verified(self, card: CpsCard, site: str, what: str) -> None:
        """Ask for the PIN until it is right, the card is blocked, or the holder gives up."""
        wrong = False
        while True:
            code = self._consent.pin(_question(card, what), site, wrong=wrong)
            try:
                card.verify(code)
                return
            except WrongPinError:
                wrong = True
            finally:
                code.wipe()

    # The end of a session

    def _watch(self) -> Mapping[str, object]:
        """Begin to watch: the card of the login here, or else every card that is there now."""
        self.watched = self.watched or self._cards.insertions()
        if not self.watched or not all(self._cards.here(item) for item in self.watched):
            raise CardError("webhost.no_card")
        return {"watching": True}


def _question(card: CpsCard, what: str) -> PinRequest:
    """Return what the holder must see to decide. Raises `PinBlockedError`."""
    holder, pin = card.holder(), card.pin_state()
    if pin.blocked:
        raise PinBlockedError("cryptolib.pin_blocked")
    return PinRequest(
        kind=PinKind.LOGIN,
        card=card.token_label,
        holder=f"{holder.given_name} {holder.family_name}".strip(),
        tries_left=pin.tries_left,
        min_length=pin.min_length,
        max_length=pin.max_length,
        for_what=what,
    )


def _signing_of(digest: bytes) -> str:
    """Return what is signed: all that the site states of the document is its digest."""
    shown = " ".join(digest[at : at + 4].hex() for at in range(0, len(digest), 4))
    return gettext(_SIGNATURE).format(digest=shown)


def _der(card: CpsCard, use: KeyUse) -> bytes:
    return card.certificate(use).public_bytes(Encoding.DER)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
