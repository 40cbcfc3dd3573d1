# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The short way answers as the long way does, or not at all."""

import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from caducee.base.secret import Secret
from caducee.codec.ldap import filters
from caducee.codec.ldap.messages import Control, Message, PagedResults, message_size
from caducee.codec.ldap.operations import BindRequest, SearchRequest
from caducee.directory.ldap.client import certificate_filter
from caducee.directory.ldap.dialogue import Close, LdapDialogue, Send, Wait
from caducee.directory.ldap.entries import Searchable
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.publication import CONTEXT, PublishedPerson, entries
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.ldap.tree import Tree
from caducee.spec.ldap import SearchScope
from caducee.testing.ldap import sample_authorities, sample_persons

PEOPLE = list(sample_persons(30))
FILTERS = [
    "(cn=899700000013)",
    "(2.5.4.3=899700000013)",
    "(sn=  doc0000001 )",
    "(sn=nobody)",
    "(sn=DOC000000*)",
    "(sn=DOC*)",
    "(&(sn=DOC0000001)(objectClass=cpsPersonne))",
    "(&(sn=DOC0000001)(objectClass=pkiCA))",
    "(|(sn=DOC0000001)(sn=DOC0000002))",
    "(&(sn=DOC0000001)(!(unknown=x)))",
    "(&(sn=DOC0000001)(!(givenName=x)))",
    "(objectClass=pkiCA)",
    "(objectClass=*)",
    "(unknown=x)",
    "(name=DOC0000001)",
    "(certauth=nonsense)",
    "(givenName=Géraldine)",
    "(givenName=KIT)",
    filters.text(certificate_filter(PEOPLE[3].authentication[0])),
    filters.text(certificate_filter(PEOPLE[3].signature[0])),
]
BASES = ["c=FR", "O=test , C=fr", "ou=Médecin,o=TEST,c=FR", "o=nowhere", "no name", ""]
WANTED: list[tuple[str, ...]] = [
    (),
    ("cn", "sn"),
    ("*", "+"),
    ("1.1",),
    ("certauth;binary",),
    ("hasSubordinates",),
]


@pytest.fixture(scope="module", params=["in memory", "in a file"])
def tree(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Searchable]:
    made = list(entries(sample_authorities(), PEOPLE))
    if request.param == "in memory":
        yield Tree(made, (CONTEXT,))
        return
    path: Path = tmp_path_factory.mktemp("quick") / "entries.db"
    with EntryStore(path) as store, store.changes() as batch:
        for entry in made:
            batch.put(entry.name, [entry])
    with StoredTree(path, (CONTEXT,)) as stored:
        yield stored


def dialogue(tree: Searchable, size_limit: int = 0) -> LdapDialogue:
    options = LdapOptions(size_limit=size_limit, users={"cn=x": Secret.of("y")})
    return LdapDialogue(lambda: tree, options, lambda: 0.0, secure=True)


def slowly(tree: Searchable, data: bytes, size_limit: int = 0) -> bytes | None:
    """Return the whole answer of the long way; none when the client is sent away, or waits."""
    other = dialogue(tree, size_limit)
    other.receive(data)
    found = b""
    while True:
        match other.advance():
            case Send(piece):
                found += piece
            case Close():
                return None
            case Wait():
                return found


def messages(data: bytes) -> list[Message]:
    """Return the messages, the entries and their attributes in one order."""
    found = []
    while data:
        size = message_size(data[:6]) or 0
        found.append(data[:size])
        data = data[size:]
    return sorted((Message.from_bytes(item) for item in found), key=_sorted)


def _sorted(message: Message) -> str:
    return str((getattr(message.operation, "name", "~"), message))


def same(quick: bytes, slow: bytes) -> bool:
    def plain(data: bytes) -> list[object]:
        return [
            (
                message.id,
                message.operation.name,
                sorted(map(str, message.operation.attributes)),
                message.controls,
            )
            if hasattr(message.operation, "attributes") and hasattr(message.operation, "name")
            else message
            for message in messages(data)
        ]

    return plain(quick) == plain(slow)


