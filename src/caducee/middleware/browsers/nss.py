# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The module in an NSS database, by NSS's own tools: Firefox profiles, and Chromium's database."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from caducee.base.errors import ConfigError, StateError
from caducee.base.processes import failure_of, run
from caducee.middleware.browsers.journal import InstallJournal
from caducee.middleware.browsers.model import Component, ComponentState, own_entries, state_of
from caducee.spec.browsers import MODULE

__all__ = ["NssModule", "database_exists", "modules"]

_FILES: Final = ("cert9.db", "key4.db", "pkcs11.txt")
_SECONDS: Final = 60
_INTERNAL: Final = "NSS Internal PKCS #11 Module"


def database_exists(folder: Path) -> bool:
    """Tell whether a folder holds a database."""
    return (folder / _FILES[0]).is_file()


def modules(folder: Path) -> dict[str, str]:
    """Return the modules that a database names, each with its library.

    Read from ``pkcs11.txt``, as the tools write it: they would load every module to list it.
    Raises `StateError` (``browser.database_broken``).
    """
    try:
        text = (folder / "pkcs11.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(folder, str(error)) from error
    found, library = {}, ""
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name == "library":
            library = value
        elif name == "name":
            found[value] = library
    return found


class NssModule:
    """Our module in one database; the database is made when there is none (`make`)."""

    def __init__(
        self, part: Component, module: Path, journal: InstallJournal, *, make: bool = False
    ) -> None:
        self._part = part
        self._module = module
        self._journal = journal
        self._make = make

    @property
    def part(self) -> Component:
        """What and where."""
        return self._part

    @property
    def _folder(self) -> Path:
        return self._part.path

    def state(self) -> ComponentState:
        """Tell whether the database names the module, and with which library."""
        return state_of(modules(self._folder), self._module)

    def install(self) -> None:
        """Add the module; an entry of ours that leads elsewhere is replaced. When the module is
        refused, no database is left that was not there before.
        """
        for tool in ("certutil", "modutil"):
            _found(tool)
        if not database_exists(self._folder):
            self._new_database()
        try:
            self._delete_own()
            self._modutil("-add", MODULE, "-libfile", str(self._module))
        except StateError:
            self._forget_database()
            raise

    def remove(self) -> None:
        """Take the module out; a database of ours that holds nothing goes, too."""
        self._delete_own()
        self._forget_database()

    def _delete_own(self) -> None:
        for name in own_entries(modules(self._folder), self._module):
            self._modutil("-delete", name)

    def _forget_database(self) -> None:
        if self._journal.made(self._folder / _FILES[0]) and self._is_empty():
            for name in _FILES:
                (self._folder / name).unlink(missing_ok=True)
                self._journal.forget(self._folder / name)

    def _new_database(self) -> None:
        for name in _FILES:
            self._journal.makes(self._folder / name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _broken(self._folder, error) from error
        self._run("certutil", "-N", "-d", f"sql:{self._folder}", "--empty-password")

    def _is_empty(self) -> bool:
        if set(modules(self._folder)) - {_INTERNAL}:
            return False
        place = f"sql:{self._folder}"
        listed = self._run("certutil", "-L", "-d", place).splitlines()
        keys = self._run("certutil", "-K", "-d", place, good=(0, 255))
        return not [item for item in listed if item.strip()][2:] and "< 0>" not in keys

    def _modutil(self, *arguments: str) -> None:
        self._run("modutil", "-force", "-dbdir", f"sql:{self._folder}", *arguments)

    def _run(self, tool: str, *arguments: str, good: Sequence[int] = (0,)) -> str:
        try:
            done = run([_found(tool), *arguments], _SECONDS)
        except subprocess.TimeoutExpired:
            raise _broken(self._folder, f"{tool} does not end") from None
        if done.returncode not in good:
            raise _broken(self._folder, failure_of(done))
        return done.stdout


def _found(tool: str) -> str:
    """Return where a tool is. Raises `ConfigError` (``browser.tool_missing``)."""
    found = shutil.which(tool)
    if found is None:
        raise ConfigError("browser.tool_missing", tool=tool)
    return found


def _broken(folder: Path, reason: str | OSError) -> StateError:
    return StateError("browser.database_broken", path=str(folder), reason=reason)
