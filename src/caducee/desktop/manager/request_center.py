# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Between the server of requests and the windows: everything comes in the thread of the windows."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from caducee.base.errors import CpsError
from caducee.desktop.manager.model.requests import Requests, ended_text

if TYPE_CHECKING:
    from caducee.codec.card_request import Confirmation
    from caducee.desktop.manager.context import Context
    from caducee.middleware.requests.pending import PendingRequest

__all__ = ["RequestCenter"]


class RequestCenter(QObject):
    """The requests as the windows see them. One of each context: `of`."""

    changed = Signal()
    """`waiting` is another."""

    arrived = Signal(object)
    """A `PendingRequest` that was not there before."""

    gone = Signal(str)
    """A request ended without the holder: a sentence."""

    _changed_elsewhere = Signal()

    def __init__(self, context: "Context") -> None:
        super().__init__(context)
        self._context = context
        self._port: Requests | None = context.ports.requests
        self._answered: set[int] = set()
        self.waiting: tuple[PendingRequest, ...] = ()
        """The requests that wait, the one to show first."""

        self.trouble: CpsError | None = None
        """Why no requests are taken in."""

        self._changed_elsewhere.connect(self._look, Qt.ConnectionType.QueuedConnection)
        self._start()

    @classmethod
    def of(cls, context: "Context") -> "RequestCenter":
        """Return the one of a context, made when it is asked for first."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)

    @property
    def served(self) -> bool:
        """Whether requests are taken in."""
        return self._port is not None and self.trouble is None

    def refuse(self, number: int) -> None:
        """End a request: the holder does not want it. Raises `StateError` (``request.over``)."""
        self._answer(number)
        if self._port is not None:
            self._port.refuse(number)

    def confirm(self, number: int, confirmation: "Confirmation") -> None:
        """Hand a confirmation over. Raises `StateError` (``request.over``)."""
        self._answer(number)
        if self._port is not None:
            self._port.confirm(number, confirmation)

    def stop(self) -> None:
        """Take no more requests in; waiting ones are refused."""
        if self._port is not None:
            self._port.tell_changes_to(lambda: None)
            self._port.stop()

    def _start(self) -> None:
        if self._port is None:
            return
        self._port.tell_changes_to(self._tell)
        try:
            self._port.start()
        except CpsError as error:
            self.trouble = error

    def _answer(self, number: int) -> None:
        self._answered.add(number)

    def _tell(self) -> None:
        try:
            self._changed_elsewhere.emit()
        except RuntimeError:  # the windows are gone
            pass

    @Slot()
    def _look(self) -> None:
        if self._port is None:
            return
        before, self.waiting = self.waiting, self._port.requests()
        if before == self.waiting:
            return
        numbers = {entry.number for entry in self.waiting}
        known = {entry.number for entry in before}
        self.changed.emit()
        for item in before:
            if item.number not in numbers and item.number not in self._answered:
                self.gone.emit(ended_text(item, self._context.clock.now()))
        self._answered &= numbers
        for request in self.waiting:
            if request.number not in known:
                self.arrived.emit(request)
