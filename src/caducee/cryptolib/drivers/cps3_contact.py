# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The contact side of a CPS3: IAS-ECC 1.0.1 with a PKCS#15 directory.

The commands are those of the issuer's library (``card-cps3.c``, ``pkcs15-sec.c``), with fewer of
them: a file is selected once, and the folder in use is remembered within a transaction.
"""

from caducee.base.errors import CardError, FormatError
from caducee.base.secret import Secret
from caducee.codec import tlv
from caducee.codec.apdu import CommandApdu
from caducee.codec.pkcs15 import PrivateKeyEntry
from caducee.codec.tlv import Tlv
from caducee.cryptolib.drivers.cps2ter import read_billing
from caducee.cryptolib.drivers.cps3 import Cps3Side
from caducee.cryptolib.drivers.pin_answers import (
    FORGET,
    NOT_IN_THIS_FOLDER,
    judge,
    remaining_tries,
)
from caducee.cryptolib.layout import CardPin, Layout
from caducee.cryptolib.model import Billing, Hash
from caducee.cryptolib.pin_format import reference_data
from caducee.spec.aids import CPS3_CONTACT
from caducee.spec.atrs import CardFace
from caducee.spec.files import FileId
from caducee.spec.files import path as path_of
from caducee.spec.instructions import Instruction
from caducee.spec.labels import activity_number
from caducee.spec.pkcs15 import PinFlags
from caducee.spec.status import StatusWord
from caducee.spec.tags import SdoTag

__all__ = ["Cps3Contact"]

_ACTUA = path_of(FileId.MF, FileId.ACTUA)
_OWN_REFERENCE = 0x80  # a PIN of the selected application, not of the whole card
_NEW_PIN_ONLY = 0x02  # RESET RETRY COUNTER, P1: the PUK was verified before
_PIN_OBJECT = 0xBF81  # the first two tag bytes of a PIN's security data object
_ALL_OF_IT = 0x80  # in an extended header list: the data object whole


class Cps3Contact(Cps3Side):
    """The dialogue with the contact side of a CPS3 (see `caducee.cryptolib.driver.Driver`)."""

    face = CardFace.CPS3_CONTACT
    application = CPS3_CONTACT
    _forgets: bool | None = None
    """Whether the card takes P1 FF; None until it was tried."""

    def actuality(self) -> bytes | None:
        """Read EF_ACTUA, or learn that there is none; 1 or 2 commands."""
        try:
            return self.read(_ACTUA)
        except CardError as error:
            sw = error.facts.get("sw")
            if sw == f"{StatusWord.FILE_NOT_FOUND:04X}":
                return None
            if sw == f"{StatusWord.WRONG_OFFSET:04X}":
                return b""  # there is nothing at its beginning
            raise

    # PINs

    def tries(self, pin: CardPin) -> tuple[int | None, int | None]:
        """Read the counters of a PIN by GET DATA; the last byte of an empty VERIFY helps out."""
        self._files.enter(pin.home)
        # The header list (4D) is primitive: its value is a list of tags with what to give of each.
        attributes = Tlv(_pin_tag(pin), bytes((SdoTag.ATTRIBUTES, _ALL_OF_IT)))
        headers = Tlv.build(SdoTag.REQUEST, attributes).to_bytes()
        wanted = Tlv(SdoTag.EXTENDED_HEADER_LIST, headers)
        command = CommandApdu(0, Instruction.GET_DATA, 0x3F, 0xFF, wanted.to_bytes(), le=0x100)
        answer = self._channel.send(command)
        counters = _counters(answer.data, pin) if answer.ok else None
        return counters or (self._tries_by_verify(pin), None)

    def _tries_by_verify(self, pin: CardPin) -> int | None:
        command = CommandApdu(0, Instruction.VERIFY, 0, pin.entry.reference)
        return remaining_tries(self._channel.send(command).sw)

    def verify(self, pin: CardPin, value: Secret, folder: bytes) -> None:
        """Present a PIN with ``folder`` selected, when the PIN is one of the whole card.

        A PIN without the application bit and without the ``local`` flag is valid everywhere
        (ISO 7816-4 section 11.6.1): it is presented where the key is used, which saves two
        commands. Else its own folder is selected first, as PKCS#15 v1.1 section 6.9.1 asks.
        """
        block = reference_data(pin.entry, value)
        try:
            self._present(pin, Instruction.VERIFY, 0, block, folder)
        finally:
            block.wipe()

    def proven(self, pin: CardPin, folder: bytes) -> bool:
        """Ask by an empty VERIFY."""
        self._files.enter(pin.home if _is_own(pin) else folder)
        command = CommandApdu(0, Instruction.VERIFY, 0, pin.entry.reference)
        return self._channel.send(command).ok

    def forget(self, pin: CardPin) -> bool:
        """VERIFY with P1 FF; the first time, the card is asked whether it has forgotten."""
        if self._forgets is not False:
            self._files.enter(pin.home if _is_own(pin) else self._files.folder or pin.home)
            command = CommandApdu(0, Instruction.VERIFY, FORGET, pin.entry.reference)
            took = self._channel.send(command).ok
            self._forgets = took and (
                self._forgets is True or not self.proven(pin, self._files.folder or pin.home)
            )
        return self._forgets

    def change(self, pin: CardPin, old: Secret, new: Secret) -> None:
        """Change a PIN by CHANGE REFERENCE DATA, old and new in one."""
        self._present_both(pin, Instruction.CHANGE_REFERENCE_DATA, (old, new))

    def unblock(self, puk: CardPin, value: Secret, pin: CardPin, new: Secret) -> None:
        """Present the PUK, then RESET RETRY COUNTER with the new PIN."""
        fresh = reference_data(pin.entry, new)  # first: a malformed new PIN costs no try of the PUK
        try:
            self.verify(puk, value, puk.home)
            self._present(pin, Instruction.RESET_RETRY_COUNTER, _NEW_PIN_ONLY, fresh, pin.home)
        finally:
            fresh.wipe()

    def _present_both(
        self, pin: CardPin, instruction: Instruction, values: tuple[Secret, Secret]
    ) -> None:
        parts = [reference_data(pin.entry, value) for value in values]
        both = Secret.joined(parts)
        try:
            self._present(pin, instruction, 0, both, pin.home)
        finally:
            for item in (*parts, both):
                item.wipe()

    def _present(
        self, pin: CardPin, instruction: Instruction, p1: int, block: Secret, folder: bytes
    ) -> None:
        self._files.enter(pin.home if _is_own(pin) else folder)
        command = CommandApdu(0, instruction, p1, pin.entry.reference)
        sw = self._channel.present(command, block).sw
        # A reference that is not known here costs no try, so it is safe to present the PIN again.
        if sw in NOT_IN_THIS_FOLDER and self._files.folder != pin.home:
            self._files.enter(pin.home)
            sw = self._channel.present(command, block).sw
        judge(pin, instruction, sw)

    # Keys

    def sign(self, key: PrivateKeyEntry, algorithm: Hash, digest: bytes, layout: Layout) -> bytes:
        """MSE SET, then COMPUTE DIGITAL SIGNATURE of the digest."""
        return self._keys.sign(key, algorithm, digest, layout)

    def sign_last_round(
        self, key: PrivateKeyEntry, algorithm: Hash, data: bytes, layout: Layout
    ) -> bytes:
        """Hash all but the last block here, the rest on the card, then sign there."""
        return self._keys.sign_last_round(key, algorithm, data, layout)

    def decipher(self, key: PrivateKeyEntry, cryptogram: bytes, layout: Layout) -> bytes:
        """MSE SET, then DECIPHER in a chain of two commands; the card removes the padding."""
        return self._keys.decipher(key, cryptogram, layout)

    def billing(self, layout: Layout) -> Billing:
        """Read the CPS2ter side, which has a practice for each one of this side at most."""
        labels = (activity_number(entry.label or "") for entry in layout.data)
        found = read_billing(self._channel, [label for label in labels if label is not None])
        self._files.begin()
        return found


def _is_own(pin: CardPin) -> bool:
    """Tell whether a PIN is one of its folder, not of the whole card."""
    own = bool(pin.entry.reference & _OWN_REFERENCE)
    return own or PinFlags.LOCAL in pin.entry.pin_flags


def _pin_tag(pin: CardPin) -> int:
    """The tag of a PIN among the security data objects of IAS-ECC: BF 81 and its number.

    The application bit of a reference is left out: with it the tag would not end there.
    """
    return _PIN_OBJECT << 8 | pin.entry.reference & ~_OWN_REFERENCE


def _counters(data: bytes, pin: CardPin) -> tuple[int | None, int | None] | None:
    """Return the tries left and the most there are from the attributes of a PIN."""
    try:
        found = tlv.find(tlv.parse_all(data), SdoTag.REQUEST, _pin_tag(pin), SdoTag.ATTRIBUTES)
        items = found.children() if found is not None else ()
    except FormatError:
        return None
    left = tlv.first_value(items, SdoTag.TRIES_LEFT)
    most = tlv.first_value(items, SdoTag.MAX_TRIES)
    if left is None or len(left) != 1:
        return None
    uses = tlv.first_value(items, SdoTag.USES_LEFT)
    usable = uses is None or any(uses)  # a PIN without uses left is as good as blocked
    return int.from_bytes(left) if usable else 0, int.from_bytes(most) if most else None
