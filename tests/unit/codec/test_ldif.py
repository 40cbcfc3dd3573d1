# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import ldif
from caducee.codec.ldif import LINE, VERSION_LINE, LdifEntry, read, write_entry

NAMES = st.text(st.characters(codec="utf-8"), max_size=100)
LINES = st.tuples(st.from_regex(r"\A[a-bd-z][a-z0-9]{0,8}(;binary)?\Z"), st.binary(max_size=200))
ENTRIES = st.builds(LdifEntry, NAMES, st.lists(LINES, max_size=4).map(tuple))


def test_the_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(ldif).failed == 0


@given(st.lists(ENTRIES, max_size=3))
def test_entries_are_read_again_as_they_were_written(entries: list[LdifEntry]) -> None:
    text = VERSION_LINE + "".join(write_entry(entry.name, entry.attributes) for entry in entries)
    assert list(read(text)) == entries
    assert all(len(line) <= LINE and line.isascii() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (b"", "v:"),
        (b"plain: text", "v: plain: text"),
        (b" begins with a space", "v:: IGJlZ2lucyB3aXRoIGEgc3BhY2U="),
        (b"ends with a space ", "v:: ZW5kcyB3aXRoIGEgc3BhY2Ug"),
        (b":colon", "v:: OmNvbG9u"),
        (b"<url", "v:: PHVybA=="),
        ("é".encode(), "v:: w6k="),
        (b"two\nlines", "v:: dHdvCmxpbmVz"),
        (b"a\x00", "v:: YQA="),
    ],
)
def test_a_value_that_is_not_safe_is_in_base64(value: bytes, line: str) -> None:
    assert write_entry("c=FR", [("v", value)]) == f"dn: c=FR\n{line}\n\n"


def test_comments_folded_lines_and_carriage_returns_are_read() -> None:
    text = "# a comment\r\n  goes on\r\ndn: c=F\r\n R\r\nsn: a\r\n\r\n\r\n#\r\n end\r\n"
    assert list(read(text)) == [LdifEntry("c=FR", (("sn", b"a"),))]
    assert list(read("dn: c=FR\nsn: a\n# end")) == [LdifEntry("c=FR", (("sn", b"a"),))]


def test_values_are_found_whatever_the_case() -> None:
    entry = LdifEntry("c=FR", (("sn", b"a"), ("SN", b"b"), ("cn", b"c")))
    assert entry.values("Sn") == (b"a", b"b")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" folded at the start", 1),
        ("dn: c=FR\n\n folded nothing", 3),
        ("sn: a\n", 1),
        ("version: 2\n", 1),
        ("dn: c=FR\nchangetype: delete\n", 2),
        ("dn: c=FR\nno colon\n", 2),
        ("dn: c=FR\njpeg:< file:///etc/passwd\n", 2),
        ("dn: c=FR\nsn:: %%\n", 2),
        ("dn: c=FR\nsn:: é\n", 2),
        ("dn:: /w==\n", 1),
    ],
)
def test_another_text_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(FormatError) as caught:
        list(read(text))
    assert (caught.value.code, caught.value.facts["line"]) == ("ldap.ldif", line)
