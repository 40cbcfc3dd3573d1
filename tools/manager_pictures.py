# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Photograph the card manager on a display of its own: ``python -m tools.manager_pictures``.

Needs Xvfb and the development environment. The cards are those of a world that is made for it, and
its portal runs. The pictures go into ``docs/pictures``; look at them before they are committed.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.windows.places import make_world
from tests.e2e.windows.session import Desktop, desktop

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
STAGE = "tools.manager_stage"


@dataclass(frozen=True)
class Look:
    """How one stage speaks and looks."""

    language: str = "en"
    letters: int = 100
    high_contrast: bool = False


@dataclass(frozen=True)
class Shot:
    """One picture: the scene, and how large its window is; zero: as it comes."""

    name: str
    scene: str
    width: int = 0
    height: int = 0
    look: Look = Look()
    act: str = ""
    """What is done in it before it is photographed."""


SHOTS = (
    Shot("card", "card-rest", 900, 940),
    Shot("codes", "pin-weak"),
    Shot("services", "services-portal", 900, 960, act="hide-folder"),
    Shot("readers", "readers-tested", 900, 720),
    Shot("virtual", "virtual", 900, 820),
    Shot("requests", "requests"),
    Shot("diagnosis", "diagnosis-page", 900, 720),
    Shot("tray", "tray"),
    Shot("french", "card-last-try", 760, 640, Look("fr")),
    Shot("contrast", "pin-shuffled", 1440, 1000, Look("fr", 200, high_contrast=True)),
)


@contextmanager
def portal(folder: Path) -> Iterator[None]:
    """Run the portal of a world."""
    command = [sys.executable, "-m", "caducee", "sandbox", "--sandbox", "world", "up", "--json"]
    keep = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        command, cwd=folder, env=keep, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        json.loads(running.stdout.readline())
        try:
            yield
        finally:
            running.terminate()


def photograph(glass: Desktop, folder: Path, look: Look) -> None:
    """Write the pictures of one look."""
    command = ["env", "-C", str(folder), sys.executable, "-m", STAGE, look.language, "world"]
    command += ["--letters", str(look.letters / 100)]
    command += ["--high-contrast"] if look.high_contrast else []
    with glass.program(command, PYTHONPATH=f"{ROOT}:{ROOT / 'src'}") as stage:
        for item in (shot for shot in SHOTS if shot.look == look):
            stage.ask("show", scene=item.scene)
            if item.width:
                stage.ask("size", width=item.width, height=item.height)
            if item.act:
                stage.ask("act", name=item.act)
            path = PICTURES / f"manager-{item.name}.png"
            stage.ask("picture", path=str(path))
            stage.ask("close")
            sys.stdout.write(f"docs/pictures/{path.name} {path.stat().st_size // 1000} kB\n")


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_world(folder / "world")
        with portal(folder), desktop(folder / "desk") as glass:
            for look in dict.fromkeys(shot.look for shot in SHOTS):
                photograph(glass, folder, look)


if __name__ == "__main__":
    main()
