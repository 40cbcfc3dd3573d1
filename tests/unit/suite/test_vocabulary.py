# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The check of the vocabulary finds a former word wherever a reader would meet it."""

from pathlib import Path

import pytest
from tools.vocabulary import Vocabulary, in_markdown, in_python, read_vocabulary

WORDS = Vocabulary(
    names=frozenset({"Gizmo", "one"}),
    words=frozenset({"parcel"}),
    phrases=frozenset({"parcel", "is no"}),
)


@pytest.mark.parametrize(
    "source",
    [
        "class Gizmo: ...",
        "for one in range(2): ...",
        "def send_parcel() -> None: ...",
        "ParcelState = 1",
        '"""What a parcel\n is."""',
        "x = 1  # this is no comment",
        '_("There is no card")',
        'raise Error(\n    N_(\n        "A Parcel"\n    )\n)',
    ],
)
def test_a_former_word_is_found_in_names_docstrings_comments_and_messages(
    tmp_path: Path, source: str
) -> None:
    module = tmp_path / "module.py"
    module.write_text(source + "\n")
    assert len(list(in_python(module, WORDS))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'column = "parcel"',
        "session.execute(query).one()",
        '"""The ``parcel`` column."""',
        "someone = 1",
    ],
)
def test_stored_names_library_methods_and_quoted_code_are_left_alone(
    tmp_path: Path, source: str
) -> None:
    module = tmp_path / "module.py"
    module.write_text(source + "\n")
    assert not list(in_python(module, WORDS))


def test_code_in_a_page_is_left_alone_and_its_text_is_read(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("A `parcel`.\n\n```\nparcel\n```\n\nThe last parcel.\n")
    assert [(found.line, found.word) for found in in_markdown(page, WORDS)] == [(7, "parcel")]


def test_the_page_bans_names_words_and_phrases() -> None:
    words = read_vocabulary()
    assert {"Thing", "House", "one"} <= words.names
    assert {"manners", "parcel"} <= words.words
    assert {"unblocking code", "is no"} <= words.phrases
