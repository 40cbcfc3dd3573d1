# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""National identifiers of professionals and structures, with their keys and test forms.

Sources: the ANS object model (modèle des objets de santé, MOS) for kinds and shapes; the keys are
Luhn keys, checked by arithmetic on every published sample. A letter of a department counts as its
place in the alphabet (A = 1, B = 2): so do all published test numbers of the fictive department
``0B``.

>>> Rpps.parse("99700218896").is_test
True
>>> Rpps.test(21889)
Rpps(text='99700218896')
>>> PsIdNat.parse("30B0057881/CPET0002").structure
Finess(text='0B0057881')
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from caducee.base.errors import FormatError
from caducee.spec.nomenclatures import PersonIdType, StructureIdType

__all__ = [
    "Adeli",
    "AdeliRank",
    "Finess",
    "Identifier",
    "PsIdNat",
    "Rpps",
    "RppsRang",
    "Siren",
    "Siret",
    "StructIdNat",
    "luhn_key",
]

_LETTERS: Final = str.maketrans("ABCDEFGHI", "123456789")
_TEST_DEPARTMENT: Final = "0B"
_TEST_RPPS: Final = "997"
_KIT_RPPS: Final = "999"
"""RPPS of the SESAM-Vitale test kit (e.g. 99900063480)."""

_TEST_SIREN: Final = "000000000"
_POST_OFFICE: Final = "356000000"
"""SIREN of La Poste: its sites beyond the Luhn space have a digit sum divisible by 5 (INSEE)."""


_VALUE: Final = bytes(max(0, index - ord("0")) for index in range(256))
_DOUBLED: Final = bytes(sum(divmod(2 * item, 10)) if item < 10 else 0 for item in _VALUE)


def _luhn_sum(text: str) -> int:
    """Return the Luhn sum. Raises `ValueError` for other signs than digits and A to I."""
    digits = text.translate(_LETTERS).encode()
    if not digits.isdigit():
        raise ValueError("digits are needed")
    return sum(digits[::-2].translate(_VALUE)) + sum(digits[-2::-2].translate(_DOUBLED))


def luhn_key(body: str) -> str:
    """Return the Luhn digit that completes a number; letters A to I count 1 to 9.

    >>> luhn_key("9970021889")
    '6'
    >>> luhn_key("0B005788")
    '1'
    """
    return str(-_luhn_sum(body + "0") % 10)


def _shown(text: str) -> str:
    """Return the part of a wrong identifier that an error may repeat: short and printable."""
    return "".join(item if item.isprintable() else "?" for item in text[:24])


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier of a fixed shape. Raises `FormatError` (``codec.identifier_*``) if wrong."""

    text: str

    name: ClassVar[str]
    pattern: ClassVar[re.Pattern[str]]
    keyed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.pattern.fullmatch(self.text):
            raise FormatError("codec.identifier_shape", kind=self.name, value=_shown(self.text))
        if self.keyed and not self._key_is_right():
            raise FormatError("codec.identifier_key", kind=self.name, value=self.text)

    def _key_is_right(self) -> bool:
        return _luhn_sum(self.text) % 10 == 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an identifier, with its key, without spaces."""
        return cls(text)

    @property
    def key(self) -> str:
        """The check digit, the last character."""
        return self.text[-1]

    @property
    def is_test(self) -> bool:
        """Whether the number belongs to the ranges that are used for tests."""
        return self.text.startswith(_TEST_DEPARTMENT)

    def __str__(self) -> str:
        return self.text


class Rpps(Identifier):
    """A professional in the RPPS register: 10 digits and the key."""

    __slots__ = ()
    name = "RPPS"
    pattern = re.compile("[0-9]{11}")

    @classmethod
    def test(cls, order: int) -> Self:
        """Return a test RPPS: ``997``, the order (0 to 9999999), the key."""
        body = _TEST_RPPS + _number(order, 7)
        return cls(body + luhn_key(body))

    @property
    def is_test(self) -> bool:
        """Whether it begins as the test numbers of the ANS or of the SESAM-Vitale kit."""
        return self.text.startswith((_TEST_RPPS, _KIT_RPPS))


class RppsRang(Identifier):
    """A practice of an RPPS holder: RPPS, rank of two digits, key."""

    __slots__ = ()
    name = "RPPS-rang"
    pattern = re.compile("[0-9]{14}")

    def __post_init__(self) -> None:
        super().__post_init__()
        Rpps(self.text[:11])

    @classmethod
    def of(cls, rpps: Rpps, rank: int) -> Self:
        """Return the practice of a holder with the given rank (0 to 99)."""
        body = rpps.text + _number(rank, 2)
        return cls(body + luhn_key(body))

    @property
    def rpps(self) -> Rpps:
        """The holder."""
        return Rpps(self.text[:11])

    @property
    def rank(self) -> int:
        """The rank of the practice among the holder's."""
        return int(self.text[11:13])

    @property
    def is_test(self) -> bool:
        """Whether the holder is a test holder."""
        return self.rpps.is_test


