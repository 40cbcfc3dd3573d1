# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is stored on a card: holder, activities, certificates, billing and data objects."""

import datetime as dt

from cryptography import x509

from caducee.base.errors import CardError
from caducee.codec.pkcs15 import CertificateEntry, DataEntry, PrivateKeyEntry
from caducee.cryptolib.billing import understood
from caducee.cryptolib.certificates import load_certificate
from caducee.cryptolib.connection import CardConnection, require_length
from caducee.cryptolib.driver import not_on_face
from caducee.cryptolib.holder import read_activity, read_holder, read_languages
from caducee.cryptolib.model import Billing, CardActivity, DataObject, Holder, KeyUse
from caducee.reader.transport import Ending
from caducee.spec.atrs import CardFace
from caducee.spec.labels import DataLabel, activity_number
from caducee.spec.pkcs15 import ObjectFlags

__all__ = ["CardContents"]

_MODULUS = range(512, 4097)
"""Sizes of RSA keys that a card may have, in bits."""


class CardContents(CardConnection):
    """The data of an open card."""

    _certificates: dict[KeyUse, x509.Certificate]

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
            require_length(data, size, DataLabel.CPS_DATA.value)
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
