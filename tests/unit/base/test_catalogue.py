# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import caducee
from caducee.base import catalogue, errors
from caducee.base.catalogue import areas, codec
from caducee.base.catalogue.entry import Entry

SOURCE = Path(caducee.__file__).parent
CATALOGUE = SOURCE / "base" / "catalogue"
CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+")
ERRORS = {name for name in vars(errors) if name[0].isupper()}


def sources() -> Iterator[Path]:
    return (path for path in SOURCE.rglob("*.py") if CATALOGUE not in path.parents)


def written(path: Path) -> Iterator[re.Pattern[str]]:
    """Yield what each text of a module can be, where it looks like a code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(
            re.escape(part.value)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
            else "[a-z0-9_]+"
            for part in parts
        )
        if re.match(r"[a-z_]+\\\.", text):
            yield re.compile(text)


def raised(path: Path) -> Iterator[str]:
    """Yield the codes that a module gives to an error of the tree."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        first = node.args[0]
        if node.func.id in ERRORS and isinstance(first, ast.Constant):
            yield str(first.value)


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    known = {entry.code for entry in catalogue.entries()}
    unknown = {code: path.name for path in sources() for code in raised(path) if code not in known}
    assert not unknown


def test_every_code_of_the_catalogue_is_used_somewhere() -> None:
    patterns = {item for path in sources() for item in written(path)}
    unused = [
        entry.code
        for entry in catalogue.entries()
        if not any(pattern.fullmatch(entry.code) for pattern in patterns)
    ]
    assert not unused


def test_codes_stand_once_in_the_module_of_their_area() -> None:
    for name in areas.AREAS:
        codes = list(areas.entries_of(name))
        assert all(CODE.fullmatch(code) and code.startswith(f"{name}.") for code in codes), name


def test_every_module_of_the_catalogue_is_an_area_that_is_asked() -> None:
    modules = {path.stem for path in CATALOGUE.glob("*.py")} - {"__init__", "areas", "entry"}
    assert modules == set(areas.AREAS)


@pytest.mark.parametrize("item", catalogue.entries(), ids=lambda item: item.code)
def test_every_entry_says_in_sentences_what_happened_and_what_to_do(item: Entry) -> None:
    assert item.sentence
    for text in (item.sentence, item.advice):
        assert text == "" or text[-1] in ".?!:}", text
        for _, name, spec, conversion in string.Formatter().parse(text):
            assert name is None or name.isidentifier(), text
            assert not spec, text
            assert conversion is None, text


def test_every_error_that_is_raised_says_what_to_do_next() -> None:
    codes = {code for path in sources() for code in raised(path)}
    silent = [
        entry.code for entry in catalogue.entries() if entry.code in codes and not entry.advice
    ]
    assert not silent


def test_entries_are_listed_in_order_and_found_by_code() -> None:
    listed = catalogue.entries()
    assert [item.code for item in listed] == sorted(item.code for item in listed)
    assert all(catalogue.entry(item.code) is item for item in listed)


def test_a_code_that_stands_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = Entry("codec.x", "X.", "Y.")
    monkeypatch.setattr(codec, "ENTRIES", (twice, twice))
    with pytest.raises(LookupError, match="codec"):
        areas.entries_of.__wrapped__("codec")


@pytest.mark.parametrize("code", ["codec.no_such", "nowhere.x", "", "entry.x"])
def test_an_unknown_code_is_refused(code: str) -> None:
    with pytest.raises(LookupError):
        catalogue.entry(code)


def test_facts_fill_a_text_and_an_unknown_one_leaves_its_name() -> None:
    assert catalogue.fill("{n} of {m}", {"n": 2}) == "2 of {m}"


def test_a_fact_from_outside_cannot_steer_a_terminal_or_begin_a_line() -> None:
    hostile = "a\x1b[2J\x9b31m\r\x07b\u202ec"
    assert catalogue.fill("{value}.", {"value": hostile}) == "a?[2J?31m??b?c."
    assert catalogue.fill("{value}", {"value": "one\ntwo"}) == "one two"
    error = errors.FormatError("codec.identifier_shape", value=hostile, kind="RPPS")
    assert error.facts["value"] == hostile
    assert str(error).isprintable()