class Adeli(Identifier):
    """A professional in the ADELI register: department, profession, order of 4 digits, key."""

    __slots__ = ()
    name = "ADELI"
    pattern = re.compile("[0-9][0-9A-F][0-9]{7}")

    @classmethod
    def test(cls, profession: str, order: int) -> Self:
        """Return a test ADELI: ``0B``, code of table G15, order (0 to 9999), key."""
        body = _TEST_DEPARTMENT + profession + _number(order, 4)
        return cls(body + luhn_key(body))

    @property
    def profession(self) -> str:
        """Code of table G15, by inference from the published samples."""
        return self.text[2:4]


class AdeliRank(Identifier):
    """A practice of an ADELI holder: ADELI and a rank of two digits, without a key."""

    __slots__ = ()
    name = "ADELI-rang"
    pattern = re.compile("[0-9][0-9A-F][0-9]{9}")
    keyed = False

    @property
    def key(self) -> str:
        """Nothing: this identifier has no key."""
        return ""


class Finess(Identifier):
    """An establishment: department (also 2A, 2B, 97, 98), 6 digits, key."""

    __slots__ = ()
    name = "FINESS"
    pattern = re.compile("[0-9][0-9A-F][0-9]{7}")

    @classmethod
    def test(cls, order: int) -> Self:
        """Return a test FINESS: ``0B0``, order (0 to 99999), key."""
        body = _TEST_DEPARTMENT + "0" + _number(order, 5)
        return cls(body + luhn_key(body))


class Siren(Identifier):
    """A legal entity: 8 digits and the key."""

    __slots__ = ()
    name = "SIREN"
    pattern = re.compile("[0-9]{9}")

    @property
    def is_test(self) -> bool:
        """Whether it is the SIREN of zeros that the test structures have."""
        return self.text == _TEST_SIREN


class Siret(Identifier):
    """A site of a legal entity: SIREN, 4 digits, key."""

    __slots__ = ()
    name = "SIRET"
    pattern = re.compile("[0-9]{14}")

    def _key_is_right(self) -> bool:
        if self.text.startswith(_POST_OFFICE) and sum(map(int, self.text)) % 5 == 0:
            return True
        return super()._key_is_right()

    @classmethod
    def test(cls, order: int) -> Self:
        """Return a test SIRET: nine zeros, order (0 to 9999), key."""
        body = _TEST_SIREN + _number(order, 4)
        return cls(body + luhn_key(body))

    @property
    def siren(self) -> Siren:
        """The legal entity."""
        return Siren(self.text[:9])

    @property
    def is_test(self) -> bool:
        """Whether its SIREN is the one of test structures."""
        return self.text.startswith(_TEST_SIREN)


def _number(value: int, width: int) -> str:
    """Write a number with leading zeros. Raises `FormatError` when it needs more digits."""
    text = f"{value:0{width}d}"
    if value < 0 or len(text) > width:
        raise FormatError("codec.identifier_order", value=value, digits=width)
    return text


type StructureIdentifier = AdeliRank | Finess | Siren | Siret | RppsRang

_STRUCTURES: Final[dict[StructureIdType, type[StructureIdentifier]]] = {
    StructureIdType.ADELI_RANK: AdeliRank,
    StructureIdType.FINESS: Finess,
    StructureIdType.SIREN: Siren,
    StructureIdType.SIRET: Siret,
    StructureIdType.RPPS_RANK: RppsRang,
}

_REGISTERS: Final[dict[PersonIdType, type[StructureIdentifier]]] = {
    PersonIdType.ADELI_REGISTER: AdeliRank,
    PersonIdType.FINESS_REGISTER: Finess,
    PersonIdType.SIREN_REGISTER: Siren,
    PersonIdType.SIRET_REGISTER: Siret,
    PersonIdType.RPPS_REGISTER: RppsRang,
}

_PERSONS: Final[dict[PersonIdType, type[Rpps | Adeli]]] = {
    PersonIdType.RPPS: Rpps,
    PersonIdType.ADELI: Adeli,
}

_OLD_NUMBER: Final = re.compile("[0-9A-Z]{1,20}")
"""DRASS and student numbers: closed registers whose shape was not published."""

_REGISTER_ID: Final = re.compile("[0-9A-Za-z._-]{1,30}")


