# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a holder does with the PIN of a card: try it, change it, unblock the card.

Everything that asks a person for PINs goes through `perform`: it sends them to the card that they
were asked for and to no other, and lets nobody choose a PIN that is guessed soon.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from caducee.base.errors import CardError, ReaderError
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.model import CardIdentity, EnteredPins, PinState
from caducee.cryptolib.pin_rules import check_new_pin
from caducee.spec.pinpad import MessageLanguage
from caducee.spec.pkcs15 import PinFlags

__all__ = [
    "PinCondition",
    "PinStatus",
    "PinTask",
    "message_language",
    "perform",
    "perform_at_reader",
    "read_pin_status",
]


@unique
class PinTask(StrEnum):
    """What is done with PINs."""

    ENTER = "enter"
    """Try the PIN; nothing is kept."""

    CHANGE = "change"
    """Replace the PIN, which is known."""

    UNBLOCK = "unblock"
    """Set a new PIN by the PUK."""


@unique
class PinCondition(StrEnum):
    """Where the PIN stands."""

    GOOD = "good"
    """More than one try is left."""

    UNKNOWN = "unknown"
    """It works as far as the card tells, which does not tell the tries that are left."""

    LAST_TRY = "last-try"
    BLOCKED = "blocked"
    """No try is left; the PUK helps."""

    LOST = "lost"
    """No try is left, and none for the PUK: the card must be replaced."""

    NONE = "none"
    """This side of the card has no PIN."""


@dataclass(frozen=True, slots=True)
class PinStatus:
    """A card, and where its PINs stand."""

    card: CardIdentity
    label: str
    """Label of the token, e.g. ``CPS3v3-2900995235``."""

    holder: str
    """Given name and name; the number where the card names nobody."""

    pin: PinState | None
    """The PIN; None for a side of the card without one."""

    puk: PinState | None
    """The PUK; None for a card that has none."""

    printed: tuple[str, ...] = ()
    """Numbers that can be read on the card, and are no good PIN therefore."""

    at_reader: frozenset[PinTask] = frozenset()
    """The tasks whose PINs can be entered at keys of the reader."""

    @property
    def condition(self) -> PinCondition:
        """Where the PIN stands."""
        if self.pin is None:
            return PinCondition.NONE
        if self.pin.blocked:
            can = self.puk is not None and not self.puk.blocked
            return PinCondition.BLOCKED if can else PinCondition.LOST
        if self.pin.tries_left is None:
            return PinCondition.UNKNOWN
        return PinCondition.LAST_TRY if self.pin.tries_left == 1 else PinCondition.GOOD

    @property
    def tasks(self) -> tuple[PinTask, ...]:
        """What can be done now, the most useful first."""
        unblock = (PinTask.UNBLOCK,) if self.puk is not None and not self.puk.blocked else ()
        match self.condition:
            case PinCondition.NONE | PinCondition.LOST:
                return ()
            case PinCondition.BLOCKED:
                return unblock
        return (PinTask.ENTER, PinTask.CHANGE, *unblock)

    def asked(self, task: PinTask) -> PinState | None:
        """Return where the PIN stands that a task asks for first."""
        return self.puk if task is PinTask.UNBLOCK else self.pin


def message_language(language: str) -> MessageLanguage:
    """Return the language in which a reader asks, for one of ours (``fr``, ``en``)."""
    return MessageLanguage.FRENCH if language == "fr" else MessageLanguage.ENGLISH


def read_pin_status(card: CpsCard) -> PinStatus:
    """Return where the PINs of a card stand; costs no try. Raises `CardError`, `ReaderError`."""
    with card.transaction():
        pin, puk = card.pin_states()
        who = card.holder()
        at_reader = _at_reader(card) if pin is not None else frozenset()
    name = f"{who.given_name} {who.family_name}".strip() or who.ps_idnat
    printed = tuple(dict.fromkeys(filter(None, (who.card_number, card.card_number, who.ps_idnat))))
    return PinStatus(card.identity, card.token_label, name, pin, puk, printed, at_reader)


def _at_reader(card: CpsCard) -> frozenset[PinTask]:
    """Return what can be done at keys of the reader.

    Two PINs of any length that follow each other without padding cannot be told to a reader.
    """
    pad, pin = card.pin_pad, card.layout.pin
    if pad is None or pin is None or not pad.verifies:
        return frozenset()
    placed = PinFlags.NEEDS_PADDING in pin.entry.pin_flags
    change = frozenset((PinTask.CHANGE,)) if pad.changes and placed else frozenset()
    return change | {PinTask.ENTER}


def perform(
    card: CpsCard, seen: PinStatus, task: PinTask, pins: EnteredPins, *, weak: bool = False
) -> PinStatus:
    """Do what the holder wants with the PINs they entered, and return where the PINs stand then.

    ``seen`` is the card as it was when the PINs were asked for; ``weak`` lets any new PIN be
    chosen that the card can have (test cards). The caller wipes the PINs. Raises `CardError`
    (``cryptolib.card_exchanged``, ``cryptolib.pin_*``) and what a reader raises; no PIN was sent
    unless it is `WrongPinError` or `PinBlockedError`, or the card failed.
    """
    old, new = pins.old, pins.new
    if old is None or (new is None) is not (task is PinTask.ENTER):
        raise CardError("cryptolib.pin_needed", action=task.value)
    if new is not None and not weak:
        unblocks = task is PinTask.UNBLOCK
        check_new_pin(
            new,
            old=None if unblocks else old,
            puk=old if unblocks else None,
            printed=seen.printed,
        )
    with card.transaction():
        card.confirm(seen.card)
        if new is None:
            card.prove(old)
        elif task is PinTask.CHANGE:
            card.change_pin(old, new)
        else:
            card.unblock(old, new)
    return read_pin_status(card)


def perform_at_reader(
    card: CpsCard,
    seen: PinStatus,
    task: PinTask,
    language: str = "en",
) -> PinStatus:
    """Let the holder enter the PINs of a task at the reader, and return where they stand then.

    This machine never has them, and cannot judge a new one; ``language`` is that of the reader's
    words. The card is held meanwhile, and is closed at the end.

    Raises as `perform`, and `ReaderError` (``pin.cancelled``, ``pin.timeout``,
    ``pin.new_codes_differ``, ``pin.pad_length``, ``pin.pad_refuses``,
    ``reader.feature_absent``).
    """
    if task not in seen.at_reader:
        raise ReaderError("reader.feature_absent", reader=seen.label, feature="PIN pad")
    card.language = message_language(language)
    with card.transaction():
        card.confirm(seen.card)
        if task is PinTask.ENTER:
            card.verify_at_reader()
        else:
            card.change_at_reader()
    return read_pin_status(card)
