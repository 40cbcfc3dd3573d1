# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`CpsCard`: what an application holds of a card.

Every operation is one transaction on the card, so that no other program comes between its
commands. A transaction in which the code may be presented ends with a reset of the card: no other
program finds it open. The code itself is kept here until `logout`, removal or `close`, and
presented again when an operation needs it; ``with card.transaction():`` around several
operations presents it once.
"""

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from cryptography import x509

from caducee.base.errors import (
    CardError,
    CardMute,
    CardRemoved,
    CodeBlocked,
    CodeRefused,
    ReaderError,
)
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import DataEntry, PrivateKeyEntry
from caducee.cryptolib import codes
from caducee.cryptolib.certificates import load_certificate, matches
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.driver import Driver
from caducee.cryptolib.files import CardFiles
from caducee.cryptolib.holder import read_activity, read_holder, read_languages
from caducee.cryptolib.layout import Code, Layout
from caducee.cryptolib.model import (
    Activity,
    CardIdentity,
    DataObject,
    Hash,
    Holder,
    KeyUse,
    PinState,
)
from caducee.reader.transport import Ending
from caducee.spec.labels import DataLabel, activity_number
from caducee.spec.pkcs15 import ObjectFlags

__all__ = ["CpsCard"]

_MAX_RANDOM = 4096
_PADDING = 11
"""PKCS#1 v1.5 takes at least so many bytes of a block (RFC 8017 section 9.2)."""

_AUTHENTICATION_SHARE = 0.4
"""INTERNAL AUTHENTICATE signs at most 40 % of the modulus (IAS-ECC 1.0.1)."""


