# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""In which activity a holder works with a service: asked when there are several, remembered as a
default for that service, and forgotten when they say so.

The memory is one file of the user. It names no holder: cards stand in it by a digest of EF.SN.ICC.
"""

import hashlib
import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path

from caducee.base.errors import CardError
from caducee.base.files import make_folder, write_atomic
from caducee.base.runtime import state_folder
from caducee.cryptolib.model import CardActivity

__all__ = [
    "ACTIVITY_RULES",
    "ActivityEvent",
    "ActivityMemory",
    "ActivityRule",
    "ActivityState",
    "activity_key",
    "choose_activity",
    "memory_path",
]

_log = logging.getLogger(__name__)

_MOST = 256
"""Cards that are remembered; the one that chose last stays longest."""


def memory_path() -> Path:
    """Return the file: ``caducee/activities.json`` under ``XDG_STATE_HOME``."""
    return state_folder() / "activities.json"


def activity_key(activity: CardActivity) -> str:
    """Return what names an activity: structure and sector, which belong together.

    Its number on the card is another after the card is updated.
    """
    return f"{activity.structure_idnat}/{activity.sector}"


@unique
class ActivityState(StrEnum):
    """Where the question stands in which activity a holder works with a service."""

    OPEN = "open"
    """The service asks."""

    ASKED = "asked"
    """The holder is shown the activities."""

    IN_USE = "in use"
    """They work in one."""

    REFUSED = "refused"
    """What was said is none of theirs."""

    NONE = "without"
    """There is none on the card."""


@unique
class ActivityEvent(StrEnum):
    """What settles the question, or puts it to the holder; the first that holds counts."""

    NOT_THEIRS = "one is said that is not theirs"
    SAID = "one is said"
    NONE = "none on the card"
    ONLY = "an only one"
    REMEMBERED = "one is remembered and still theirs"
    SEVERAL = "several"
    CHOSEN = "the holder chooses"


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """One row: in a state, at an event, to a state."""

    before: ActivityState
    event: ActivityEvent
    after: ActivityState
    when: tuple[str, ...] = ()


_S, _E = ActivityState, ActivityEvent

ACTIVITY_RULES: tuple[ActivityRule, ...] = (
    ActivityRule(_S.OPEN, _E.NOT_THEIRS, _S.REFUSED),
    ActivityRule(_S.OPEN, _E.SAID, _S.IN_USE),
    ActivityRule(_S.OPEN, _E.NONE, _S.NONE),
    ActivityRule(_S.OPEN, _E.ONLY, _S.IN_USE),
    ActivityRule(_S.OPEN, _E.REMEMBERED, _S.IN_USE),
    ActivityRule(_S.OPEN, _E.SEVERAL, _S.ASKED),
    ActivityRule(_S.ASKED, _E.CHOSEN, _S.IN_USE),
)
"""Every row there is. The picture of the guide is drawn from this table."""


def choose_activity(
    activities: Sequence[CardActivity], wanted: str = "", default: str = ""
) -> CardActivity | None:
    """Return the activity to work in; None when the holder has to be asked, or has none.

    ``wanted`` is what they said now, ``default`` what they said before. A single activity
    needs no choice. Raises `CardError` (``session_policy.activity_unknown``) for an absent one.
    """
    known = {activity_key(activity): activity for activity in activities}
    event = _settles(known, wanted, default)
    after = next(
        rule.after for rule in ACTIVITY_RULES if (rule.before, rule.event) == (_S.OPEN, event)
    )
    if after is ActivityState.REFUSED:
        raise CardError("session_policy.activity_unknown", activity=wanted)
    if after is not ActivityState.IN_USE:
        return None
    return known[wanted or (default if event is _E.REMEMBERED else next(iter(known)))]


def _settles(known: Collection[str], wanted: str, default: str) -> ActivityEvent:
    holds = {
        _E.NOT_THEIRS: bool(wanted) and wanted not in known,
        _E.SAID: bool(wanted),
        _E.NONE: not known,
        _E.ONLY: len(known) == 1,
        _E.REMEMBERED: default in known,
    }
    return next((item for item, right in holds.items() if right), _E.SEVERAL)


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
        left = {item: key for item, key in own.items() if service and item != service}
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
