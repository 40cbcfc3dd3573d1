# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the directories of the CPS show: authorities with their lists, persons with certificates.

Two trees under ``c=FR``. The newer one is that of the IGC-Santé: each authority at the address that
certificates name, an issuing one below a unit named after its root. The older one
(``o=GIP-CPS``, for tests ``o=TEST``) has the persons in the attributes ``certauth`` and
``certsign``. What of it no document gives is in ``spec/data/ours.toml`` (``ldap``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Protocol

from caducee.codec.ldap.names import Ava, Dn
from caducee.codec.ldap.operations import Attribute
from caducee.directory.ldap.entries import LdapEntry, plain
from caducee.directory.ldap.schema import described
from caducee.directory.ldap.tree import Tree
from caducee.directory.model import Person, Structure
from caducee.spec import igc, nomenclatures, ours
from caducee.spec.igc import CaFacts, World

__all__ = [
    "CONTEXT",
    "OLDER_BASES",
    "AuthoritySource",
    "PersonSource",
    "PublishedAuthority",
    "PublishedPerson",
    "authority_entry",
    "entries",
    "person_entries",
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
) -> Iterator[LdapEntry]:
    """Yield the entries of a hierarchy's directory, each below one that came before."""
    made = _Made()
    yield from made.above(Dn.parse(CONTEXT))
    for authority in authorities:
        if authority.facts.world is world:
            yield from made.with_above(authority_entry(authority))
    for person in persons:
        for entry in person_entries(person, world):
            yield from made.with_above(entry)


@dataclass(slots=True)
class _Made:
    """Which entries of the way down exist already."""

    names: set[tuple[str, ...]] = field(default_factory=set)

    def above(self, name: Dn) -> Iterator[LdapEntry]:
        """Yield plain entries for a name and what is above it, where there are none."""
        if name.levels and name.keys() not in self.names:
            yield from self.above(name.parent)
            self.names.add(name.keys())
            yield plain(name)

    def with_above(self, entry: LdapEntry) -> Iterator[LdapEntry]:
        """Yield an entry, and before it what is above it, where there is nothing."""
        name = Dn.parse(entry.name)
        yield from self.above(name.parent)
        self.names.add(name.keys())
        yield entry


def _texts(name: str, *values: str) -> Attribute:
    return Attribute(name, tuple(value.encode() for value in values if value))


def _ders(name: str, *values: bytes | None) -> Iterator[Attribute]:
    kind = described(name)
    present = tuple(dict.fromkeys(value for value in values if value))
    if present and kind is not None:
        yield Attribute(kind.description, present)


def authority_entry(authority: PublishedAuthority) -> LdapEntry:
    """Return the entry of an authority, at the address that certificates name."""
    name = Dn.parse(authority.facts.directory_name)
    classes = ("pkiCA", "deltaCRL") if authority.delta else ("pkiCA",)
    more = (
        *_ders("cACertificate", *authority.certificates),
        *_ders("certificateRevocationList", authority.revocation_list, *authority.older),
        *_ders("deltaRevocationList", authority.delta, *authority.older_deltas),
    )
    return plain(name, *more, classes=classes)


def person_entries(
    person: PublishedPerson, world: World = World.TEST
) -> tuple[LdapEntry, LdapEntry]:
    """Return the entries of a person: in the newer tree, and in the older."""
    newer, older = _trees(world)
    both = (*person.authentication, *person.signature)
    certificates = (
        *_ders("certauth", *person.authentication),
        *_ders("certsign", *person.signature),
    )
    return (
        _person_entry(person, newer, tuple(_ders("userCertificate", *both))),
        _person_entry(person, _older_unit(person, older), certificates),
    )


@cache
def _trees(world: World) -> tuple[str, str]:
    """Return the names of the unit of persons in the newer tree, and of the older tree."""
    newer = Dn.parse(igc.ca(igc.Range.FORT, None, world).directory_name).parent
    people = newer.below("ou", ours.table("ldap.persons").text("unit"))
    return people.text(), f"o={OLDER_BASES[world]},{CONTEXT}"


def _older_unit(person: PublishedPerson, older: str) -> str:
    names = ours.table("ldap.persons")
    if person.structure is None:
        return _below(older, "ou", _profession(person.person) or names.text("no_profession"))
    department = person.structure.department
    label = nomenclatures.label("G09", department) if department else None
    place = _below(older, "l", label or names.text("no_department"))
    return _below(place, "ou", person.structure.struct_idnat)


@lru_cache(1 << 12)
def _below(above: str, kind: str, value: str) -> str:
    return f"{Ava(kind, value).text()},{above}"


def _profession(person: Person) -> str | None:
    return nomenclatures.label("G15", person.profession) if person.profession else None


def _person_entry(
    published_person: PublishedPerson, above: str, certificates: tuple[Attribute, ...]
) -> LdapEntry:
    person = published_person.person
    own = "cpsPersonne" if published_person.structure is None else "cpsStructuralPerson"
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
    name = f"{Ava('cn', person.ps_idnat).text()},{above}"
    return LdapEntry(name, (*attributes, *certificates))
