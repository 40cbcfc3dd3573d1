# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which cures were applied, and what they need to be undone."""

import json
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.files import make_folder, write_atomic

__all__ = ["CureJournal"]


class CureJournal:
    """A small file. One that is damaged is an error: nothing is undone by guess."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        """``shared``: everybody may read it."""
        self._path = path
        self._shared = shared

    def applied(self) -> dict[str, dict[str, str]]:
        """Return what each applied cure kept, by its name. Raises `StateError`
        (``diag.cures_unreadable``).
        """
        try:
            found = json.loads(self._path.read_bytes())
            return {
                str(name): {str(key): str(value) for key, value in kept.items()}
                for name, kept in found.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError) as error:
            path, reason = str(self._path), str(error)
            raise StateError("diag.cures_unreadable", path=path, reason=reason) from error

    def note(self, name: str, kept: dict[str, str]) -> None:
        """Write down that a cure was applied; what an earlier application kept goes before."""
        found = self.applied()
        found[name] = found.get(name, kept)
        self._write(found)

    def forget(self, name: str) -> None:
        """Strike a cure out."""
        found = self.applied()
        found.pop(name, None)
        self._write(found)

    def _write(self, found: dict[str, dict[str, str]]) -> None:
        if not found:
            self._path.unlink(missing_ok=True)
            return
        make_folder(self._path.parent)
        if self._shared:
            self._path.parent.chmod(0o755)
        data = json.dumps(found, indent=1, sort_keys=True).encode()
        write_atomic(self._path, data, 0o644 if self._shared else 0o600)
