# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every window with a screen reader and by keyboard alone, in the real session of a desktop."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.windows.bad import AT_SPI
from tests.e2e.windows.order import (
    INTERACTIVE,
    Node,
    groups,
    names_and_roles,
    nodes_of,
    reading_order,
    table,
    unreached,
)
from tests.e2e.windows.scenes import SCENES
from tests.e2e.windows.session import Desktop, Program

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("windows")]

MOST = 60
"""Stops of the focus in one window; more are too many."""

ARROWS = ("Right", "Right", "Down", "Left", "Left", "Down") * 2
"""A way through a group of buttons of three columns, or one."""

STOPS = INTERACTIVE - {"menu bar"}


def read(stage: Program, reader: Program, scene: str) -> tuple[str, dict[str, Node], str]:
    """Show a scene; return its title, its nodes, and which of them has the focus."""
    title = stage.ask("show", scene=scene)["title"]
    output = reader.ask("tree", pid=stage.pid, title=title)
    return title, nodes_of(output["nodes"]), output["focused"]


def findings(stage: Program, reader: Program, scene: str) -> Iterator[str]:
    """Walk through a scene and tell what is wrong."""
    title, nodes, focused = read(stage, reader, scene)
    yield from names_and_roles(nodes)
    if not focused:
        yield "focus: nothing has it when the window comes"
    walk = reader.ask("walk", key="Tab", most=MOST)
    stops = [node for node in nodes.values() if node.focusable and node.role in STOPS]
    if walk["end"] != "round" and len(stops) > 1:
        yield f"focus: Tab {walk['end']} after {len(walk['stops'])} stops at {_last(walk, nodes)}"
    back = reader.ask("walk", key="shift+Tab", most=MOST)
    if back["end"] != walk["end"] or back["stops"] != walk["stops"][::-1]:
        yield "focus: Shift+Tab does not go the same way back"
    later = nodes
    if not set(walk["stops"]) <= set(nodes):  # something came with the focus
        later = nodes | nodes_of(reader.ask("tree", pid=stage.pid, title=title)["nodes"])
    came = {*walk["stops"], focused}
    for stop in groups(later, walk["stops"]):
        came |= set(reader.ask("go", key="Tab", most=MOST, to=stop, then=ARROWS)["came"])
    yield from unreached(later, came)
    yield from reading_order(later, walk["stops"])


def _last(walk: dict[str, Any], nodes: dict[str, Node]) -> str:
    last = nodes.get(walk["stops"][-1]) if walk["stops"] else None
    return last.output if last else "the first"


def test_every_window_is_worked_by_keyboard_alone(
    glass: Desktop, screen_reader: Program, world: Path
) -> None:
    found: list[tuple[str, str]] = []
    with glass.stage("fr", world) as stage:
        for scene in SCENES:
            found += [(scene, output) for output in findings(stage, screen_reader, scene)]
    assert not found, table(found)


def test_everything_has_a_name_and_a_role_in_english_too(
    glass: Desktop, screen_reader: Program, world: Path
) -> None:
    found: list[tuple[str, str]] = []
    with glass.stage("en", world) as stage:
        for scene in SCENES:
            _title, nodes, _focused = read(stage, screen_reader, scene)
            found += [(scene, output) for output in names_and_roles(nodes)]
    assert not found, table(found)


@pytest.mark.parametrize("fault", list(AT_SPI))
def test_the_reader_finds_what_is_wrong(
    glass: Desktop, screen_reader: Program, bad_stage: Program, fault: str
) -> None:
    found = list(findings(bad_stage, screen_reader, fault))
    assert any(AT_SPI[fault] in output for output in found), found
