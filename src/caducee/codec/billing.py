# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The billing side of a card: CPS_SIT_FACT and the situations CPS2TER_ACTIVITY_nn_PS.

Which facts stand there is known from the software that prints or reads them (the issuer's card
manager; billing modules of the JFSE family). No format was published: containers and tags are ours
(``data/ours.toml``, table ``billing``), so that only cards of ours can be read. Codes are those of
the card dictionary; unknown codes and unknown tags come back untouched.

>>> one = BillingSituation(number="0B100001", key="7", convention="1", sign_fse=True)
>>> SituationObject.from_bytes(SituationObject.make(one).to_bytes()).situation == one
True
>>> [(fact.field, fact.labels) for fact in one.coded()]
[('convention', ('Conventionné',))]
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from caducee.base.errors import FormatError
from caducee.codec.carddata import CardObject, text_of
from caducee.codec.identifiers import luhn_key
from caducee.codec.tlv import Tlv
from caducee.spec.cards import MAX_ACTIVITIES
from caducee.spec.nomenclatures import Table, labels
from caducee.spec.ours import OurTable, table

__all__ = [
    "MAX_AGREEMENTS",
    "BillingSituation",
    "CodedFact",
    "SituationObject",
    "SituationsObject",
    "billing_key",
]

MAX_AGREEMENTS: Final = 3
"""Agreements of a situation (JFSE: codeAgrement1 to codeAgrement3)."""

_NUMBER: Final = re.compile("[0-9][0-9A-I][0-9]{6}")
_KEY: Final = re.compile("[0-9]")

_TABLES: Final = {
    "sector": Table.SECTORS,
    "section": Table.PHARMACIST_SECTIONS,
    "mode": Table.PRACTICE_MODES,
    "convention": Table.CONVENTIONS,
    "specialty": Table.INSURANCE_SPECIALTIES,
    "tariff_zone": Table.TARIFF_ZONES,
    "travel": Table.TRAVEL,
    "agreements": Table.AGREEMENTS,
}


def billing_key(number: str) -> str:
    """Return the key of a billing number of 8 characters.

    It is the Luhn digit, since the number generally is the ADELI number (ANS, MOS) [inferred].

    >>> billing_key("0B280058")
    '5'
    """
    return luhn_key(number)


@dataclass(frozen=True, slots=True)
class CodedFact:
    """A code of a situation with what its table says of it."""

    field: str
    """Field of `BillingSituation`."""

    table: Table
    code: str
    labels: tuple[str, ...]
    """French labels; several when parts of a table use one code; none for an unknown code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingSituation:
    """One practice situation as the health insurance knows it. ``None``: the card does not say.

    Raises `FormatError` (``codec.card_object_value``) for what no situation can hold. Codes may be
    unknown to the tables.
    """

    activity: int | None = None
    """Number of the CPS_ACTIVITY that this situation belongs to, 1 to 16."""

    structure_name: str | None = None
    struct_idnat: str | None = None
    """Struct_IdNat, e.g. ``499700735741008``."""

    sector: str | None = None
    """Code of table R02, e.g. ``SA07``."""

    section: str | None = None
    """Section of the pharmacists' order, code of table G05."""

    mode: str | None = None
    """Mode of practice, code of table G17."""

    status: str | None = None
    """Status of practice; its table is not known."""

    number: str | None = None
    """Billing number (identifiant de facturation), 8 characters without its key."""

    key: str | None = None
    """The key of the billing number, one digit; read as it is."""

    convention: str | None = None
    """Convention with the insurance, code of table G101."""

    specialty: str | None = None
    """Insurance specialty, code of table G100."""

    tariff_zone: str | None = None
    """Tariff zone, code of table G102; its parts say different things of the same code."""

    travel: str | None = None
    """Travel allowance (IK), code of table G103."""

    agreements: tuple[str, ...] = ()
    """Codes of table G104, at most `MAX_AGREEMENTS`."""

    sign_fse: bool | None = None
    """Right to sign care sheets (FSE)."""

    sign_batches: bool | None = None
    """Right to sign batches of care sheets."""

    replaced: str | None = None
    """PS_IdNat of the person who is replaced."""

    def __post_init__(self) -> None:
        if self.activity is not None and not 1 <= self.activity <= MAX_ACTIVITIES:
            raise _wrong("activity")
        if self.number is not None and not _NUMBER.fullmatch(self.number):
            raise _wrong("number")
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise _wrong("key")
        if len(self.agreements) > MAX_AGREEMENTS:
            raise _wrong("agreements")

    def coded(self) -> Iterator[CodedFact]:
        """Yield each code that the situation has, with its labels."""
        for field, name in _TABLES.items():
            value: str | tuple[str, ...] | None = getattr(self, field)
            codes = value if isinstance(value, tuple) else () if value is None else (value,)
            for code in codes:
                yield CodedFact(field, name, code, labels(name, code))


