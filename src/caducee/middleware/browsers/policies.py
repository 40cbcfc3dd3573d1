# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The module in Firefox's policies, for everybody on the machine; other policies stay."""

import json
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.middleware.browsers.journal import InstallJournal
from caducee.middleware.browsers.model import (
    Component,
    ComponentKind,
    ComponentState,
    own_entries,
    state_of,
)
from caducee.spec.browsers import MODULE, Form

__all__ = ["FirefoxPolicy"]

type _Policies = dict[str, object]


class FirefoxPolicy:
    """``SecurityDevices.Add`` of ``policies.json``."""

    def __init__(self, path: Path, module: Path, journal: InstallJournal) -> None:
        self._path = path
        self._module = module
        self._journal = journal

    @property
    def part(self) -> Component:
        """What and where."""
        return Component("Firefox", Form.PACKAGE, ComponentKind.MODULE, self._path)

    def state(self) -> ComponentState:
        """Tell whether the policies name the module, and under which path."""
        return state_of(self.named(), self._module)

    def named(self) -> dict[str, str]:
        """Return the modules that the policies add: names and libraries. Raises `StateError`
        (``browser.policies_broken``).
        """
        added = self._level(self._read(), "policies", "SecurityDevices", "Add")
        return {name: str(library) for name, library in added.items()}

    @property
    def forbidden(self) -> bool:
        """Whether the policies take the module out of Firefox. Raises as `named`."""
        deleted = self._level(self._read(), "policies", "SecurityDevices").get("Delete")
        return isinstance(deleted, list) and MODULE in deleted

    def install(self) -> None:
        """Add the module; every other policy stays as it is."""
        found = self._read()
        devices = self._level(found, "policies", "SecurityDevices", make=True)
        added = self._level(devices, "Add", make=True)
        for name in own_entries(self.named(), self._module):
            del added[name]
        added[MODULE] = str(self._module)
        deleted = devices.get("Delete")
        if isinstance(deleted, list) and MODULE in deleted:
            devices["Delete"] = [item for item in deleted if item != MODULE]
        self._journal.makes(self._path)
        self._write(found)

    def remove(self) -> None:
        """Take the module out, and what is empty then; our own file goes when nothing is left."""
        found = self._read()
        path = ("policies", "SecurityDevices", "Add")
        for name in own_entries(self.named(), self._module):
            del self._level(found, *path)[name]
        for depth in (3, 2):
            above = self._level(found, *path[: depth - 1])
            if above.get(path[depth - 1]) == {}:
                del above[path[depth - 1]]
        if self._journal.made(self._path) and found in ({}, {"policies": {}}):
            self._path.unlink(missing_ok=True)
            self._journal.forget(self._path)
        elif self._path.exists():
            self._write(found)

    def _read(self) -> _Policies:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise self._broken(str(error)) from error
        try:
            found = json.loads(text)
        except ValueError as error:
            raise self._broken(str(error)) from error
        if not isinstance(found, dict):
            raise self._broken("no JSON object")
        return found

    def _write(self, policies: _Policies) -> None:
        text = json.dumps(policies, indent=2, ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._broken(error) from error
        write_atomic(self._path, text.encode(), 0o644)

    def _level(self, policies: _Policies, *names: str, make: bool = False) -> _Policies:
        """Go down to an object; one that is missing is empty, or made."""
        for name in names:
            below = policies.setdefault(name, {}) if make else policies.get(name, {})
            if not isinstance(below, dict):
                raise self._broken(f"{name} is no object")
            policies = below
        return policies

    def _broken(self, reason: str | OSError) -> StateError:
        return StateError("browser.policies_broken", path=str(self._path), reason=reason)
