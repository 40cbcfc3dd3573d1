# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Long searches are answered from the indexes, in memory and in a file, and find the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.codec.ldap import encoded, filters
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap import looked_up, search, stored, tree
from caducee.directory.ldap.bitmaps import Bitmap
from caducee.directory.ldap.entries import Found, Node, Searchable
from caducee.directory.ldap.matching import compiled
from caducee.directory.ldap.publication import CONTEXT, entries
from caducee.directory.ldap.search import matches
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.ldap.tree import Tree
from caducee.spec.ldap import SearchScope
from caducee.testing.ldap import sample_authorities, sample_persons

ENTRIES = list(entries(sample_authorities(), sample_persons(60)))
FILTERS = [
    "(givenName=*zz*)",
    "(givenName=*it*)",
    "(givenName=*IT)",
    "(sn=*0000*)",
    "(sn=*00*0*4)",
    "(sn=D*0*4)",
    "(sn=*[*)",
    "(sn=*?*)",
    "(sn=*\\2a*)",
    "(cn=*0000*)",
    "(cn=*\\00*)",
    "(title=*decin*)",
    "(!(sn=DOC*))",
    "(!(sn=*1*))",
    "(!(givenName=*it*))",
    "(!(unknown=x))",
    "(!(!(sn=*1*)))",
    "(&(!(sn=DOC*))(!(sn=ADM*)))",
    "(&(objectClass=person)(!(objectClass=cpsPersonne)))",
    "(&(objectClass=inetOrgPerson)(sn=*3*)(!(title=*)))",
    "(|(sn=*17)(&(givenName=KIT)(!(sn=*4*)))(unknown=x))",
    "(|(!(unknown=x))(!(sn=*1*)))",
    "(!(|(sn=*1*)(cn=*2*)))",
    "(!(certauth=*))",
    "(!(certificateRevocationList=*))",
    "(certificateRevocationList=*)",
    "(cn=*)",
    "(!(cn>=1))",
    "(givenName:caseExactMatch:=KIT)",
    "(!(givenName:caseExactMatch:=kit))",
    "(!(ou:dn:=sage-femme))",
    "(ou:dn:=Médecin)",
    "(:caseIgnoreMatch:=kit)",
]
BASES = ["c=FR", "o=TEST,c=FR", "ou=Médecin,o=TEST,c=FR"]


@pytest.fixture(scope="module")
def memory() -> Tree:
    return Tree(ENTRIES, (CONTEXT,), many=3)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredTree]:
    path = tmp_path_factory.mktemp("bitmaps") / "entries.db"
    with EntryStore(path) as store, store.changes() as batch:
        for entry in ENTRIES:
            batch.put(entry.name, [entry])
    with StoredTree(path, (CONTEXT,), many=3) as found:
        yield found


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all of each search is answered from the indexes, in many small parts."""
    monkeypatch.setattr(search, "_LOOKED_AT", 3)
    monkeypatch.setattr(tree, "_PART", 7)
    monkeypatch.setattr(looked_up, "PART", 7)
    monkeypatch.setattr(stored, "PART", 7)
    monkeypatch.setattr(looked_up, "_WINDOW", 11)
    monkeypatch.setattr(looked_up, "_WIDE_WINDOW", 20)


def names(nodes: Iterator[Node | None]) -> list[str]:
    return sorted(encoded.text(node.name) for node in nodes if node is not None)


@pytest.mark.parametrize(
    "scope", [SearchScope.ONE_LEVEL, SearchScope.SUBTREE, SearchScope.CHILDREN]
)
@pytest.mark.parametrize("condition", FILTERS)
def test_a_long_search_finds_each_entry_that_matches_once(
    memory: Tree, file: StoredTree, condition: str, scope: SearchScope
) -> None:
    wanted = filters.parse(condition)
    fits = compiled(wanted)
    for base in BASES:
        keys = search.base_keys(base)
        assert keys is not None
        place = memory.find(keys)
        assert place is not None
        every = memory.within(place, scope, None)
        expected = names(item for item in every if item is not None and fits(item))
        asked = SearchRequest(base, scope, wanted)
        for directory in (memory, file):
            assert names(matches(asked, directory, 100)) == expected


class _Counted:
    """A directory that counts the entries that are read."""

    def __init__(self, directory: Searchable) -> None:
        self._directory = directory
        self.read = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._directory, name)

    def within(self, base: Node, scope: SearchScope, found: Found | None) -> Iterator[Node | None]:
        for item in self._directory.within(base, scope, found):
            self.read += item is not None
            yield item


@pytest.mark.parametrize(
    "condition", ["(givenName=*zz*)", "(sn=*000017)", "(!(cn=*))", "(&(!(sn=DOC*))(sn=*17))"]
)
@pytest.mark.parametrize("where", ["memory", "file"])
def test_a_search_that_finds_little_reads_few_entries(
    condition: str, where: str, request: pytest.FixtureRequest
) -> None:
    counted = _Counted(request.getfixturevalue(where))
    asked = SearchRequest("c=FR", SearchScope.SUBTREE, filters.parse(condition))
    found = names(matches(asked, counted, 100))  # type: ignore[arg-type]
    assert counted.read <= 3 + len(found)


@pytest.mark.parametrize("condition", FILTERS)
@pytest.mark.parametrize("where", ["memory", "file"])
def test_a_long_search_pauses_before_it_begins(
    condition: str, where: str, request: pytest.FixtureRequest
) -> None:
    """So that requests alone, one after the other, do not take the time of others."""
    asked = SearchRequest("c=FR", SearchScope.SUBTREE, filters.Not(filters.parse(condition)))
    assert next(matches(asked, request.getfixturevalue(where), 100)) is None


def test_a_text_that_nobody_has_any_more_leaves_no_trace(tmp_path: Path) -> None:
    with EntryStore(tmp_path / "entries.db") as store:
        for some in (ENTRIES, [entry for entry in ENTRIES if "DOC0000003" not in str(entry)]):
            with store.changes() as batch:
                batch.put_all({item.name: (item,) for item in some}, "\x01", "\U0010ffff")
        with StoredTree(tmp_path / "entries.db", (CONTEXT,)) as after:
            texts = after._connection.execute("SELECT key FROM term").fetchall()
            assert ("doc0000002",) in texts and ("doc0000003",) not in texts
            pieces = after._connection.execute("SELECT rowid FROM gram WHERE gram MATCH '\"003\"'")
            known = after._connection.execute("SELECT id FROM term").fetchall()
            assert set(pieces) <= set(known)


def test_a_bitmap_is_a_collection_of_its_numbers() -> None:
    numbers = [0, 7, 8, 63, 64, 1000]
    bitmap = Bitmap(sum(1 << number for number in numbers))
    assert list(bitmap) == numbers and len(bitmap) == 6
    assert 64 in bitmap and 65 not in bitmap