_TEXTS: Final = (
    "structure_name",
    "struct_idnat",
    "sector",
    "section",
    "mode",
    "status",
    "number",
    "key",
    "convention",
    "specialty",
    "tariff_zone",
    "travel",
)
"""Fields that are texts, in the order in which they are written, before the agreements."""

_RIGHTS: Final = ("sign_fse", "sign_batches")


class SituationObject(CardObject):
    """A CPS2TER_ACTIVITY_nn_PS, or one situation inside CPS_SIT_FACT."""

    __slots__ = ()
    our_tag: ClassVar[str] = "situation_tag"

    def __post_init__(self) -> None:
        CardObject.__post_init__(self)
        _check_tag(self.whole, self.our_tag)

    @classmethod
    def make(cls, situation: BillingSituation) -> Self:
        """Return the object of a situation."""
        return cls(Tlv.build(_ours().integer(cls.our_tag), *_items(situation)))

    @property
    def situation(self) -> BillingSituation:
        """What the object says. Raises `FormatError` (``codec.card_object_value``)."""
        own = _ours()
        agreements = (item.value for item in self.items if item.tag == own.integer("agreement"))
        return BillingSituation(
            activity=self._byte(own.integer("activity")),
            structure_name=self._named("structure_name"),
            struct_idnat=self._named("struct_idnat"),
            sector=self._named("sector"),
            section=self._named("section"),
            mode=self._named("mode"),
            status=self._named("status"),
            number=self._named("number"),
            key=self._named("key"),
            convention=self._named("convention"),
            specialty=self._named("specialty"),
            tariff_zone=self._named("tariff_zone"),
            travel=self._named("travel"),
            agreements=tuple(text_of(agreement) for agreement in agreements),
            sign_fse=self._right("sign_fse"),
            sign_batches=self._right("sign_batches"),
            replaced=self._named("replaced"),
        )

    def _named(self, name: str) -> str | None:
        return self._text(_ours().integer(name))

    def _right(self, name: str) -> bool | None:
        found = self._byte(_ours().integer(name))
        if found not in (None, 0, 1):
            raise _wrong(name)
        return None if found is None else bool(found)


class SituationsObject(CardObject):
    """CPS_SIT_FACT: all situations of a holder."""

    __slots__ = ()
    our_tag: ClassVar[str] = "list_tag"

    def __post_init__(self) -> None:
        CardObject.__post_init__(self)
        _check_tag(self.whole, self.our_tag)

    @classmethod
    def make(cls, situations: Iterable[BillingSituation]) -> Self:
        """Return the object of situations, in card order; it may hold none."""
        inner = (SituationObject.make(situation).whole for situation in situations)
        return cls(Tlv.build(_ours().integer(cls.our_tag), *inner))

    @property
    def situations(self) -> tuple[BillingSituation, ...]:
        """The situations, in card order; other objects inside are passed over.

        Raises `FormatError` (``codec.card_object_value``).
        """
        wanted = _ours().integer(SituationObject.our_tag)
        return tuple(SituationObject(item).situation for item in self.items if item.tag == wanted)


def _ours() -> OurTable:
    return table("billing")


def _wrong(field: str) -> FormatError:
    return FormatError("codec.card_object_value", object="BillingSituation", tag=field)


def _check_tag(whole: Tlv, name: str) -> None:
    expected = _ours().integer(name)
    if whole.tag != expected:
        raise FormatError(
            "codec.card_object_tag", tag=f"{whole.tag:02X}", expected=f"{expected:02X}"
        )


def _items(situation: BillingSituation) -> Iterator[Tlv]:
    own = _ours()
    if situation.activity is not None:
        yield Tlv(own.integer("activity"), bytes((situation.activity,)))
    for name in _TEXTS:
        value: str | None = getattr(situation, name)
        if value is not None:
            yield Tlv(own.integer(name), value.encode())
    for code in situation.agreements:
        yield Tlv(own.integer("agreement"), code.encode())
    for name in _RIGHTS:
        right: bool | None = getattr(situation, name)
        if right is not None:
            yield Tlv(own.integer(name), bytes((right,)))
    if situation.replaced is not None:
        yield Tlv(own.integer("replaced"), situation.replaced.encode())
