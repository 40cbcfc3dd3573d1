# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the directories of the CPS show: authorities with their lists, persons with certificates.

Two trees under ``c=FR``. The newer one is that of the IGC-Santé: each authority at the address that
certificates name, an issuing one below a unit named after its root. The older one
(``o=GIP-CPS``, for tests ``o=TEST``) has the persons in the attributes ``certauth`` and
``certsign``. What of it no document gives is in ``spec/data/ours.toml`` (``ldap``).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute
from caducee.directory import rows, schema
from caducee.directory.ldap.entries import Entry
from caducee.directory.ldap.schema import described
from caducee.directory.ldap.tree import Tree
from caducee.directory.model import CardStatus, Certificate, Person, Structure
from caducee.directory.registry import Registry
from caducee.spec import igc, nomenclatures, ours
from caducee.spec.igc import CaFacts, World

__all__ = [
    "CONTEXT",
    "OLDER_BASES",
    "AuthoritySource",
    "PersonSource",
    "PublishedAuthority",
    "PublishedPerson",
    "RegistryPersons",
    "entries",
    "published_tree",
]

CONTEXT = "c=FR"
"""The entry at the top."""

OLDER_BASES = {World.TEST: "TEST", World.SANDBOX: "SANDBOX"}
"""The organisation at the top of the older tree. The real one is ``GIP-CPS``; the hierarchy that
takes its place here says SANDBOX, so that nothing of ours can be mistaken for it."""


@dataclass(frozen=True, slots=True)
class PublishedAuthority:
    """What a directory shows of an authority; all DER."""

    facts: CaFacts
    certificates: tuple[bytes, ...] = ()
    revocation_list: bytes | None = None
    delta: bytes | None = None
    older: tuple[bytes, ...] = ()
    """Lists that keys before the present one go on signing."""

    older_deltas: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedPerson:
    """What a directory shows of a person."""

    person: Person
    structure: Structure | None = None
    """Of staff: where their card was given."""

    authentication: tuple[bytes, ...] = ()
    """Certificates, DER."""

    signature: tuple[bytes, ...] = ()
    """Certificates, DER."""


class AuthoritySource(Protocol):
    """Gives the authorities as they are now; the sandbox fills it from the CAs."""

    def authorities(self) -> Iterable[PublishedAuthority]:
        """Return every authority that is published."""


class PersonSource(Protocol):
    """Gives the persons who are published."""

    def persons(self) -> Iterable[PublishedPerson]:
        """Return every person who is published."""


def published_tree(
    authorities: Iterable[PublishedAuthority],
    persons: Iterable[PublishedPerson],
    world: World = World.TEST,
) -> Tree:
    """Return the directory of a hierarchy. Raises `StateError` (``ldap.entry``)."""
    return Tree(entries(authorities, persons, world), (CONTEXT,))


def entries(
    authorities: Iterable[PublishedAuthority],
    persons: Iterable[PublishedPerson],
    world: World = World.TEST,
) -> Iterator[Entry]:
    """Yield the entries of a hierarchy's directory, each below one that came before."""
    made = _Made()
    yield from made.above(Dn.parse(CONTEXT))
    for authority in authorities:
        if authority.facts.world is world:
            yield from _authority(authority, made)
    newer = Dn.parse(igc.ca(igc.Range.FORT, None, world).directory_name).parent
    people = newer.below("ou", ours.table("ldap.persons").text("unit"))
    older = Dn.parse(f"o={OLDER_BASES[world]},{CONTEXT}")
    for one in persons:
        yield from _person(one, people, older, made)


@dataclass(slots=True)
class _Made:
    """Which entries of the way down exist already."""

    names: set[tuple[str, ...]] = field(default_factory=set)

    def above(self, name: Dn) -> Iterator[Entry]:
        """Yield plain entries for a name and what is above it, where there are none."""
        if name.levels and name.keys() not in self.names:
            yield from self.above(name.parent)
            self.names.add(name.keys())
            yield _plain(name)


_PLAIN = {
    "c": "country",
    "o": "organization",
    "ou": "organizationalUnit",
    "l": "locality",
    "cn": "organizationalRole",
}


def _plain(name: Dn, *more: Attribute, classes: tuple[str, ...] = ()) -> Entry:
    ava = name.levels[0][0]
    kind = ava.canonical_type
    of = ("top", _PLAIN[kind], *classes)
    return Entry(name.text(), (_texts("objectClass", *of), _texts(kind, str(ava.value)), *more))


def _texts(name: str, *values: str) -> Attribute:
    return Attribute(name, tuple(value.encode() for value in values if value))


