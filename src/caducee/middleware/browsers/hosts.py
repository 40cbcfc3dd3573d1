# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Native manifests: the files that tell a browser which program our extension may start."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from caducee.base.files import unwritable, write_atomic
from caducee.middleware.browsers.journal import InstallJournal
from caducee.middleware.browsers.model import Component, ComponentKind, ComponentState
from caducee.spec.browsers import Form
from caducee.spec.native_messaging import CHROMIUM_EXTENSION, FIREFOX_EXTENSION, HOST

__all__ = ["OwnFile", "chromium_manifest", "firefox_manifest", "host_part"]

_DESCRIPTION = "caducee: logs in and signs with a card of the CPS family"


def firefox_manifest(launcher: Path, extensions: Iterable[str] = ()) -> bytes:
    """Return the manifest for Firefox, which names extensions by their id."""
    allowed = {FIREFOX_EXTENSION} | {
        extension for extension in extensions if "@" in extension or "{" in extension
    }
    return _manifest(launcher, {"allowed_extensions": sorted(allowed)})


def chromium_manifest(launcher: Path, extensions: Iterable[str] = ()) -> bytes:
    """Return the manifest for Chromium, which names extensions by their origin."""
    named = {CHROMIUM_EXTENSION} | {
        extension for extension in extensions if "@" not in extension and "{" not in extension
    }
    return _manifest(
        launcher, {"allowed_origins": [f"chrome-extension://{item}/" for item in sorted(named)]}
    )


def _manifest(launcher: Path, allowed: Mapping[str, list[str]]) -> bytes:
    members = {"name": HOST, "description": _DESCRIPTION, "path": str(launcher), "type": "stdio"}
    return json.dumps({**members, **allowed}, indent=2).encode() + b"\n"


def host_part(browser: str, folder: Path) -> Component:
    """Return the part that the manifest in a folder is."""
    return Component(browser, Form.PACKAGE, ComponentKind.HOST, folder / f"{HOST}.json")


class OwnFile:
    """A file that is ours alone: a native manifest, or the program that it names."""

    def __init__(
        self, part: Component, content: bytes, journal: InstallJournal, mode: int = 0o644
    ) -> None:
        self._part = part
        self._content = content
        self._journal = journal
        self._mode = mode

    @property
    def part(self) -> Component:
        """What and where."""
        return self._part

    def state(self) -> ComponentState:
        """Compare what is there with what should be."""
        try:
            found = self._part.path.read_bytes()
        except FileNotFoundError:
            return ComponentState.ABSENT
        except OSError as error:
            raise unwritable(self._part.path, error) from error
        return ComponentState.INSTALLED if found == self._content else ComponentState.OTHER

    def install(self) -> None:
        """Write the file."""
        path = self._part.path
        self._journal.makes(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error
        write_atomic(path, self._content, self._mode)

    def remove(self) -> None:
        """Take the file away, and the folders that were made for it."""
        try:
            self._part.path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(self._part.path, error) from error
        self._journal.forget(self._part.path)
