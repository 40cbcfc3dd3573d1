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
    "on-screen PIN pad",
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
        f"{bare(menu.text)}, {bare(choice.text)}"
        for menu in MENUS
        for choice in menu.choices
        if choice
    }
    named = {item for row in ROWS for item in re.findall(r"\*([^*]+, [^*]+)\*", row[1])}
    assert len(named) >= 19
    assert named - lines == set()


def test_every_menu_line_has_a_page_or_an_option_and_is_in_the_table_or_newer() -> None:
    pages = {page.name for page in PAGES}
    choices = [choice for menu in MENUS for choice in menu.choices if choice is not None]
    assert [choice.name for choice in choices if choice.page and choice.page not in pages] == []
    named = " ".join(row[1] for row in ROWS)
    missing = [choice.name for choice in choices if bare(choice.text) not in named]
    assert missing == ["pin-pad-shuffled"]


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
    named = {entry for row in ROWS for entry in re.findall(r"`caducee ([a-z -]+)`", row[2])}
    assert len(named) >= 10
    for item in named:
        assert command_of(item.split()).callback is not None


def test_every_code_that_the_table_names_is_in_the_catalogue() -> None:
    named = {item for row in ROWS for item in re.findall(r"`([a-z]+\.[a-z_]+)`", " ".join(row))}
    named = {item for item in named if not item.startswith("caducee.")}
    assert len(named) >= 6
    assert [catalogue.entry(item).code for item in sorted(named)] == sorted(named)
