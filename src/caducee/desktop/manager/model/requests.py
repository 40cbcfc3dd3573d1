# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the manager says of requests that wait for the holder: texts and rules, without Qt."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from caducee.base.dates import local_time
from caducee.base.i18n import gettext as _
from caducee.desktop.manager.model.live import ReaderSnapshot, SlotContent
from caducee.desktop.manager.model.reader_texts import prompt
from caducee.spec.atrs import CardFace

if TYPE_CHECKING:
    from caducee.codec.card_request import Confirmation
    from caducee.middleware.requests.pending import PendingRequest

__all__ = ["RequestView", "Requests", "ended_text", "obstacle", "waiting_text"]


class Requests(Protocol):
    """Where services bring their requests. Threads may share it."""

    def tell_changes_to(self, changed: Callable[[], None]) -> None:
        """Have ``changed`` called, in a thread of its own, whenever `requests` is another."""

    def start(self) -> None:
        """Begin to take requests in. Raises `StateError`."""

    def stop(self) -> None:
        """End; every service is informed. A second call does nothing."""

    def requests(self) -> "tuple[PendingRequest, ...]":
        """Return the requests that wait, the one to show first."""

    def refuse(self, number: int) -> None:
        """End a request: the holder does not want it. Raises `StateError` (``request.over``)."""

    def confirm(self, number: int, confirmation: "Confirmation") -> None:
        """Hand a confirmation over. Raises `StateError` (``request.over``)."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """The request that is shown, at one moment, in the language in use."""

    waiting: "PendingRequest"
    now: dt.datetime
    behind: int = 0
    """How many requests wait behind it."""

    @property
    def headline(self) -> str:
        """Who asks, in one line."""
        text = _("{service} asks you to confirm a login.")
        return text.format(service=self.waiting.ask.service)

    @property
    def digits(self) -> str:
        """The two digits."""
        return self.waiting.ask.binding_message

    @property
    def spoken_digits(self) -> str:
        """The two digits one by one, for a screen reader."""
        return _("Digits: {digits}").format(digits=" ".join(self.digits))

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Names and values: what else is known."""
        asker = self.waiting.asker
        program = PurePath(asker.program).name or "?"
        found = (
            (_("Service"), self.waiting.ask.service),
            (
                _("Program"),
                _("{name} ({path}, process {pid})").format(
                    name=program, path=asker.program or "?", pid=asker.pid
                ),
            ),
            (_("Received"), local_time(self.waiting.came)),
            (_("Expires"), local_time(self.waiting.ends)),
            (_("Holder"), self.waiting.ask.login_hint),
        )
        return tuple((name, value) for name, value in found if value)

    @property
    def seconds_left(self) -> int:
        """How many whole seconds are left."""
        left = (self.waiting.ends - self.now) / dt.timedelta(seconds=1)
        return max(0, int(left))

    @property
    def share_left(self) -> float:
        """Which share of its time is left, 0 to 1."""
        return min(1.0, self.seconds_left / max(1, self.waiting.ask.seconds))

    @property
    def left(self) -> str:
        """How long it still waits."""
        return _("Time left: {seconds} s").format(seconds=self.seconds_left)

    @property
    def queue(self) -> str:
        """How many wait behind it; empty when none does."""
        if not self.behind:
            return ""
        return _("Further requests waiting: {count}").format(count=self.behind)

    @property
    def for_what(self) -> str:
        """What the window for the code says it is for."""
        text = _("Confirm the login to {service}, digits {digits}")
        return text.format(service=self.waiting.ask.service, digits=self.digits)


def waiting_text(count: int) -> str:
    """Return how many requests wait, in one line; empty for none."""
    if not count:
        return ""
    if count == 1:
        return _("A login is waiting for your confirmation.")
    return _("Logins waiting for your confirmation: {count}").format(count=count)


def ended_text(waiting: "PendingRequest", now: dt.datetime) -> str:
    """Return what became of a request that is gone without an answer of the holder."""
    service = waiting.ask.service
    if waiting.ends <= now:
        return _("The request of {service} has expired.").format(service=service)
    return _("{service} has stopped waiting for this request.").format(service=service)


def obstacle(now: ReaderSnapshot | None) -> str:
    """Return what the holder has to do before they can confirm; empty when nothing."""
    if now is None or now.inside is not SlotContent.CARD or now.card is None:
        return prompt(now)
    if now.card.face is CardFace.CPS3_CONTACTLESS:
        return _(
            "Insert the card into a contact reader: the PIN is not available on the "
            "contactless side."
        )
    return ""
