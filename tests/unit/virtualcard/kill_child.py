# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs a card on a file and dies at each system call of a write, and at each comparison of codes.

``kill_child.py FOLDER``: ``FOLDER/SCENARIO.json`` lists the images to begin with and the command.
For each point one child process runs the command and ends there (``os._exit``), once just before
the call and once just after it. What it leaves is ``FOLDER/SCENARIO-N.card``; a report of JSON
lines says which call it was and whether the codes had been compared before.
"""

import contextlib
import hmac
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import FileStore

CALLS = ("open", "fdopen", "fchmod", "fsync", "link", "replace", "unlink")
DIED = 9


class Bomb:
    """Counts calls and ends the process at one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0
        self.place = ""
        self.compared = False

    def tick(self, place: str) -> None:
        if self.count == self.at:
            print(json.dumps({"place": place, "compared": self.compared}), flush=True)
            os._exit(DIED)
        self.count += 1

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self.tick(f"before {name}")
            result = real(*args, **options)
            if name == "compare":
                self.compared = True
            self.tick(f"after {name}")
            return result

        return call


def run(path: Path, before: list[str], command: str, at: int) -> None:
    """Lead a dialogue; end inside the last command when point ``at`` is reached."""
    with FileStore(path) as store:
        card = VirtualCard(store)
        card.power_on()
        for item in before:
            card.transmit(bytes.fromhex(item))
        bomb = Bomb(at)
        for name in CALLS:
            setattr(os, name, bomb.wrap(name, getattr(os, name)))
        tempfile.mkstemp = bomb.wrap("mkstemp", tempfile.mkstemp)
        hmac.compare_digest = bomb.wrap("compare", hmac.compare_digest)
        answer = card.transmit(bytes.fromhex(command))
        bomb.at = -1  # the command is over; what ends the store is not part of it
        print(json.dumps({"place": "end", "answer": answer.hex()}), flush=True)


def main(folder: Path) -> None:
    """Run every scenario until a child comes to the end of its command."""
    # A process that dies loses nothing that the system has: waiting for the disk proves nothing.
    setattr(os, "fsync", lambda _handle: None)  # noqa: B010
    for plan in sorted(folder.glob("*.json")):
        scenario = json.loads(plan.read_text())
        for at in range(1000):
            path = folder / f"{plan.stem}-{at}.card"
            shutil.copy(plan.with_suffix(".start"), path)
            child = os.fork()
            if child == 0:
                with contextlib.suppress(SystemExit):
                    print(json.dumps({"scenario": plan.stem, "at": at}), flush=True)
                    run(path, scenario["before"], scenario["command"], at)
                os._exit(0)
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != DIED:
                break


if __name__ == "__main__":
    main(Path(sys.argv[1]))
