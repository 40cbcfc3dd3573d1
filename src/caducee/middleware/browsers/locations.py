# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whose browsers, and on which machine."""

import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from caducee.base.runtime import user_home

__all__ = ["BrowserLocations"]


@dataclass(frozen=True, slots=True)
class BrowserLocations:
    """Where the installer looks; tests have a home and a root of their own."""

    home: Path
    system: bool
    """Also for everybody on this machine (root)."""

    root: Path = Path("/")
    """What stands above ``etc`` and ``usr``."""

    python: str = sys.executable

    @classmethod
    def here(cls, *, system: bool | None = None) -> Self:
        """Return those of this process; root installs for everybody unless reported otherwise."""
        everybody = os.geteuid() == 0 if system is None else system
        return cls(user_home(), everybody)

    @property
    def launcher(self) -> Path:
        """Where the program stands that browsers start as native host."""
        if self.system:
            return self.root / "usr/local/lib/caducee/native-host"
        return self.home / ".local/share/caducee/native-host"

    @property
    def journal(self) -> Path:
        """Where it is written down what was made, so that exactly that is taken away again."""
        if self.system:
            return self.root / "var/lib/caducee/browsers.json"
        return self.home / ".local/state/caducee/browsers.json"

    def launcher_text(self, extensions: Iterable[str] = ()) -> str:
        """Return the program itself: a native manifest names a path and no arguments."""
        words = [self.python, "-P", "-m", "caducee.middleware.webhost"]
        words += [f"--allow={extension}" for extension in sorted(extensions)]
        return f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'
