# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Third-party programs that know nothing of us, run on the committed card images."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caducee.virtualcard.image import CardImage

CARDS = Path(__file__).parents[1] / "vectors" / "cards"

type RunTool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_tool(pcscd: Path) -> RunTool:
    """Run a program in English with bounded time; its status is for the test to judge."""

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=60
        )

    return run


@pytest.fixture
def one_application() -> CardImage:
    """A CPS3 whose EF.DIR names the contact application alone."""
    return CardImage.load(CARDS / "cps3-one-application.json")


@pytest.fixture
def two_applications() -> CardImage:
    """A CPS3 whose EF.DIR names the contact and the contactless application."""
    return CardImage.load(CARDS / "cps3.json")


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path: socket names have at most some 100 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
