# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: hypothesis chooses the same examples each time and takes its time;
test files of one ``xdist_group`` run in one process."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

settings.register_profile("caducee", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("caducee")

_GROUP = re.compile(r'\bxdist_group\("([^"]+)"\)')


class _GroupsOfFiles(LoadGroupScheduling):  # type: ignore[misc]  # xdist has no types
    """Finds the group of a test in the text of its file.

    xdist 3.8 writes the group behind the id of a test, which pytest 9.2 lets nobody change any
    more: without this, groups are taken apart without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _group(self.config.rootpath, nodeid.partition("::")[0]) or nodeid


@cache
def _group(root: Path, file: str) -> str | None:
    found = _GROUP.search((root / file).read_text(encoding="utf-8"))
    return found[1] if found else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    """Keep groups together under ``--dist loadgroup``."""
    return _GroupsOfFiles(config, log) if config.getvalue("dist") == "loadgroup" else None