class CpsCard:
    """An open card; also a context manager that closes it. Threads may share it."""

    def __init__(
        self,
        driver: Driver,
        channel: Channel,
        identity: CardIdentity,
        files: CardFiles,
        layout: Layout,
    ) -> None:
        self.identity = identity
        """Which card this is: EF.SN.ICC, face and answer to reset."""

        self._driver = driver
        self._channel = channel
        self._files = files
        self._layout = layout
        self._lock = threading.RLock()
        self._depth = 0
        self._resets = False
        self._verified = False
        self._code: Secret | None = None
        self._accepted = False
        self._closed = False
        self._certificates: dict[KeyUse, x509.Certificate] = {}

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
    def apdu_count(self) -> int:
        """Command APDUs sent to the card so far, GET RESPONSE counted."""
        return self._channel.count

    # Conversation

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the card alone for several operations; nested blocks join the outer one.

        The code is presented at most once inside. At the end the card forgets that it was. Keep
        the block short: no other program reaches the card meanwhile.
        """
        with self._transaction(Ending.RESET):
            yield

    @contextmanager
    def _transaction(self, ending: Ending = Ending.LEAVE) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise CardRemoved("cryptolib.closed")
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            try:
                with self._channel.transport.transaction(ending):
                    self._resets = ending is Ending.RESET
                    yield from self._outermost()
            except (CardRemoved, CardMute):
                self._end()
                raise
            self._files.save(self._layout)  # nobody waits for the card while the disk is written

    def _outermost(self) -> Iterator[None]:
        self._depth, self._verified = 1, False
        self._driver.begin()
        try:
            yield
        finally:
            self._depth = 0
            if self._verified and not self._resets:
                self._channel.transport.reset()
            self._verified = False

    @property
    def _private(self) -> Ending:
        """How a transaction ends that may present the code."""
        return Ending.RESET if self._code is not None else Ending.LEAVE

    # Who and what

    def holder(self) -> Holder:
        """Return who the card says its holder is; needs no code."""
        with self._transaction():
            try:
                certificate = self.certificate(KeyUse.AUTHENTICATION)
            except CardError:
                certificate = None
            return read_holder(self._optional, certificate)

    def activities(self) -> tuple[Activity, ...]:
        """Return the practice activities of the holder, in card order; needs the code.

        They are not signed: a relying party takes activities from its directory. Raises
        `CardError` (``cryptolib.code_needed``).
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

    def _certificate_file(self, use: KeyUse) -> bytes:
        path = self._layout.absolute(self._layout.certificate(use).path)
        with self._transaction():
            return self._files.certificate(path)

    def data_objects(self) -> tuple[DataObject, ...]:
        """Return every data object as stored, known or not, in card order.

        Objects behind the code have no value while the code was not given.
        """
        with self._transaction(self._private):
            return tuple(self._data_object(entry) for entry in self._layout.data)

    def _data_object(self, entry: DataEntry) -> DataObject:
        path = self._layout.absolute(entry.path)
        closed = _is_private(entry) and self._code is None
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

    # The holder's code

    def pin_state(self) -> PinState:
        """Return where the holder's code stands; costs no try."""
        pin = self._pin()
        least, most = codes.lengths(pin.entry)
        with self._transaction():
            left, maximum = self._driver.tries(pin)
        kept = self._code is not None and self._accepted
        return PinState(left, maximum, kept, least, most)

    def verify(self, code: Secret) -> None:
        """Check the code on the card now, and keep a copy until `logout`, removal or `close`.

        A code that this card cannot have is refused without a try. Raises `CodeRefused`,
        `CodeBlocked`, `CardError` (``cryptolib.code_length``, ``cryptolib.code_digits``).
        """
        with self._lock:
            self.keep_code(code)
            try:
                with self._transaction(Ending.RESET):
                    self._present()
            except BaseException:
                self.logout()
                raise

    def keep_code(self, code: Secret) -> None:
        """Keep a copy of the code without asking the card: the first operation that needs it
        presents it, and raises what `verify` raises.

        A login thus presents the code once, together with its signature.
        """
        with self._lock:
            codes.check_code(self._pin().entry, code)
            self.logout()
            self._code = Secret(code.reveal())

    def change(self, old: Secret, new: Secret) -> None:
        """Change the holder's code; a copy of the new one is kept.

        Raises as `verify`; both codes are judged before anything is sent.
        """
        pin = self._pin()
        for code in (old, new):
            codes.check_code(pin.entry, code)
        with self._lock:
            self.logout()
            with self._transaction(Ending.RESET):
                self._driver.change(pin, old, new)
                self._verified = True
            self._code, self._accepted = Secret(new.reveal()), True

    def unblock(self, puk: Secret, new: Secret) -> None:
        """Set a new holder's code by the unblocking code; the tries are all there again.

        Raises as `verify`, also for the unblocking code, whose tries do not come back.
        """
        pin, unblocking = self._pin(), self._layout.puk
        if unblocking is None:
            raise CardError("cryptolib.code_not_on_card", what="unblocking code")
        codes.check_code(unblocking.entry, puk)
        codes.check_code(pin.entry, new)
        with self._lock:
            self.logout()
            with self._transaction(Ending.RESET):
                self._driver.unblock(unblocking, puk, pin, new)
                self._verified = True

    def logout(self) -> None:
        """Forget the code, here and, inside a transaction, on the card."""
        with self._lock:
            if self._code is not None:
                self._code.wipe()
            self._code, self._accepted = None, False
            if self._verified:
                self._verified = False
                self._channel.transport.reset()
                self._driver.begin()

    def _pin(self) -> Code:
        pin = self._layout.pin
        if pin is None:
            raise CardError("cryptolib.code_not_on_card", what="holder's code")
        return pin

    def _present(self, folder: bytes | None = None) -> None:
        """Present the code once in a transaction; without a code, the card decides."""
        if self._verified or self._code is None:
            return
        try:
            self._driver.verify(self._pin(), self._code, folder or self._layout.folder)
        except (CodeRefused, CodeBlocked):
            self.logout()
            raise
        self._verified = self._accepted = True

    # The keys

    def sign(
        self, data: bytes, hash: Hash = Hash.SHA256, *, last_round_on_card: bool = False
    ) -> bytes:
        """Sign data with the signature key (PKCS#1 v1.5); needs the code.

        The digest is made here, or, with ``last_round_on_card``, its last block on the card, as
        qualified signature devices ask (slow for long data). The result is checked against the
        certificate of the card. Raises `CardError` and as `verify`.
        """
        digest = hashlib.new(hash.value, data, usedforsecurity=False).digest()
        if not last_round_on_card:
            return self.sign_digest(digest, hash)
        with self._using(KeyUse.SIGNATURE) as key:
            made = self._driver.sign_last_round(key, hash, data, self._layout)
            return self._checked(KeyUse.SIGNATURE, made, digest, hash)

    def sign_digest(self, digest: bytes, hash: Hash = Hash.SHA256) -> bytes:
        """Sign a digest with the signature key (PKCS#1 v1.5); needs the code.

        Raises `CardError` (``cryptolib.digest_invalid``) and as `sign`.
        """
        size = hashlib.new(hash.value, usedforsecurity=False).digest_size
        if len(digest) != size:
            raise CardError(
                "cryptolib.digest_invalid", size=len(digest), expected=size, hash=hash.value
            )
        with self._using(KeyUse.SIGNATURE) as key:
            made = self._driver.sign(key, hash, digest, self._layout)
            return self._checked(KeyUse.SIGNATURE, made, digest, hash)

    def authenticate(self, digest_info: bytes) -> bytes:
        """Sign a DigestInfo, or any block, with the authentication key; needs the code.

        The block has at most 40 % of the key's length (102 bytes for 2048 bits). The result is
        checked against the certificate of the card. Raises `CardError`
        (``cryptolib.data_too_long``) and as `verify`.
        """
        with self._using(KeyUse.AUTHENTICATION) as key:
            _limit(digest_info, int(key.bits // 8 * _AUTHENTICATION_SHARE), "authentication")
            made = self._driver.authenticate(key, digest_info, self._layout)
            return self._checked(KeyUse.AUTHENTICATION, made, digest_info, None)

    def decipher(self, cryptogram: bytes) -> bytes:
        """Decipher with the authentication key (PKCS#1 v1.5); needs the code.

        Returns the message without padding. Raises `CardError` (``cryptolib.data_too_long`` for
        anything but a cryptogram of the key's length) and as `verify`.
        """
        with self._using(KeyUse.AUTHENTICATION) as key:
            size = key.bits // 8
            if len(cryptogram) != size:
                raise CardError(
                    "cryptolib.data_too_long", size=len(cryptogram), limit=size, what="cryptogram"
                )
            message = self._driver.decipher(key, cryptogram, self._layout)
            _limit(message, size - _PADDING, "message")
            return message

    @contextmanager
    def _using(self, use: KeyUse) -> Iterator[PrivateKeyEntry]:
        """Hold the card with the code presented where the key is."""
        key = self._layout.key(use)
        with self._transaction(self._private):
            self._present(self._layout.absolute(key.path))
            yield key

    def _checked(self, use: KeyUse, made: bytes, signed: bytes, hash: Hash | None) -> bytes:
        """Return a signature that fits the certificate of the card.

        Raises `CardError` (``cryptolib.signature_wrong``).
        """
        if not matches(self.certificate(use), made, signed, hash):
            raise CardError("cryptolib.signature_wrong")
        return made

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

        A card that wants the code for it gets it, when it was given. Raises `CardError`:
        ``cryptolib.data_too_long``, ``cryptolib.object_not_writable``, ``cryptolib.code_needed``.
        """
        entry = self._layout.object(DataLabel.CPS_DATA)
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
                if error.code != "cryptolib.code_needed" or self._verified or not self._code:
                    raise
                self._present()
                self._driver.write(path, content)

    # The end

    def close(self) -> None:
        """Forget the code and end the connection; a second call does nothing."""
        with self._lock:
            if not self._closed:
                self._end()

    def _end(self) -> None:
        self._closed = True
        self._verified = False
        self.logout()
        with contextlib.suppress(ReaderError):
            self._channel.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _is_private(entry: DataEntry) -> bool:
    return ObjectFlags.PRIVATE in entry.flags or entry.auth_id is not None


def _limit(data: bytes, limit: int, what: str) -> None:
    if len(data) > limit:
        raise CardError("cryptolib.data_too_long", size=len(data), limit=limit, what=what)
