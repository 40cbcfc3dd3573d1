# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The attribute types and object classes of our directories (RFC 4512 section 4.1).

Of RFC 4519 (names), RFC 4523 (certificates), RFC 2798 (inetOrgPerson) only what our entries use.
The classes of the CPS directories are known by name alone: their OIDs are ours
(``spec/data/ours.toml``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cache
from typing import Final

from caducee.spec import ours

__all__ = [
    "ATTRIBUTE_TYPES",
    "OBJECT_CLASSES",
    "OPERATIONAL",
    "OUR_ATTRIBUTE_TYPES",
    "OUR_OBJECT_CLASSES",
    "AttributeType",
    "MatchingRule",
    "ObjectClass",
    "Syntax",
    "attribute_type",
    "attributes_of",
    "class_oid",
    "definitions",
    "described",
    "structural",
    "with_subtypes",
]


@unique
class Syntax(StrEnum):
    """Syntaxes of values (RFC 4517 section 3.3, RFC 4523 section 2)."""

    DIRECTORY_STRING = "1.3.6.1.4.1.1466.115.121.1.15"
    COUNTRY = "1.3.6.1.4.1.1466.115.121.1.11"
    PRINTABLE = "1.3.6.1.4.1.1466.115.121.1.44"
    IA5 = "1.3.6.1.4.1.1466.115.121.1.26"
    BOOLEAN = "1.3.6.1.4.1.1466.115.121.1.7"
    INTEGER = "1.3.6.1.4.1.1466.115.121.1.27"
    NAME = "1.3.6.1.4.1.1466.115.121.1.12"
    OBJECT_ID = "1.3.6.1.4.1.1466.115.121.1.38"
    CERTIFICATE = "1.3.6.1.4.1.1466.115.121.1.8"
    CERTIFICATE_LIST = "1.3.6.1.4.1.1466.115.121.1.9"
    ATTRIBUTE_TYPE = "1.3.6.1.4.1.1466.115.121.1.3"
    OBJECT_CLASS = "1.3.6.1.4.1.1466.115.121.1.37"

    @property
    def binary(self) -> bool:
        """Whether its values travel with the option ``;binary`` (RFC 4522, RFC 4523)."""
        return self in (Syntax.CERTIFICATE, Syntax.CERTIFICATE_LIST)


@unique
class MatchingRule(StrEnum):
    """How two values are found equal (RFC 4517 section 4.2, RFC 4523 section 2.6)."""

    CASE_IGNORE = "caseIgnoreMatch"
    CASE_EXACT = "caseExactMatch"
    CASE_IGNORE_IA5 = "caseIgnoreIA5Match"
    CASE_EXACT_IA5 = "caseExactIA5Match"
    OBJECT_ID = "objectIdentifierMatch"
    NAME = "distinguishedNameMatch"
    BOOLEAN = "booleanMatch"
    CERTIFICATE = "certificateExactMatch"

    @property
    def oid(self) -> str:
        """The OID (RFC 4517 section 4.2, RFC 4523 section 2.6.1)."""
        return _RULE_OIDS[self]

    @property
    def indexed_as(self) -> "MatchingRule":
        """The rule whose index has all that this one finds, and perhaps more."""
        return _COARSER.get(self, self)

    @classmethod
    def of(cls, name: str) -> "MatchingRule | None":
        """Return the rule of that name, in any case, or OID; none when it is not known."""
        return _rules().get(name.lower())


_RULE_OIDS: Final = {
    MatchingRule.CASE_IGNORE: "2.5.13.2",
    MatchingRule.CASE_EXACT: "2.5.13.5",
    MatchingRule.CASE_IGNORE_IA5: "1.3.6.1.4.1.1466.109.114.2",
    MatchingRule.CASE_EXACT_IA5: "1.3.6.1.4.1.1466.109.114.1",
    MatchingRule.OBJECT_ID: "2.5.13.0",
    MatchingRule.NAME: "2.5.13.1",
    MatchingRule.BOOLEAN: "2.5.13.13",
    MatchingRule.CERTIFICATE: "2.5.13.34",
}
_COARSER: Final = {
    MatchingRule.CASE_EXACT: MatchingRule.CASE_IGNORE,
    MatchingRule.CASE_EXACT_IA5: MatchingRule.CASE_IGNORE_IA5,
}


@cache
def _rules() -> dict[str, MatchingRule]:
    return {name: member for member in MatchingRule for name in (member.lower(), member.oid)}


@dataclass(frozen=True, slots=True)
class AttributeType:
    """A kind of attribute."""

    oid: str
    names: tuple[str, ...]
    """The first is the one that is shown."""

    syntax: Syntax = Syntax.DIRECTORY_STRING
    equality: MatchingRule | None = MatchingRule.CASE_IGNORE
    """``None``: values of it are not compared; a filter on them is undefined."""

    substrings: bool = True
    """Whether parts of a value are compared; always without regard to case."""

    superior: str | None = None
    """The name of the type of which it is a kind."""

    single: bool = False
    operational: bool = False
    """Whether it is of the server, not of the user, and shown only when asked for."""

    @property
    def key(self) -> str:
        """The shown name in lower case."""
        return self.names[0].lower()

    @property
    def description(self) -> str:
        """What stands before its values in an entry."""
        return f"{self.names[0]};binary" if self.syntax.binary else self.names[0]

    def text(self) -> str:
        """Return the definition (RFC 4512 section 4.1.2)."""
        shown = " ".join(f"'{name}'" for name in self.names)
        parts = [self.oid, f"NAME {shown if len(self.names) == 1 else f'( {shown} )'}"]
        parts += [f"SUP {self.superior}"] if self.superior else []
        parts += [f"EQUALITY {self.equality}"] if self.equality else []
        if self.substrings and self.equality:
            parts.append(f"SUBSTR {self.equality.replace('Match', 'SubstringsMatch')}")
        parts.append(f"SYNTAX {self.syntax}")
        parts += ["SINGLE-VALUE"] if self.single else []
        parts += ["NO-USER-MODIFICATION USAGE directoryOperation"] if self.operational else []
        return f"( {' '.join(parts)} )"


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """A kind of entry."""

    oid: str
    name: str
    superior: str | None = "top"
    kind: str = "STRUCTURAL"
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the definition (RFC 4512 section 4.1.1)."""
        parts = [self.oid, f"NAME '{self.name}'"]
        parts += [f"SUP {self.superior}"] if self.superior else []
        parts.append(self.kind)
        parts += [f"MUST ( {' $ '.join(self.must)} )"] if self.must else []
        parts += [f"MAY ( {' $ '.join(self.may)} )"] if self.may else []
        return f"( {' '.join(parts)} )"


def _named(oid: str, *names: str) -> AttributeType:
    return AttributeType(oid, names, superior="name")


def _certificate(oid: str, name: str) -> AttributeType:
    return AttributeType(oid, (name,), Syntax.CERTIFICATE, MatchingRule.CERTIFICATE, False)


def _list(oid: str, name: str) -> AttributeType:
    return AttributeType(oid, (name,), Syntax.CERTIFICATE_LIST, None, False)


def _server(oid: str, name: str, syntax: Syntax, rule: MatchingRule | None = None) -> AttributeType:
    return AttributeType(oid, (name,), syntax, rule, False, operational=True)


_OURS = ours.table("ldap.oids")

OUR_ATTRIBUTE_TYPES: Final = (
    _certificate(_OURS.text("certauth"), "certauth"),
    _certificate(_OURS.text("certsign"), "certsign"),
)
"""The attributes of the CPS directories: the two certificates of a card."""

OUR_OBJECT_CLASSES: Final = (
    ObjectClass(
        _OURS.text("cpsPersonne"), "cpsPersonne", "inetOrgPerson", may=("certauth", "certsign")
    ),
    ObjectClass(
        _OURS.text("cpsStructuralPerson"),
        "cpsStructuralPerson",
        "inetOrgPerson",
        may=("certauth", "certsign"),
    ),
    ObjectClass(_OURS.text("cpsCarteCps"), "cpsCarteCps", kind="AUXILIARY"),
)
"""The classes of the CPS directories: professionals, staff of a structure, cards."""

ATTRIBUTE_TYPES: Final = (
    AttributeType("2.5.4.0", ("objectClass",), Syntax.OBJECT_ID, MatchingRule.OBJECT_ID, False),
    AttributeType("2.5.4.41", ("name",)),
    _named("2.5.4.3", "cn", "commonName"),
    _named("2.5.4.4", "sn", "surname"),
    AttributeType("2.5.4.6", ("c", "countryName"), Syntax.COUNTRY, superior="name", single=True),
    _named("2.5.4.7", "l", "localityName"),
    _named("2.5.4.8", "st", "stateOrProvinceName"),
    _named("2.5.4.10", "o", "organizationName"),
    _named("2.5.4.11", "ou", "organizationalUnitName"),
    _named("2.5.4.12", "title"),
    _named("2.5.4.42", "givenName", "gn"),
    AttributeType("2.5.4.13", ("description",)),
    AttributeType("2.5.4.5", ("serialNumber",), Syntax.PRINTABLE),
    AttributeType("0.9.2342.19200300.100.1.1", ("uid", "userid")),
    AttributeType(
        "0.9.2342.19200300.100.1.3",
        ("mail", "rfc822Mailbox"),
        Syntax.IA5,
        MatchingRule.CASE_IGNORE_IA5,
    ),
    _certificate("2.5.4.36", "userCertificate"),
    _certificate("2.5.4.37", "cACertificate"),
    _list("2.5.4.38", "authorityRevocationList"),
    _list("2.5.4.39", "certificateRevocationList"),
    _list("2.5.4.53", "deltaRevocationList"),
    *OUR_ATTRIBUTE_TYPES,
    _server("2.5.18.10", "subschemaSubentry", Syntax.NAME, MatchingRule.NAME),
    _server("2.5.18.9", "hasSubordinates", Syntax.BOOLEAN, MatchingRule.BOOLEAN),
    _server("1.3.6.1.1.20", "entryDN", Syntax.NAME, MatchingRule.NAME),
    _server("2.5.21.9", "structuralObjectClass", Syntax.OBJECT_ID, MatchingRule.OBJECT_ID),
    _server("1.3.6.1.4.1.1466.101.120.5", "namingContexts", Syntax.NAME, MatchingRule.NAME),
    _server(
        "1.3.6.1.4.1.1466.101.120.7", "supportedExtension", Syntax.OBJECT_ID, MatchingRule.OBJECT_ID
    ),
    _server(
        "1.3.6.1.4.1.1466.101.120.13", "supportedControl", Syntax.OBJECT_ID, MatchingRule.OBJECT_ID
    ),
    _server(
        "1.3.6.1.4.1.4203.1.3.5", "supportedFeatures", Syntax.OBJECT_ID, MatchingRule.OBJECT_ID
    ),
    _server("1.3.6.1.4.1.1466.101.120.15", "supportedLDAPVersion", Syntax.INTEGER),
    _server("1.3.6.1.1.4", "vendorName", Syntax.DIRECTORY_STRING),
    _server("2.5.21.5", "attributeTypes", Syntax.ATTRIBUTE_TYPE),
    _server("2.5.21.6", "objectClasses", Syntax.OBJECT_CLASS),
)

OPERATIONAL: Final = frozenset(
    attribute_kind.key for attribute_kind in ATTRIBUTE_TYPES if attribute_kind.operational
)
"""Keys of what is of the server."""

_PERSON_MAY = ("title", "ou", "st", "l", "description")

OBJECT_CLASSES: Final = (
    ObjectClass("2.5.6.0", "top", None, "ABSTRACT", must=("objectClass",)),
    ObjectClass("2.5.6.2", "country", must=("c",), may=("description",)),
    ObjectClass("2.5.6.3", "locality", may=("l", "st", "description")),
    ObjectClass("2.5.6.4", "organization", must=("o",), may=("st", "l", "description")),
    ObjectClass("2.5.6.5", "organizationalUnit", must=("ou",), may=("st", "l", "description")),
    ObjectClass("2.5.6.6", "person", must=("sn", "cn"), may=("description",)),
    ObjectClass("2.5.6.7", "organizationalPerson", "person", may=_PERSON_MAY),
    ObjectClass("2.5.6.8", "organizationalRole", must=("cn",), may=("ou", "st", "l")),
    ObjectClass(
        "2.16.840.1.113730.3.2.2",
        "inetOrgPerson",
        "organizationalPerson",
        may=("givenName", "mail", "o", "uid", "userCertificate"),
    ),
    ObjectClass(
        "2.5.6.22",
        "pkiCA",
        kind="AUXILIARY",
        may=("cACertificate", "certificateRevocationList", "authorityRevocationList"),
    ),
    ObjectClass("2.5.6.23", "deltaCRL", kind="AUXILIARY", may=("deltaRevocationList",)),
    ObjectClass("2.5.20.1", "subschema", kind="AUXILIARY", may=("attributeTypes", "objectClasses")),
    *OUR_OBJECT_CLASSES,
)


@cache
def _types() -> dict[str, AttributeType]:
    found = {}
    for kind in ATTRIBUTE_TYPES:
        found[kind.oid] = kind
        found.update({name.lower(): kind for name in kind.names})
    return found


@cache
def _subtypes() -> dict[str, frozenset[str]]:
    found = {}
    for kind in ATTRIBUTE_TYPES:
        kinds = {other.key for other in ATTRIBUTE_TYPES if other.superior == kind.names[0]}
        found[kind.key] = frozenset(kinds | {kind.key})
    return found


@cache
def _classes() -> dict[str, ObjectClass]:
    return {name: kind for kind in OBJECT_CLASSES for name in (kind.name.lower(), kind.oid)}


def attribute_type(name: str) -> AttributeType | None:
    """Return the type of that name or OID, in any case; none when it is not known."""
    return _types().get(name) or _types().get(name.lower())


def described(description: str) -> AttributeType | None:
    """Return the type of an attribute description; none when type or options are not known.

    The only option is ``binary``, for types whose values travel so.
    """
    name, *options = description.split(";")
    found = attribute_type(name)
    if found is None or not options:
        return found
    binary = found.syntax.binary and [option.lower() for option in options] == ["binary"]
    return found if binary else None


def with_subtypes(found: AttributeType) -> frozenset[str]:
    """Return the key of a type and of those that are a kind of it."""
    return _subtypes()[found.key]


def class_oid(name: str) -> str | None:
    """Return the OID of an object class by its name or OID, in any case."""
    found = _classes().get(name.lower())
    return None if found is None else found.oid


def attributes_of(name: str) -> frozenset[str]:
    """Return the keys of the types that entries of an object class must or may have (RFC 4529)."""
    found = set[str]()
    item = _classes().get(name.lower())
    while item is not None:
        found.update(kind.key for name in (*item.must, *item.may) if (kind := attribute_type(name)))
        item = _classes().get((item.superior or "").lower())
    return frozenset(found)


def structural(names: Iterable[str]) -> str | None:
    """Return the name of the most special structural class among those of an entry."""
    known = [item for name in names if (item := _classes().get(name.lower())) is not None]
    above = {item.superior for item in known}
    found = (item.name for item in known if item.kind == "STRUCTURAL" and item.name not in above)
    return next(found, None)


def definitions() -> Iterator[tuple[str, str]]:
    """Yield what stands in the subschema: attribute and definition."""
    for attribute_kind in ATTRIBUTE_TYPES:
        yield "attributeTypes", attribute_kind.text()
    for kind in OBJECT_CLASSES:
        yield "objectClasses", kind.text()
