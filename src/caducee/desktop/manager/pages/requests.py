# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A login elsewhere that waits for the holder: shown, confirmed with the code, or refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGroupBox, QLabel, QProgressBar, QVBoxLayout, QWidget

from caducee.base.errors import CpsError, ReaderError, WrongPinError
from caducee.base.i18n import N_, language
from caducee.base.i18n import gettext as _
from caducee.base.secret import Secret
from caducee.desktop.flow import Flow
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.card_view import Mark
from caducee.desktop.manager.model.requests import RequestView, obstacle, waiting_text
from caducee.desktop.manager.pin_window import pin_window
from caducee.desktop.manager.progress import ProgressPanel
from caducee.desktop.manager.request_center import RequestCenter
from caducee.desktop.manager.widgets import NoteBox, ValueLabel, button
from caducee.desktop.manager.worker import Job, Work
from caducee.desktop.parts import announce, plain, text_label, wrapping_form
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView
from caducee.middleware.pin_entry import PinKind, PinQuestion, PinRequest, PinRequester

if TYPE_CHECKING:
    from caducee.codec.card_request import Confirmation
    from caducee.cryptolib import CpsCard
    from caducee.middleware.requests.pending import PendingRequest

__all__ = ["RequestsPage"]

_SECOND = 1000
type _Standing = tuple[str, str, int | None, tuple[int, int]]
"""Label, holder, tries left, least and most digits of the code."""


