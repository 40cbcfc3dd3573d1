# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.secret import Secret
from caducee.codec import ldif
from caducee.codec.ldap.names import Dn
from caducee.directory import rows
from caducee.directory import schema as tables
from caducee.directory.ldap import openldap, schema
from caducee.directory.ldap.persons import RegistryPersons
from caducee.directory.ldap.publication import (
    CONTEXT,
    PublishedAuthority,
    PublishedPerson,
    entries,
    published_tree,
)
from caducee.directory.ldap.tree import Tree
from caducee.directory.model import Activity, Card, CardStatus, Certificate, Person, Structure
from caducee.directory.registry import Registry
from caducee.spec.igc import SANDBOX_CAS, TEST_CAS, World
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing.pki import NOW, YEAR


def values(tree: Tree, name: str, key: str) -> tuple[bytes, ...]:
    place = tree.place(Dn.parse(name).keys())
    assert place is not None, name
    return tree.nodes[place].values(key)


def test_each_authority_stands_where_its_certificates_say(
    tree: Tree, authorities: list[PublishedAuthority]
) -> None:
    for authority in authorities:
        name = authority.facts.directory_name
        assert values(tree, name, "certificaterevocationlist") == (authority.revocation_list,)
        assert values(tree, name, "cacertificate") == authority.certificates
        assert values(tree, name, "deltarevocationlist") == (
            (authority.delta,) if authority.delta else ()
        )
        classes = values(tree, name, "objectclass")
        assert b"pkiCA" in classes
        assert (b"deltaCRL" in classes) is (authority.delta is not None)


def test_each_person_stands_in_both_directories(tree: Tree, people: list[PublishedPerson]) -> None:
    doctor = people[4]
    number = doctor.person.ps_idnat
    newer = f"cn={number},ou=PERSONNES,ou=IGC-SANTE TEST,ou=0002 187512751,o=ASIP-SANTE,c=FR"
    both = (*doctor.authentication, *doctor.signature)
    assert values(tree, newer, "usercertificate") == both
    older = f"cn={number},ou=Médecin,o=TEST,c=FR"
    assert values(tree, older, "certauth") == doctor.authentication
    assert values(tree, older, "certsign") == doctor.signature
    assert values(tree, older, "usercertificate") == ()
    assert values(tree, older, "sn") == (b"DOC0000005",)
    assert values(tree, older, "objectclass")[-1] == b"cpsPersonne"


def test_staff_stand_below_their_structure_and_its_department(
    tree: Tree, people: list[PublishedPerson]
) -> None:
    name = f"cn={people[9].person.ps_idnat},ou=10B0041968,l=Paris (75),o=TEST,c=FR"
    assert values(tree, name, "objectclass")[-1] == b"cpsStructuralPerson"


def test_what_is_not_known_of_a_person_has_a_place_all_the_same() -> None:
    nobody = Person("899700000013", "X", "")
    tree = published_tree(
        [],
        [PublishedPerson(nobody), PublishedPerson(Person("3X/1", "Y", "Z"), Structure("1X", "S"))],
    )
    assert values(tree, "cn=899700000013,ou=Autre,o=TEST,c=FR", "givenname") == ()
    assert values(tree, "cn=3X/1,ou=1X,l=Autre,o=TEST,c=FR", "sn") == (b"Y",)


def test_the_other_hierarchy_has_a_directory_of_its_own() -> None:
    both = [PublishedAuthority(item, (b"der",)) for item in (*TEST_CAS, *SANDBOX_CAS)]
    tree = published_tree(both, [PublishedPerson(Person("8", "X", "Y", "10"))], World.SANDBOX)
    assert tree.place(Dn.parse(SANDBOX_CAS[0].directory_name).keys()) is not None
    assert tree.place(Dn.parse(TEST_CAS[0].directory_name).keys()) is None
    assert values(tree, "cn=8,ou=Médecin,o=SANDBOX,c=FR", "sn") == (b"X",)


# From a registry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry(f"sqlite:///{tmp_path}/registry.db") as item:
        yield item


def issue(registry: Registry, number: str, ps_idnat: str, serial: int, **changes: object) -> None:
    issued, ends = NOW - YEAR, NOW + YEAR
    if registry.cards.get(number) is None:
        registry.cards.put(
            Card(number, CardFamily.CPS, ProductCategory.TEST_CARD, ps_idnat, issued, ends)
        )
    values = {"use": "authentication", "card_number": number, **changes}
    certificate = Certificate(
        "TEST AC",
        serial,
        "CN=x",
        issued,
        ends,
        f"der {serial}".encode(),
        **values,  # type: ignore[arg-type]
    )
    with registry.writing() as connection:
        key = {"issuer": "TEST AC", "serial": rows.hexadecimal(serial)}
        connection.execute(tables.serial.insert().values(**key))
        row = {**dataclasses.asdict(certificate), "serial": key["serial"]}
        connection.execute(tables.certificate.insert().values(**row))


