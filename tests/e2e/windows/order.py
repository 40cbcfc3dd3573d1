# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a screen reader must find in a window, judged by AT-SPI."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "INTERACTIVE",
    "Node",
    "groups",
    "names_and_roles",
    "nodes_of",
    "reading_order",
    "table",
    "unreached",
]

type Box = tuple[int, int, int, int]

INTERACTIVE = frozenset(
    {
        "button", "push button", "toggle button", "check box", "radio button", "combo box", "text",
        "password text", "spin button", "slider", "list", "list box", "tree", "tree table", "table",
        "page tab", "page tab list", "link", "menu bar", "entry", "terminal", "document text",
        "document frame", "document web", "editbar", "notification", "button menu",
    }
)  # fmt: skip
"""Roles with which a person can do something."""

OF_QT = ("qt_", "QSizeGrip")
"""Ids of what Qt itself adds for the mouse, where the keyboard has the menu of the window."""

WITHOUT_NAME = frozenset({"menu bar", "page tab list", "scroll bar"})
"""Interactive, but their parts have the names."""

# A label may take the focus so that its text can be marked; it need not.

PARTS = frozenset({"list", "list box", "tree", "tree table", "table", "page tab list", "menu bar",
                   "combo box", "menu", "spin button"})  # fmt: skip
