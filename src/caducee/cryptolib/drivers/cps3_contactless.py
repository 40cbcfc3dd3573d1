# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The contactless side of a CPS3 (R3V3): the technical key, its certificate, and CPS_DATA.

It knows no PIN: the technical key signs at once, by INTERNAL AUTHENTICATE, and what needs a PIN
on the contacts cannot be had here. EF_ACTUA is not consulted, as in the issuer's library.
"""

from typing import NoReturn

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import PrivateKeyEntry
from caducee.cryptolib.driver import not_on_face
from caducee.cryptolib.drivers.cps3 import Cps3Side
from caducee.cryptolib.layout import CardPin, Layout
from caducee.cryptolib.model import Billing, Hash
from caducee.spec.aids import CPS3_CONTACTLESS
from caducee.spec.atrs import CardFace

__all__ = ["Cps3Contactless"]


class Cps3Contactless(Cps3Side):
    """The dialogue without contacts (see `caducee.cryptolib.driver.Driver`)."""

    face = CardFace.CPS3_CONTACTLESS
    application = CPS3_CONTACTLESS

    def actuality(self) -> None:
        """Read nothing: EF_ACTUA is for the contacts."""

    def read(self, path: bytes, *, one_object: bool = False) -> bytes:
        """Read a file. Raises `CardError` (``cryptolib.not_on_face``) for one of the contacts."""
        try:
            return super().read(path, one_object=one_object)
        except CardError as error:
            if error.code != "cryptolib.pin_needed":
                raise
            raise not_on_face(self.face, f"READ BINARY {path.hex().upper()}") from error

    def write(self, path: bytes, data: bytes) -> None:
        """Refuse: nothing is written without contacts."""
        self._refuse("UPDATE BINARY")

    def tries(self, pin: CardPin) -> tuple[int | None, int | None]:
        """Refuse: this interface has no PIN."""
        self._refuse_pin()

    def verify(self, pin: CardPin, value: Secret, folder: bytes) -> None:
        """Refuse: this interface has no PIN."""
        self._refuse_pin()

    def proven(self, pin: CardPin, folder: bytes) -> bool:
        """Refuse: this interface has no PIN."""
        self._refuse_pin()

    def forget(self, pin: CardPin) -> bool:
        """Refuse: this interface has no PIN."""
        self._refuse_pin()

    def change(self, pin: CardPin, old: Secret, new: Secret) -> None:
        """Refuse: this interface has no PIN."""
        self._refuse_pin()

    def unblock(self, puk: CardPin, value: Secret, pin: CardPin, new: Secret) -> None:
        """Refuse: this interface has no PIN."""
        self._refuse_pin()

    def sign(self, key: PrivateKeyEntry, algorithm: Hash, digest: bytes, layout: Layout) -> bytes:
        """Refuse: the signature key is for the contacts."""
        self._refuse("PSO COMPUTE DIGITAL SIGNATURE")

    def sign_last_round(
        self, key: PrivateKeyEntry, algorithm: Hash, data: bytes, layout: Layout
    ) -> bytes:
        """Refuse: the signature key is for the contacts."""
        self._refuse("PSO HASH")

    def decipher(self, key: PrivateKeyEntry, cryptogram: bytes, layout: Layout) -> bytes:
        """Refuse: the technical key deciphers nothing."""
        self._refuse("PSO DECIPHER")

    def billing(self, layout: Layout) -> Billing:
        """Refuse: the CPS2ter side is for the contacts."""
        self._refuse("CPS_SIT_FACT")

    def _refuse(self, what: str) -> NoReturn:
        raise not_on_face(self.face, what)

    def _refuse_pin(self) -> NoReturn:
        raise CardError("cryptolib.no_pin_on_face", face=self.face.value)
