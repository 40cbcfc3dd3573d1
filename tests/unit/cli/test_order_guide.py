# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The guide of orders says what there is."""

import re
from pathlib import Path

import click

from caducee.cli.order import order
from caducee.services.ordering.api.table import OPERATIONS
from caducee.services.ordering.outbox import CardEvent, EventKind

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "ordering.md"
TEXT = GUIDE.read_text(encoding="utf-8")


def test_every_command_of_the_guide_is_there_and_none_is_left_out() -> None:
    """Commands that only list or tell need no words."""
    result = set(re.findall(r"caducee order (?:--as \w+ )?([a-z]+)", TEXT))
    assert isinstance(order, click.Group)
    assert result <= set(order.commands)
    assert set(order.commands) - result == {"list", "cards"}


def test_every_option_of_the_guide_is_there() -> None:
    assert isinstance(order, click.Group)
    for verb, rest in re.findall(r"caducee order (?:--as \w+ )?([a-z]+)([^\n`#|]*)", TEXT):
        command = order.commands[verb]
        below = command.commands.values() if isinstance(command, click.Group) else ()
        known = {
            option
            for item in (command, *below)
            for parameter in item.params
            for option in parameter.opts
        }
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, f"{verb}{rest}"


def test_every_path_of_the_api_stands_in_the_guide() -> None:
    last = {
        operation.path.rpartition("/")[2]
        for operation in OPERATIONS
        if not operation.path.endswith("}")
    }
    missing = {name for name in last if f"/{name}" not in TEXT} - {"account"}
    assert not missing


def test_every_event_and_member_stands_in_the_guide() -> None:
    for name in (*(member.value for member in EventKind), *CardEvent.__struct_fields__):
        assert f"`{name}`" in TEXT, name
