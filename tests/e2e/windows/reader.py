# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The screen reader of the tests, over AT-SPI; run by the system's Python, which has ``gi``.

One JSON object a line, in and out. ``tree``: everything a window shows to a screen reader.
``walk``: press a key again and again, and tell where the focus goes. ``heard``: what was announced
since the last question.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PATIENCE = 20.0
QUIET = 1.0
"""Seconds after which a key has moved nothing."""


class Reader:
    """Follows the focus and what is announced, in one program."""

    def __init__(self) -> None:
        self.focused: str = ""
        self.heard: list[dict[str, str]] = []
        self._loop = GLib.MainContext.default()
        self._listeners = [Atspi.EventListener.new(self._focus), Atspi.EventListener.new(self._say)]
        self._listeners[0].register("object:state-changed:focused")
        for kind in ("object:announcement", "object:property-change:accessible-name"):
            self._listeners[1].register(kind)

    def _focus(self, event: Any) -> None:
        if event.detail1:
            self.focused = event.source.path

    def _say(self, event: Any) -> None:
        text = event.any_data if isinstance(event.any_data, str) else event.source.get_name()
        self.heard.append({"kind": event.type, "path": event.source.path, "text": text or ""})

    def turn(self, until: Callable[[], bool], seconds: float) -> bool:
        """Let events come until something holds or the time is over."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                return False
            if not self._loop.iteration(False):
                time.sleep(0.002)
        return True

    def tree(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the nodes that the active window of a process shows."""
        window: list[Any] = []

        def found() -> bool:
            window[:] = list(_windows(asked["pid"], asked["title"]))
            return bool(window)

        if not self.turn(found, PATIENCE):
            return {"error": f"no window {asked['title']!r}"}
        nodes = [_node(node, parent) for node, parent in _every(window[-1], "")]
        focus = [item["path"] for item in nodes if "focused" in item["states"]]
        self.focused = focus[-1] if focus else ""
        return {"nodes": nodes, "focused": self.focused}

    def walk(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Press a key until the focus comes where it was, or stays, or for long."""
        stops: list[str] = []
        for _ in range(asked["most"]):
            before = self.focused
            self.turn(lambda: False, 0.0)
            _press(asked["key"])
            if not self.turn(lambda before=before: self.focused != before, QUIET):  # type: ignore[misc]
                return {"stops": stops, "end": "stays"}
            self.turn(lambda: False, 0.01)
            if self.focused in stops:
                return {"stops": stops, "end": "round"}
            stops.append(self.focused)
        return {"stops": stops, "end": "long"}

    def go(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Press a key until something has the focus, then others; tell where the focus came."""
        for _ in range(asked["most"]):
            if self.focused == asked["to"]:
                break
            _press(asked["key"])
            self.turn(lambda before=self.focused: self.focused != before, QUIET)  # type: ignore[misc]
        came = []
        for key in asked["then"]:
            _press(key)
            self.turn(lambda before=self.focused: self.focused != before, 0.2)  # type: ignore[misc]
            came.append(self.focused)
        return {"came": came}

    def hear(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what was announced since the last question, after a moment."""
        self.turn(lambda: any(asked.get("text", "\0") in item["text"] for item in self.heard), 2.0)
        output, self.heard = self.heard, []
        return {"heard": output}


def _windows(pid: int, title: str) -> Iterator[Any]:
    desktop = Atspi.get_desktop(0)
    for place in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(place)
        if program is None or program.get_process_id() != pid:
            continue
        program.clear_cache_single()  # Qt does not tell of windows that came
        windows = [program.get_child_at_index(index) for index in range(program.get_child_count())]
        shown = [window for window in windows if window is not None and _showing(window)]
        yield from (item for item in shown if item.get_name().startswith(title))


def _showing(node: Any) -> bool:
    return bool(node.get_state_set().contains(Atspi.StateType.SHOWING))


def _every(node: Any, parent: str) -> Iterator[tuple[Any, str]]:
    yield node, parent
    for place in range(node.get_child_count()):
        child = node.get_child_at_index(place)
        if child is not None and _showing(child):
            yield from _every(child, node.path)


def _node(node: Any, parent: str) -> dict[str, Any]:
    box = node.get_extents(Atspi.CoordType.SCREEN)
    return {
        "path": node.path,
        "parent": parent,
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "description": node.get_description() or "",
        "id": (node.get_accessible_id() or "").rpartition(".")[2],
        "box": [box.x, box.y, box.width, box.height],
        "states": [state.value_nick for state in node.get_state_set().get_states()],
        "relations": [item.get_relation_type().value_nick for item in node.get_relation_set()],
        "actions": _actions(node),
    }


def _actions(node: Any) -> list[str]:
    actions = node.get_action_iface()
    if actions is None:
        return []
    return [actions.get_action_name(number) for number in range(actions.get_n_actions())]


def _press(key: str) -> None:
    subprocess.run(["xdotool", "key", key], check=True, timeout=PATIENCE)


def main() -> None:
    """Answer questions until the end of input."""
    reader = Reader()
    does = {"tree": reader.tree, "walk": reader.walk, "go": reader.go, "hear": reader.hear}
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(does[asked["do"]](asked)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
