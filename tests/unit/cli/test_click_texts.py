# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""click itself speaks the language of the user."""

import ast
import gettext
import os
import string
import subprocess
import sys
from pathlib import Path

import click
import pytest

from caducee.base.i18n import DOMAIN, FOLDER
from caducee.cli.click_texts import COUNTED, TEXTS


def of_click() -> set[tuple[str, ...]]:
    """Return the texts, of one form or two, that click has translated."""
    found = set()
    for path in Path(click.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
                words = [
                    argument.value for argument in node.args if isinstance(argument, ast.Constant)
                ]
                found.add(tuple(str(word) for word in words))
    return found


def facts_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def said(language: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "caducee", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "LANGUAGE": language, "PYTHONIOENCODING": "utf-8"},
    )
    return done.stdout + done.stderr


def test_every_text_is_one_that_click_has() -> None:
    assert {(text,) for text in TEXTS} | set(COUNTED) <= of_click()


@pytest.mark.parametrize("forms", COUNTED)
def test_both_forms_are_in_french_with_their_facts(forms: tuple[str, str]) -> None:
    french = gettext.translation(DOMAIN, str(FOLDER), languages=["fr"])
    for count, english in zip((1, 2), forms, strict=True):
        text = french.ngettext(*forms, count)
        assert text not in forms
        assert facts_of(text) == facts_of(english)


@pytest.mark.parametrize(
    ("arguments", "english", "french"),
    [
        (("card", "isue"), "No such command 'isue'.", "La commande 'isue' n’existe pas."),
        (("card", "issue"), "Missing argument 'PROFILE", "Argument manquant 'PROFILE"),
        (("demo", "a"), "unexpected extra argument (a)", "Un argument est de trop (a)"),
        (("demo", "a", "b"), "extra arguments (a b)", "Des arguments sont de trop (a b)"),
        (("--help",), "\nCommands:\n", "\nCommandes:\n"),
        (("card", "serve", "none"), "Usage: caducee", "Utilisation\u00a0: caducee"),
    ],
)
def test_the_command_line_speaks_the_language_of_the_environment(
    arguments: tuple[str, ...], english: str, french: str
) -> None:
    assert english in said("en", *arguments)
    assert french in said("fr", *arguments)
    assert english not in said("fr:en", *arguments)
    assert english in said("en:fr", *arguments)


def test_the_help_of_commands_and_options_is_french_too() -> None:
    said_fr = said("fr", "card", "pin", "change", "--help")
    assert "Changer le code" in said_fr and "dernier essai" in said_fr
    assert "Donner à Firefox" in said("fr", "--help")
