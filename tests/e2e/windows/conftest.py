# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One desktop for all tests of windows; they stay in one process (``xdist_group``)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.windows.places import make_world
from tests.e2e.windows.session import Desktop, Program, desktop


@pytest.fixture(scope="session")
def glass(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A desktop with a display of 1920 by 1080."""
    with desktop(tmp_path_factory.mktemp("desktop")) as made:
        yield made


@pytest.fixture(scope="session")
def screen_reader(glass: Desktop) -> Iterator[Program]:
    """The screen reader in it."""
    with glass.reader() as made:
        yield made


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a world with cards."""
    return make_world(tmp_path_factory.mktemp("world") / "world")


@pytest.fixture(scope="session")
def bad_stage(glass: Desktop, world: Path) -> Iterator[Program]:
    """Windows with one fault each, in English."""
    with glass.stage("en", world, QT_SCALE_FACTOR="2") as made:
        yield made
