# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page for the codes says: texts and rules, without Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from caducee.base import catalogue
from caducee.base.errors import CardError, CpsError, PinBlockedError, WrongPinError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.base.secret import Secret
from caducee.cryptolib.model import PinState
from caducee.cryptolib.pin_rules import find_weakness
from caducee.cryptolib.pin_tasks import PinCondition, PinStatus, PinTask
from caducee.desktop.manager.model.card_view import Mark
from caducee.desktop.pin_fields import PinField, lengths_hint, pin_fault
from caducee.middleware.pin_entry import EnteredPins

__all__ = ["TITLES", "PinPageView", "failure_text", "faults", "outcome", "pins_of"]

TITLES: Final = {
    PinTask.ENTER: N_("&Enter PIN"),
    PinTask.CHANGE: N_("C&hange PIN"),
    PinTask.UNBLOCK: N_("&Unblock PIN"),
}
"""What the choices are called, with the mark of their key."""

_PAD_PROMPTS: Final = {
    PinTask.ENTER: N_("Enter the PIN on the PIN pad: it never reaches this computer."),
    PinTask.CHANGE: N_(
        "Enter the current PIN on the PIN pad, then the new PIN twice: they never reach "
        "this computer, which therefore cannot check the new PIN."
    ),
}

_DONE: Final = {
    PinTask.ENTER: N_("The PIN is correct."),
    PinTask.CHANGE: N_("PIN changed. The new PIN applies immediately."),
    PinTask.UNBLOCK: N_("Card unblocked. The new PIN applies immediately."),
}


