# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which entries a filter finds; slapd is asked the same in the interoperability tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import StateError
from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import (
    And,
    Approximate,
    Equal,
    Extensible,
    Filter,
    Not,
    Or,
    Present,
    Substrings,
    UnknownFilter,
)
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute, SearchRequest
from caducee.directory.ldap.client import certificate_filter
from caducee.directory.ldap.entries import LdapEntry
from caducee.directory.ldap.matching import candidates, compiled
from caducee.directory.ldap.publication import PublishedPerson
from caducee.directory.ldap.schema import MatchingRule, attribute_type, described
from caducee.directory.ldap.search import matches
from caducee.directory.ldap.tree import Tree
from caducee.directory.ldap.values import asked_key, stored_key
from caducee.spec.ldap import SearchScope


def entry(name: str, **attributes: str | tuple[str, ...]) -> LdapEntry:
    ava = name.partition(",")[0].split("=")
    found = {"objectClass": ("top", "person"), ava[0]: (ava[1],)}
    found |= {key: (item,) if isinstance(item, str) else item for key, item in attributes.items()}
    values = (
        Attribute(key, tuple(value.encode() for value in texts)) for key, texts in found.items()
    )
    return LdapEntry(name, tuple(values))


SMALL_ENTRIES = [
    entry("c=FR"),
    entry("o=A,c=FR", description="Société  Anonyme"),
    entry("cn=1,o=A,c=FR", sn=("DOC", "DOCTEUR"), givenName="Ana", mail="a@b.fr"),
    entry("cn=2,o=A,c=FR", sn="Dó c", givenName="Élan", uid="x+y"),
    entry("cn=3,cn=2,o=A,c=FR", sn="doc", uid="X"),
    entry("o=B,c=FR", description="  "),
]
SMALL = Tree(SMALL_ENTRIES, ("c=FR",))
IMPATIENT = Tree(SMALL_ENTRIES, ("c=FR",), many=1)


def found(condition: str | Filter, tree: Tree = SMALL, base: str = "c=FR") -> list[str]:
    wanted = filters.parse(condition) if isinstance(condition, str) else condition
    asked = SearchRequest(base, SearchScope.SUBTREE, wanted)
    nodes = [node for node in matches(asked, tree, 10_000) if node is not None]
    return [node.name[2:].decode().partition(",")[0] for node in nodes]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(sn=doc)", ["cn=1", "cn=3"]),
        ("(sn=DÓ  C)", ["cn=2"]),
        ("(name=doc)", ["cn=1", "cn=3"]),
        ("(sn~=doc)", ["cn=1", "cn=3"]),
        ("(sn=d*)", ["cn=1", "cn=2", "cn=3"]),
        ("(sn=d*r)", ["cn=1"]),
        ("(sn=*o*t*u*)", ["cn=1"]),
        ("(sn=*o*o*)", []),
        ("(sn=do*oc)", []),
        ("(sn=dó *)", ["cn=2"]),
        ("(sn=*ó c)", ["cn=2"]),
        ("(description=société anonyme)", ["o=A"]),
        ("(description=*é a*)", ["o=A"]),
        ("(mail=A@B.FR)", ["cn=1"]),
        ("(mail=*@b*)", ["cn=1"]),
        ("(uid=x\\2by)", ["cn=2"]),
        ("(&(sn=doc)(!(givenName=*)))", ["cn=3"]),
        ("(|(uid=x)(givenName=ana))", ["cn=1", "cn=3"]),
        ("(!(sn=*))", ["c=FR", "o=A", "o=B"]),
        ("(sn=\\ff)", []),
        ("(!(sn=\\ff))", []),
        ("(!(sn=\\ff*))", []),
        ("(sn=\\20*)", []),
        ("(objectClass=2.5.6.6)", ["c=FR", "o=A", "cn=1", "cn=2", "cn=3", "o=B"]),
        ("(objectClass=pers*)", []),
        ("(!(objectClass=pers*))", []),
        ("(sn:=doc)", ["cn=1", "cn=3"]),
        ("(sn:caseIgnoreMatch:=doc)", ["cn=1", "cn=3"]),
        ("(sn:2.5.13.2:=doc)", ["cn=1", "cn=3"]),
        ("(sn:caseExactMatch:=doc)", ["cn=3"]),
        ("(sn:2.5.13.5:=DOC)", ["cn=1"]),
        ("(sn:dn:=doc)", ["cn=1", "cn=3"]),
        ("(:caseIgnoreMatch:=doc)", ["cn=1", "cn=3"]),
        ("(subschemaSubentry=*)", ["c=FR", "o=A", "cn=1", "cn=2", "cn=3", "o=B"]),
        ("(structuralObjectClass=person)", ["c=FR", "o=A", "cn=1", "cn=2", "cn=3", "o=B"]),
        ("(hasSubordinates=TRUE)", ["c=FR", "o=A", "cn=2"]),
        ("(!(hasSubordinates=TRUE))", ["cn=1", "cn=3", "o=B"]),
        ("(entryDN=CN=2,o=a,c=fr)", ["cn=2"]),
    ],
)
def test_each_condition_finds_what_it_says(condition: str, expected: list[str]) -> None:
    assert found(condition) == expected


