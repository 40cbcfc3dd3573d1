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
    for one in nodes:
        if one.get_role_name() == role and (name is None or one.get_name() == name):
            return one
    raise SystemExit(f"no {role} {name}")


def main() -> None:
    top = window()
    nodes = [one for one in every(top)]
    told = {"title": top.get_name(), "role": top.get_role_name(), "nodes": []}
    for one in nodes:
        states = one.get_state_set()
        told["nodes"].append(
            {
                "role": one.get_role_name(),
                "name": one.get_name(),
                "description": one.get_description(),
                "showing": states.contains(Atspi.StateType.SHOWING),
            }
        )
    print(json.dumps(told), flush=True)
    code = named(nodes, "password text")
    code.get_editable_text_iface().set_text_contents(sys.argv[1])
    button = next(
        one for one in nodes if "button" in one.get_role_name() and one.get_name() == "OK"
    )
    button.get_action_iface().do_action(0)


if __name__ == "__main__":
    main()