class RequestsPage(QWidget):
    """Shows the first request; the others wait their turn."""

    title = N_("Requests")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._center = RequestCenter.of(context)
        self._shown: PendingRequest | None = None
        self._job: Job | None = None
        self._standing: _Standing | None = None
        self._tries: int | None = None
        self._refused: int | None = None
        """Number of the request that was refused last: the server says so a little later."""

        self._dialog: PinDialog | None = None
        self._second = QTimer(self)
        self._second.setInterval(_SECOND)
        self._second.timeout.connect(self._show_time)
        self._compose()
        self._center.changed.connect(self._show)
        self._center.gone.connect(self._gone)
        context.reader_changed.connect(lambda _now: self._reader_changed())
        self._show()

    # Building

    def _compose(self) -> None:
        layout = QVBoxLayout(self)
        self._message = NoteBox("requests-message")
        layout.addWidget(self._message)
        self._none = text_label("none")
        layout.addWidget(self._none)
        self._box = QGroupBox()
        self._box.setObjectName("request")
        inner = QVBoxLayout(self._box)
        self._headline = text_label("headline", bold=True)
        inner.addWidget(self._headline)
        self._digits = plain("")
        self._digits.setObjectName("digits")
        font = self._digits.font()
        font.setPointSizeF(font.pointSizeF() * 4)
        font.setBold(True)
        self._digits.setFont(font)
        inner.addWidget(self._digits)
        self._advice = text_label("advice")
        self._advice.setText(
            _("Confirm only if you started this login and the service shows the same two digits.")
        )
        inner.addWidget(self._advice)
        self._facts = wrapping_form()
        inner.addLayout(self._facts)
        self._left = text_label("left")
        self._bar = QProgressBar()
        self._bar.setObjectName("time")
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Time left"))
        inner.addWidget(self._left)
        inner.addWidget(self._bar)
        self._obstacle = text_label("obstacle", bold=True)
        inner.addWidget(self._obstacle)
        self._progress = ProgressPanel(_("Processing the request"), self.cancel)
        inner.addWidget(self._progress)
        inner.addLayout(self._buttons())
        self._queue = text_label("queue")
        inner.addWidget(self._queue)
        layout.addWidget(self._box)
        layout.addStretch()

    def _buttons(self) -> Flow:
        row = Flow()
        self._confirm = button("confirm", _("Confirm with P&IN…"), self.confirm)
        self._refuse = button("refuse", _("Re&fuse"), self.refuse)
        # Consent is never given by a Return that was meant for another window.
        self._confirm.setAutoDefault(False)
        for item in (self._refuse, self._confirm):
            row.addWidget(item)
        return row

    # What a person asks

    def perform(self, action: str) -> None:
        """Do what a menu asks: ``show``."""
        if self._shown is not None:
            self._refuse.setFocus()

    def refuse(self) -> None:
        """Tell the service that the holder does not want it."""
        if self._shown is None:
            return
        item = self._shown
        self._refused = item.number
        self.cancel()
        try:
            self._center.refuse(item.number)
        except CpsError as error:
            self._message.say_error(error)
            return
        self._said(Mark.NOTE, _("You refused the request of {service}."), item)

    def cancel(self) -> None:
        """End what the card does for the request, which still waits: nothing is handed over."""
        if self._job is not None:
            self._job.cancel()
        self._close_dialog()

    def confirm(self) -> None:
        """Ask for the code, then let the card sign."""
        item = self._shown
        if item is None or self._job is not None or self._dialog is not None:
            return
        why = obstacle(self._context.reader)
        if why:
            self._tell(why)
            return
        self._message.say(Mark.NONE, "")
        self._progress.begin(_("Reading the card…"))
        self._begin(self._context.with_card(_standing), lambda found: self._ask(item, found))

    # The code, and the signature

    def _begin(self, job: Job, done: Callable[..., None]) -> None:
        def wanted(result: object) -> None:
            if job.token.cancelled:  # it had ended before it heard of that
                self._fail(ReaderError("reader.cancelled"))
            else:
                done(result)

        self._job = job
        job.done.connect(wanted)
        job.failed.connect(self._fail)
        job.ended.connect(self._end)
        self._set_buttons()

    def _end(self) -> None:
        self._job = None
        self._progress.hide()
        self._set_buttons()

    def _ask(self, waiting: "PendingRequest", standing: _Standing) -> None:
        """Ask for the code, unless another request took the place of the one that was meant."""
        if self._shown is None or self._shown.number != waiting.number:
            return
        self._standing, self._tries = standing, standing[2]
        if self._dialog is not None:
            self._dialog.ask(self._view(wrong=True))
            return
        self._dialog = pin_window(self._view(), self._context.settings, self.window())
        self._dialog.entered.connect(lambda old, _new: self._sign(old))
        self._dialog.declined.connect(lambda _why: self.cancel())
        self._dialog.open()

    def _view(self, *, wrong: bool = False) -> PinView:
        assert self._standing is not None and self._shown is not None  # noqa: S101 (asked before)
        label, holder, _tries, (least, most) = self._standing
        view = self._request_view(self._shown)
        now = self._context.reader
        request = PinRequest(
            PinKind.LOGIN,
            card=label,
            holder=holder,
            reader=now.name if now is not None else "",
            tries_left=self._tries,
            min_length=least,
            max_length=most,
            for_what=view.for_what,
        )
        asker = PinRequester(self._shown.asker.program, self._shown.asker.pid)
        seconds = max(1, view.seconds_left)
        return PinView(PinQuestion(request, asker, language(), seconds, wrong))

    def _sign(self, code: str) -> None:
        item, pin = self._shown, Secret.of(code)
        if item is None:
            self._close_dialog()
            return
        clock = self._context.clock

        def work(card: "CpsCard", _work: Work) -> "Confirmation":
            from caducee.middleware.requests.confirming import confirm

            try:
                return confirm(card, item, pin, clock.now())
            finally:
                pin.wipe()

        def forget() -> None:  # not a method of the secret: Qt would copy what it is bound to
            pin.wipe()

        self._progress.begin(_("The card signs the confirmation…"))
        job = self._context.with_card(work)
        job.ended.connect(forget)  # also of one that never began
        self._begin(job, lambda made: self._hand_over(item, made))

    def _hand_over(self, waiting: "PendingRequest", made: "Confirmation") -> None:
        self._close_dialog()
        try:
            self._center.confirm(waiting.number, made)
        except CpsError as error:
            self._message.say_error(error)
            return
        self._said(Mark.GOOD, _("You confirmed the request of {service}."), waiting)

    def _fail(self, error: CpsError) -> None:
        if isinstance(error, WrongPinError) and self._dialog is not None:
            left = error.facts.get("tries_left")
            self._tries = left if isinstance(left, int) else None
            self._dialog.ask(self._view(wrong=True))
            return
        self._close_dialog()
        if error.code == "reader.cancelled":
            if self._shown is not None and self._shown.number != self._refused:
                self._tell(_("Nothing was confirmed; the request is still waiting."))
            return
        self._message.say_error(error)

    def _close_dialog(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.finish()
            dialog.deleteLater()
            self._set_buttons()
            self._refuse.setFocus()

    # What the services and the readers tell

    def _gone(self, text: str) -> None:
        self._tell(text)

    def _tell(self, text: str) -> None:
        self._message.say(Mark.NOTE, text)
        announce(self._message, text)

    def _reader_changed(self) -> None:
        if self._dialog is not None and obstacle(self._context.reader):
            self._close_dialog()
        self._show_obstacle()

    def _show(self) -> None:
        first = self._center.waiting[0] if self._center.waiting else None
        changed = (first and first.number) != (self._shown and self._shown.number)
        self._shown = first
        if changed:
            self._close_dialog()
        self._box.setVisible(first is not None)
        self._none.setVisible(first is None)
        if first is None:
            self._second.stop()
            self._none.setText(self._nothing())
            return
        if changed:
            self._show_request(first)
        self._queue.setText(self._request_view(first).queue)
        self._queue.setVisible(bool(self._queue.text()))
        self._show_time()
        self._show_obstacle()
        self._second.start()

    def _nothing(self) -> str:
        if self._center.trouble is not None:
            return f"{self._center.trouble.sentence()} {self._center.trouble.advice()}"
        if not self._center.served:
            return _("This window does not receive service requests.")
        return _("No login is waiting for your confirmation.")

    def _show_request(self, waiting: "PendingRequest") -> None:
        view = self._request_view(waiting)
        self._box.setTitle(waiting_text(1))
        self._headline.setText(view.headline)
        self._digits.setText(view.digits)
        self._digits.setAccessibleName(view.spoken_digits)
        while self._facts.rowCount():
            self._facts.removeRow(0)
        for name, value in view.facts:
            shown = ValueLabel(name, value)
            shown.setObjectName(f"fact {name}")
            head: QLabel = plain(_("{name}:").format(name=name))
            self._facts.addRow(head, shown)
            QWidget.setTabOrder(shown, self._refuse)  # read before it, though it came later
        QWidget.setTabOrder(self._refuse, self._confirm)
        announce(self._box, f"{view.headline} {view.spoken_digits}")

    def _show_time(self) -> None:
        if self._shown is None:
            return
        view = self._request_view(self._shown)
        self._left.setText(view.left)
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * view.share_left))

    def _show_obstacle(self) -> None:
        self._obstacle.setText(obstacle(self._context.reader))
        self._obstacle.setVisible(bool(self._obstacle.text()))
        self._set_buttons()

    def _request_view(self, waiting: "PendingRequest") -> RequestView:
        behind = max(0, len(self._center.waiting) - 1)
        return RequestView(waiting, self._context.clock.now(), behind)

    def _set_buttons(self) -> None:
        free = self._shown is not None and self._job is None
        self._confirm.setEnabled(free and not obstacle(self._context.reader))
        self._refuse.setEnabled(self._shown is not None)

    def _said(self, mark: Mark, text: str, waiting: "PendingRequest") -> None:
        text_ = text.format(service=waiting.ask.service)
        self._message.say(mark, text_)
        self._context.said.emit(text_)
        announce(self._message, text_)


def _standing(card: "CpsCard", _work: Work) -> _Standing:
    """Return what the window for the code shows of a card."""
    holder, pin = card.holder(), card.pin_state()
    name = " ".join(part for part in (holder.given_name, holder.family_name) if part)
    return card.token_label, name, pin.tries_left, (pin.min_length, pin.max_length)
