# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries in a file: what is put, changed and taken away, and who may know of it."""

import multiprocessing
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.errors import StateError
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute
from caducee.directory.ldap.entries import LdapEntry, plain
from caducee.directory.ldap.layout import path_of
from caducee.directory.ldap.publication import CONTEXT, entries, person_entries
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.testing.ldap import sample_authorities, sample_persons

PEOPLE = list(sample_persons(20))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EntryStore]:
    with EntryStore(tmp_path / "entries.db") as item:
        yield item


def path(name: str) -> str:
    return path_of(Dn.parse(name).keys())


def put(store: EntryStore, name: str, *more: Attribute, owner: str = "me") -> int:
    with store.changes() as batch:
        batch.put(owner, [plain(Dn.parse(name), *more)])
        return batch.changed


def names(store: EntryStore) -> list[str]:
    return [item.name for item in store.all()]


def lines(store: EntryStore) -> int:
    with sqlite3.connect(store.path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM value").fetchone()
    connection.close()
    return int(count)


def test_what_is_above_an_entry_comes_with_it_and_goes_with_the_last_below(
    store: EntryStore,
) -> None:
    put(store, "ou=A\\, B,o=TEST,c=FR")
    put(store, "ou=C,o=TEST,c=FR", owner="you")
    assert names(store) == ["c=FR", "o=TEST,c=FR", "ou=A\\, B,o=TEST,c=FR", "ou=C,o=TEST,c=FR"]
    with store.changes() as batch:
        batch.put("me", [])
    assert names(store) == ["c=FR", "o=TEST,c=FR", "ou=C,o=TEST,c=FR"]
    with store.changes() as batch:
        batch.put("you", [])
    assert names(store) == []
    assert lines(store) == 0
    assert store.gone(0)[0] == (path("ou=C,o=TEST,c=FR"), "ou=C,o=TEST,c=FR")
    assert [name for _, name in store.gone(0)][-2:] == ["o=TEST,c=FR", "c=FR"]


def test_an_entry_with_others_below_stays_on_the_way_down(store: EntryStore) -> None:
    put(store, "o=TEST,c=FR", Attribute("description", (b"x",)))
    put(store, "ou=A,o=TEST,c=FR", owner="you")
    with store.changes() as batch:
        batch.put("me", [])
    found = store.entry(path("o=TEST,c=FR"))
    assert found is not None and [attribute.description for attribute in found.attributes] == [
        "objectClass",
        "o",
    ]
    with store.changes() as batch:
        batch.put("you", [])
    assert names(store) == []


def test_what_stays_the_same_is_no_change(store: EntryStore) -> None:
    assert put(store, "o=TEST,c=FR") == 2
    assert (put(store, "o=TEST,c=FR"), store.version) == (0, 1)
    more = Attribute("description", (b"x",))
    assert (put(store, "o=TEST,c=FR", more), store.version) == (1, 2)
    assert store.changed(2, "", 10) == [(2, path("o=TEST,c=FR"))]


def test_what_comes_back_is_not_gone(store: EntryStore) -> None:
    put(store, "o=TEST,c=FR")
    with store.changes() as batch:
        batch.put("me", [])
    assert len(store.gone(1)) == 2
    put(store, "o=TEST,c=FR")
    assert store.gone(0) == []


def test_all_of_a_block_is_kept_or_nothing(store: EntryStore) -> None:
    with pytest.raises(StateError) as caught, store.changes() as batch:
        batch.put("me", [plain(Dn.parse("o=TEST,c=FR"))])
        batch.note("where", "there")
        batch.put("you", [LdapEntry("o=X,c=FR", (Attribute("o", (b"X",)),))])
    assert caught.value.code == "ldap.entry"
    assert (names(store), store.version, store.meta("where")) == ([], 0, None)


@pytest.mark.parametrize(
    "wrong",
    [
        Attribute("unknown", (b"x",)),
        Attribute("description"),
        Attribute("o", (b"TEST",)),
    ],
)
def test_an_entry_that_no_schema_knows_is_refused(store: EntryStore, wrong: Attribute) -> None:
    with pytest.raises(StateError, match=r"o=TEST"):
        put(store, "o=TEST,c=FR", wrong)


def test_two_owners_cannot_have_the_same_name(store: EntryStore) -> None:
    put(store, "o=TEST,c=FR")
    put(store, "c=FR", owner="you")  # which nobody had
    with pytest.raises(StateError, match="twice"):
        put(store, "O=test, C=fr", owner="you")


def test_owners_in_a_range_who_are_not_named_lose_their_entries(store: EntryStore) -> None:
    for owner in "abcd":
        put(store, f"ou={owner},o=TEST,c=FR", owner=owner)
    with store.changes() as batch:
        batch.put_all({"c": [plain(Dn.parse("ou=c,o=TEST,c=FR"))]}, "b", "c")
        assert batch.changed == 1
    assert names(store)[2:] == [f"ou={owner},o=TEST,c=FR" for owner in "acd"]


def test_an_index_forgets_what_an_entry_has_no_more(store: EntryStore) -> None:
    before, after = PEOPLE[0], PEOPLE[1]
    with store.changes() as batch:
        batch.put("one", person_entries(before))
    with store.changes() as batch:
        batch.put("one", person_entries(after))
    with StoredTree(store.path, (CONTEXT,)) as tree:
        gone = tree.equal("sn", before.person.family_name.lower())
        assert gone is not None and list(gone) == []
        found = tree.equal("sn", after.person.family_name.lower())
        assert found is not None and len(found) == 2


def test_a_file_of_another_version_is_made_anew(store: EntryStore) -> None:
    put(store, "o=TEST,c=FR")
    identity = store.identity
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with EntryStore(store.path) as again:
        assert names(again) == []
        assert again.identity not in ("", identity)


def test_a_file_that_is_none_is_reported(tmp_path: Path) -> None:
    (tmp_path / "entries.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StateError) as caught:
        EntryStore(tmp_path / "entries.db")
    assert caught.value.code == "ldap.store"


def _fill(path: Path, until: int) -> None:
    with EntryStore(path) as store:
        for number, item in enumerate(sample_persons(until + 1)):
            with store.changes() as batch:
                batch.put(item.person.ps_idnat, person_entries(item))
                batch.note("at", str(number))
                if number == until:
                    os._exit(9)


def test_a_writer_killed_in_the_middle_leaves_the_changes_before_it(tmp_path: Path) -> None:
    where = tmp_path / "entries.db"
    process = multiprocessing.get_context("spawn").Process(target=_fill, args=(where, 5))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    with EntryStore(where) as store:
        assert (store.meta("at"), store.version) == ("4", 5)
        wanted = entries([], list(sample_persons(5)))
        assert set(store.paths()) == {path(item.name) for item in wanted}


def test_the_file_holds_what_a_tree_in_memory_holds(store: EntryStore) -> None:
    made = list(entries(sample_authorities(), PEOPLE))
    with store.changes() as batch:
        for item in made:
            batch.put(item.name, [item])
    kept = {entry.name: entry.attributes for entry in store.all()}
    assert kept == {entry.name: entry.attributes for entry in made}
    assert list(store.paths()) == sorted(path(entry.name) for entry in made)
