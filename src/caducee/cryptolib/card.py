# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`CpsCard`: what an application holds of a card."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cryptography import x509

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import CertificateEntry, DataEntry, PrivateKeyEntry
from caducee.cryptolib import pin_format
from caducee.cryptolib.billing import understood
from caducee.cryptolib.certificates import load_certificate, matches, matches_pss
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.digest_info import check_digest
from caducee.cryptolib.driver import Driver, not_on_face
from caducee.cryptolib.files import CardFiles
from caducee.cryptolib.holder import read_activity, read_holder, read_languages
from caducee.cryptolib.layout import Layout
from caducee.cryptolib.model import (
    Billing,
    CardActivity,
    CardIdentity,
    DataObject,
    Hash,
    Holder,
    KeyUse,
    PinState,
)
from caducee.cryptolib.paddings import LEAST_PADDING
from caducee.cryptolib.pin_states import PinStates, RecentStates
from caducee.cryptolib.pinpad import Typing
from caducee.reader.transport import Ending
from caducee.spec.atrs import CardFace
from caducee.spec.labels import DataLabel, activity_number
from caducee.spec.pkcs15 import ObjectFlags

__all__ = ["CpsCard"]

_MAX_RANDOM = 4096
_MODULUS = range(512, 4097)
"""Sizes of RSA keys that a card may have, in bits."""


