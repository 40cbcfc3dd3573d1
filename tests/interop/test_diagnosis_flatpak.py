# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The trees and permissions that the real flatpak makes, as the diagnosis reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

APP, RUNTIME = "org.example.Signer", "org.example.Platform"
RUN = """[Runtime]
name=org.example.Platform
runtime=org.example.Platform/{arch}/1
sdk=org.example.Platform/{arch}/1
"""


class Home:
    """A user of flatpak with a home of their own, and an application from their own repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        self.environment = kept | {"HOME": str(folder), "LANGUAGE": "en"}

    def flatpak(self, *command: str) -> str:
        done = subprocess.run(
            ["flatpak", *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout.strip()

    def install(self, *permissions: str) -> None:
        """Build, export and install a runtime and an application that brings a PC/SC library."""
        arch = self.flatpak("--default-arch")
        runtime, app = self.folder / "runtime", self.folder / "app"
        (runtime / "files").mkdir(parents=True)
        (runtime / "usr").mkdir()
        (runtime / "metadata").write_text(RUN.format(arch=arch))
        self.flatpak("build-export", "--runtime", "repo", "runtime", "1")
        self.flatpak("remote-add", "--user", "--no-gpg-verify", "own", "repo")
        install = ("install", "--user", "--noninteractive", "--no-related", "own")
        self.flatpak(*install, f"runtime/{RUNTIME}/{arch}/1")
        self.flatpak("build-init", "app", APP, RUNTIME, RUNTIME, "1")
        library = app / "files/lib/libpcsclite.so.1"
        library.parent.mkdir(parents=True)
        library.write_bytes(b"")
        program = app / "files/bin/signer"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        self.flatpak("build-finish", "app", "--command=signer", *permissions)
        self.flatpak("build-export", "repo", "app", "1")
        self.flatpak(*install, f"app/{APP}/{arch}/1")

    def codes(self) -> list[str]:
        """Return what the diagnosis says of programs in a sandbox."""
        done = subprocess.run(
            [sys.executable, "-m", "caducee", "diag", "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        checks = json.loads(done.stdout)["checks"]
        return list(next(check["codes"] for check in checks if check["name"] == "sandboxed"))


@pytest.fixture
def home(pcscd: Path, tmp_path: Path) -> Home:
    """A home; pcscd runs, for without it the check makes no sense."""
    return Home(tmp_path)


def test_what_flatpak_forbids_and_allows_is_reported(home: Home) -> None:
    home.install("--socket=x11")
    assert home.codes() == ["diag.flatpak_no_pcsc"]
    home.flatpak("override", "--user", "--socket=pcsc", APP)
    assert home.codes() == []
    home.flatpak("override", "--user", "--nosocket=pcsc", APP)
    assert home.codes() == ["diag.flatpak_no_pcsc"]
