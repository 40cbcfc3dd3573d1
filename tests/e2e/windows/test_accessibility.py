# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every window with a screen reader and by keyboard alone, in the real session of a desktop."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.windows.bad import AT_SPI
from tests.e2e.windows.order import Node, names_and_roles, nodes_of, reading_order, table, unreached
from tests.e2e.windows.scenes import SCENES
from tests.e2e.windows.session import Desktop, Program

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("windows")]

MOST = 80
"""Stops of the focus in one window."""


def findings(stage: Program, reader: Program, scene: str) -> Iterator[str]:
    """Walk through a scene and tell what is wrong."""
    title = stage.ask("show", scene=scene)["title"]
    told = reader.ask("tree", pid=stage.pid, title=title)
    nodes = nodes_of(told["nodes"])
    yield from names_and_roles(nodes)
    if not told["focused"]:
        yield "focus: nothing has it when the window comes"
    walk = reader.ask("walk", key="Tab", most=MOST)
    if walk["end"] != "round":
        yield f"focus: Tab {walk['end']} after {len(walk['stops'])} stops at {_last(walk, nodes)}"
    back = reader.ask("walk", key="shift+Tab", most=MOST)
    if back["end"] != "round" or back["stops"][:-1] != walk["stops"][:-1][::-1]:
        yield "focus: Shift+Tab does not go the same way back"
    later = nodes | nodes_of(reader.ask("tree", pid=stage.pid, title=title)["nodes"])
    yield from unreached(later, walk["stops"])
    yield from reading_order(later, walk["stops"])


def _last(walk: dict[str, Any], nodes: dict[str, Node]) -> str:
    last = nodes.get(walk["stops"][-1]) if walk["stops"] else None
    return last.told if last else "the first"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_window_is_read_and_worked_by_keyboard_alone(
    glass: Desktop, screen_reader: Program, language: str
) -> None:
    found: list[tuple[str, str]] = []
    with glass.stage(language) as stage:
        for scene in SCENES:
            found += [(scene, told) for told in findings(stage, screen_reader, scene)]
    assert not found, table(found)


@pytest.mark.parametrize("fault", list(AT_SPI))
def test_the_reader_finds_what_is_wrong(
    glass: Desktop, screen_reader: Program, bad_stage: Program, fault: str
) -> None:
    found = list(findings(bad_stage, screen_reader, fault))
    assert any(AT_SPI[fault] in told for told in found), found
