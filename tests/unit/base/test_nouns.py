# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import ast
import doctest
from pathlib import Path

import pytest

import caducee
from caducee.base import nouns
from caducee.base.errors import CardError, ReaderError, StateError
from caducee.base.i18n import gettext, use_language
from caducee.base.nouns import WORDS, shown
from caducee.cryptolib import KeyUse
from caducee.spec.atrs import CardFace
from caducee.trust.certificate import CertificateUse
from caducee.trust.path import CertificatePurpose

SOURCE = Path(caducee.__file__).parent


def test_examples_of_the_documentation_hold() -> None:
    with use_language("en"):
        assert doctest.testmod(nouns).failed == 0


@pytest.mark.parametrize("use", [*KeyUse, *CardFace, *CertificateUse, *CertificatePurpose], ids=str)
def test_every_use_and_face_has_a_word_for_a_person(use: object) -> None:
    assert str(getattr(use, "value", use)) in WORDS


def test_a_sentence_names_uses_and_faces_in_the_language_of_its_reader() -> None:
    error = CardError("cryptolib.key_not_on_face", face="cps3-contactless", use="decipherment")
    with use_language("en"):
        assert "(CPS3 without contacts)" in error.sentence()
        assert "decipherment" in error.sentence()
    with use_language("fr"):
        assert "(CPS3 sans contact)" in error.sentence()
        assert "(déchiffrement)" in error.sentence()
    assert dict(error.facts) == {"face": "cps3-contactless", "use": "decipherment"}


def test_what_the_system_says_is_shown_in_french() -> None:
    error = StateError("base.file_unwritable", path="x", reason="No space left on device")
    with use_language("fr"):
        assert "espace" in error.sentence()


def test_what_comes_from_outside_is_never_translated() -> None:
    with use_language("fr"):
        assert shown("path", "signature") == "signature"
        assert shown("name", "No such file or directory") == "No such file or directory"
        assert shown("reason", "What Some Program Said") == "What Some Program Said"
        place = ReaderError("reader.socket_unusable", place="no key", reason="no key").sentence()
    assert "no key ne peut" in place


def literals() -> set[str]:
    """Return the words with a blank that an error is raised with as its reason or thing."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("reason", "what"):
                item = node.value
                if isinstance(item, ast.Constant) and " " in str(item.value):
                    found.add(str(item.value))
    return found


def test_every_reason_that_is_words_is_a_word_that_can_be_translated() -> None:
    names = {
        literal
        for literal in literals()
        if literal.upper() == literal or literal.startswith("CPS2ter ")
    }
    assert literals() - names <= set(WORDS)


def test_every_word_is_in_french() -> None:
    with use_language("fr"):
        french = {text for text in WORDS.values() if gettext(text) == text}
    assert french <= {"signature", "document", "CPS4"}
