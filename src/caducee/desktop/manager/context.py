# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What every page of the manager is given."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from caducee.base.clock import Clock
from caducee.base.errors import CpsError, ReaderError
from caducee.base.i18n import language
from caducee.desktop.manager.model.journal import Journal
from caducee.desktop.manager.model.live import LiveReaders, ReaderSnapshot
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.settings import ManagerSettings, Remembered
from caducee.desktop.manager.watch import ReaderWatch
from caducee.desktop.manager.worker import Job, Work, Worker

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard
    from caducee.cryptolib.presence import PresenceEvent
    from caducee.reader.transport import ReaderStatus

__all__ = ["Context"]


class Context(QObject):
    """Ports, worker, live readers, settings; and the signals that join the pages."""

    readers_changed = Signal()
    """Readers, or what is in them, changed: ask `readers`."""

    card_event = Signal(object)
    """A `PresenceEvent`, one by one, after `readers_changed`."""

    readers_failed = Signal(object)
    """A `ReaderError`: the readers cannot be asked; None when they can again."""

    reader_changed = Signal(object)
    """The reader in use or its content changed: a `ReaderSnapshot`, or None without a reader."""

    said = Signal(str)
    """A line for the status bar."""

    journal_grew = Signal(str)
    """One line more in the journal."""

    settings_changed = Signal()

    page_wanted = Signal(str, str)
    """A page by name, and what it shall do: an action of it, or nothing."""

    def __init__(self, ports: Ports | Callable[[], Ports], parent: QObject | None = None) -> None:
        """``ports`` may be what makes them: it is called when they are first asked for, so that
        the window can be painted before.
        """
        super().__init__(parent)
        self._source = ports
        self.worker = Worker(self)
        self.readers = LiveReaders()
        self.language = language()
        self.trouble: ReaderError | None = None
        """Why the readers cannot be asked now."""

        self.journal = Journal()
        self.info = ""
        """What the card that was read last says without a code, as text."""

        self.looked = False
        """Whether the readers have been looked for; before that, nothing is known of them."""

        self._shown: tuple[bool, ReaderSnapshot | None] = (False, None)
        self.worker.failed.connect(self._write_down)
        self.said.connect(self.note)
        self._watch: ReaderWatch | None = None

    @cached_property
    def ports(self) -> Ports:
        """What the manager reaches."""
        return self._source() if callable(self._source) else self._source

    @property
    def reached(self) -> bool:
        """Whether the ports were made."""
        return "ports" in self.__dict__

    @cached_property
    def remembered(self) -> Remembered:
        """The settings and their file."""
        return Remembered(self.ports.settings)

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.ports.clock

    @property
    def traces(self) -> str:
        """What was said to cards, a line each; empty where nothing is traced."""
        return self.ports.traces.as_text() if self.ports.traces is not None else ""

    @property
    def settings(self) -> ManagerSettings:
        """What the user has set."""
        return self.remembered.now

    @property
    def reader(self) -> ReaderSnapshot | None:
        """The reader in use, None when there is none."""
        return self.readers.current

    def start(self) -> None:
        """Begin to watch the readers; a second call does nothing."""
        if self._watch is not None:
            return
        self.readers.choose(self.settings.reader)
        self._watch = ReaderWatch(self.ports.cards, self)
        self._watch.seen.connect(self._see)
        self._watch.happened.connect(self._happen)
        self._watch.failed.connect(self._fail)
        self._watch.start()

    def close(self) -> None:
        """Cancel what runs, end the watch."""
        if self._watch is not None:
            self._watch.stop()
        self.worker.close()

    def choose(self, reader: str) -> None:
        """Use a reader from now on, remembered; empty: whichever has a card."""
        self.readers.choose(reader)
        self.set(reader=reader)
        self._tell_reader()

    def set(self, **values: Any) -> None:  # noqa: ANN401 (the fields of ManagerSettings)
        """Change settings; they are remembered."""
        trouble = self.remembered.set(**values)
        if trouble is not None:
            self.said.emit(str(trouble))
        self.settings_changed.emit()

    def with_card(
        self,
        operation: "Callable[[CpsCard, Work], Any]",
        reader: str = "",
        *,
        unfinished: bool = False,
    ) -> Job:
        """Open the card in a reader (the one in use) and do something with it in its lane.

        The card is closed at the end. Raises nothing here: the job fails as
        `caducee.desktop.manager.ports.Cards.open` raises.
        """
        now = self.reader
        name = reader or (now.name if now is not None else "")
        cards = self.ports.cards

        def work(work: Work) -> Any:  # noqa: ANN401 (what the operation returns)
            if not name:
                raise ReaderError("reader.no_reader")
            with cards.open(name, work.token, unfinished=unfinished) as card:
                return operation(card, work)

        return self.worker.run(work, name)

    def note(self, text: str, reader: str = "") -> None:
        """Write a line into the journal; no name and no code belongs there."""
        self.journal_grew.emit(self.journal.say(self.clock.now(), text, reader).line)

    def _write_down(self, lane: str, error: CpsError) -> None:
        reader = lane if self.readers.get(lane) is not None else ""
        entry = self.journal.failed(self.clock.now(), error, reader)
        if entry is not None:
            self.journal_grew.emit(entry.line)

    def save_texts(self) -> tuple[Path, ...]:
        """Write data, journal, traces and incidents into the folder of logs; return the files.

        Raises `StateError` (``base.file_unwritable``).
        """
        from caducee.desktop.manager.model.exit_files import save

        if self.ports.logs is None:
            return ()
        journal = self.journal
        texts = (self.info, journal.as_text(), self.traces, journal.incidents_as_text())
        return save(self.ports.logs, texts)

    # Reports of the watch

    def _see(self, statuses: "Mapping[str, ReaderStatus]") -> None:
        self.looked = True
        if self.trouble is not None:
            self.trouble = None
            self.readers_failed.emit(None)
        if self.readers.seen(statuses):
            self.readers_changed.emit()
        self._tell_reader()

    def _happen(self, events: "tuple[PresenceEvent, ...]") -> None:
        self.readers.happened(events)
        if events:
            self.readers_changed.emit()
        for event in events:
            self.journal_grew.emit(self.journal.happened(self.clock.now(), event).line)
            self.card_event.emit(event)
        self._tell_reader()

    def _fail(self, error: CpsError) -> None:
        assert isinstance(error, ReaderError)  # noqa: S101 (of the watch)
        first = self.trouble is None or self.trouble.code != error.code
        self.trouble, self.looked = error, True
        if self.readers.seen({}):
            self.readers_changed.emit()
        if first:
            self._write_down("", error)
            self.readers_failed.emit(error)
        self._tell_reader()

    def _tell_reader(self) -> None:
        if (now := (self.looked, self.reader)) != self._shown:
            self._shown = now
            self.reader_changed.emit(self.reader)
