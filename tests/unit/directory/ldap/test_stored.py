# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A search in a file finds what one in memory finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.errors import StateError
from caducee.codec.ldap import encoded, filters
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap import stored
from caducee.directory.ldap.client import certificate_filter
from caducee.directory.ldap.entries import Searchable
from caducee.directory.ldap.publication import CONTEXT, PublishedPerson, entries
from caducee.directory.ldap.search import SearchRefusal, matches
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.ldap.tree import Tree
from caducee.spec.ldap import SearchScope
from caducee.testing.ldap import sample_authorities, sample_persons

PEOPLE = list(sample_persons(40))
FILTERS = [
    "(objectClass=*)",
    "(objectClass=person)",
    "(objectClass=pkiCA)",
    "(objectClass=nothing)",
    "(cn=899700000013)",
    "(sn=DOC0000001)",
    "(sn=DOC*)",
    "(sn=DOC000000*)",
    "(sn=*7)",
    "(givenName=KIT)",
    "(name=KIT)",
    "(&(sn=DOC*)(givenName=KIT))",
    "(|(sn=DOC0000001)(sn=DOC0000002))",
    "(|(sn=DOC0000001)(title=Médecin))",
    "(!(objectClass=person))",
    "(ou=10B0041968)",
    "(unknown=x)",
    "(certauth=*)",
    filters.text(certificate_filter(PEOPLE[3].authentication[0])),
    "(certauth=1$cn=nobody)",
]
BASES = ["c=FR", "o=TEST,c=FR", "ou=Médecin,o=TEST,c=FR", "l=Paris (75),o=TEST,c=FR"]


@pytest.fixture(scope="module")
def memory() -> Tree:
    return Tree(entries(sample_authorities(), PEOPLE), (CONTEXT,))


@pytest.fixture(scope="module", params=[1000, 3])
def file(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoredTree]:
    """The same entries; with 3, nearly every value is one that many have."""
    path = tmp_path_factory.mktemp("stored") / "entries.db"
    with EntryStore(path) as store, store.changes() as batch:
        for entry in entries(sample_authorities(), PEOPLE):
            batch.put(entry.name, [entry])
    with StoredTree(path, (CONTEXT,), many=request.param) as tree:
        yield tree


@pytest.fixture
def small_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look takes few entries, so that a search needs many."""
    monkeypatch.setattr(stored, "_AT_ONCE", 7)


def search(tree: Searchable, base: str, scope: SearchScope, condition: str) -> list[str]:
    asked = SearchRequest(base, scope, filters.parse(condition))
    found = matches(asked, tree, 100)
    return sorted(encoded.text(item.name) for item in found if item is not None)


@pytest.mark.usefixtures("small_looks")
@pytest.mark.parametrize("scope", list(SearchScope))
@pytest.mark.parametrize("condition", FILTERS)
def test_each_search_finds_the_same_as_in_memory(
    memory: Tree, file: StoredTree, condition: str, scope: SearchScope
) -> None:
    for base in BASES:
        assert search(file, base, scope, condition) == search(memory, base, scope, condition)


def test_an_entry_says_what_is_below_it(memory: Tree, file: StoredTree) -> None:
    for name in (*BASES, f"cn={PEOPLE[4].person.ps_idnat},ou=Médecin,o=TEST,c=FR"):
        keys = Dn.parse(name).keys()
        here, there = memory.find(keys), file.find(keys)
        assert here is not None and there is not None
        assert file.operational(there) == memory.operational(here)
        assert there.attributes == here.attributes
    assert file.operational(file.root) == {}
    assert file.root == memory.root and file.subschema == memory.subschema
    assert len(file) == len(memory)


def test_what_is_not_there_is_refused_with_what_is_above_it(file: StoredTree) -> None:
    with pytest.raises(SearchRefusal) as caught:
        search(file, "cn=x,ou=nobody,o=TEST,c=FR", SearchScope.SUBTREE, "(objectClass=*)")
    assert caught.value.result.matched_name == "o=TEST,c=FR"


@pytest.mark.usefixtures("small_looks")
def test_a_search_sees_what_changed_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "entries.db"
    with EntryStore(path) as store:
        people: list[PublishedPerson] = PEOPLE[:30]
        for entry in entries([], people):
            with store.changes() as batch:
                batch.put(entry.name, [entry])
        with StoredTree(path, (CONTEXT,)) as tree:
            asked = SearchRequest("c=FR", SearchScope.SUBTREE, filters.parse("(sn=*)"))
            found = matches(asked, tree, 100)
            first = next(item for item in found if item is not None)
            with store.changes() as batch:
                for entry in entries([], people[10:]):
                    batch.put(entry.name, [])
            rest = [item for item in found if item is not None]
            assert len(rest) < 2 * len(people)
            assert first.number not in [item.number for item in rest]


def test_a_file_that_is_gone_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "entries.db"
    EntryStore(path).close()
    tree = StoredTree(path, (CONTEXT,))
    tree.close()
    with pytest.raises(StateError) as caught:
        tree.find(("c=fr",))
    assert caught.value.code == "ldap.store"
