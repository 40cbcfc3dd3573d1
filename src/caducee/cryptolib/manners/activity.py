# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""In which activity a holder works with a service: asked when there are several, remembered as a
default for that service, and forgotten when they say so.

The memory is one file of the user. It names no holder: cards stand in it by a digest of EF.SN.ICC.
"""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from caducee.base.errors import CardError
from caducee.base.files import make_folder, write_atomic
from caducee.cryptolib.model import Activity

__all__ = ["ActivityMemory", "activity_key", "choose_activity", "memory_path"]

_log = logging.getLogger(__name__)

_MOST = 256
"""Cards that are remembered; the one that chose last stays longest."""


def memory_path() -> Path:
    """Return the file: ``caducee/activities.json`` under ``XDG_STATE_HOME``."""
    base = os.environ.get("XDG_STATE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state"
    return root / "caducee" / "activities.json"


def activity_key(activity: Activity) -> str:
    """Return what names an activity: structure and sector, which belong together.

    Its number on the card is another after the card is updated.
    """
    return f"{activity.structure_idnat}/{activity.sector}"


def choose_activity(
    activities: Sequence[Activity], wanted: str = "", default: str = ""
) -> Activity | None:
    """Return the activity to work in; None when the holder has to be asked, or has none.

    ``wanted`` is what they said now, ``default`` what they said before. An only activity needs no
    word. Raises `CardError` (``manners.activity_unknown``) for a wanted one that is not theirs.
    """
    known = {activity_key(one): one for one in activities}
    if wanted:
        if wanted not in known:
            raise CardError("manners.activity_unknown", activity=wanted)
        return known[wanted]
    if len(activities) == 1:
        return activities[0]
    return known.get(default)


class ActivityMemory:
    """The defaults of this user's cards. What cannot be read is taken for nothing remembered."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = memory_path() if path is None else path

    def default(self, icc: bytes, service: str) -> str:
        """Return the key of the activity that a card's holder chose for a service, or nothing."""
        return self._read().get(_name(icc), {}).get(service, "")

    def remember(self, icc: bytes, service: str, key: str) -> None:
        """Remember a choice. Raises `StateError` (``base.file_unwritable``)."""
        found = self._read()
        own = found.pop(_name(icc), {}) | {service: key}
        self._write(dict(list(found.items())[-_MOST + 1 :]) | {_name(icc): own})

    def forget(self, icc: bytes, service: str = "") -> bool:
        """Forget a card's choice for a service, or for all; tell whether there was one.

        Raises as `remember`.
        """
        found = self._read()
        own = found.get(_name(icc), {})
        left = {one: key for one, key in own.items() if service and one != service}
        if left == own:
            return False
        found.pop(_name(icc))
        self._write(found | ({_name(icc): left} if left else {}))
        return True

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            _log.warning("%s cannot be read: %s", self._path, error)
            return {}
        if not isinstance(found, dict):
            return {}
        return {card: _texts(own) for card, own in found.items() if isinstance(own, dict)}

    def _write(self, found: dict[str, dict[str, str]]) -> None:
        make_folder(self._path.parent)
        write_atomic(self._path, (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode())


def _texts(own: dict[object, object]) -> dict[str, str]:
    return {str(name): key for name, key in own.items() if isinstance(key, str)}


def _name(icc: bytes) -> str:
    return hashlib.sha256(b"activity" + icc).hexdigest()[:24]
