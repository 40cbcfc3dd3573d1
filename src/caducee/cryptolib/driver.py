# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What `CpsCard` asks of a card generation's dialogue."""

from typing import Protocol

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import PrivateKeyEntry
from caducee.cryptolib.layout import CardPin, Layout, ReadFile
from caducee.cryptolib.model import Billing, CardIdentity, Hash
from caducee.spec.atrs import CardFace

__all__ = ["Driver", "not_on_face"]


class Driver(Protocol):
    """One card generation's dialogue. Every method raises `CardError` and what a reader raises.

    Paths are absolute. The caller holds a transaction around every sequence of calls, and calls
    `begin` when it starts: another program may have moved the card in between.
    """

    @property
    def face(self) -> CardFace:
        """The generation and side of the card."""

    @property
    def supports_pss(self) -> bool:
        """Whether `sign_pss` works."""

    def begin(self) -> None:
        """Forget what is selected on the card."""

    def was_reset(self) -> None:
        """Take note that the card was reset: not even an application is selected any more."""

    def identity(self) -> CardIdentity:
        """Return which card this is. Raises `NotACpsError` for another card."""

    def actuality(self) -> bytes | None:
        """Return EF_ACTUA as stored; None for a card without."""

    def layout(self, read: ReadFile) -> Layout:
        """Return what the card's directory files say, read through ``read``."""

    def read(self, path: bytes, *, one_object: bool = False) -> bytes:
        """Return a file; only its first data object when the file holds a certificate."""

    def read_part(self, path: bytes, offset: int, size: int) -> bytes:
        """Return ``size`` bytes of a file from ``offset`` on, fewer at its end."""

    def size(self, path: bytes) -> int:
        """Return the size of a file."""

    def write(self, path: bytes, data: bytes) -> None:
        """Write a file from its beginning on."""

    def tries(self, pin: CardPin) -> tuple[int | None, int | None]:
        """Return the tries that are left and the most there are, where the card says."""

    def verify(self, pin: CardPin, value: Secret, folder: bytes) -> None:
        """Present a PIN, in ``folder`` if it is one of the whole card.

        Raises `WrongPinError`, `PinBlockedError`.
        """

    def proven(self, pin: CardPin, folder: bytes) -> bool:
        """Tell whether a PIN was presented and holds, by an empty VERIFY; as `verify` places it.

        False when the card does not say.
        """

    def forget(self, pin: CardPin) -> bool:
        """Make the card forget by a command that a PIN was presented; tell whether it has."""

    def change(self, pin: CardPin, old: Secret, new: Secret) -> None:
        """Change a PIN. Raises as `verify`."""

    def unblock(self, puk: CardPin, value: Secret, pin: CardPin, new: Secret) -> None:
        """Set a new PIN by the PUK, and all tries with it. Raises as `verify`."""

    def sign(self, key: PrivateKeyEntry, algorithm: Hash, digest: bytes, layout: Layout) -> bytes:
        """Sign a digest; the card adds the DigestInfo and the padding."""

    def sign_last_round(
        self, key: PrivateKeyEntry, algorithm: Hash, data: bytes, layout: Layout
    ) -> bytes:
        """Sign data, the last block of which the card hashes itself."""

    def sign_pss(self, key: PrivateKeyEntry, hash: str, digest: bytes, layout: Layout) -> bytes:
        """Sign a digest with PSS, MGF1 by the same hash, the salt as long as the digest.

        ``hash`` as hashlib spells it. Raises `CardError` where `supports_pss` is False.
        """

    def block_limit(self, key: PrivateKeyEntry) -> int:
        """Return how many bytes `authenticate` takes at most."""

    def authenticate(self, key: PrivateKeyEntry, block: bytes, layout: Layout) -> bytes:
        """Sign a block, padded by PKCS#1 v1.5 on the way."""

    def decipher(self, key: PrivateKeyEntry, cryptogram: bytes, layout: Layout) -> bytes:
        """Decipher and return the message without padding."""

    def billing(self, layout: Layout) -> Billing:
        """Return the billing situations; the caller presented the PIN, if it has it."""

    def random(self, size: int) -> bytes:
        """Return random bytes of the card."""


def not_on_face(face: CardFace, what: str) -> CardError:
    """Return the error for an operation that a face does not do; ``what`` names it."""
    return CardError("cryptolib.not_on_face", face=face.value, what=what)
