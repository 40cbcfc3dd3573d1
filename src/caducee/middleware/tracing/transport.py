# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers whose dialogue with the card is traced."""

import time
from collections.abc import Mapping, Sequence

from caducee.base.errors import CpsError
from caducee.middleware.tracing.record import RecordKind
from caducee.middleware.tracing.writer import Tracer
from caducee.reader.exchange import ResetRecorder
from caducee.reader.masking import masked
from caducee.reader.transport import Apdu, Reader, ReaderContext, ReaderStatus, Transport

__all__ = ["TracedContext", "TracedReader", "TracedTransport"]


class TracedTransport(ResetRecorder):
    """Writes each command and answer to a trace, PINs masked, under the trace id in use."""

    def __init__(self, inner: Transport, reader: str, tracer: Tracer) -> None:
        super().__init__(inner)
        self._reader = reader
        self._tracer = tracer
        self._write(RecordKind.CARD, atr=inner.atr.hex().upper(), protocol=inner.protocol.value)

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU; trace it."""
        if not self._tracer.apdus:
            return self.inner.transmit(command)
        start = time.perf_counter()
        try:
            answer = self.inner.transmit(command)
        except CpsError as error:
            self._write(RecordKind.APDU, start, command=masked(command), result=error.code)
            raise
        self._write(RecordKind.APDU, start, command=masked(command), response=answer.hex().upper())
        return answer

    def reset(self) -> bytes:
        """Reset the card; trace it."""
        start = time.perf_counter()
        atr = self.inner.reset()
        self._write(RecordKind.RESET, start)
        return atr

    def note_reset(self) -> None:
        """Trace a reset."""
        self._write(RecordKind.RESET)

    def close(self) -> None:
        """End the connection; trace it."""
        self.inner.close()
        self._write(RecordKind.CARD, text="closed")

    def _write(self, kind: RecordKind, start: float | None = None, **fields: str) -> None:
        if self._tracer.apdus:
            spent = None if start is None else round((time.perf_counter() - start) * 1000, 3)
            self._tracer.write(kind, reader=self._reader, ms=spent, **fields)


class TracedReader:
    """A reader whose connections are traced."""

    def __init__(self, inner: Reader, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    @property
    def name(self) -> str:
        """The name of the reader."""
        return self._inner.name

    def connect(self) -> Transport:
        """Connect to the card."""
        return TracedTransport(self._inner.connect(), self.name, self._tracer)

    def status(self) -> ReaderStatus:
        """Return what is in the reader now."""
        return self._inner.status()


class TracedContext:
    """Readers of a place, each traced."""

    def __init__(self, inner: ReaderContext, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    def readers(self) -> Sequence[Reader]:
        """Return the readers that are there now."""
        return tuple(TracedReader(reader, self._tracer) for reader in self._inner.readers())

    def look(self) -> Mapping[str, ReaderStatus]:
        """Return what is in the readers now."""
        return self._inner.look()

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        """Wait until the readers, or what is in them, differ from ``known``."""
        return self._inner.wait(known, timeout)

    def cancel(self) -> None:
        """End a `wait`."""
        self._inner.cancel()

    def close(self) -> None:
        """Give the place up."""
        self._inner.close()
