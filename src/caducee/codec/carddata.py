# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a card says of itself, its holder and the holder's practices.

Every object keeps all that it was read from, in order, so that unknown tags come back untouched;
known tags are searched wherever they stand. The meanings were found by trial and in public
software (`caducee.spec.card_data`): the format paper of the issuer was never published.

>>> card = IdCard.from_bytes(bytes.fromhex("E30A 8105 2900995235 8201 80"))
>>> card.number, card.is_test
('2900995235', True)
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from caducee.base.errors import FormatError
from caducee.codec.bcd import (
    date_from_bcd,
    date_to_bcd,
    from_bcd,
    moment_from_bcd,
    moment_to_bcd,
    to_bcd,
)
from caducee.codec.identifiers import luhn_key
from caducee.codec.tlv import Tlv, parse_all, parse_padded
from caducee.spec.card_data import ActivityTag, Container, IdCardTag, InfoTag, NameTag
from caducee.spec.cards import CARD_ISSUER
from caducee.spec.nomenclatures import CardFamily, ProductCategory, Table, label
from caducee.spec.ours import OurTable, table
from caducee.spec.tags import ActuaTag, SerialTag

__all__ = [
    "ActivityPs",
    "CardObject",
    "EfActua",
    "IdCard",
    "InfoPs",
    "LangPs",
    "NamePs",
    "SerialNumber",
    "text_of",
]


def _ours() -> OurTable:
    """Return what we chose for the objects whose format nobody published; for writing alone."""
    return table("card_data")


def _codes(**values: str | None) -> list[Tlv]:
    """Return codes of the tables under tags of ours, without those that are not given."""
    chosen = _ours()
    return [
        Tlv(chosen.integer(f"{name}_tag"), value.encode())
        for name, value in values.items()
        if value is not None
    ]


def text_of(value: bytes) -> str:
    """Return a text of a card; old cards may hold ISO-8859-1 as their code dictionary does."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("iso-8859-1")


def _leaves(items: Iterable[Tlv], depth: int = 4) -> Iterator[Tlv]:
    """Yield the objects that hold no others, in order; what cannot be opened is a leaf."""
    for item in items:
        inner: tuple[Tlv, ...] = ()
        if item.constructed and depth:
            try:
                inner = item.children()
            except FormatError:
                inner = ()
        if inner:
            yield from _leaves(inner, depth - 1)
        else:
            yield item


@dataclass(frozen=True, slots=True)
class CardObject:
    """One object of a card: its outer data object, kept whole."""

    whole: Tlv
    """Container and value, byte for byte as read."""

    container: ClassVar[int | None] = None
    """The outer tag, when it is known."""

    def __post_init__(self) -> None:
        if self.container is not None and self.whole.tag != self.container:
            raise FormatError(
                "codec.card_object_tag",
                tag=f"{self.whole.tag:02X}",
                expected=f"{self.container:02X}",
            )
        self.whole.children()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read an object that fills ``data``. Raises `FormatError` (``codec.*``)."""
        return cls(Tlv.from_bytes(data))

    @classmethod
    def from_file(cls, data: bytes) -> Self:
        """Read the object of a file whose rest is filled with 00 or FF. Raises `FormatError`."""
        found = parse_padded(data)
        if len(found) != 1:
            raise FormatError("codec.card_object_count", count=len(found))
        return cls(found[0])

    @classmethod
    def _of(cls, *items: Tlv) -> Self:
        return cls(Tlv.build(cls.container or _ours().integer("lang_container_tag"), *items))

    def to_bytes(self) -> bytes:
        """Return the object as it was read or made."""
        return self.whole.to_bytes()

    @property
    def items(self) -> tuple[Tlv, ...]:
        """Every object inside, known or not, in order."""
        return self.whole.children()

    def value(self, tag: int) -> bytes | None:
        """Return the value of a tag: of the first object at the top, else of the first below."""
        for item in (*self.items, *_leaves(self.items)):
            if item.tag == tag:
                return item.value
        return None

    def _text(self, tag: int) -> str | None:
        found = self.value(tag)
        return None if found is None else text_of(found)

    def _code(self, name: str) -> str | None:
        return self._text(_ours().integer(f"{name}_tag"))

    def _byte(self, tag: int) -> int | None:
        found = self.value(tag)
        if found is None:
            return None
        if len(found) != 1:
            raise self._wrong(tag)
        return found[0]

    def _date(self, tag: int) -> dt.date | None:
        found = self.value(tag)
        return date_from_bcd(found) if found and any(found) else None

    def _wrong(self, tag: int) -> FormatError:
        return FormatError("codec.card_object_value", object=type(self).__name__, tag=f"{tag:02X}")