def test_a_filter_of_an_unknown_kind_is_undefined() -> None:
    unknown = UnknownFilter(0xAB, b"")
    assert found(unknown) == found(Not(unknown)) == []
    assert found(Or((unknown, Equal("sn", b"docteur")))) == ["cn=1"]


def test_what_is_below_an_entry_is_searched_and_nothing_else() -> None:
    assert found("(sn=doc)", base="cn=2,o=a,c=fr") == ["cn=3"]
    assert found("(sn=doc)", base="cn=1,o=a,c=fr") == ["cn=1"]
    assert found("(objectClass=*)", base="cn=2,o=a,c=fr") == ["cn=2", "cn=3"]
    for condition in (Present("sn"), Equal("sn", b"doc"), Equal("objectClass", b"person")):
        level = SearchRequest("o=A,c=FR", SearchScope.ONE_LEVEL, condition)
        numbers = [node.number for node in matches(level, SMALL, 9) if node is not None]
        expected = [2] if condition == Equal("sn", b"doc") else [2, 3]
        assert numbers == expected


WORDS = st.sampled_from([b"doc", b"DOC", b"docteur", b"d", b"o", b"", b" ", b"ana", b"1", b"\xff"])
KINDS = st.sampled_from(["sn", "name", "cn", "uid", "objectClass", "description", "nothing", "c"])
PIECES = WORDS.filter(bool)
LEAVES: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Equal, KINDS, WORDS),
    st.builds(Approximate, KINDS, WORDS),
    st.builds(Present, KINDS),
    st.builds(Extensible, WORDS, KINDS),
    st.builds(Substrings, KINDS, PIECES, st.just(()), st.none() | PIECES),
    st.builds(Substrings, KINDS, st.none(), st.just((b"o",)), st.none() | PIECES),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inside: st.one_of(
        st.builds(And, st.lists(inside, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inside, max_size=3).map(tuple)),
        st.builds(Not, inside),
    ),
    max_leaves=6,
)


@given(CONDITIONS, st.sampled_from([SMALL, IMPATIENT]))
def test_the_indexes_find_exactly_what_looking_at_every_entry_finds(
    condition: Filter, tree: Tree
) -> None:
    fits = compiled(condition)
    slow = [node.number for node in tree.nodes if fits(node)]
    for scope in (SearchScope.SUBTREE, SearchScope.ONE_LEVEL):
        asked = SearchRequest("c=FR", scope, condition)
        fast = [node.number for node in matches(asked, tree, 100) if node is not None]
        below = {1, 5} if scope is SearchScope.ONE_LEVEL else set(range(6))
        assert fast == [item for item in slow if item in below]
    possible = candidates(condition, tree)
    assert possible is None or list(possible) == sorted(set(possible))


def test_an_index_that_names_too_many_gives_up_so_that_the_search_can_pause() -> None:
    wide = Substrings("sn", b"d")
    both = Or((Equal("sn", b"docteur"), Equal("uid", b"x")))
    assert candidates(wide, SMALL) == [2, 3, 4]
    assert candidates(both, SMALL) == [2, 4]
    assert candidates(wide, IMPATIENT) is candidates(both, IMPATIENT) is None
    assert candidates(And((wide, Equal("sn", b"docteur"))), IMPATIENT) == (2,)


