# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Test processes of pytest-xdist: a crash names its test, and no process outlives the run.

The controller adopts every process that loses its parent (PR_SET_CHILD_SUBREAPER); what is left
when the workers have ended is killed, and named at the end of the run.
"""

import ctypes
import os
import re
import signal
import threading
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

_GROUP = re.compile(r'\bxdist_group\("([^"]+)"\)')
_PR_SET_CHILD_SUBREAPER = 36
_REAPING_SECONDS = 0.05


class _GroupsOfFiles(LoadGroupScheduling):  # type: ignore[misc]  # xdist has no types
    """Finds the group of a test in the text of its file.

    xdist 3.8 writes the group behind the id of a test, which pytest 9.2 lets nobody change any
    more: without this, groups are taken apart without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _group(self.config.rootpath, nodeid.partition("::")[0]) or nodeid

    def remove_node(self, node: WorkerController) -> str | None:
        """Requeue what a crashed worker had left, except the test that crashed it.

        xdist 3.8 requeues completed groups as well: a worker that gets one of them waits forever.
        """
        left = {
            group: tests
            for group, tests in self.assigned_work[node].items()
            if not all(tests.values())
        }
        crashed = next(
            (test for tests in left.values() for test, done in tests.items() if not done), None
        )
        for tests in left.values():
            if crashed in tests:
                tests[crashed] = True
        self.assigned_work[node] = {
            group: tests for group, tests in left.items() if not all(tests.values())
        }
        super().remove_node(node)
        return crashed


@cache
def _group(root: Path, file: str) -> str | None:
    found = _GROUP.search((root / file).read_text(encoding="utf-8"))
    return found[1] if found else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    """Keep groups together under ``--dist loadgroup``."""
    return _GroupsOfFiles(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_configure(config: pytest.Config) -> None:
    """Let no forked child hold a worker's pipe: the controller sees a crash by its end."""
    for plugin in config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":  # run as source, it has no module
            pipe = plugin.channel.gateway._io
            ends = (pipe.infile.fileno(), pipe.outfile.fileno())
            os.register_at_fork(after_in_child=partial(_close, ends))
            return
    if config.getoption("numprocesses", None):
        config.pluginmanager.register(_Orphans(), "orphans")


def _close(descriptors: tuple[int, ...]) -> None:
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


class _Orphans:
    """The processes that tests left: adopted by the controller, reaped, and killed at the end."""

    def __init__(self) -> None:
        self._workers: set[int] = set()
        self._left: list[str] = []
        self._ended = threading.Event()
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        threading.Thread(target=self._reap, name="reaper", daemon=True).start()

    def pytest_testnodeready(self, node: WorkerController) -> None:
        self.pytest_configure_node(node)

    def pytest_configure_node(self, node: WorkerController) -> None:
        self._workers.add(node.gateway._io.popen.pid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Kill what is left, when the workers have ended."""
        for pid in self._children():
            with suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                if command:
                    self._left.append(f"{pid} {command}")
                os.kill(pid, signal.SIGKILL)
        self._ended.set()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._left:
            terminalreporter.section("processes that tests left behind")
            for line in self._left:
                terminalreporter.line(line)

    def _children(self) -> set[int]:
        found: set[int] = set()
        for file in Path("/proc/self/task").glob("*/children"):
            with suppress(OSError):
                found |= {int(pid) for pid in file.read_text("ascii").split()}
        return found - self._workers

    def _reap(self) -> None:
        while not self._ended.wait(_REAPING_SECONDS):
            for pid in self._children():
                with suppress(OSError):
                    os.waitpid(pid, os.WNOHANG)