"""Inside of these, arrows move."""


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that a screen reader can speak of."""

    path: str
    role: str
    name: str
    description: str
    id: str
    box: Box
    states: frozenset[str]
    relations: frozenset[str]
    actions: tuple[str, ...]
    inside: tuple[str, ...] = field(default=())
    """The paths of what is above it, the window first."""

    @property
    def output(self) -> str:
        """Return how a person finds it."""
        return f"{self.role} {self.name!r} ({self.id})"

    @property
    def focusable(self) -> bool:
        """Tell whether it can have the focus now."""
        return {"focusable", "enabled", "showing"} <= self.states


def nodes_of(output: Sequence[dict[str, Any]]) -> dict[str, Node]:
    """Return the nodes by path, in the order of the tree."""
    made: dict[str, Node] = {}
    for item in output:
        above = made.get(item["parent"])
        made[item["path"]] = Node(
            item["path"],
            item["role"],
            item["name"].strip(),
            item["description"].strip(),
            item["id"],
            tuple(item["box"]),
            frozenset(item["states"]),
            frozenset(item["relations"]),
            tuple(item["actions"]),
            (*above.inside, above.path) if above else (),
        )
    return made


def names_and_roles(nodes: dict[str, Node]) -> Iterator[str]:
    """Return what has no name, no fitting role, or no label."""
    for node in nodes.values():
        part = _part(node, nodes)
        if node.role in {"unknown", "invalid"} and not node.id.startswith(OF_QT):
            yield f"role: {node.output} has none"
        if node.focusable and not part and not _stands_for(node, nodes):
            yield f"role: {node.output} takes the focus, but its role says nothing"
        named = node.name or "labelled-by" in node.relations
        if node.role in INTERACTIVE - WITHOUT_NAME and not part and not named:
            yield f"name: {node.output} has none"
        if node.role in {"button", "page tab", "menu item"} and not node.name:
            yield f"name: {node.output} has none"
        if "\N{OBJECT REPLACEMENT CHARACTER}" in node.name or "&" in node.name.replace(" & ", ""):
            yield f"name: {node.output} holds a mark"


def _stands_for(node: Node, nodes: dict[str, Node]) -> bool:
    """Tell whether the focus may be here: something to work with, a text, the frame of tabs."""
    if node.role in INTERACTIVE | {"label"}:
        return True
    return any(
        it.role == "page tab list" and it.inside[-1:] == (node.path,) for it in nodes.values()
    )


def _part(node: Node, nodes: dict[str, Node]) -> bool:
    return any(nodes[above].role in PARTS for above in node.inside)


def unreached(nodes: dict[str, Node], stops: Iterable[str]) -> Iterator[str]:
    """Return what can be worked but never had the focus. Radio buttons share one stop."""
    reached = set(stops)
    radios = {nodes[path].inside[-1] for path in reached & set(nodes) if _radio(nodes[path])}
    for node in nodes.values():
        if (
            node.path in reached
            or _part(node, nodes)
            or (_radio(node) and node.inside[-1] in radios)
        ):
            continue
        inside = any(node.path in nodes[stop].inside for stop in reached & set(nodes))
        if node.focusable and node.role not in {"menu bar", "label"} and not inside:
            yield f"keyboard: {node.output} is never reached"
        elif node.role in {"button", "check box", "toggle button"} and not node.focusable:
            if {"enabled", "showing"} <= node.states:
                yield f"keyboard: {node.output} is for the mouse alone"


def groups(nodes: dict[str, Node], stops: Iterable[str]) -> dict[str, set[str]]:
    """Return by stop the buttons beside it that have no stop of their own: arrows go there."""
    found: dict[str, set[str]] = {}
    reached = set(stops)
    for path in reached & set(nodes):
        beside = {
            node.path
            for node in nodes.values()
            if node.inside[-1:] == nodes[path].inside[-1:]
            and node.path not in reached
            and node.focusable
            and "button" in node.role
        }
        if beside and "button" in nodes[path].role:
            found[path] = beside
    return found


def _radio(node: Node) -> bool:
    return node.role == "radio button"


# The order in which one reads


def reading_order(nodes: dict[str, Node], stops: Sequence[str]) -> Iterator[str]:
    """Return the stops of the focus that come before something that is read before them."""
    known = [path for path in dict.fromkeys(stops) if path in nodes]
    if not known:
        return
    root = nodes[known[0]].inside[0] if nodes[known[0]].inside else known[0]
    wanted = list(_read(root, nodes, known))
    turn = known.index(wanted[0])
    had = known[turn:] + known[:turn]
    for place, (have, want) in enumerate(zip(had, wanted, strict=True)):
        if have != want:
            yield (
                f"order: stop {place + 1} is {nodes[have].output}, "
                f"but {nodes[want].output} is read before"
            )
            return


def _read(above: str, nodes: dict[str, Node], stops: Sequence[str]) -> Iterator[str]:
    """Go down the tree; children in the order of their places."""
    if above in stops:
        yield above
    groups: dict[str, list[str]] = {}
    for path in stops:
        chain = (*nodes[path].inside, path)
        if above in chain[:-1]:
            groups.setdefault(chain[chain.index(above) + 1], []).append(path)
    for child in _cut({child: _around(nodes, inside) for child, inside in groups.items()}):
        yield from _read(child, nodes, groups[child])


def _around(nodes: dict[str, Node], paths: Sequence[str]) -> Box:
    boxes = [nodes[path].box for path in paths]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    return left, top, right - left, max(box[1] + box[3] for box in boxes) - top


def _cut(boxes: dict[str, Box]) -> list[str]:
    """Order boxes by cutting rows first, then columns (the recursive X-Y cut)."""
    if len(boxes) < 2:
        return list(boxes)
    for axis in (1, 0):
        parts = _apart(boxes, axis)
        if len(parts) > 1:
            return [path for part in parts for path in _cut(part)]
    return sorted(boxes, key=lambda box: (boxes[box][1], boxes[box][0]))


def _apart(boxes: dict[str, Box], axis: int) -> list[dict[str, Box]]:
    parts: list[dict[str, Box]] = []
    end = -(10**6)
    for path, box in sorted(boxes.items(), key=lambda item: item[1][axis]):
        if not parts or box[axis] >= end - 2:
            parts.append({})
        parts[-1][path] = box
        end = max(end, box[axis] + box[axis + 2])
    return parts


def table(findings: Iterable[tuple[str, str]]) -> str:
    """Return findings as a table: the scene, and what is wrong there."""
    rows = list(findings)
    wide = max((len(scene) for scene, _ in rows), default=0)
    return "\n".join(["", *(f"{scene:{wide}}  {output}" for scene, output in rows)])
