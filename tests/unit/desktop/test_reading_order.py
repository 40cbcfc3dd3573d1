# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How the tests of windows judge the order of the focus: rows first, then columns."""

from typing import Any

from tests.e2e.windows.order import nodes_of, reading_order


def node(path: str, parent: str, box: tuple[int, int, int, int]) -> dict[str, Any]:
    return {"path": path, "parent": parent, "role": "button", "name": path, "description": "",
            "id": path, "box": list(box), "states": [], "relations": [], "actions": []}  # fmt: skip


WINDOW = nodes_of(
    [
        node("window", "", (0, 0, 400, 300)),
        node("list", "window", (0, 0, 100, 300)),
        node("page", "window", (100, 0, 300, 300)),
        node("a", "page", (110, 10, 80, 20)),
        node("b", "page", (200, 12, 80, 20)),
        node("c", "page", (110, 50, 80, 20)),
    ]
)


def test_a_column_at_the_left_is_read_first_and_then_row_by_row() -> None:
    assert not list(reading_order(WINDOW, ["list", "a", "b", "c"]))


def test_the_round_may_begin_anywhere() -> None:
    assert not list(reading_order(WINDOW, ["b", "c", "list", "a"]))


def test_a_stop_before_what_is_above_it_is_reported() -> None:
    (output,) = reading_order(WINDOW, ["list", "c", "a", "b"])
    assert "stop 2 is button 'c'" in output and "'a'" in output


def test_rows_that_lie_side_by_side_in_groups_are_read_group_by_group() -> None:
    groups = nodes_of(
        [
            node("window", "", (0, 0, 400, 100)),
            node("left", "window", (0, 0, 200, 100)),
            node("right", "window", (200, 0, 200, 100)),
            node("a", "left", (10, 10, 80, 20)),
            node("b", "left", (10, 50, 80, 20)),
            node("c", "right", (210, 10, 80, 20)),
        ]
    )
    assert not list(reading_order(groups, ["a", "b", "c"]))
    assert list(reading_order(groups, ["a", "c", "b"]))
