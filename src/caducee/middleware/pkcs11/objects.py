# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects as programs see them: attributes, and what stands behind them.

An object of a token knows all its attributes from the card's directory and its certificates; only
the content of data objects is read when somebody asks (`ValueSource`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.cryptolib.model import KeyUse
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.values import Value, encoded
from caducee.spec.pkcs11 import Cka, Ckr

__all__ = [
    "Pkcs11DataObject",
    "Pkcs11Object",
    "PrivateKeyObject",
    "PublicKeyObject",
    "ValueSource",
]


@dataclass(frozen=True, eq=False)
class Pkcs11Object:
    """An object: a certificate, or the base of the others."""

    values: Mapping[int, Value]
    """Attributes by number (`Cka`, or one that nobody knows)."""

    hidden: frozenset[int] = frozenset()
    """Attributes that the object has and states nobody."""

    secret: bytes | None = field(default=None, kw_only=True, repr=False)
    """The value of a secret key, whether or not it is reported."""

    _encoded: dict[int, dict[int, bytes]] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def encoded(self, ulong_size: int) -> Mapping[int, bytes]:
        """Return the attributes as a caller with that ``sizeof(CK_ULONG)`` holds them."""
        found = self._encoded.get(ulong_size)
        if found is None:
            found = {number: encoded(item, ulong_size) for number, item in self.values.items()}
            self._encoded[ulong_size] = found
        return found

    @property
    def kind(self) -> int:
        """The class: a number of `Cko`."""
        return int(self.values[Cka.CLASS])  # type: ignore[arg-type]  # always a number

    @property
    def private(self) -> bool:
        """Whether it is seen only after a login."""
        return bool(self.values.get(Cka.PRIVATE))

    @property
    def on_token(self) -> bool:
        """Whether it is on the card, and no object of a session."""
        return bool(self.values.get(Cka.TOKEN))

    @cached_property
    def size(self) -> int:
        """Bytes of the attributes, on a host of 64 bits."""
        return sum(len(encoded(value, 8)) for value in self.values.values())

    def may(self, attribute: Cka) -> bool:
        """Tell whether a CK_BBOOL attribute is true."""
        return self.values.get(attribute) is True

    def demand(self, attribute: Cka) -> None:
        """Raise `Pkcs11Error` (CKR_KEY_FUNCTION_NOT_PERMITTED) unless an attribute is true."""
        if not self.may(attribute):
            raise Pkcs11Error(Ckr.KEY_FUNCTION_NOT_PERMITTED, attribute=attribute.name)

    def demand_mechanism(self, number: int) -> None:
        """Raise `Pkcs11Error` (CKR_MECHANISM_INVALID) for one that the key does not allow."""
        allowed = self.values.get(Cka.ALLOWED_MECHANISMS)
        if allowed and isinstance(allowed, tuple) and number not in allowed:
            raise Pkcs11Error(Ckr.MECHANISM_INVALID, mechanism=number)


@dataclass(frozen=True, eq=False)
class PrivateKeyObject(Pkcs11Object):
    """A private key of the card."""

    use: KeyUse = field(kw_only=True)
    bits: int = field(kw_only=True)
    """The length of the modulus."""

    public: rsa.RSAPublicKey | None = field(kw_only=True)
    """Its public half, when its certificate can be read."""


@dataclass(frozen=True, eq=False)
class PublicKeyObject(Pkcs11Object):
    """A public key, of a certificate of the card or made in a session."""

    public: rsa.RSAPublicKey = field(kw_only=True)
    use: KeyUse | None = field(default=None, kw_only=True)
    """What the private half on the card is for; None without one."""


class ValueSource(Protocol):
    """Where the value of a data object is read."""

    @property
    def kept(self) -> bytes | None:
        """The value, when it is known without asking the card."""

    def read(self) -> bytes:
        """Return the value, from the card if need be; raises what the card raises."""


@dataclass(frozen=True, eq=False)
class Pkcs11DataObject(Pkcs11Object):
    """A data object of the card: CKA_VALUE is not among its ``values``."""

    content: ValueSource = field(kw_only=True)
