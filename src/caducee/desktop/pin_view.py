# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the PIN window shows: texts and rules, without Qt."""

from dataclasses import dataclass
from pathlib import PurePath

from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.cryptolib.pin_rules import find_weakness
from caducee.desktop.pin_fields import PinField, lengths_hint, pin_fault
from caducee.middleware.pin_entry import PinKind, PinQuestion

__all__ = ["PinView", "judge"]

_HEADLINES = {
    PinKind.LOGIN: N_("Enter the PIN of your card"),
    PinKind.UNBLOCK_LOGIN: N_("Enter the PUK of your card"),
    PinKind.CHANGE: N_("Choose a new PIN for your card"),
    PinKind.NEW: N_("Choose a new PIN for your card"),
    PinKind.CONFIRM: N_("Allow this?"),
}
_OLD = {
    PinKind.LOGIN: N_("&PIN"),
    PinKind.UNBLOCK_LOGIN: N_("PU&K"),
    PinKind.CHANGE: N_("&Current PIN"),
}


@dataclass(frozen=True, slots=True)
class PinView:
    """The window for one question, in the language in use."""

    question: PinQuestion

    @property
    def headline(self) -> str:
        """What is asked, in one line."""
        return _(_HEADLINES[self.question.request.kind])

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Who asks, for what, and which card and holder: name and value, as far as known."""
        request, asker = self.question.request, self.question.asker
        found = (
            (_("Site"), asker.site),
            (_("Program"), self._program),
            (_("For"), request.for_what),
            (_("Holder"), request.holder),
            (_("Card"), request.card),
            (_("Reader"), request.reader),
        )
        return tuple((name, value) for name, value in found if value)

    @property
    def _program(self) -> str:
        asker = self.question.asker
        if not asker.program:
            return ""
        name = PurePath(asker.program).name
        return _("{name} ({path}, process {pid})").format(
            name=name, path=asker.program, pid=asker.pid
        )

    @property
    def tries(self) -> str:
        """How many tries are left; empty when unknown."""
        left = self.question.request.tries_left
        return "" if left is None else _("Tries left: {count}").format(count=left)

    @property
    def warning(self) -> str:
        """What the holder must know before the next entry; mostly empty."""
        parts = []
        if self.question.wrong:
            parts.append(_("Wrong PIN."))
        if self.question.request.tries_left == 1:
            parts.append(_("One try left: another wrong PIN blocks the card."))
        return " ".join(parts)

    @property
    def fields(self) -> tuple[PinField, ...]:
        """The lines to fill in, in order."""
        kind = self.question.request.kind
        found = [PinField("old", _(_OLD[kind]))] if kind.needs_old else []
        if kind.needs_new:
            found += [PinField("new", _("&New PIN")), PinField("again", _("&Repeat new PIN"))]
        return tuple(found)

    @property
    def accept(self) -> str:
        """What the button says that goes on."""
        return _("&OK") if self.fields else _("&Allow")

    @property
    def hint(self) -> str:
        """The allowed lengths."""
        request = self.question.request
        return lengths_hint(request.min_length, request.max_length)


def judge(view: PinView, values: dict[str, str]) -> tuple[str, str]:
    """Return the first field that cannot be right and why, or two empty texts.

    A PIN that the card cannot have is rejected here: it would cost a try.
    """
    request = view.question.request
    for field in view.fields:
        why = pin_fault(values.get(field.name, ""), request.min_length, request.max_length)
        if why:
            return field.name, why
    if request.kind.needs_new:
        found = find_weakness(values["new"].encode(), old=values.get("old", "").encode())
        if found is not None:
            return "new", found.sentence()
        if values["new"] != values["again"]:
            return "again", _("The new PINs do not match.")
    return "", ""
