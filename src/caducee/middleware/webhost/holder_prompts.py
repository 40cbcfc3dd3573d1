# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Asks the holder by the program of the setting ``pin_entry``: the window, or an agent."""

import asyncio
import os
import threading
from dataclasses import replace
from pathlib import Path

from caducee.base.errors import CpsError, ReaderError
from caducee.base.i18n import language
from caducee.base.secret import Secret
from caducee.middleware.pin_entry import EnteredPins, PinKind, PinRequest, PinRequester
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.pin_entry.settings import PinEntrySettings
from caducee.middleware.tracing import RecordKind, Tracer

__all__ = ["AskedHolder", "asker"]


def asker() -> PinRequester:
    """Return who started this process, as the system reports it: the browser."""
    parent = os.getppid()
    try:
        program = str(Path(f"/proc/{parent}/exe").readlink())
    except OSError:
        program = ""
    return PinRequester(program, parent)


class AskedHolder:
    """A `Consent` that asks by a program; one thread asks, any may `withdraw`."""

    def __init__(self, settings: PinEntrySettings, asker: PinRequester, tracer: Tracer) -> None:
        self._settings = settings
        self._tracer = tracer
        self._asker = asker
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[EnteredPins] | None = None
        self._withdrawn = False

    def pin(self, request: PinRequest, site: str, *, wrong: bool = False) -> Secret:
        """Return the PIN that the holder entered."""
        pins = self._ask(request, site, wrong)
        if pins.old is None:
            raise ReaderError("pin.cancelled")
        return pins.old

    def confirm(self, request: PinRequest, site: str) -> None:
        """Ask for a yes."""
        self._ask(replace(request, kind=PinKind.CONFIRM), site, False).wipe()

    def withdraw(self) -> None:
        """Take the question back: the page is gone. Every later one is refused."""
        with self._lock:
            self._withdrawn = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def _ask(self, request: PinRequest, site: str, wrong: bool) -> EnteredPins:
        result = "ok"
        try:
            return asyncio.run(self._talk(request, site, wrong))
        except asyncio.CancelledError:
            result = "pin.cancelled"
            raise ReaderError(result) from None
        except CpsError as error:
            result = error.code
            raise
        finally:
            self._reported(request, site, result)

    def _reported(self, request: PinRequest, site: str, result: str) -> None:
        self._tracer.write(
            RecordKind.PROMPT,
            program=self._asker.program,
            pid=self._asker.pid,
            site=site,
            card=request.card,
            holder=request.holder,
            result=result,
            facts={"kind": request.kind.value, "tries_left": request.tries_left},
        )

    async def _talk(self, request: PinRequest, site: str, wrong: bool) -> EnteredPins:
        with self._lock:
            if self._withdrawn:
                raise ReaderError("pin.cancelled")
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            async with PinEntry(self._settings, language()).talk() as talk:
                return await talk.ask(request, replace(self._asker, site=site), wrong=wrong)
        finally:
            with self._lock:
                self._loop = self._task = None
