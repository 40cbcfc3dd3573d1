# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What commands that use a real card share: which card, and its PINs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.errors import CpsError, NotACpsError, ReaderError, StateError
from caducee.base.i18n import gettext as _

if TYPE_CHECKING:
    from caducee.base.secret import Secret
    from caducee.cli.manager_ports import MachineCards
    from caducee.cryptolib import CpsCard
    from caducee.cryptolib.pin_tasks import PinStatus, PinTask

__all__ = [
    "PinSource",
    "card_in_use",
    "has_terminal",
    "last_try",
    "online_option",
    "pin_file",
    "reader_option",
    "spare_the_last_try",
]

reader_option = click.option("--reader", default="", help="The reader [default: one with a CPS].")
pin_file = click.option(
    "--pin-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file of mode 0600 with the PINs, one a line, in the order in which they are asked.",
)
online_option = click.option(
    "--online",
    is_flag=True,
    help="Ask for revocation over the network, at the addresses in the certificates.",
)
last_try = click.option("--last-try", is_flag=True, help="Use the last try without asking.")


@contextmanager
def card_in_use(reader: str = "", *, unfinished: bool = False) -> "Iterator[tuple[str, CpsCard]]":
    """Open the card in a reader for a block; gives the name of the reader and the card.

    Without a name, a CPS with contacts goes before one without. Raises as
    `caducee.cryptolib.open_card`; `ReaderError` (``reader.no_reader``, ``reader.no_card``,
    ``reader.unknown_reader``).
    """
    from caducee.cli.manager_ports import MachineCards
    from caducee.middleware.daemon.settings import load_settings

    cards = MachineCards(load_settings()[0].readers)
    try:
        name = reader or _found(cards)
        with cards.open(name, unfinished=unfinished) as card:
            yield name, card
    finally:
        cards.close()


def _found(cards: "MachineCards") -> str:
    """Return the reader with the card to use."""
    from caducee.spec.atrs import CardFace

    readers = cards.readers().wait({}, 0)
    if not readers:
        raise ReaderError("reader.no_reader")
    bare, trouble = "", None
    for name in (name for name, status in readers.items() if status.present):
        try:
            with cards.open(name, unfinished=True) as card:
                if card.identity.face is not CardFace.CPS3_CONTACTLESS:
                    return name
            bare = bare or name
        except CpsError as error:
            trouble = error if trouble is None or isinstance(trouble, NotACpsError) else trouble
    if bare:
        return bare
    raise trouble or ReaderError("reader.no_card", reader=", ".join(readers))


def has_terminal() -> bool:
    """Tell whether a PIN can be asked for unseen; without one Python would show what is typed."""
    if sys.stdin.isatty() or sys.platform == "win32":
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


class PinSource:
    """The PINs that a command asks for: from a file, else at the terminal, never shown."""

    def __init__(self, file: Path | None) -> None:
        """Raises `StateError` (``pin.file_unsafe``)."""
        from caducee.middleware.pin_entry.headless import read_pins

        self._given = read_pins(str(file)) if file is not None else None

    def ask(self, text: str, *, twice: bool = False) -> "Secret":
        """Return the next PIN; ``twice``: a new one, entered again to be sure.

        Raises `CardError` (``cryptolib.pin_needed``) for a file with too few PINs, and
        `StateError` (``cli.no_terminal``) where nobody can be asked.
        """
        from caducee.base.errors import CardError
        from caducee.base.secret import Secret

        if self._given is None and not has_terminal():
            raise StateError("cli.no_terminal", what=text)
        if self._given is None:
            again = _("Once more") if twice else False
            return Secret.of(
                click.prompt(text, hide_input=True, err=True, confirmation_prompt=again)
            )
        if not self._given:
            raise CardError("cryptolib.pin_needed", action=text)
        return self._given.pop(0)


def spare_the_last_try(standing: "PinStatus", task: "PinTask", *, use: bool) -> None:
    """Warn of the last try, and use it only when the holder agrees.

    Raises `CardError` (``cryptolib.last_try``).
    """
    from caducee.base.errors import CardError

    asked = standing.asked(task)
    if use or asked is None or asked.tries_left != 1:
        return
    text = _("One try left. A wrong PIN blocks the card. Use the last try?")
    if not sys.stdin.isatty() or not click.confirm(text, err=True):
        raise CardError("cryptolib.last_try")
