# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The host as a process: requests from one pipe, answers and events into the other.

One thread reads, one does the work (the holder may take minutes), one watches the readers. The
end of the input ends everything: the page, the extension or the browser is gone.

Each request gets a trace id; the question to the holder and the commands to the card carry it.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import BinaryIO, Final

from caducee.base.errors import CardError, CpsError, FormatError
from caducee.base.i18n import language, use_language
from caducee.codec.native_messaging import MessageDeframer, frame
from caducee.middleware.tracing import RecordKind, Tracer, context
from caducee.middleware.webhost.host import Host
from caducee.middleware.webhost.logout_listener import LogoutListener
from caducee.middleware.webhost.messages import Request, answer, refusal
from caducee.middleware.webhost.watch import LoginCardWatch
from caducee.spec.native_messaging import Event

__all__ = ["ExtensionService"]

_log = logging.getLogger(__name__)

_MOST_WAITING: Final = 4
_FAREWELL: Final = 5.0
"""Seconds for which a command that the card is executing may go on after the end."""

_CHUNK: Final = 65536


class ExtensionService:
    """Serves one extension until its pipe ends."""

    def __init__(
        self,
        host: Host,
        watch: LoginCardWatch,
        tracer: Tracer,
        source: BinaryIO,
        sink: BinaryIO,
        *,
        ear: LogoutListener | None = None,
    ) -> None:
        """``ear``: what hears that the user logs out of everything."""
        self._ear = ear
        self._host = host
        self._tracer = tracer
        self._watch = watch
        self._source = source
        self._sink = sink
        self._writing = threading.Lock()
        self._waiting: queue.Queue[Request | None] = queue.Queue(_MOST_WAITING)
        self._worker = threading.Thread(target=self._work, name="webhost-work", daemon=True)

    def run(self, cancel: Callable[[], None] = lambda: None) -> None:
        """Serve until the input ends; ``cancel`` then withdraws a question to the holder.

        Raises `FormatError` (``codec.native_size``) when the other end breaks the wire.
        """
        self._worker.start()
        messages = MessageDeframer()
        try:
            while data := self._read():
                for item in messages.feed(data):
                    self._take(item)
        finally:
            cancel()
            self._watch.stop()
            if self._ear is not None:
                self._ear.stop()
            with suppress(queue.Full):
                self._waiting.put_nowait(None)
            self._worker.join(_FAREWELL)

    def _read(self) -> bytes:
        read = getattr(self._source, "read1", self._source.read)
        data: bytes = read(_CHUNK)
        return data

    def _take(self, message: bytes) -> None:
        try:
            request = Request.from_json(message)
        except FormatError as error:
            self._send(refusal(None, error))
            return
        try:
            self._waiting.put_nowait(request)
        except queue.Full:
            self._send(refusal(request.id, CardError("webhost.busy")))

    def _work(self) -> None:
        while (request := self._waiting.get()) is not None:
            with use_language(request.language or language()), context.use(context.fresh()):
                self._send(self._traced(request))

    def _traced(self, request: Request) -> dict[str, object]:
        begun = time.perf_counter()
        done, result = self._done(request)
        self._tracer.write(
            RecordKind.WEB,
            ms=round((time.perf_counter() - begun) * 1000, 3),
            site=request.origin,
            function=request.command.value,
            result=result,
            facts={"id": request.id},
        )
        return done

    def _done(self, request: Request) -> tuple[dict[str, object], str]:
        """Return the answer, and ``ok`` or the code of the error for the trace."""
        try:
            result = self._host.answer(request)
            if self._host.watched:
                self._watch.begin(self._host.watched, self._removed)
                if self._ear is not None:
                    self._ear.listen(self._logged_out)
        except CpsError as error:
            _log.info("%s refused: %s", request.command, error.code)
            return refusal(request.id, error), error.code
        except Exception:
            _log.exception("a request failed")
            return refusal(request.id, CardError("webhost.fault")), "webhost.fault"
        return answer(request.id, result), "ok"

    def _removed(self) -> None:
        if self._ear is not None:
            self._ear.stop()
        self._tell(Event.CARD_REMOVED)

    def _logged_out(self) -> None:
        self._watch.begin(frozenset(), lambda: None)
        self._tell(Event.LOGGED_OUT)

    def _tell(self, event: Event) -> None:
        self._host.watched = frozenset()
        self._tracer.write(RecordKind.WEB, function=event.value)
        self._send({"event": event.value})

    def _send(self, message: Mapping[str, object]) -> None:
        with self._writing, suppress(OSError, ValueError):  # the browser may be gone
            self._sink.write(frame(message))
            self._sink.flush()