@dataclass(frozen=True, slots=True)
class StructIdNat:
    """The national identifier of a structure: a type digit and the identifier.

    >>> str(StructIdNat.of(Finess.test(5788)))
    '10B0057881'
    """

    kind: StructureIdType
    identifier: StructureIdentifier

    def __post_init__(self) -> None:
        if not isinstance(self.identifier, _STRUCTURES[self.kind]):
            raise FormatError("codec.identifier_type", kind="Struct_IdNat", value=str(self.kind))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a Struct_IdNat. Raises `FormatError` (``codec.identifier_*``)."""
        if text[:1] not in StructureIdType:
            raise FormatError("codec.identifier_type", kind="Struct_IdNat", value=_shown(text))
        kind = StructureIdType(text[:1])
        return cls(kind, _STRUCTURES[kind](text[1:]))

    @classmethod
    def of(cls, identifier: StructureIdentifier) -> Self:
        """Put the type digit that belongs to an identifier before it."""
        kind = next(item for item, shape in _STRUCTURES.items() if isinstance(identifier, shape))
        return cls(kind, identifier)

    @property
    def is_test(self) -> bool:
        """Whether the structure is a test structure."""
        return self.identifier.is_test

    def __str__(self) -> str:
        return f"{self.kind}{self.identifier}"


@dataclass(frozen=True, slots=True)
class PsIdNat:
    """The national identifier of a person: a type digit and, by type, what follows.

    - RPPS and ADELI: the number (`person`);
    - CPE and CPA: an identifier of the structure (`structure`) and, after a slash, the number
      in its own register (`register`);
    - the two closed registers (DRASS, students): the number as it is (`number`).
    """

    kind: PersonIdType
    number: str
    """What stands between the type digit and the slash, or the end."""

    register: str | None = None
    """What stands after the slash, e.g. ``CPET0002``."""

    def __post_init__(self) -> None:
        shape = _REGISTERS.get(self.kind)
        if (shape is None) != (self.register is None):
            raise FormatError("codec.identifier_register", value=_shown(str(self)))
        if self.register is not None and not _REGISTER_ID.fullmatch(self.register):
            raise FormatError("codec.identifier_register", value=_shown(str(self)))
        inner = shape or _PERSONS.get(self.kind)
        if inner is not None:
            inner(self.number)
        elif not _OLD_NUMBER.fullmatch(self.number):
            raise FormatError(
                "codec.identifier_shape", kind=self.kind.name, value=_shown(str(self))
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a PS_IdNat. Raises `FormatError` (``codec.identifier_*``)."""
        if text[:1] not in PersonIdType:
            raise FormatError("codec.identifier_type", kind="PS_IdNat", value=_shown(text))
        number, slash, register = text[1:].partition("/")
        return cls(PersonIdType(text[:1]), number, register if slash else None)

    @classmethod
    def of(cls, identifier: Rpps | Adeli) -> Self:
        """Put the type digit before the number of a professional."""
        kind = PersonIdType.RPPS if isinstance(identifier, Rpps) else PersonIdType.ADELI
        return cls(kind, identifier.text)

    @classmethod
    def in_register(cls, structure: StructureIdentifier, register: str) -> Self:
        """Return the identifier of a person named by a structure (CPE, CPA)."""
        kind = next(item for item, shape in _REGISTERS.items() if isinstance(structure, shape))
        return cls(kind, structure.text, register)

    @property
    def person(self) -> Rpps | Adeli | None:
        """The RPPS or ADELI number, if it is one."""
        shape = _PERSONS.get(self.kind)
        return shape(self.number) if shape else None

    @property
    def structure(self) -> StructureIdentifier | None:
        """The identifier of the structure that named the person, if one did."""
        shape = _REGISTERS.get(self.kind)
        return shape(self.number) if shape else None

    @property
    def is_test(self) -> bool:
        """Whether the number belongs to the test ranges; closed registers have none."""
        inner = self.person or self.structure
        return inner is not None and inner.is_test

    @property
    def upn(self) -> str:
        """The name for Windows logon in the authentication certificate.

        By inference from certificates: the first digit, a dot and the rest for RPPS and ADELI;
        unchanged for a person of a register.

        >>> PsIdNat.parse("899700041983").upn
        '8.99700041983@carte-cps.fr'
        """
        from caducee.spec.igc import UPN_DOMAIN  # 20 ms that most programs never need

        local = str(self) if self.register else f"{self.kind}.{self.number}"
        return f"{local}@{UPN_DOMAIN}"

    def __str__(self) -> str:
        tail = "" if self.register is None else f"/{self.register}"
        return f"{self.kind}{self.number}{tail}"