def published(registry: Registry, *consenting: str) -> dict[str, PublishedPerson]:
    for item in consenting:
        registry.consents.set(item, True)
    source = RegistryPersons(registry, lambda: NOW)
    return {person.person.ps_idnat: person for person in source.persons()}


def test_certificates_in_force_are_published_with_consent_alone(registry: Registry) -> None:
    for ps_idnat in ("81", "82", "83"):
        registry.persons.put(Person(ps_idnat, "X", "Y", "10", active=ps_idnat != "83"))
    issue(registry, "1000000001", "81", 1)
    issue(registry, "1000000001", "81", 2, use="signature")
    issue(registry, "1000000001", "81", 3, revoked_at=NOW, reason="key_compromise")
    issue(registry, "1000000002", "81", 4)
    registry.cards.oppose("1000000002", NOW, "key_compromise")
    issue(registry, "1000000003", "82", 5)
    found = published(registry, "81", "83")
    assert list(found) == ["81", "82"]
    assert found["81"].authentication == (b"der 1",)
    assert found["81"].signature == (b"der 2",)
    assert found["82"].authentication == ()
    card = registry.cards.get("1000000002")
    assert card is not None and card.status is CardStatus.OPPOSED


def test_certificates_out_of_their_time_are_not_published(registry: Registry) -> None:
    registry.persons.put(Person("81", "X", "Y", "10"))
    issue(registry, "1000000001", "81", 1)
    assert published(registry, "81")["81"].authentication == (b"der 1",)
    late = RegistryPersons(registry, lambda: NOW + 2 * YEAR)
    assert next(iter(late.persons())).authentication == ()
    early = RegistryPersons(registry, lambda: NOW - dt.timedelta(days=400))
    assert next(iter(early.persons())).authentication == ()


def test_staff_are_published_with_the_structure_of_their_first_activity(
    registry: Registry,
) -> None:
    registry.structures.put(Structure("10B0041968", "HOPITAL", "75"))
    for ps_idnat in ("310B0041968/1", "310B0041968/2"):
        registry.persons.put(Person(ps_idnat, "X", "Y"))
    registry.activities.put(Activity("310B0041968/1", 1, "10B0041968", "SA01"))
    registry.persons.put(Person("84", "IN", "TRAINING", future_profession="10"))
    found = published(registry)
    structure = found["310B0041968/1"].structure
    assert structure is not None and structure.name == "HOPITAL"
    assert found["310B0041968/2"].structure is None
    assert found["84"].structure is None


# For OpenLDAP


def test_the_ldif_has_every_entry_and_value_parents_first(
    authorities: list[PublishedAuthority], people: list[PublishedPerson]
) -> None:
    made = list(entries(authorities, people))
    read = list(ldif.read("".join(openldap.ldif(made))))
    assert [entry.name for entry in read] == [entry.name for entry in made]
    for mine, theirs in zip(made, read, strict=True):
        pairs = tuple(
            (attribute.description, v) for attribute in mine.attributes for v in attribute.values
        )
        assert theirs.attributes == pairs
    seen: set[tuple[str, ...]] = {()}
    for item in read:
        keys = Dn.parse(item.name).keys()
        assert keys[1:] in seen
        seen.add(keys)
    assert "".join(openldap.ldif(made, version=True)).startswith("version: 1\ndn: c=FR\n")


def test_the_schema_for_slapd_has_what_is_ours_alone() -> None:
    text = openldap.schema_text()
    assert [line.split()[4] for line in text.splitlines()] == [
        "'certauth'",
        "'certsign'",
        "'cpsPersonne'",
        "'cpsStructuralPerson'",
        "'cpsCarteCps'",
    ]
    assert all("2.25." in line for line in text.splitlines())
    assert len(list(schema.definitions())) == len(schema.ATTRIBUTE_TYPES + schema.OBJECT_CLASSES)


def test_the_configuration_is_read_only_and_limited(tmp_path: Path) -> None:
    text = openldap.configuration(tmp_path, size_limit=10)
    assert "readonly on" in text and "sizelimit 10" in text and f'suffix "{CONTEXT}"' in text
    assert "TLSCertificateFile" not in text
    secure = openldap.configuration(tmp_path, tls=(Path("/c"), Path("/k")))
    assert "TLSCertificateFile /c\nTLSCertificateKeyFile /k\n" in secure
    assert "sizelimit unlimited" in secure
    kept = openldap.configuration(tmp_path, password=Secret.of("hush"))
    assert 'rootpw "hush"' in kept and "readonly" not in kept