def request(condition: str, base: str = "c=FR", **more: object) -> bytes:
    asked = SearchRequest(base, filter=filters.parse(condition), **more)  # type: ignore[arg-type]
    return Message(7, asked).to_bytes()


@pytest.mark.parametrize("condition", FILTERS)
def test_each_search_is_answered_alike(tree: Searchable, condition: str) -> None:
    taken = 0
    for base, wanted, scope in product(BASES, WANTED, SearchScope):
        for types_only, most in ((False, 0), (True, 0), (False, 1)):
            data = request(
                condition,
                base,
                attributes=wanted,
                scope=scope,
                types_only=types_only,
                size_limit=most,
            )
            for limit in (0, 2):
                quick = dialogue(tree, limit).quick(data)
                slow = slowly(tree, data, limit)
                assert quick is None or (slow is not None and same(quick, slow)), (base, wanted)
                taken += quick is not None
    short = condition.startswith(("(cn", "(sn=n", "(sn= ", "(&(sn", "(|(sn", "(objectClass=pki"))
    assert taken or not short


def test_the_commonest_searches_go_the_short_way(tree: Searchable) -> None:
    for condition in (FILTERS[0], FILTERS[2], FILTERS[6], FILTERS[-1]):
        assert dialogue(tree).quick(request(condition)) is not None


def test_pages_and_other_controls_go_the_long_way(tree: Searchable) -> None:
    asked = SearchRequest("c=FR", filter=filters.parse("(sn=DOC0000001)"))
    for control in (PagedResults(5).control(), Control("1.2.3", critical=True)):
        assert dialogue(tree).quick(Message(7, asked, (control,)).to_bytes()) is None


def test_nothing_is_answered_out_of_its_turn(tree: Searchable) -> None:
    data = request("(sn=DOC0000001)")
    begun = dialogue(tree)
    begun.receive(data[:5])
    assert begun.quick(data) is None
    waiting = dialogue(tree)
    waiting.receive(request("(objectClass=*)"))
    assert waiting.quick(data) is None
    assert dialogue(tree).quick(data + data) is None
    assert dialogue(tree).quick(Message(1, BindRequest()).to_bytes()) is None


def test_the_limit_is_that_of_the_user(tree: Searchable) -> None:
    options = LdapOptions(size_limit=1, users={"cn=x": Secret.of("y")})
    other = LdapDialogue(lambda: tree, options, lambda: 0.0, secure=True)
    data = request("(sn=DOC0000001)", "c=FR")
    assert other.quick(data) is None  # two entries, one allowed
    other.receive(Message(1, BindRequest("cn=x", Secret.of("y"))).to_bytes())
    other.advance()
    assert other.quick(data) is not None


def test_broken_requests_are_answered_as_the_long_way_does(tree: Searchable) -> None:
    draw = random.Random(5)
    conditions = (FILTERS[0], FILTERS[6], FILTERS[8], FILTERS[-1])
    whole = [request(condition, attributes=("cn",)) for condition in conditions]
    taken = 0
    for number in range(6_000):
        data = bytearray(whole[number % len(whole)])
        for _ in range(draw.randint(1, 3)):
            match draw.randrange(3):
                case 0:
                    data[draw.randrange(len(data))] = draw.randrange(256)
                case 1:
                    del data[draw.randrange(len(data)) :]
                case _:
                    data.insert(draw.randrange(len(data) + 1), draw.randrange(256))
            if not data:
                data = bytearray(whole[0])
        quick = dialogue(tree).quick(bytes(data))
        if quick is not None:
            slow = slowly(tree, bytes(data))
            assert slow is not None and same(quick, slow), data.hex()
            taken += 1
    assert taken > 100


def test_people_of_the_sample_are_found(tree: Searchable) -> None:
    def names(person: PublishedPerson) -> int:
        found = dialogue(tree).quick(request(f"(cn={person.person.ps_idnat})"))
        return 0 if found is None else len(messages(found)) - 1

    assert [names(item) for item in PEOPLE] == [2] * len(PEOPLE)
