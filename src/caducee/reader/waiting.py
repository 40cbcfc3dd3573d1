# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for a card to come or go, without polling."""

import time

from caducee.base.errors import MuteCardError, ReaderError
from caducee.reader.transport import Reader, ReaderContext, ReaderStatus
from caducee.spec.virtual_reader import READER_NAME, SLOTS

__all__ = ["virtual_readers", "wait_for_card", "wait_until_gone"]


def virtual_readers(context: ReaderContext) -> dict[int, Reader]:
    """Return vpcd's readers by slot. PC/SC ends their names with the slot, e.g. ``00 01``."""
    found = [reader for reader in context.readers() if reader.name.startswith(READER_NAME)]
    return {
        slot: item for item in found for slot in range(SLOTS) if item.name.endswith(f" {slot:02X}")
    }


def wait_for_card(context: ReaderContext, name: str, seconds: float = 10.0) -> ReaderStatus:
    """Wait until a reader shows a card that answers, and return what it shows.

    Raises `ReaderError` (``reader.not_seen``) when none is there in time, `MuteCardError` when
    one is that does not answer.
    """
    found = _wait(context, name, seconds, present=True)
    if found is None or not found.present:
        raise ReaderError("reader.not_seen", seconds=seconds)
    if found.mute:
        raise MuteCardError("reader.card_mute", reader=name)
    return found


def wait_until_gone(context: ReaderContext, name: str, seconds: float = 10.0) -> None:
    """Wait until a reader is empty or gone; raises `ReaderError` (``reader.still_seen``)."""
    found = _wait(context, name, seconds, present=False)
    if found is not None and found.present:
        raise ReaderError("reader.still_seen", seconds=seconds)


def _wait(
    context: ReaderContext, name: str, seconds: float, *, present: bool
) -> ReaderStatus | None:
    """Return the status of a reader as soon as it is as wished, or the last one."""
    deadline = time.monotonic() + seconds
    now = context.wait({}, 0)
    while (name in now and now[name].present) != present:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        now = context.wait(now, left)
    return now.get(name)
