# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person may set in ``[trace]``, and the environment over it."""

import os
from collections.abc import Mapping
from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated

import msgspec

from caducee.base.config import Settings
from caducee.base.runtime import state_folder

__all__ = ["TraceLevel", "TraceSettings", "default_folder", "from_environment"]


@unique
class TraceLevel(StrEnum):
    """How much is written down."""

    OFF = "off"
    CALLS = "calls"
    """Calls of programs with their results; no data of the card."""

    APDUS = "apdus"
    """And every command to the card with its answer. PINs are masked; what the card states of its
    holder is not: anonymise before you pass a trace on."""

    @property
    def writes(self) -> bool:
        """Whether anything is written."""
        return self is not TraceLevel.OFF


class TraceSettings(Settings, frozen=True):
    """What is written down of calls and commands."""

    level: TraceLevel = TraceLevel.OFF
    """``off``, ``calls`` or ``apdus``. ``CADUCEE_TRACE`` goes before it."""

    folder: str = ""
    """Where the files lie; empty: ``caducee/trace`` under ``XDG_STATE_HOME`` or
    ``~/.local/state``. ``CADUCEE_TRACE_FOLDER`` goes before it."""

    max_bytes: Annotated[int, msgspec.Meta(ge=4096)] = 8 << 20
    """Size at which a file is put aside and a new one begun."""

    files: Annotated[int, msgspec.Meta(ge=1, le=100)] = 4
    """Files of one process: the present one, and those put aside."""

    folder_bytes: Annotated[int, msgspec.Meta(ge=65536)] = 128 << 20
    """Size of all traces together; the oldest go first."""


def default_folder() -> Path:
    """Return the folder of this user's traces."""
    return state_folder() / "trace"


def from_environment(
    settings: TraceSettings, environ: Mapping[str, str] = os.environ
) -> tuple[TraceLevel, Path]:
    """Return the level and the folder in use; a level that nobody knows means ``calls``."""
    named = environ.get("CADUCEE_TRACE", "").lower()
    level = settings.level
    if named in {member.value for member in TraceLevel}:
        level = TraceLevel(named)
    elif named in ("0", "no"):
        level = TraceLevel.OFF
    elif named:
        level = TraceLevel.CALLS
    folder = environ.get("CADUCEE_TRACE_FOLDER", "") or settings.folder
    return level, Path(folder) if folder else default_folder()