class IdCard(CardObject):
    """CPS_ID_CARD: which card this is."""

    __slots__ = ()
    container = Container.ID_CARD

    @classmethod
    def make(
        cls, number: str, category: ProductCategory, issued: dt.date, expires: dt.date
    ) -> Self:
        """Return the object of a card of ten digits. Raises `FormatError`."""
        return cls._of(
            *parse_all(_ours().octets("id_card_fill")),
            Tlv(IdCardTag.NUMBER, to_bcd(number)),
            Tlv(IdCardTag.CATEGORY, bytes((category,))),
            Tlv(IdCardTag.ISSUED, date_to_bcd(issued)),
            Tlv(IdCardTag.EXPIRES, date_to_bcd(expires)),
        )

    @property
    def number(self) -> str | None:
        """The card number, ten digits."""
        found = self.value(IdCardTag.NUMBER)
        return None if found is None else from_bcd(found)

    @property
    def category(self) -> ProductCategory | int | None:
        """Real or test card; a code nobody knows stays a number."""
        code = self._byte(IdCardTag.CATEGORY)
        return code if code is None or code not in ProductCategory else ProductCategory(code)

    @property
    def is_test(self) -> bool:
        """Whether the card says that it is a test card."""
        category = self.category
        return isinstance(category, ProductCategory) and category.is_test

    @property
    def issued(self) -> dt.date | None:
        """The day of issue."""
        return self._date(IdCardTag.ISSUED)

    @property
    def expires(self) -> dt.date | None:
        """The last day of validity."""
        return self._date(IdCardTag.EXPIRES)


class NamePs(CardObject):
    """CPS_NAME_PS: the family name of the holder."""

    __slots__ = ()
    container = Container.NAME

    @classmethod
    def make(cls, surname: str) -> Self:
        """Return the object of a family name; empty for a card that names nobody."""
        return cls._of(*([Tlv(NameTag.SURNAME, surname.encode())] if surname else []))

    @property
    def surname(self) -> str | None:
        """The family name."""
        return self._text(NameTag.SURNAME)


class LangPs(CardObject):
    """CPS_LANG_PS: the languages of the holder.

    Neither its container nor its tags are known: every value that is a code of table G00 counts.
    """

    __slots__ = ()

    @classmethod
    def make(cls, codes: Iterable[str]) -> Self:
        """Return the object of language codes (table G00), e.g. ``["fr"]``."""
        return cls._of(*(Tlv(_ours().integer("lang_code_tag"), code.encode()) for code in codes))

    @property
    def codes(self) -> tuple[str, ...]:
        """The languages, in card order, in the spelling of table G00."""
        texts = (text_of(leaf.value).lower() for leaf in _leaves(self.items))
        return tuple(text for text in texts if label(Table.LANGUAGES, text) is not None)


class InfoPs(CardObject):
    """CPS_INFO_PS: who the holder is as a professional."""

    __slots__ = ()
    container = Container.INFO

    @classmethod
    def make(
        cls,
        family: CardFamily,
        ps_idnat: str,
        given_name: str,
        specialty: str | None = None,
        **codes: str | None,
    ) -> Self:
        """Return the object of a holder; the specialty is a code of table R01.

        ``codes``: ``civility`` (G03), ``profession`` (G15), ``future_profession`` (G16) and
        ``responsibility`` (G04). Another name raises `LookupError`.
        """
        given = [Tlv(InfoTag.GIVEN_NAME, given_name.encode())] if given_name else []
        last = (
            []
            if specialty is None
            else [Tlv(_ours().integer("info_specialty_tag"), specialty.encode())]
        )
        return cls._of(
            Tlv(InfoTag.CARD_TYPE, bytes((family,))),
            Tlv(InfoTag.PS_IDNAT, ps_idnat.encode()),
            *parse_all(_ours().octets("info_fill")),
            *_codes(**codes),
            *given,
            *last,
        )

    @property
    def family(self) -> CardFamily | int | None:
        """CPS, CPF, CPE or CPA; a code nobody knows stays a number."""
        code = self._byte(InfoTag.CARD_TYPE)
        return code if code is None or code not in CardFamily else CardFamily(code)

    @property
    def ps_idnat(self) -> str | None:
        """The national identifier of the holder, e.g. ``899700218896``."""
        return self._text(InfoTag.PS_IDNAT)

    @property
    def given_name(self) -> str | None:
        """The given name."""
        return self._text(InfoTag.GIVEN_NAME)

    # The codes below stand under tags of ours: they are known of cards of ours alone.

    @property
    def civility(self) -> str | None:
        """Code of table G03, e.g. ``31``."""
        return self._code("civility")

    @property
    def profession(self) -> str | None:
        """Code of table G15, e.g. ``10``."""
        return self._code("profession")

    @property
    def future_profession(self) -> str | None:
        """Code of table G16; only on a CPF."""
        return self._code("future_profession")

    @property
    def responsibility(self) -> str | None:
        """Code of table G04: 01 or 02 make a CPE a CDE, a CPA a CDA."""
        return self._code("responsibility")

    @property
    def specialties(self) -> tuple[str, ...]:
        """Codes of table R01, recognised by their value: their tag is not known."""
        known = set(InfoTag)
        texts = (text_of(leaf.value) for leaf in _leaves(self.items) if leaf.tag not in known)
        return tuple(text for text in texts if label(Table.SPECIALTIES, text) is not None)


