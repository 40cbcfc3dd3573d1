# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.ext import extract_from_ast

import caducee
from caducee.base import catalogue
from caducee.base.catalogue.entry import Entry
from caducee.base.errors import WrongPinError
from caducee.base.i18n import gettext, use_language
from caducee.relying.verdict import CheckName, CheckOutcome
from caducee.services.portal import texts as portal
from caducee.spec.nomenclatures import CardFamily
from caducee.spec.status import StatusWord, describe

SOURCE = Path(caducee.__file__).parent
MARKS = {"N_", "_", "gettext"}
SAME_IN_FRENCH = {
    "&Journal",
    "&OK",
    "&Options",
    "&Traces",
    "Archive",
    "Audit",
    "Catalogue",
    "Code",
    "Codes",
    "Convention",
    "Date",
    "Dates",
    "JSON",
    "Java",
    "Journal",
    "Options",
    "Pages",
    "Production",
    "Profession",
    "Python",
    "Qualifications",
    "Service",
    "Services",
    "Signature",
    "Site",
    "Socket",
    "Structure",
    "Traces",
    "Type",
    "Version",
    "application",
    "caducee",
    "code",
    "document",
    "ms",
    "p11-kit",
    "production",
    "qualification",
    "signature",
    "trace",
    "{count} min",
    "{count} s",
    "{time} ms",
    "{time} ms, {how}",
}
"""The texts that a French reader sees in the same letters."""

NARROW_SIGN = re.compile(r"(?<!\u00a0)(?:[;:!?](?=[\s).]|$)|»)|«(?!\u00a0)")
"""A sign that needs a no-break space and lacks it."""

COUNTED = (0x63C2, 0x6110, 0x6C0A, 0x9F10)


def in_french(text: str) -> str:
    with use_language("fr"):
        return gettext(text)


def facts_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def of_python(path: Path) -> Iterator[str]:
    """Yield the texts that a module marks, however deep the call stands in another."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name)):
            continue
        first = node.args[0]
        if node.func.id in MARKS and isinstance(first, ast.Constant) and first.value:
            yield str(first.value)


def of_template(path: Path) -> Iterator[str]:
    """Yield the texts that a template marks."""
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for _, _, found in extract_from_ast(tree, gettext_functions=("_",)):
        texts = (found,) if isinstance(found, str) else found or ()
        yield from (text for text in texts if text)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Return the texts of the sources: parsed where tests need them, not where they are found."""
    found = {text for path in SOURCE.rglob("*.py") for text in of_python(path)}
    templates = (path for path in SOURCE.rglob("*.html") if path.parent.name == "templates")
    return sorted(found | {text for path in templates for text in of_template(path)})


def test_texts_are_found_in_modules_and_in_templates(texts: list[str]) -> None:
    assert "unknown status word" in texts
    assert "You are logged in" in texts
    assert len(texts) > 500


def test_every_text_is_in_french_and_differs_from_english(texts: list[str]) -> None:
    assert [text for text in texts if in_french(text) == text] == sorted(SAME_IN_FRENCH)


def test_every_french_text_names_the_facts_of_the_english_one(texts: list[str]) -> None:
    other = {text for text in texts if facts_of(in_french(text)) != facts_of(text)}
    assert not other


def test_french_texts_keep_the_typography_of_french(texts: list[str]) -> None:
    french = {in_french(text) for text in texts} - set(texts) - {"\u00a0: "}
    assert not {text for text in french if NARROW_SIGN.search(text)}
    assert not {text for text in french if "'" in text or "“" in text or text != text.strip()}


def test_french_sentences_end_as_the_english_ones_do(texts: list[str]) -> None:
    other = {text for text in texts if (text[-1] in ".:?") != (in_french(text)[-1] in ".:?")}
    assert not other


@pytest.mark.parametrize("item", catalogue.entries(), ids=lambda item: item.code)
def test_every_entry_takes_its_facts_in_french(item: Entry) -> None:
    for text in (item.sentence, item.advice):
        facts = {name: f"fact-{name}" for name in facts_of(text)}
        filled = catalogue.fill(in_french(text), facts)
        assert all(value in filled for value in facts.values())
        assert "{" not in filled
        assert not text or filled != catalogue.fill(text, facts)


@pytest.mark.parametrize("name", CheckName)
def test_every_check_of_a_login_has_a_french_name(name: CheckName) -> None:
    with use_language("en"):
        english = portal.check(name)
    with use_language("fr"):
        french = portal.check(name)
    assert name not in {english, french}
    assert french != english or english in SAME_IN_FRENCH


@pytest.mark.parametrize("outcome", CheckOutcome)
def test_every_outcome_has_a_french_word(outcome: CheckOutcome) -> None:
    assert in_french(portal.OUTCOMES[outcome]) != portal.OUTCOMES[outcome]


@pytest.mark.parametrize("family", CardFamily)
def test_every_card_family_that_a_service_names_is_named_in_french(family: CardFamily) -> None:
    with use_language("en"):
        english = portal.family(family)
    with use_language("fr"):
        assert portal.family(family) != english or english == str(family)


@pytest.mark.parametrize("sw", [*StatusWord, *COUNTED, 0x6BAD], ids=lambda sw: f"{sw:04X}")
def test_every_status_word_speaks_french(sw: int) -> None:
    with use_language("en"):
        english = describe(sw)
    with use_language("fr"):
        french = describe(sw)
    assert french[:6] == english[:6]
    assert french != english


def test_an_error_speaks_french_with_its_facts() -> None:
    error = WrongPinError("cryptolib.pin_wrong", tries_left=2)
    with use_language("fr"):
        assert error.sentence() == "Code porteur erroné\u00a0; essais restants\u00a0: 2."
