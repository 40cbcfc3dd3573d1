# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The guide's table of CPS Gestion's functions, held together with menus, commands and codes."""

import importlib
import re
from pathlib import Path

import click
import pytest

from caducee.base import catalogue
from caducee.desktop.manager.model.exit_files import NAMES
from caducee.desktop.manager.model.menus import MENUS
from caducee.desktop.manager.pages import PAGES

GUIDE = (Path(__file__).parents[4] / "docs" / "guide" / "manager.md").read_text("utf-8")
TABLE = GUIDE.partition("## Where each function of CPS Gestion is")[2].partition("## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if line.startswith("| ") and "|---" not in line
][1:]
WANTED = (
    "insert card",
    "change code",
    "unblock code",
    "enter code",
    "quit",
    "read data",
    "X.509, authentication",
    "X.509, signature",
    "read situations",
    "test services",
    "test reader",
    "change reader",
    "journal",
    "CPS data",
    "diagnostics",
    "traces",
    "save traces at exit",
    "show card type",
    "on-screen keypad",
    *NAMES,
    "prompts that name the reader",
    "CPS_GESTION_004",
    "Vitale",
    "unblock at once",
    "for ever",
    "failed update",
    "another program",
    "remaining tries",
    "DICO-FR.GIP",
)
"""The reference's list (card-and-cryptolib, section 5), line by line."""


def bare(text: str) -> str:
    return text.replace("&", "")


@pytest.mark.parametrize("function", WANTED)
def test_every_function_of_cps_gestion_has_its_line(function: str) -> None:
    assert [row for row in ROWS if function in row[0]]


def test_every_line_says_where_it_is() -> None:
    assert len(ROWS) >= 29
    assert [row for row in ROWS if len(row) != 3 or not row[1]] == []


def test_every_menu_that_the_table_names_is_there() -> None:
    lines = {
        f"{bare(menu.text)}, {bare(one.text)}" for menu in MENUS for one in menu.choices if one
    }
    named = {one for row in ROWS for one in re.findall(r"\*([^*]+, [^*]+)\*", row[1])}
    assert len(named) >= 19
    assert named - lines == set()


def test_every_menu_line_has_a_page_or_an_option_and_is_in_the_table_or_newer() -> None:
    pages = {one.name for one in PAGES}
    choices = [one for menu in MENUS for one in menu.choices if one is not None]
    assert [one.name for one in choices if one.page and one.page not in pages] == []
    named = " ".join(row[1] for row in ROWS)
    missing = [one.name for one in choices if bare(one.text) not in named]
    assert missing == ["keypad-shuffled"]


def command_of(words: list[str]) -> click.Command:
    module = importlib.import_module("caducee.cli.main")
    found: click.Command = module.command
    for word in words:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), word)
        assert inner is not None, words
        found = inner
    return found


def test_every_command_that_the_table_names_is_there() -> None:
    named = {one for row in ROWS for one in re.findall(r"`caducee ([a-z -]+)`", row[2])}
    assert len(named) >= 10
    for one in named:
        assert command_of(one.split()).callback is not None


def test_every_code_that_the_table_names_is_in_the_catalogue() -> None:
    named = {one for row in ROWS for one in re.findall(r"`([a-z]+\.[a-z_]+)`", " ".join(row))}
    named = {one for one in named if not one.startswith("caducee.")}
    assert len(named) >= 6
    assert [catalogue.entry(one).code for one in sorted(named)] == sorted(named)
