# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The mechanisms of each face of the card, and their parameters (issuer's external specification).

Keys compute on the card; digests, verification and encryption are made here.
"""

from dataclasses import dataclass
from typing import Final

from caducee.codec.pkcs11 import Mechanism, MechanismInfo, PssParameters, UnreadParameter
from caducee.middleware.pkcs11.errors import MissingParameterError, Pkcs11Error
from caducee.spec.atrs import CardFace
from caducee.spec.pkcs11 import Ckg, Ckm, Ckr, MechanismFlag

__all__ = ["RsaScheme", "digest_of", "info_of", "mechanisms_of", "scheme_of"]

_DIGESTS: Final = {Ckm.SHA_1: "sha1", Ckm.SHA256: "sha256"}
"""Digests as operations of their own; values as hashlib spells them."""

_PSS: Final = {
    (Ckm.SHA_1, Ckg.MGF1_SHA1): "sha1",
    (Ckm.SHA224, Ckg.MGF1_SHA224): "sha224",
    (Ckm.SHA256, Ckg.MGF1_SHA256): "sha256",
    (Ckm.SHA384, Ckg.MGF1_SHA384): "sha384",
    (Ckm.SHA512, Ckg.MGF1_SHA512): "sha512",
}
"""The hash of each pair of hash and mask that PSS may name."""

_HASHED: Final = {Ckm.SHA1_RSA_PKCS: "sha1", Ckm.SHA256_RSA_PKCS: "sha256"}
_HASHED_PSS: Final = {Ckm.SHA1_RSA_PKCS_PSS: "sha1", Ckm.SHA256_RSA_PKCS_PSS: "sha256"}

_DIGEST = MechanismFlag.DIGEST
_SIGNATURE = MechanismFlag.HW | MechanismFlag.SIGN | MechanismFlag.VERIFY
_CIPHER = MechanismFlag.DECRYPT | MechanismFlag.UNWRAP | MechanismFlag.ENCRYPT | MechanismFlag.WRAP

type _Table = dict[Ckm, MechanismFlag]

_CONTACTLESS: Final[_Table] = {
    Ckm.RSA_PKCS: _SIGNATURE,
    Ckm.SHA_1: _DIGEST,
    Ckm.SHA256: _DIGEST,
}
_CONTACT: Final[_Table] = {
    Ckm.RSA_PKCS: _SIGNATURE | _CIPHER,
    Ckm.SHA1_RSA_PKCS: _SIGNATURE,
    Ckm.SHA256_RSA_PKCS: _SIGNATURE,
    Ckm.SHA_1: _DIGEST,
    Ckm.SHA256: _DIGEST,
}
_TABLES: Final[dict[CardFace, _Table]] = {
    CardFace.CPS3_CONTACT: _CONTACT,
    CardFace.CPS3_CONTACTLESS: _CONTACTLESS,
    CardFace.CPS4: _CONTACT
    | dict.fromkeys((Ckm.RSA_PKCS_PSS, Ckm.SHA1_RSA_PKCS_PSS, Ckm.SHA256_RSA_PKCS_PSS), _SIGNATURE),
}
_ORIGINAL_RSA: Final = _SIGNATURE | MechanismFlag.DECRYPT | MechanismFlag.UNWRAP
_ORIGINAL_HASHED: Final = MechanismFlag.SIGN | MechanismFlag.VERIFY
_ORIGINAL_CONTACTLESS: Final[_Table] = {
    Ckm.SHA_1: _DIGEST,
    Ckm.SHA256: _DIGEST,
    Ckm.RSA_X_509: _ORIGINAL_RSA,
    Ckm.RSA_PKCS: _ORIGINAL_RSA | MechanismFlag.ENCRYPT,
}
_ORIGINAL_CONTACT: Final[_Table] = _ORIGINAL_CONTACTLESS | dict.fromkeys(
    (Ckm.SHA1_RSA_PKCS, Ckm.SHA256_RSA_PKCS), _ORIGINAL_HASHED
)
_ORIGINAL_TABLES: Final[dict[CardFace, _Table]] = {
    CardFace.CPS3_CONTACT: _ORIGINAL_CONTACT,
    CardFace.CPS3_CONTACTLESS: _ORIGINAL_CONTACTLESS,
    CardFace.CPS4: _ORIGINAL_CONTACT
    | {Ckm.RSA_PKCS_PSS: _ORIGINAL_RSA | MechanismFlag.ENCRYPT}
    | dict.fromkeys((Ckm.SHA1_RSA_PKCS_PSS, Ckm.SHA256_RSA_PKCS_PSS), _ORIGINAL_HASHED),
}
"""The same of the issuer's module, as measured. It lists CKM_RSA_X_509, and signs nothing by it."""