def test_a_certificate_is_found_by_serial_number_and_issuer(
    tree: Tree, people: list[PublishedPerson]
) -> None:
    der = people[4].authentication[0]
    name = f"cn={people[4].person.ps_idnat}"
    assert found(certificate_filter(der), tree) == [name, name]
    key = stored_key(MatchingRule.CERTIFICATE, der)
    assert key is not None
    serial, issuer = key.split("$")[0], "cn=test ac igc-sante fort personnes,C=fr"
    for written in (
        f"{serial}${issuer}",
        f'{{serialNumber {serial},issuer rdnSequence:"{issuer}"}}',
    ):
        assert found(Equal("certauth", written.encode()), tree) == [name]
    assert found(Not(Equal("userCertificate", f"{serial}$cn=x".encode())), tree, "o=TEST,c=FR")


@pytest.mark.parametrize(
    "written", [b"", b"17", b"17$x", b"x$cn=y", b"\xff", b"{ serialNumber 1 }"]
)
def test_another_text_is_no_question_for_a_certificate(written: bytes) -> None:
    assert asked_key(MatchingRule.CERTIFICATE, written) is None


SHAPED = bytes.fromhex("3010 300E A003020102 020101 3000 3002 0500")
"""Serial number and issuer are where they are in a certificate, and that is all."""


@pytest.mark.parametrize("value", [b"", b"0", b"\x30\x00", b"\x30\x03\x02\x01\x01", SHAPED])
def test_a_value_that_is_no_certificate_is_not_compared(value: bytes) -> None:
    assert stored_key(MatchingRule.CERTIFICATE, value) is None


def test_each_rule_gives_equal_keys_for_equal_values() -> None:
    assert stored_key(MatchingRule.NAME, b"CN=A, C=fr") == stored_key(
        MatchingRule.NAME, b"cn=a,c=FR"
    )
    assert stored_key(MatchingRule.NAME, b"no name") is None
    assert stored_key(MatchingRule.NAME, b"\xff") is None
    assert stored_key(MatchingRule.BOOLEAN, b"TRUE") == "TRUE"
    assert stored_key(MatchingRule.BOOLEAN, b"true") is None
    assert stored_key(MatchingRule.OBJECT_ID, b"CN") == stored_key(
        MatchingRule.OBJECT_ID, b"2.5.4.3"
    )
    assert stored_key(MatchingRule.OBJECT_ID, b"pkica") == stored_key(
        MatchingRule.OBJECT_ID, b"2.5.6.22"
    )
    assert stored_key(MatchingRule.OBJECT_ID, b"nothing") is None


# Schema and tree


def test_an_attribute_is_known_by_each_of_its_names() -> None:
    assert attribute_type("2.5.4.4") is attribute_type("SURNAME") is attribute_type("sn")
    assert described("userCertificate;BINARY") is attribute_type("usercertificate")
    for wrong in ("cn;binary", "userCertificate;lang-fr", "userCertificate;binary;binary", "x"):
        assert described(wrong) is None


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([entry("cn=1,c=FR")], "no entry above it"),
        ([entry("c=FR"), entry("C=fr")], "the name stands twice"),
        ([entry("c=FR", nothing="x")], "nothing"),
        ([entry("c=FR", description=())], "description"),
        ([entry("c=FR", commonName="a", cn="b")], "cn"),
        ([LdapEntry("c=FR", (Attribute("c", (b"FR",)),))], "objectClass"),
    ],
)
def test_an_entry_without_a_place_is_refused(entries: list[LdapEntry], reason: str) -> None:
    with pytest.raises(StateError) as caught:
        Tree(entries, ("c=FR",))
    assert (caught.value.code, caught.value.facts["reason"]) == ("ldap.entry", reason)


def test_entries_may_come_in_any_order() -> None:
    shuffled = [entry("cn=1,o=A,c=FR"), entry("o=A,c=FR"), entry("c=FR")]
    tree = Tree(shuffled, ("c=FR",))
    assert [node.parent for node in tree.nodes] == [-1, 0, 1]
    assert [node.end for node in tree.nodes] == [3, 3, 3]
    assert tree.place(Dn.parse("O=a,C=fr").keys()) == 1
    assert Tree().nodes == []
