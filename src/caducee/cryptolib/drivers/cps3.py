# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What both sides of a CPS3 have in common: IAS-ECC files and keys, PKCS#1 v1.5 alone."""

from caducee.base.errors import CardError
from caducee.codec.pkcs15 import PrivateKeyEntry
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.drivers.ias import IasSide
from caducee.cryptolib.drivers.ias_files import IasFiles
from caducee.cryptolib.drivers.ias_keys import IasKeys
from caducee.cryptolib.drivers.serial import read_identity
from caducee.cryptolib.layout import Layout
from caducee.cryptolib.model import CardIdentity
from caducee.spec.atrs import CardFace

__all__ = ["Cps3Side"]


class Cps3Side(IasSide):
    """The dialogue with one side of a CPS3, as far as it is the same on both."""

    face: CardFace
    """The generation and side of the card."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._files = IasFiles(channel)
        self._keys = IasKeys(channel, self._files)

    @property
    def supports_pss(self) -> bool:
        """A CPS3 pads by PKCS#1 v1.5 alone."""
        return False

    def begin(self) -> None:
        """Forget what is selected on the card."""
        self._files.begin()

    def was_reset(self) -> None:
        """Nothing is selected."""
        self._files.begin()

    def identity(self) -> CardIdentity:
        """Read EF.SN.ICC; 2 commands. Raises `NotACpsError`."""
        return read_identity(self._files, self.face, self._channel.transport.atr)

    def block_limit(self, key: PrivateKeyEntry) -> int:
        """Return how many bytes `authenticate` takes at most."""
        return self._keys.block_limit(key)

    def sign_pss(self, key: PrivateKeyEntry, hash: str, digest: bytes, layout: Layout) -> bytes:
        """Refuse: a CPS3 pads by PKCS#1 v1.5 alone."""
        raise CardError("cryptolib.padding_not_supported", padding="PSS")

    def authenticate(self, key: PrivateKeyEntry, block: bytes, layout: Layout) -> bytes:
        """MSE SET, then INTERNAL AUTHENTICATE."""
        return self._keys.authenticate(key, block, layout)

    def random(self, size: int) -> bytes:
        """GET CHALLENGE, 8 bytes at a time."""
        return self._keys.random(size)
