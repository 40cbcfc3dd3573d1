# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs from npm, installed once into a folder that is kept between runs."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

__all__ = ["installed"]

_KEPT: Final = Path(__file__).parents[2] / ".cache" / "npm"


def installed(name: str, package: Path) -> Path:
    """Return the folder in which the dependencies of a ``package.json`` are installed."""
    folder, wanted = _KEPT / name, package.read_bytes()
    done = folder / "package.json"
    if not done.exists() or done.read_bytes() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        half = folder / "half"
        half.mkdir(parents=True)
        (half / "package.json").write_bytes(wanted)
        _install(half)
        (half / "node_modules").rename(folder / "node_modules")
        done.write_bytes(wanted)
    return folder


def _install(folder: Path) -> None:
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund"],
        cwd=folder,
        # The headers of Node are those of the system: nothing is fetched for the building.
        env=os.environ | {"npm_config_nodedir": "/usr"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
