# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a holder does with the code of a card: try it, change it, unblock the card.

Everything that asks a person for codes goes through `perform`: it sends them to the card that they
were asked for and to no other, and lets nobody choose a code that is guessed soon.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from caducee.base.errors import CardError, ReaderError
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.code_rules import check_new
from caducee.cryptolib.model import CardIdentity, PinCodes, PinState
from caducee.spec.pinpad import MessageLanguage
from caducee.spec.pkcs15 import PinFlags

__all__ = [
    "CodeStanding",
    "CodeTask",
    "Standing",
    "look",
    "perform",
    "perform_at_reader",
    "words_of",
]


@unique
class CodeTask(StrEnum):
    """What is done with codes."""

    ENTER = "enter"
    """Try the holder's code; nothing is kept."""

    CHANGE = "change"
    """Replace the holder's code, which is known."""

    UNBLOCK = "unblock"
    """Set a new holder's code by the unblocking code."""


@unique
class Standing(StrEnum):
    """Where the holder's code stands."""

    GOOD = "good"
    """More than one try is left."""

    UNTOLD = "untold"
    """It works as far as the card tells, which does not tell the tries that are left."""

    LAST_TRY = "last-try"
    BLOCKED = "blocked"
    """No try is left; the unblocking code helps."""

    LOST = "lost"
    """No try is left, and none for the unblocking code: the card must be replaced."""

    NONE = "none"
    """This side of the card has no code."""


@dataclass(frozen=True, slots=True)
class CodeStanding:
    """A card, and where its codes stand."""

    card: CardIdentity
    label: str
    """Label of the token, e.g. ``CPS3v3-2900995235``."""

    holder: str
    """Given name and name; the number where the card names nobody."""

    pin: PinState | None
    """The holder's code; None for a side of the card without one."""

    puk: PinState | None
    """The unblocking code; None for a card that has none."""

    printed: tuple[str, ...] = ()
    """Numbers that can be read on the card, and are no good code therefore."""

    at_reader: frozenset[CodeTask] = frozenset()
    """The tasks whose codes can be entered at keys of the reader."""

    @property
    def standing(self) -> Standing:
        """Where the holder's code stands."""
        if self.pin is None:
            return Standing.NONE
        if self.pin.blocked:
            can = self.puk is not None and not self.puk.blocked
            return Standing.BLOCKED if can else Standing.LOST
        if self.pin.tries_left is None:
            return Standing.UNTOLD
        return Standing.LAST_TRY if self.pin.tries_left == 1 else Standing.GOOD

    @property
    def tasks(self) -> tuple[CodeTask, ...]:
        """What can be done now, the most useful first."""
        unblock = (CodeTask.UNBLOCK,) if self.puk is not None and not self.puk.blocked else ()
        match self.standing:
            case Standing.NONE | Standing.LOST:
                return ()
            case Standing.BLOCKED:
                return unblock
        return (CodeTask.ENTER, CodeTask.CHANGE, *unblock)

    def asked(self, task: CodeTask) -> PinState | None:
        """Return where the code stands that a task asks for first."""
        return self.puk if task is CodeTask.UNBLOCK else self.pin


def words_of(language: str) -> MessageLanguage:
    """Return the language in which a reader asks, for one of ours (``fr``, ``en``)."""
    return MessageLanguage.FRENCH if language == "fr" else MessageLanguage.ENGLISH


def look(card: CpsCard) -> CodeStanding:
    """Return where the codes of a card stand; costs no try. Raises `CardError`, `ReaderError`."""
    with card.transaction():
        pin, puk = card.code_states()
        who = card.holder()
        at_reader = _at_reader(card) if pin is not None else frozenset()
    name = f"{who.given_name} {who.family_name}".strip() or who.ps_idnat
    printed = tuple(dict.fromkeys(filter(None, (who.card_number, card.card_number, who.ps_idnat))))
    return CodeStanding(card.identity, card.token_label, name, pin, puk, printed, at_reader)


def _at_reader(card: CpsCard) -> frozenset[CodeTask]:
    """Return what can be done at keys of the reader.

    Two codes of any length that follow each other without padding cannot be told to a reader.
    """
    pad, pin = card.keypad, card.layout.pin
    if pad is None or pin is None or not pad.verifies:
        return frozenset()
    placed = PinFlags.NEEDS_PADDING in pin.entry.pin_flags
    change = frozenset((CodeTask.CHANGE,)) if pad.changes and placed else frozenset()
    return change | {CodeTask.ENTER}


def perform(
    card: CpsCard, seen: CodeStanding, task: CodeTask, codes: PinCodes, *, weak: bool = False
) -> CodeStanding:
    """Do what the holder wants with the codes they entered, and return where the codes stand then.

    ``seen`` is the card as it was when the codes were asked for; ``weak`` lets any new code be
    chosen that the card can have (test cards). The caller wipes the codes. Raises `CardError`
    (``cryptolib.card_exchanged``, ``cryptolib.code_*``), `CodeRefused`, `CodeBlocked` and what a
    reader raises; no code was sent unless it is `CodeRefused` or `CodeBlocked`, or the card failed.
    """
    old, new = codes.old, codes.new
    if old is None or (new is None) is not (task is CodeTask.ENTER):
        raise CardError("cryptolib.code_needed", action=task.value)
    if new is not None and not weak:
        unblocks = task is CodeTask.UNBLOCK
        check_new(
            new,
            old=None if unblocks else old,
            unblocking=old if unblocks else None,
            printed=seen.printed,
        )
    with card.transaction():
        card.confirm(seen.card)
        if new is None:
            card.prove(old)
        elif task is CodeTask.CHANGE:
            card.change_code(old, new)
        else:
            card.unblock(old, new)
    return look(card)


def perform_at_reader(
    card: CpsCard,
    seen: CodeStanding,
    task: CodeTask,
    language: str = "en",
) -> CodeStanding:
    """Let the holder enter the codes of a task at the reader, and return where they stand then.

    This machine never has them, and cannot judge a new one; ``language`` is that of the reader's
    words. The card is held meanwhile, and is closed at the end.

    Raises as `perform`, and `ReaderError` (``pin.cancelled``, ``pin.timeout``,
    ``pin.new_codes_differ``, ``pin.keypad_length``, ``pin.keypad_refuses``,
    ``reader.feature_absent``).
    """
    if task not in seen.at_reader:
        raise ReaderError("reader.feature_absent", reader=seen.label, feature="keypad")
    card.language = words_of(language)
    with card.transaction():
        card.confirm(seen.card)
        if task is CodeTask.ENTER:
            card.verify_typed()
        else:
            card.change_typed()
    return look(card)
