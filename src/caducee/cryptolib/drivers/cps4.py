# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS4: the ChipDoc application with a PKCS#15 directory.

The commands are those of the issuer's library (``card-cps4.c``), with fewer of them. PINs and
keys are those of the whole application: they are used wherever the card stands, and looked for in
the folder that their entry names only when they are not found so.
"""

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec import tlv
from caducee.codec.apdu import CommandApdu
from caducee.codec.pkcs15 import PrivateKeyEntry
from caducee.codec.tlv import Tlv
from caducee.cryptolib.channel import Channel, refusal
from caducee.cryptolib.drivers.chipdoc import CLA, ChipDocChannel
from caducee.cryptolib.drivers.ias import IasSide
from caducee.cryptolib.drivers.ias_files import FileCommands, IasFiles
from caducee.cryptolib.drivers.ias_keys import (
    compute_signature,
    decipher,
    key_reference,
    random_bytes,
)
from caducee.cryptolib.drivers.pin_answers import (
    FORGET,
    NOT_IN_THIS_FOLDER,
    judge,
    remaining_tries,
)
from caducee.cryptolib.drivers.serial import read_identity
from caducee.cryptolib.layout import MASTER_FILE, CardPin, Layout
from caducee.cryptolib.model import Billing, BillingActivity, CardIdentity, Hash
from caducee.cryptolib.paddings import LEAST_PADDING, padded_pkcs1, padded_pss, unpadded_pkcs1
from caducee.cryptolib.pin_format import reference_data
from caducee.spec.aids import CPS3_CONTACT
from caducee.spec.algorithms import Cps4Algorithm
from caducee.spec.atrs import CardFace
from caducee.spec.instructions import Instruction
from caducee.spec.labels import DataLabel, cps2ter_activity_number
from caducee.spec.pkcs15 import KeyUsage, PinFlags
from caducee.spec.status import StatusWord
from caducee.spec.tags import TemplateTag

__all__ = ["Cps4"]

_OWN_REFERENCE = 0x80  # in P2 and in a key reference: of the selected application
_BY_ID, _BY_PATH = 0x00, 0x08  # SELECT, P1: a path begins below the master file
_SET_SIGNATURE, _SET_RAW = 0x81, 0x41  # MSE SET, P1
_NEW_PIN = 0x01  # CHANGE REFERENCE DATA, P1: the old PIN was verified before
_NO_NEW_PIN = 0x03  # RESET RETRY COUNTER, P1: the PUK was verified before


def _selecting(path: bytes) -> CommandApdu:
    """Select by an absolute path; ``3F00`` is given for the master file itself only."""
    p1, data = (_BY_ID, path) if path == MASTER_FILE else (_BY_PATH, path.removeprefix(MASTER_FILE))
    return CommandApdu(CLA, Instruction.SELECT, p1, 0, data, le=0x100)


_FILES = FileCommands(cla=CLA, chunk=0x100, select_folder=_selecting, select_file=_selecting)


class Cps4(IasSide):
    """The dialogue with a CPS4 (see `caducee.cryptolib.driver.Driver`)."""

    application = CPS3_CONTACT
    """A CPS4 has the name of a CPS3."""

    def __init__(self, channel: Channel) -> None:
        self._bare = channel
        self._channel = ChipDocChannel(channel)
        self._files = IasFiles(self._channel, _FILES)
        self._forgets: int | None = None
        """Which variant of `forget` works; None until tried."""

    @property
    def face(self) -> CardFace:
        """The generation and side of the card."""
        return CardFace.CPS4

    @property
    def supports_pss(self) -> bool:
        """A CPS4 pads by PSS, too."""
        return True

    def begin(self) -> None:
        """Forget which file is selected."""
        self._channel.begin()
        self._files.begin()

    def was_reset(self) -> None:
        """Forget the application, too."""
        self._channel.was_reset()
        self._files.begin()

    # Which card

    def identity(self) -> CardIdentity:
        """Select ChipDoc and read EF.SN.ICC; 3 commands. Raises `NotACpsError`."""
        return read_identity(self._files, self.face, self._bare.transport.atr)

    def actuality(self) -> None:
        """Read nothing: a CPS4 has no EF_ACTUA that is consulted (issuer's library)."""

    # PINs

    def tries(self, pin: CardPin) -> tuple[int | None, int | None]:
        """Ask by an empty VERIFY; the card does not say how many tries there are at most."""
        sw = self._with_pin(pin, CommandApdu(CLA, Instruction.VERIFY, 0, pin.entry.reference))
        return remaining_tries(sw), None

    def verify(self, pin: CardPin, value: Secret, folder: bytes) -> None:
        """Present a PIN."""
        self._present(pin, Instruction.VERIFY, 0, value)

    def proven(self, pin: CardPin, folder: bytes) -> bool:
        """Ask by an empty VERIFY."""
        command = CommandApdu(CLA, Instruction.VERIFY, 0, pin.entry.reference)
        return self._with_pin(pin, command) == StatusWord.OK

    def forget(self, pin: CardPin) -> bool:
        """VERIFY with P1 FF, else select ChipDoc anew; what works the first time is used again."""
        attempts = (self._forget_by_verify, self._forget_by_select)
        if self._forgets is not None:
            return self._forgets < len(attempts) and attempts[self._forgets](pin)
        for self._forgets, attempt in enumerate(attempts):
            if attempt(pin) and not self.proven(pin, pin.home):
                return True
        self._forgets = len(attempts)
        return False

    def _forget_by_verify(self, pin: CardPin) -> bool:
        command = CommandApdu(CLA, Instruction.VERIFY, FORGET, pin.entry.reference)
        return self._with_pin(pin, command) == StatusWord.OK

    def _forget_by_select(self, pin: CardPin) -> bool:
        self._files.begin()
        return self._channel.select_anew()

    def change(self, pin: CardPin, old: Secret, new: Secret) -> None:
        """Present the old PIN, then give the new one alone."""
        self.verify(pin, old, pin.home)
        self._present(pin, Instruction.CHANGE_REFERENCE_DATA, _NEW_PIN, new)

    def unblock(self, puk: CardPin, value: Secret, pin: CardPin, new: Secret) -> None:
        """Present the PUK, give the tries back, then set the new PIN."""
        self.verify(puk, value, puk.home)
        # This one command names the PIN with the application bit; the others do without.
        own = pin.entry.reference | _OWN_REFERENCE
        command = CommandApdu(CLA, Instruction.RESET_RETRY_COUNTER, _NO_NEW_PIN, own)
        judge(pin, Instruction.RESET_RETRY_COUNTER, self._with_pin(pin, command))
        self._present(pin, Instruction.CHANGE_REFERENCE_DATA, _NEW_PIN, new)

    def _present(self, pin: CardPin, instruction: Instruction, p1: int, value: Secret) -> None:
        block = reference_data(pin.entry, value)
        try:
            command = CommandApdu(CLA, instruction, p1, pin.entry.reference)
            judge(pin, instruction, self._with_pin(pin, command, block))
        finally:
            block.wipe()

    def _with_pin(self, pin: CardPin, command: CommandApdu, block: Secret | None = None) -> int:
        """Send a command about a PIN; in its folder when it is one of a folder."""
        if pin.entry.reference & _OWN_REFERENCE or PinFlags.LOCAL in pin.entry.pin_flags:
            self._files.enter(pin.home)
        return self._send(command, pin.home, pin=block)

    def _send(self, command: CommandApdu, *folders: bytes, pin: Secret | None = None) -> int:
        """Send a command; where what it names is not found, again in each of the folders."""

        def sent() -> int:
            channel = self._channel
            return (channel.send(command) if pin is None else channel.present(command, pin)).sw

        sw = sent()
        for folder in folders:
            if sw in NOT_IN_THIS_FOLDER and self._files.folder != folder:
                self._files.enter(folder)
                sw = sent()
        return sw

    # Keys

    def block_limit(self, key: PrivateKeyEntry) -> int:
        """Return how many bytes `authenticate` takes at most: 245 for 2048 bits."""
        return key.bits // 8 - LEAST_PADDING

    def sign(self, key: PrivateKeyEntry, algorithm: Hash, digest: bytes, layout: Layout) -> bytes:
        """MSE SET, then COMPUTE DIGITAL SIGNATURE; the card adds DigestInfo and padding."""
        return self._compute_signature(key, _PKCS1[algorithm], digest, layout)

    def sign_last_round(
        self, key: PrivateKeyEntry, algorithm: Hash, data: bytes, layout: Layout
    ) -> bytes:
        """Refuse: a CPS4 takes the finished digest alone."""
        raise CardError("cryptolib.hash_on_card_not_supported")

    def sign_pss(self, key: PrivateKeyEntry, hash: str, digest: bytes, layout: Layout) -> bytes:
        """Let the card pad by PSS; for a hash that it does not know, pad here where it can be."""
        algorithm = _PSS.get(hash)
        if algorithm is not None:
            return self._compute_signature(key, algorithm, digest, layout)
        # Raw RSA would let a program sign any block in the holder's name, so the signature key
        # computes none: what is padded here is for the authentication key alone.
        if KeyUsage.NON_REPUDIATION in key.usage:
            raise CardError("cryptolib.hash_not_supported", hash=hash)
        return self._raw(key, padded_pss(digest, hash, key.bits), layout)

    def authenticate(self, key: PrivateKeyEntry, block: bytes, layout: Layout) -> bytes:
        """Pad the block here, then let the card compute RSA."""
        return self._raw(key, padded_pkcs1(block, key.bits // 8), layout)

    def decipher(self, key: PrivateKeyEntry, cryptogram: bytes, layout: Layout) -> bytes:
        """Let the card compute RSA, and take the padding off here."""
        return unpadded_pkcs1(self._raw(key, cryptogram, layout))

    def _compute_signature(
        self, key: PrivateKeyEntry, algorithm: int, digest: bytes, layout: Layout
    ) -> bytes:
        # ChipDoc takes algorithm and key in one data object (91), the key with the application bit.
        references = bytes((algorithm, key_reference(key) | _OWN_REFERENCE))
        template = Tlv(TemplateTag.CHIPDOC_REFERENCES, references)
        self._set(key, _SET_SIGNATURE, TemplateTag.SIGNATURE, template, layout)
        return compute_signature(self._channel, digest, CLA)

    def _raw(self, key: PrivateKeyEntry, block: bytes, layout: Layout) -> bytes:
        """Return a block of the modulus' size raised to the private exponent."""
        template = Tlv(TemplateTag.REFERENCE, bytes((key_reference(key),)))
        self._set(key, _SET_RAW, TemplateTag.CONFIDENTIALITY, template, layout)
        return decipher(self._channel, block, CLA)

    def _set(
        self,
        key: PrivateKeyEntry,
        p1: int,
        template: TemplateTag,
        references: Tlv,
        layout: Layout,
    ) -> None:
        """MSE SET; in the key's folder, or the master file, when the key is not found here."""
        command = CommandApdu(
            CLA, Instruction.MANAGE_SECURITY_ENVIRONMENT, p1, template, tlv.build(references)
        )
        # Not the folder first: keys of the application are found wherever the card stands, and a
        # SELECT before each signature would cost what the issuer's library spends on it.
        sw = self._send(command, layout.absolute(key.path), MASTER_FILE)
        if sw != StatusWord.OK:
            raise refusal("MSE SET", sw)

    def billing(self, layout: Layout) -> Billing:
        """Read the objects of the CPS2ter side that the directory names."""
        situation: bytes | None = None
        found = []
        for entry in layout.data:
            number = cps2ter_activity_number(entry.label or "")
            if entry.path and number is not None:
                found.append(BillingActivity(number, self.read(layout.absolute(entry.path))))
            elif entry.path and entry.label == DataLabel.SITUATION:
                situation = self.read(layout.absolute(entry.path))
        return Billing(situation, tuple(found))

    def random(self, size: int) -> bytes:
        """GET CHALLENGE, 8 bytes at a time."""
        return random_bytes(self._channel, size, CLA)


_PKCS1 = {Hash.SHA1: Cps4Algorithm.SHA1_PKCS1, Hash.SHA256: Cps4Algorithm.SHA256_PKCS1}
_PSS = {"sha1": Cps4Algorithm.SHA1_PSS, "sha256": Cps4Algorithm.SHA256_PSS}