@dataclass(frozen=True, slots=True)
class PinPageView:
    """The page for one card and one task, in the language in use."""

    standing: PinStatus
    task: PinTask
    """The task requested; one that cannot be done is replaced by the first that can."""

    here: bool = False
    """The PIN is entered at this computer, though the reader has a PIN pad."""

    @property
    def chosen(self) -> PinTask | None:
        """The task that is shown; None when nothing can be done."""
        able = self.standing.tasks
        return self.task if self.task in able else next(iter(able), None)

    @property
    def has_pinpad(self) -> bool:
        """Whether the reader has keys for the task that is shown."""
        return self.chosen in self.standing.at_reader

    @property
    def at_reader(self) -> bool:
        """Whether the codes are entered at the reader's own keys."""
        return self.has_pinpad and not self.here

    @property
    def card(self) -> str:
        """Whose card it is, in one line."""
        label = self.standing.label or self.standing.card.serial
        if not self.standing.holder:
            return label
        return _("{holder}, card {card}").format(holder=self.standing.holder, card=label)

    @property
    def status(self) -> tuple[Mark, str, str]:
        """Where the codes stand: mark, sentence, what to do; empty when all is well."""
        match self.standing.condition:
            case PinCondition.BLOCKED:
                return Mark.BAD, *_explained("cryptolib.pin_blocked")
            case PinCondition.LOST:
                sentence, advice = _explained(_LOST)
                if self.standing.puk is None:
                    sentence = _explained("cryptolib.pin_blocked")[0]
                return Mark.BAD, sentence, advice
            case PinCondition.NONE:
                face = self.standing.card.face.value
                error = CardError("cryptolib.no_pin_on_face", face=face)
                return Mark.NOTE, error.sentence(), error.advice()
            case PinCondition.LAST_TRY:
                text = _("One try left: another wrong PIN blocks the card.")
                return Mark.WARNING, text, ""
        return Mark.NONE, "", ""

    def tries(self, field: str) -> str:
        """Return how many tries are left for what a field asks; empty for a field of a new code."""
        state = self._asked if field == "old" else None
        if state is None:
            return ""
        if state.tries_left is None:
            return _("Tries left: not stated by the card")
        if state.tries_max is None:
            return _("Tries left: {count}").format(count=state.tries_left)
        return _("Tries left: {count} of {most}").format(
            count=state.tries_left, most=state.tries_max
        )

    @property
    def fields(self) -> tuple[PinField, ...]:
        """The lines to fill in; none when the codes are entered at the reader."""
        if self.chosen is None or self.at_reader:
            return ()
        old = {
            PinTask.ENTER: N_("&PIN"),
            PinTask.CHANGE: N_("Current &PIN"),
            PinTask.UNBLOCK: N_("PU&K"),
        }[self.chosen]
        found = (PinField("old", _(old)),)
        if self.chosen is PinTask.ENTER:
            return found
        return (*found, PinField("new", _("&New PIN")), PinField("again", _("Repe&at new PIN")))

    def lengths(self, field: str) -> tuple[int, int]:
        """Return the least and the most digits of a field."""
        state = self._asked if field == "old" else self.standing.pin
        return (state.min_length, state.max_length) if state is not None else (4, 8)

    def hint(self, field: str) -> str:
        """Return what goes into a field, e.g. ``4 to 8 digits``."""
        least, most = self.lengths(field)
        if least == most:
            return _("{count} digits").format(count=least)
        return lengths_hint(least, most)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of the code, stated before anything is typed."""
        if self.chosen is None:
            return ()
        found = []
        if self.chosen is PinTask.UNBLOCK:
            found.append(
                _("The PUK has {hint}; it is printed on the PIN letter.").format(
                    hint=self.hint("old")
                )
            )
            found.append(
                _("When no tries are left, the card is permanently blocked and must be replaced.")
            )
        else:
            found.append(_("The PIN has {hint}.").format(hint=self.hint("old")))
            found.append(self._blocks())
        if self.chosen is not PinTask.ENTER:
            found += [
                _("A new PIN must have {hint}.").format(hint=self.hint("new")),
                _(
                    "Not allowed, because easy to guess: repeated or consecutive digits, "
                    "a line on the PIN pad, a year or a date, a number printed on the "
                    "card, the current PIN."
                ),
            ]
        return tuple(found)

    @property
    def pad_prompt(self) -> str:
        """What is said when the codes are entered at the reader; with the tries that are left."""
        if not self.at_reader:
            return ""
        return f"{_(_PAD_PROMPTS[self.chosen or PinTask.ENTER])} {self.tries('old')}."

    @property
    def confirmation(self) -> str:
        """The question before the last try; empty when there is more than one, or nobody knows."""
        state = self._asked
        if state is None or state.tries_left != 1:
            return ""
        if self.chosen is PinTask.UNBLOCK:
            return _(
                "One try left for the PUK. A wrong PUK blocks the card permanently, and "
                "it must be replaced. Use the last try?"
            )
        return _("One try left. A wrong PIN blocks the card. Use the last try?")

    def _blocks(self) -> str:
        most = self.standing.pin.tries_max if self.standing.pin is not None else None
        if most is None:
            return _("Too many consecutive wrong PINs block the card.")
        return _("{count} consecutive wrong PINs block the card.").format(count=most)

    @property
    def _asked(self) -> PinState | None:
        return self.standing.asked(self.chosen) if self.chosen is not None else None


_LOST: Final = "cryptolib.puk_blocked"


def faults(view: PinPageView, values: Mapping[str, str], *, whole: bool) -> dict[str, str]:
    """Return why fields cannot be right, by field; texts that never quote a code.

    ``whole``: everything was entered. While the holder still types, an incomplete text
    is not a fault.
    """
    found = {}
    for field in view.fields:
        why = _fault(view, field.name, values, whole)
        if why:
            found[field.name] = why
    return found


def _fault(view: PinPageView, field: str, values: Mapping[str, str], whole: bool) -> str:
    value = values.get(field, "")
    least, most = view.lengths(field)
    early = not whole and len(value) < least and (value.isascii() and value.isdigit())
    if early or not (value or whole):
        why = ""
    else:
        why = pin_fault(value, least, most)
    if why or field == "old":
        return why
    if field == "new":
        return _weak(view, values) if len(value) >= least else ""
    new = values.get("new", "")
    if new == value or (not whole and new.startswith(value)):
        return ""
    return _("The new PINs do not match.")


def _weak(view: PinPageView, values: Mapping[str, str]) -> str:
    given = values.get("old", "").encode()
    unblocks = view.chosen is PinTask.UNBLOCK
    found = find_weakness(
        values["new"].encode(),
        old=b"" if unblocks else given,
        puk=given if unblocks else b"",
        printed=view.standing.printed,
    )
    return found.sentence() if found is not None else ""


def pins_of(values: Mapping[str, str]) -> EnteredPins:
    """Return the codes of the fields; the caller wipes them."""
    old, new = values.get("old", ""), values.get("new", "")
    return EnteredPins(Secret.of(old) if old else None, Secret.of(new) if new else None)


def outcome(task: PinTask) -> str:
    """Return what is said when a task succeeded."""
    return _(_DONE[task])


def failure_text(error: CpsError) -> str:
    """Return what is said when a task failed: what happened, and the next step."""
    text = _sentence_and_advice(error)
    if isinstance(error, WrongPinError | PinBlockedError) or error.code in _NOTHING_SENT:
        return text
    if error.code.startswith("cryptolib.pin_"):
        return text
    return _("{problem} Check the tries left before entering the PIN again.").format(problem=text)


_NOTHING_SENT: Final = frozenset(
    (
        "cryptolib.card_exchanged",
        "pin.cancelled",
        "pin.pad_length",
        "pin.pad_refuses",
        "pin.new_codes_differ",
        "pin.timeout",
        "reader.feature_absent",
        "reader.no_card",
        "reader.no_reader",
    )
)


def _sentence_and_advice(error: CpsError) -> str:
    return f"{error.sentence()} {error.advice()}".strip()


def _explained(code: str) -> tuple[str, str]:
    item = catalogue.entry(code)
    return _(item.sentence), _(item.advice)
