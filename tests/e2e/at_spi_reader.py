# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads and drives the window for the code as a screen reader does; run by the system's Python.

Prints one JSON object: what the window says, by role. Then it types the code of its argument and
presses OK, all over AT-SPI.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def window(seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        desktop = Atspi.get_desktop(0)
        for place in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(place)
            if application is not None and application.get_child_count():
                return application.get_child_at_index(0)
        time.sleep(0.1)
    raise SystemExit("no window")


def every(node: Any) -> Iterator[Any]:
    yield node
    for place in range(node.get_child_count()):
        child = node.get_child_at_index(place)
        if child is not None:
            yield from every(child)


def named(nodes: list[Any], role: str, name: str | None = None) -> Any:
    for node in nodes:
        if node.get_role_name() == role and (name is None or node.get_name() == name):
            return node
    raise SystemExit(f"no {role} {name}")


def main() -> None:
    top = window()
    nodes = [item for item in every(top)]
    reported = {"title": top.get_name(), "role": top.get_role_name(), "nodes": []}
    for node in nodes:
        states = node.get_state_set()
        reported["nodes"].append(
            {
                "role": node.get_role_name(),
                "name": node.get_name(),
                "description": node.get_description(),
                "showing": states.contains(Atspi.StateType.SHOWING),
            }
        )
    print(json.dumps(reported), flush=True)
    code = named(nodes, "password text")
    code.get_editable_text_iface().set_text_contents(sys.argv[1])
    button = next(
        item for item in nodes if "button" in item.get_role_name() and item.get_name() == "OK"
    )
    button.get_action_iface().do_action(0)


if __name__ == "__main__":
    main()
