# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from caducee.base import i18n
from caducee.base.i18n import LANGUAGES, N_, gettext, language, set_language, use_language

VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANGUAGE": "de:fr", "LANG": "en_US"}, "fr"),
    ],
)
def test_the_first_language_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], expected: str
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert copy_context().run(language) == expected


def test_a_language_is_used_for_the_length_of_a_block() -> None:
    with use_language("fr"):
        with use_language("en"):
            assert language() == "en"
        assert language() == "fr"


def test_an_unknown_language_means_english() -> None:
    with use_language("xx"):
        assert language() == "en"

    def chosen(code: str) -> str:
        set_language(code)
        return language()

    assert copy_context().run(chosen, "xx") == "en"
    assert copy_context().run(chosen, "fr") == "fr"


def test_two_threads_speak_two_languages_at_once() -> None:
    def spoken(code: str) -> str:
        with use_language(code):
            return language()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(spoken, LANGUAGES)) == list(LANGUAGES)


def test_english_texts_are_their_own_translation_and_nothing_stays_nothing() -> None:
    with use_language("en"):
        assert gettext(N_("done")) == "done"
        assert gettext("") == ""


def test_a_text_without_translation_stays_english() -> None:
    with use_language("fr"):
        assert gettext("a text that nobody translated") == "a text that nobody translated"


def test_a_language_without_a_catalogue_falls_back_to_the_message_ids() -> None:
    assert i18n._translations("xx").gettext("done") == "done"