_KEY_BITS: Final = {
    CardFace.CPS3_CONTACT: (512, 2048),
    CardFace.CPS3_CONTACTLESS: (512, 2048),
    CardFace.CPS4: (2048, 2048),
}
"""Sizes of keys that the issuer's drivers accept (``cps3_init``, ``cps4_init``)."""


@dataclass(frozen=True, slots=True)
class RsaScheme:
    """How data become a signature or a cryptogram of RSA."""

    hash: str | None = None
    """The digest to sign, as hashlib spells it; None: PKCS#1 v1.5 around what the caller gives."""

    hashes: bool = False
    """The data are hashed here; else the caller gives the digest, or the block."""

    raw: bool = False
    """A whole block, as the issuer's module announces and no card of ours computes."""

    pss: bool = False
    salt: int = 0


def mechanisms_of(face: CardFace, *, original: bool) -> tuple[Ckm, ...]:
    """Return the mechanisms of a face, in a stable order; ``original``: of the issuer's module."""
    return tuple(_table(face, original))


def info_of(face: CardFace, number: int, *, original: bool) -> MechanismInfo:
    """Return what a mechanism does on a face. Raises `Pkcs11Error` (CKR_MECHANISM_INVALID)."""
    flags = _flags(face, number, original)
    least, most = (0, 0) if flags == _DIGEST else _KEY_BITS[face]
    return MechanismInfo(min_key=least, max_key=most, flags=int(flags))


def _table(face: CardFace, original: bool) -> _Table:
    return (_ORIGINAL_TABLES if original else _TABLES)[face]


def _flags(face: CardFace, number: int, original: bool) -> MechanismFlag:
    found = {int(item): flags for item, flags in _table(face, original).items()}.get(number)
    if found is None:
        raise Pkcs11Error(Ckr.MECHANISM_INVALID, mechanism=number)
    return found


def digest_of(mechanism: Mechanism, *, original: bool) -> str:
    """Return the hash of a digest mechanism.

    ``original``: a parameter that the mechanism does not have is passed over.
    Raises `Pkcs11Error`: CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID.
    """
    found = {int(item): name for item, name in _DIGESTS.items()}.get(mechanism.type)
    if found is None:
        raise Pkcs11Error(Ckr.MECHANISM_INVALID, mechanism=mechanism.type)
    if not original:
        _demand_nothing(mechanism)
    return found


def scheme_of(
    face: CardFace, mechanism: Mechanism, purpose: MechanismFlag, *, original: bool
) -> RsaScheme:
    """Return the scheme of a mechanism that a face has for a purpose.

    To be called last: whoever calls a mechanism with a parameter may have left that uninitialised
    where session, state or key are wrong. Raises `Pkcs11Error`: CKR_MECHANISM_INVALID,
    CKR_MECHANISM_PARAM_INVALID; `MissingParameterError`.
    """
    if purpose not in _flags(face, mechanism.type, original):
        raise Pkcs11Error(Ckr.MECHANISM_INVALID, mechanism=mechanism.type)
    number = Ckm(mechanism.type)
    if number in (Ckm.RSA_PKCS_PSS, *_HASHED_PSS):
        return _pss(number, mechanism)
    if not original:
        _demand_nothing(mechanism)
    return RsaScheme(_HASHED.get(number), hashes=number in _HASHED, raw=number is Ckm.RSA_X_509)


def _pss(number: Ckm, mechanism: Mechanism) -> RsaScheme:
    """Read the parameters of PSS; a card makes the mask and the salt by the hash itself."""
    given = mechanism.parameter
    if isinstance(given, UnreadParameter):
        raise MissingParameterError
    if not isinstance(given, PssParameters):
        raise Pkcs11Error(Ckr.MECHANISM_PARAM_INVALID)
    found = {(int(digest), int(mask)): name for (digest, mask), name in _PSS.items()}
    hash = found.get((given.hash, given.mgf))
    if hash is None or _HASHED_PSS.get(number, hash) != hash:
        raise Pkcs11Error(Ckr.MECHANISM_PARAM_INVALID, hash=given.hash, mask=given.mgf)
    return RsaScheme(hash, hashes=number in _HASHED_PSS, pss=True, salt=given.salt)


def _demand_nothing(mechanism: Mechanism) -> None:
    if mechanism.parameter is not None:
        raise Pkcs11Error(Ckr.MECHANISM_PARAM_INVALID)