class ActivityPs(CardObject):
    """CPS_ACTIVITY_nn_PS: one practice of the holder."""

    __slots__ = ()
    container = Container.ACTIVITY

    @classmethod
    def make(cls, structure_name: str, struct_idnat: str, sector: str, **codes: str | None) -> Self:
        """Return the object of a practice; the sector is a code of table R02, e.g. ``SA07``.

        ``codes``: ``section`` (G05), ``mode`` (G17), ``status``. Another name raises
        `LookupError`. The sector comes last: public software takes the last four characters.
        """
        return cls._of(
            Tlv(ActivityTag.STRUCTURE_NAME, structure_name.encode()),
            Tlv(ActivityTag.STRUCT_IDNAT, struct_idnat.encode()),
            *_codes(**codes),
            Tlv(ActivityTag.SECTOR, sector.encode()),
        )

    @property
    def structure_name(self) -> str | None:
        """Name of the structure."""
        return self._text(ActivityTag.STRUCTURE_NAME)

    @property
    def struct_idnat(self) -> str | None:
        """National identifier of the structure, e.g. ``499700735741008``."""
        return self._text(ActivityTag.STRUCT_IDNAT)

    @property
    def sector(self) -> str | None:
        """Code of the activity sector (table R02), e.g. ``SA07``."""
        return self._text(ActivityTag.SECTOR)

    # The codes below stand under tags of ours: they are known of cards of ours alone.

    @property
    def section(self) -> str | None:
        """Section of the pharmacists' order, a code of table G05, e.g. ``A``."""
        return self._code("section")

    @property
    def mode(self) -> str | None:
        """Mode of practice, a code of table G17, e.g. ``00`` self-employed."""
        return self._code("mode")

    @property
    def status(self) -> str | None:
        """Status of practice; its table is not known."""
        return self._code("status")


class EfActua(CardObject):
    """EF_ACTUA: when the data of the card were last updated.

    Present after the first update only. An update that did not end has a start alone; the
    issuer's library then knows the card and refuses to use it. The time zone is not said: the
    moments are taken as UTC.
    """

    __slots__ = ()
    container = ActuaTag.UPDATE

    @classmethod
    def make(cls, start: dt.datetime, end: dt.datetime) -> Self:
        """Return the object of an update that ended."""
        return cls._of(
            Tlv(ActuaTag.START, moment_to_bcd(start)),
            Tlv(ActuaTag.END, moment_to_bcd(end)),
        )

    @property
    def start(self) -> dt.datetime | None:
        """When the update began."""
        return self._moment(ActuaTag.START)

    @property
    def end(self) -> dt.datetime | None:
        """When the update ended; zeros count as not ended."""
        return self._moment(ActuaTag.END)

    def _moment(self, tag: int) -> dt.datetime | None:
        found = self.value(tag)
        return moment_from_bcd(found) if found and any(found) else None

    @property
    def complete(self) -> bool:
        """Whether the update began and ended."""
        return self.start is not None and self.end is not None


@dataclass(frozen=True, slots=True)
class SerialNumber:
    """EF.SN.ICC: the serial of the chip; exactly 12 bytes, tag 5A (issuer's library).

    >>> SerialNumber.from_bytes(bytes.fromhex("5A0A8025000001290099525F")).serial
    '29009952'
    """

    number: bytes
    """10 bytes: issuer (5, BCD), serial (4, BCD), one more byte."""

    def __post_init__(self) -> None:
        if len(self.number) != 10:
            raise FormatError("codec.serial_size", size=len(self.number))

    @classmethod
    def make(cls, serial: str) -> Self:
        """Return the number of a card of the ANS from its 8 digits. Raises `FormatError`.

        The last byte, which no reader uses, is the Luhn digit and the filler F, as a comment in
        the issuer's library says.
        """
        if len(serial) != 8:
            raise FormatError("codec.serial_size", size=len(serial))
        whole = to_bcd(CARD_ISSUER + serial)
        return cls(whole + bytes.fromhex(luhn_key(whole.hex()) + "F"))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the file. Raises `FormatError` (``codec.card_object_tag``, ``serial_size``)."""
        whole = Tlv.from_bytes(data)
        if whole.tag != SerialTag.SERIAL or whole.form:
            raise FormatError(
                "codec.card_object_tag",
                tag=f"{whole.tag:02X}",
                expected=f"{SerialTag.SERIAL:02X}",
            )
        return cls(whole.value)

    def to_bytes(self) -> bytes:
        """Return the 12 bytes of the file."""
        return Tlv(SerialTag.SERIAL, self.number).to_bytes()

    @property
    def issuer(self) -> str:
        """Ten digits: the issuer of the card."""
        return self.number[:5].hex()

    @property
    def serial(self) -> str:
        """Eight digits: the serial that the issuer's library shows."""
        return self.number[5:9].hex()

    @property
    def is_ans(self) -> bool:
        """Whether the card was issued by the ANS."""
        return self.issuer == CARD_ISSUER
