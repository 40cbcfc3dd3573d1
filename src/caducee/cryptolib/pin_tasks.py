# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PIN management by the holder: verify the PIN, change it, unblock the card.

Every program that asks for PINs calls `perform`: it sends them only to the card that they were
entered for, and refuses weak new PINs.
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
    """A PIN operation."""

    ENTER = "enter"
    """Verify the PIN; nothing is kept."""

    CHANGE = "change"
    """Change the PIN."""

    UNBLOCK = "unblock"
    """Unblock with the PUK and set a new PIN."""


@unique
class PinCondition(StrEnum):
    """The condition of a PIN."""

    GOOD = "good"
    """More than one try is left."""

    UNKNOWN = "unknown"
    """Usable; the card does not report the tries left."""

    LAST_TRY = "last-try"
    BLOCKED = "blocked"
    """No tries left; the PUK can unblock it."""

    LOST = "lost"
    """No tries left for PIN and PUK: the card must be replaced."""

    NONE = "none"
    """This interface of the card has no PIN."""


@dataclass(frozen=True, slots=True)
class PinStatus:
    """A card and the state of its PIN and PUK."""

    card: CardIdentity
    label: str
    """Label of the token, e.g. ``CPS3v3-2900995235``."""

    holder: str
    """Given name and family name; the number when the card has no name."""

    pin: PinState | None
    """The PIN; None for an interface without one."""

    puk: PinState | None
    """The PUK; None for a card without one."""

    printed: tuple[str, ...] = ()
    """Numbers printed on the card: weak as a PIN."""

    at_reader: frozenset[PinTask] = frozenset()
    """The tasks that the PIN pad of the reader supports."""

    @property
    def condition(self) -> PinCondition:
        """The condition of the PIN."""
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
        """The tasks that are possible now, the most useful first."""
        unblock = (PinTask.UNBLOCK,) if self.puk is not None and not self.puk.blocked else ()
        match self.condition:
            case PinCondition.NONE | PinCondition.LOST:
                return ()
            case PinCondition.BLOCKED:
                return unblock
        return (PinTask.ENTER, PinTask.CHANGE, *unblock)

    def asked(self, task: PinTask) -> PinState | None:
        """Return the state of the PIN or PUK that a task asks for first."""
        return self.puk if task is PinTask.UNBLOCK else self.pin


def message_language(language: str) -> MessageLanguage:
    """Return the language of the reader's messages for ``fr`` or ``en``."""
    return MessageLanguage.FRENCH if language == "fr" else MessageLanguage.ENGLISH


def read_pin_status(card: CpsCard) -> PinStatus:
    """Return the state of PIN and PUK; costs no try. Raises `CardError`, `ReaderError`."""
    with card.transaction():
        pin, puk = card.pin_states()
        who = card.holder()
        at_reader = _at_reader(card) if pin is not None else frozenset()
    name = f"{who.given_name} {who.family_name}".strip() or who.ps_idnat
    printed = tuple(dict.fromkeys(filter(None, (who.card_number, card.card_number, who.ps_idnat))))
    return PinStatus(card.identity, card.token_label, name, pin, puk, printed, at_reader)


def _at_reader(card: CpsCard) -> frozenset[PinTask]:
    """Return the tasks that the PIN pad supports.

    Two adjacent PINs of variable length without padding cannot be described to a reader.
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
    """Perform a task with the PINs entered, and return the state afterwards.

    ``seen`` is the card as it was when the PINs were asked for; ``weak`` allows any
    new PIN that the card can have (test cards). The caller wipes the PINs. Raises `CardError`
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
    """Let the holder enter the PINs of a task at the reader, and return the state afterwards.

    They never reach this machine, which cannot check a new one; ``language`` is that of the
    reader's messages. The card is held meanwhile, and is closed at the end.

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