def _ders(name: str, *values: bytes | None) -> Iterator[Attribute]:
    kind = described(name)
    present = tuple(dict.fromkeys(one for one in values if one))
    if present and kind is not None:
        yield Attribute(kind.description, present)


def _authority(authority: PublishedAuthority, made: _Made) -> Iterator[Entry]:
    name = Dn.parse(authority.facts.directory_name)
    yield from made.above(name.parent)
    made.names.add(name.keys())
    classes = ("pkiCA", "deltaCRL") if authority.delta else ("pkiCA",)
    more = (
        *_ders("cACertificate", *authority.certificates),
        *_ders("certificateRevocationList", authority.revocation_list, *authority.older),
        *_ders("deltaRevocationList", authority.delta, *authority.older_deltas),
    )
    yield _plain(name, *more, classes=classes)


def _person(one: PublishedPerson, newer: Dn, older: Dn, made: _Made) -> Iterator[Entry]:
    both = (*one.authentication, *one.signature)
    yield from made.above(newer)
    yield _person_entry(one, newer, tuple(_ders("userCertificate", *both)))
    unit = _older_unit(one, older)
    yield from made.above(unit)
    certificates = (
        *_ders("certauth", *one.authentication),
        *_ders("certsign", *one.signature),
    )
    yield _person_entry(one, unit, certificates)


def _older_unit(one: PublishedPerson, older: Dn) -> Dn:
    names = ours.table("ldap.persons")
    if one.structure is None:
        return older.below("ou", _profession(one.person) or names.text("no_profession"))
    department = one.structure.department
    label = nomenclatures.label("G09", department) if department else None
    place = label or names.text("no_department")
    return older.below("l", place).below("ou", one.structure.struct_idnat)


def _profession(person: Person) -> str | None:
    return nomenclatures.label("G15", person.profession) if person.profession else None


def _person_entry(one: PublishedPerson, above: Dn, certificates: tuple[Attribute, ...]) -> Entry:
    person = one.person
    own = "cpsPersonne" if one.structure is None else "cpsStructuralPerson"
    attributes = [
        _texts("objectClass", "top", "person", "organizationalPerson", "inetOrgPerson", own),
        _texts("cn", person.ps_idnat),
        _texts("sn", person.family_name),
    ]
    if person.given_name:
        attributes.append(_texts("givenName", person.given_name))
    title = _profession(person)
    if title:
        attributes.append(_texts("title", title))
    name = above.below("cn", person.ps_idnat).text()
    return Entry(name, (*attributes, *certificates))


class RegistryPersons:
    """The persons of a registry who are in practice, with the certificates that may be shown.

    ``consents`` tells by PS_IdNat whether the certificates of a person may be published: that
    needs the person's consent. Revoked and expired ones are left out, as are those of opposed
    cards.
    """

    def __init__(
        self, registry: Registry, consents: Callable[[str], bool], now: Callable[[], dt.datetime]
    ) -> None:
        self._registry = registry
        self._consents = consents
        self._now = now

    def persons(self) -> Iterator[PublishedPerson]:
        """Yield every person in practice, by PS_IdNat."""
        shown = self._certificates()
        for person in self._registry.persons():
            if not person.active:
                continue
            mine = shown.get(person.ps_idnat, []) if self._consents(person.ps_idnat) else []
            uses = {
                use: tuple(one.der for one in mine if one.use == use)
                for use in ("authentication", "signature")
            }
            yield PublishedPerson(person, self._structure(person), **uses)

    def _structure(self, person: Person) -> Structure | None:
        if person.profession is not None or person.future_profession is not None:
            return None
        activities = self._registry.activities(person.ps_idnat)
        return self._registry.structure(activities[0].struct_idnat) if activities else None

    def _certificates(self) -> dict[str, list[Certificate]]:
        """Return the certificates in force of cards in use, by PS_IdNat."""
        card, certificate, now = schema.card, schema.certificate, self._now()
        holders = sa.select(card.c.number, card.c.ps_idnat).where(
            card.c.status == CardStatus.ACTIVE.value
        )
        query = (
            sa.select(certificate)
            .where(certificate.c.revoked_at.is_(None))
            .order_by(certificate.c.not_before, certificate.c.serial)
        )
        found: dict[str, list[Certificate]] = {}
        with self._registry.reading() as connection:
            holder = {row.number: row.ps_idnat for row in connection.execute(holders)}
            for row in connection.execute(query).mappings():
                one = rows.to_certificate(row)
                if one.card_number in holder and one.not_before <= now <= one.not_after:
                    found.setdefault(holder[one.card_number], []).append(one)
        return found