class CpsCard(Typing):
    """An open card; also a context manager that closes it. Threads may share it."""

    def __init__(
        self,
        driver: Driver,
        channel: Channel,
        identity: CardIdentity,
        files: CardFiles,
        layout: Layout,
        *,
        complete: bool = True,
    ) -> None:
        super().__init__(driver, channel, identity, files, layout)
        self.complete = complete
        """The last update of the card's data ended; else they are old, new or mixed."""

        self._certificates: dict[KeyUse, x509.Certificate] = {}
        self._recent = RecentStates(channel)

    @property
    def actuality(self) -> bytes | None:
        """EF_ACTUA as it was at the opening; None for a face without one."""
        return self._files.actuality

    @property
    def serial(self) -> str:
        """The serial number: 8 digits of EF.SN.ICC, as the issuer's library shows them."""
        return self.identity.serial

    @property
    def token_label(self) -> str:
        """The label of the token, e.g. ``CPS3v3-2900995235``."""
        return self._layout.token.label or ""

    @property
    def card_number(self) -> str:
        """The ten digits of the card number in the token label; empty when it has none."""
        number = self.token_label.rpartition("-")[2]
        return number if len(number) == 10 and number.isdigit() else ""

    @property
    def uses(self) -> tuple[KeyUse, ...]:
        """What the keys of this side of the card are for."""
        return tuple(use for use in KeyUse if self._has(use))

    def _has(self, use: KeyUse) -> bool:
        try:
            self._layout.key(use)
        except CardError:
            return False
        return True

    @property
    def supports_pss(self) -> bool:
        """Whether the card signs with PSS, as TLS 1.3 demands."""
        return self._driver.supports_pss

    # Who and what

    def holder(self) -> Holder:
        """Return who the card says its holder is; needs no PIN."""
        with self._transaction():
            try:
                certificate = self.certificate(KeyUse.AUTHENTICATION)
            except CardError:
                certificate = None
            return read_holder(self._optional, certificate)

    def activities(self) -> tuple[CardActivity, ...]:
        """Return the practice activities of the holder, in card order; needs the PIN.

        They are not signed: a relying party takes activities from its directory. Raises
        `CardError` (``cryptolib.pin_needed``).
        """
        found = []
        with self._transaction(self._private):
            for entry in self._layout.data:
                number = activity_number(entry.label or "")
                if number is not None:
                    found.append(read_activity(number, self._content(entry)))
        return tuple(found)

    def languages(self) -> tuple[str, ...]:
        """Return the language codes of the holder (table G00), in card order."""
        with self._transaction():
            return read_languages(self._optional(DataLabel.LANGUAGE))

    def certificate(self, use: KeyUse) -> x509.Certificate:
        """Return a certificate of the card, read once.

        Raises `CardError`: ``cryptolib.certificate_missing``, ``cryptolib.certificate_invalid``.
        """
        with self._lock:
            if use not in self._certificates:
                self._certificates[use] = load_certificate(self._certificate_file(use), use.value)
            return self._certificates[use]

    def check_validity(self, use: KeyUse, at: dt.datetime) -> None:
        """Refuse a certificate that is not valid at a moment, before a service refuses it.

        The card itself knows no time. Raises `CardError` (``cryptolib.certificate_expired``,
        ``cryptolib.certificate_not_yet_valid``; facts ``use``, ``not_before``, ``not_after``) and
        as `certificate`.
        """
        certificate = self.certificate(use)
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if begin <= at <= end:
            return
        kind = "expired" if at > end else "not_yet_valid"
        raise CardError(
            f"cryptolib.certificate_{kind}",
            use=use.value,
            not_before=begin.date().isoformat(),
            not_after=end.date().isoformat(),
        )

    def _certificate_file(self, use: KeyUse) -> bytes:
        self._key(use)
        path = self._layout.absolute(self._layout.certificate(use).path)
        with self._transaction():
            return self._files.certificate(path)

    def certificate_file(self, entry: CertificateEntry) -> bytes:
        """Return the certificate that a directory entry names, as stored; read once."""
        with self._transaction():
            return self._files.certificate(self._layout.absolute(entry.path))

    def billing(self) -> Billing:
        """Return the billing situations of the CPS2ter side; needs the PIN.

        Raises `CardError` (``cryptolib.pin_needed``, ``cryptolib.not_on_face``).
        """
        with self._transaction(self._private):
            self._present()
            found = self._driver.billing(self._layout)
        return understood(found)

    def data_file(self, entry: DataEntry) -> bytes:
        """Return the file of the data object that a directory entry names.

        Raises `CardError` (``cryptolib.pin_needed``).
        """
        with self._transaction(self._private if _is_private(entry) else Ending.LEAVE):
            return self._content(entry)

    def data_objects(self) -> tuple[DataObject, ...]:
        """Return every data object as stored, known or not, in card order.

        Objects behind the PIN have no value while the PIN was not given.
        """
        with self._transaction(self._private):
            return tuple(self._data_object(entry) for entry in self._layout.data)

    def _data_object(self, entry: DataEntry) -> DataObject:
        path = self._layout.absolute(entry.path)
        closed = _is_private(entry) and self._kept_pin is None
        try:
            value = None if closed or not entry.path else self._content(entry)
        except CardError as error:
            if not error.facts.get("sw"):
                raise
            value = None
        return DataObject(
            label=entry.label or "",
            path=path,
            private=_is_private(entry),
            modifiable=ObjectFlags.MODIFIABLE in entry.flags,
            value=value,
        )

    def _optional(self, label: str) -> bytes | None:
        try:
            return self._content(self._layout.object(label))
        except CardError as error:
            if error.code == "cryptolib.object_missing" or error.facts.get("sw"):
                return None
            raise

    def _content(self, entry: DataEntry) -> bytes:
        path = self._layout.absolute(entry.path)
        if _is_private(entry):
            self._present()
            return self._driver.read(path)
        return self._files.public(path, self._layout)

    # The PIN

    def pin_state(self) -> PinState:
        """Return where the PIN stands; costs no try."""
        pin = self._require_pin()
        least, most = pin_format.lengths(pin.entry)
        with self._transaction():
            left, maximum = self._driver.tries(pin)
        kept = self._kept_pin is not None and self._accepted
        return PinState(left, maximum, kept, least, most)

    def verify(self, pin: Secret) -> None:
        """Check the PIN on the card now, and keep a copy until `logout`, removal or `close`.

        A PIN that this card cannot have is refused without a try. Raises `WrongPinError`,
        `PinBlockedError`, `CardError` (``cryptolib.pin_length``, ``cryptolib.pin_digits``).
        """
        with self._lock:
            self.keep_pin(pin)
            try:
                with self._transaction(Ending.RESET):
                    self._present()
            except BaseException:
                self.logout()
                raise

    def prove(self, pin: Secret) -> None:
        """Check the PIN on the card now, and keep nothing. Raises as `verify`."""
        with self.presenting(pin), self._transaction(Ending.RESET):
            self._present()

    def verify_puk(self, puk: Secret) -> None:
        """Check the PUK on the card; nothing is kept and nothing unblocked.

        Raises as `verify`.
        """
        unblocking = self._require_puk()
        pin_format.check_pin(unblocking.entry, puk)
        with self._transaction(Ending.RESET):
            self._puk_given = unblocking
            self._driver.verify(unblocking, puk, unblocking.home)

    def change(self, old: Secret, new: Secret) -> None:
        """Change the PIN; a copy of the new one is kept.

        Raises as `verify`; both PINs are judged before anything is sent.
        """
        with self._lock:
            self.change_pin(old, new)
            self._kept_pin, self._accepted = new.copy(), True

    def change_pin(self, old: Secret, new: Secret) -> None:
        """Change the PIN, and keep nothing; raises as `change`."""
        pin = self._require_pin()
        for value in (old, new):
            pin_format.check_pin(pin.entry, value)
        with self._lock:
            self.logout()
            with self._transaction(Ending.RESET):
                self._driver.change(pin, old, new)
                self._verified = True

    def unblock(self, puk: Secret, new: Secret) -> None:
        """Set a new PIN by the PUK; the tries are all there again.

        Raises as `verify`, also for the PUK, whose tries do not come back.
        """
        pin, unblocking = self._require_pin(), self._require_puk()
        pin_format.check_pin(unblocking.entry, puk)
        pin_format.check_pin(pin.entry, new)
        with self._lock:
            self.logout()
            with self._transaction(Ending.RESET):
                self._puk_given = unblocking
                self._driver.unblock(unblocking, puk, pin, new)
                self._verified = True

    def puk_state(self) -> PinState:
        """Return where the PUK stands; costs no try. It is never kept."""
        puk = self._require_puk()
        least, most = pin_format.lengths(puk.entry)
        with self._transaction():
            left, maximum = self._driver.tries(puk)
        return PinState(left, maximum, False, least, most)

    def pin_states(self, *, within: float = 0.0) -> PinStates:
        """Return where the holder's and the PUK stand, None for one that is not here;
        one transaction.

        With ``within`` they may be so many seconds old, where `RecentStates` has them.
        """
        with self._lock:
            known = None if self._closed else self._recent.get(within)
            if known is not None:
                return known
            with self._transaction():
                pin = self.pin_state() if self._layout.pin is not None else None
                puk = self.puk_state() if self._layout.puk is not None else None
            return self._recent.keep((pin, puk))

    # The keys

    def sign(
        self, data: bytes, hash: Hash = Hash.SHA256, *, last_round_on_card: bool = False
    ) -> bytes:
        """Sign data with the signature key (PKCS#1 v1.5); needs the PIN.

        The digest is made here, or, with ``last_round_on_card``, its last block on the card, as
        qualified signature devices ask (slow for long data). The result is checked against the
        certificate of the card. Raises `CardError` and as `verify`.
        """
        digest = hashlib.new(hash.value, data, usedforsecurity=False).digest()
        if not last_round_on_card:
            return self.sign_digest(digest, hash)
        with self._using(KeyUse.SIGNATURE) as key:
            made = self._driver.sign_last_round(key, hash, data, self._layout)
            return self._checked(KeyUse.SIGNATURE, made, lambda it: matches(it, made, digest, hash))

    def sign_digest(self, digest: bytes, hash: Hash = Hash.SHA256) -> bytes:
        """Sign a digest with the signature key (PKCS#1 v1.5); needs the PIN.

        Raises `CardError` (``cryptolib.digest_invalid``) and as `sign`.
        """
        check_digest(digest, hash)
        with self._using(KeyUse.SIGNATURE) as key:
            made = self._driver.sign(key, hash, digest, self._layout)
            return self._checked(KeyUse.SIGNATURE, made, lambda it: matches(it, made, digest, hash))

    def sign_pss(
        self, digest: bytes, hash: str = "sha256", use: KeyUse = KeyUse.AUTHENTICATION
    ) -> bytes:
        """Sign a digest with PSS, MGF1 by the same hash, the salt as long; needs the PIN.

        The authentication key takes SHA-1 and all of SHA-2, the signature key SHA-1 and SHA-256;
        ``hash`` as hashlib spells it. Raises `CardError` (``cryptolib.padding_not_supported`` for
        a card where `supports_pss` is False) and as `sign_digest`.
        """
        if not self.supports_pss:
            raise CardError("cryptolib.padding_not_supported", padding="PSS")
        check_digest(digest, hash)
        with self._using(use) as key:
            made = self._driver.sign_pss(key, hash, digest, self._layout)
            return self._checked(use, made, lambda it: matches_pss(it, made, digest, hash))

    def authenticate(self, digest_info: bytes, use: KeyUse = KeyUse.AUTHENTICATION) -> bytes:
        """Sign a DigestInfo, or any block, with the authentication key; needs the PIN.

        Without contacts, ``use`` is the technical key, and no PIN is needed. The block has at
        most 40 % of the key's length on a CPS3 (102 bytes for 2048 bits), 245 bytes on a CPS4. The
        result is checked against the certificate of the card. Raises `CardError`
        (``cryptolib.data_too_long``, ``cryptolib.key_not_on_face``) and as `verify`.
        """
        if use is KeyUse.SIGNATURE:
            raise CardError("cryptolib.key_missing", use=KeyUse.AUTHENTICATION.value)
        with self._using(use) as key:
            _limit(digest_info, self._driver.block_limit(key), "authentication")
            made = self._driver.authenticate(key, digest_info, self._layout)
            return self._checked(use, made, lambda it: matches(it, made, digest_info, None))

    def decipher(self, cryptogram: bytes) -> bytes:
        """Decipher with the authentication key (PKCS#1 v1.5); needs the PIN.

        Returns the message without padding. Raises `CardError` (``cryptolib.data_too_long`` for
        anything but a cryptogram of the key's length, ``cryptolib.padding_wrong``) and as
        `verify`.
        """
        with self._using(KeyUse.AUTHENTICATION) as key:
            size = key.bits // 8
            if len(cryptogram) != size:
                raise CardError(
                    "cryptolib.data_too_long", size=len(cryptogram), limit=size, what="cryptogram"
                )
            message = self._driver.decipher(key, cryptogram, self._layout)
            _limit(message, size - LEAST_PADDING, "message")
            return message

    def _key(self, use: KeyUse) -> PrivateKeyEntry:
        """Return the key for a use, or tell that it is on the other side of the card."""
        try:
            key = self._layout.key(use)
        except CardError as error:
            if _elsewhere(self.identity.face, use):
                face = self.identity.face.value
                raise CardError("cryptolib.key_not_on_face", face=face, use=use.value) from error
            raise
        if key.bits not in _MODULUS:
            raise CardError("cryptolib.answer_invalid", what="modulusLength")
        return key

    @contextmanager
    def _using(self, use: KeyUse) -> Iterator[PrivateKeyEntry]:
        """Hold the card with the PIN presented where the key is."""
        key = self._key(use)
        free = use is KeyUse.TECHNICAL
        with self._transaction(Ending.LEAVE if free else self._private):
            if not free:
                self._present(self._layout.absolute(key.path))
            yield key

    def _checked(self, use: KeyUse, made: bytes, fits: Callable[[x509.Certificate], bool]) -> bytes:
        """Return a signature that fits the certificate of the card.

        Raises `CardError` (``cryptolib.signature_wrong``; the fact ``fits`` names the certificate
        of this card that the signature fits instead, when its keys are exchanged).
        """
        if fits(self.certificate(use)):
            return made
        others = (item for item in self.uses if item is not use)
        found = next((other.value for other in others if fits(self.certificate(other))), None)
        raise CardError("cryptolib.signature_wrong", use=use.value, fits=found)

    def random(self, size: int) -> bytes:
        """Return 0 to 4096 random bytes made by the card; one command for 8 bytes."""
        if not 0 <= size <= _MAX_RANDOM:
            raise CardError("cryptolib.data_too_long", size=size, limit=_MAX_RANDOM, what="random")
        with self._transaction():
            return self._driver.random(size)

    # The free area

    def read_data(self) -> bytes:
        """Return CPS_DATA whole, with the zeros that fill it. It is never cached."""
        entry = self._layout.object(DataLabel.CPS_DATA)
        with self._transaction(self._private if _is_private(entry) else Ending.LEAVE):
            return self._content(entry)

    def write_data(self, data: bytes) -> None:
        """Write CPS_DATA from its beginning; the rest of the file is filled with zeros.

        The PIN is presented when the card requires it and it was given. Raises `CardError`:
        ``cryptolib.data_too_long``, ``cryptolib.object_not_writable``, ``cryptolib.pin_needed``.
        """
        entry = self._layout.object(DataLabel.CPS_DATA)
        if self.identity.face is CardFace.CPS3_CONTACTLESS:
            raise not_on_face(self.identity.face, f"UPDATE BINARY {DataLabel.CPS_DATA}")
        if ObjectFlags.MODIFIABLE not in entry.flags:
            raise CardError("cryptolib.object_not_writable", label=DataLabel.CPS_DATA.value)
        path = self._layout.absolute(entry.path)
        with self._transaction(self._private):
            size = self._driver.size(path)
            _limit(data, size, DataLabel.CPS_DATA.value)
            content = data.ljust(size, b"\x00")
            try:
                self._driver.write(path, content)
            except CardError as error:
                if error.code != "cryptolib.pin_needed" or self._verified or not self._kept_pin:
                    raise
                self._present()
                self._driver.write(path, content)


def _is_private(entry: DataEntry) -> bool:
    return ObjectFlags.PRIVATE in entry.flags or entry.auth_id is not None


def _elsewhere(face: CardFace, use: KeyUse) -> bool:
    """Tell whether a key for this use is on the other side of every CPS3."""
    technical = use is KeyUse.TECHNICAL
    return face is (CardFace.CPS3_CONTACT if technical else CardFace.CPS3_CONTACTLESS)


def _limit(data: bytes, limit: int, what: str) -> None:
    if len(data) > limit:
        raise CardError("cryptolib.data_too_long", size=len(data), limit=limit, what=what)
