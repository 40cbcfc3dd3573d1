# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card in a slot, from its insertion to its removal, shared by the programs that use it."""

import threading
from dataclasses import dataclass, field

from caducee.cryptolib.card import CpsCard
from caducee.middleware.pkcs11.data_values import objects_of
from caducee.middleware.pkcs11.issuer_module import as_original
from caducee.middleware.pkcs11.objects import Pkcs11Object
from caducee.spec.atrs import CardFace

__all__ = ["Token"]


@dataclass(eq=False)
class Token:
    """One insertion of one card. A card that was taken out and put in again is another token."""

    slot: int
    card: CpsCard = field(repr=False)
    changes: int
    """The reader's count of changes (`ReaderStatus.changes`) when the card was opened."""

    typed_logins: int = 0
    """Logins by a PIN that was entered at the reader."""

    original: bool = False
    """Whether its objects are shown as the issuer's module shows them."""

    has_pin_pad: bool = False
    """Whether the reader has a PIN pad for the PIN, as `find_pin_pad` found out."""

    _things: tuple[Pkcs11Object, ...] | None = field(default=None, repr=False)
    _loading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def face(self) -> CardFace:
        """The generation and side of the card."""
        return self.card.identity.face

    @property
    def has_pin(self) -> bool:
        """Whether this side of the card knows a PIN."""
        return self.card.layout.pin is not None

    @property
    def has_puk(self) -> bool:
        """Whether this side of the card knows an PUK."""
        return self.card.layout.puk is not None

    def find_pin_pad(self) -> bool:
        """Return whether the reader has a PIN pad; asks the reader once."""
        pad = self.card.pin_pad if self.has_pin else None
        self.has_pin_pad = pad is not None and pad.verifies
        return self.has_pin_pad

    @property
    def known(self) -> tuple[Pkcs11Object, ...] | None:
        """The objects, when they were read already."""
        return self._things

    def objects(self) -> tuple[Pkcs11Object, ...]:
        """Return the objects; the first call reads the certificates. Raises `CardError`, …."""
        with self._loading:
            if self._things is None:
                objects = objects_of(self.card)
                self._things = as_original(objects, self.face) if self.original else objects
            return self._things
