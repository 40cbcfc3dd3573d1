# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Puts virtual cards into the system's readers and takes them out; used by commands and windows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caducee.base.errors import CpsError, ReaderError
from caducee.base.i18n import gettext as _

if TYPE_CHECKING:
    from caducee.reader.pcsc import PcscContext
    from caducee.virtualcard.pace.chip import CardSpeed
    from caducee.virtualcard.plug.slots import Inserted

__all__ = ["Seen", "insert_card", "take_out"]

_NOTICE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A face of a card, as PC/SC shows it."""

    reader: str
    atr: bytes
    slot: "Inserted"
    before: bool
    """It was there already."""


def insert_card(
    file: Path, faces: Sequence[str], pace: "CardSpeed", say: Callable[[str], None]
) -> tuple[Seen, ...]:
    """Have a process in the background hold a card in virtual readers, until it is taken out.

    As root, on a machine whose PC/SC service does not run, pcscd is started in a network of its
    own; ``say`` hears of it. Raises `ReaderError`, `StateError`, `MuteCardError`.
    """
    from caducee.reader.pcsc import PcscContext
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.plug import slots
    from caducee.virtualcard.plug.pcscd import chosen_folder

    CardImage.load(file)  # fails before anything is started for it
    folder = chosen_folder()
    _need_service(folder, say)
    with PcscContext() as context:
        made = slots.find(file, folder)
        before = bool(made)
        if not made:
            busy = _busy(context, folder)
            made = slots.insert(file, faces=faces, busy=busy, pcscd=folder, pace=pace)
        return tuple(Seen(*_seen(context, item), item, before) for item in made)


def _need_service(folder: Path, say: Callable[[str], None]) -> None:
    """Start pcscd where none serves the system's folder."""
    from caducee.virtualcard.plug.pcscd import RUN_FOLDER, Pcscd, answers, socket_in

    if answers(socket_in(folder)):
        return
    if folder != RUN_FOLDER:
        raise ReaderError("reader.service_absent", name=str(socket_in(folder)), number="-")
    service = Pcscd()
    service.start(detached=True)
    text = _("pcscd was started in a network of its own (process {process}).")
    say(text.format(process=service.pid))


def _busy(context: "PcscContext", folder: Path) -> set[int]:
    """Return the slots where PC/SC shows a card.

    One that none of our processes holds may be a killed process's: PC/SC is given the time it
    takes to notice.
    """
    from caducee.reader.waiting import virtual_readers, wait_until_gone
    from caducee.virtualcard.plug import slots

    ours = {item.slot for item in slots.inserted(folder)}
    busy = set()
    for slot, reader in virtual_readers(context).items():
        if slot not in ours and reader.status().present:
            try:
                wait_until_gone(context, reader.name, _NOTICE_SECONDS)
            except ReaderError:
                busy.add(slot)
    return ours | busy


def _seen(context: "PcscContext", made: "Inserted") -> tuple[str, bytes]:
    """Wait until PC/SC shows the card of a slot; take it out again when it does not."""
    from caducee.reader.waiting import virtual_readers, wait_for_card
    from caducee.spec.virtual_reader import FIRST_PORT
    from caducee.virtualcard.plug import slots

    try:
        reader = virtual_readers(context).get(made.slot)
        if reader is None:
            raise ReaderError("reader.vpcd_absent", port=FIRST_PORT + made.slot)
        return reader.name, wait_for_card(context, reader.name).atr or b""
    except CpsError:
        slots.eject(made)
        raise


def take_out(ours: Sequence["Inserted"]) -> None:
    """Take cards out of their slots, and wait until PC/SC shows these empty."""
    from caducee.virtualcard.plug import slots

    for our in ours:
        slots.eject(our)
        _gone(our)


def _gone(inserted: "Inserted") -> None:
    """Wait until PC/SC shows the slot empty; a service that is gone shows nothing at all."""
    from caducee.reader.pcsc import PcscContext
    from caducee.reader.waiting import virtual_readers, wait_until_gone

    try:
        with PcscContext() as context:
            reader = virtual_readers(context).get(inserted.slot)
            if reader is not None:
                wait_until_gone(context, reader.name)
    except ReaderError as error:
        if error.code == "reader.still_seen":
            raise
