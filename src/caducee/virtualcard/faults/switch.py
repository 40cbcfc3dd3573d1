# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How a fault reaches a card, whether it runs or not: a small file of requests beside the image.

A running card locks its image. A request for a fault is therefore written into
``.<name>.faults``, and the holder of the lock takes it from there: a running card at the next
thing that its reader asks of it, else the next one that opens the image. FaultRequests are done in
their order; none is lost, and one may be done twice when a card is killed between doing and
removing it, which changes nothing.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.virtualcard import lock
from caducee.virtualcard.faults.content import active
from caducee.virtualcard.faults.pins import restored, settled
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault, Hex

__all__ = ["FaultRequest", "FaultRequests", "done"]

_log = logging.getLogger(__name__)
_PATIENCE = 2.0
_PAUSE = 0.01
_MAX_SIZE = 1 << 20


class FaultRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, eq=False):
    """A request to set or clear a fault."""

    fault: Fault | None = None
    """The fault to have; None: take all faults away."""


def done(image: CardImage, requests: Iterable[FaultRequest]) -> CardImage:
    """Return the image after some requests; a fault replaces one of the same name."""
    for request in requests:
        if request.fault is None:
            image = restored(image)
            continue
        others = (fault for fault in active(image) if fault.name is not request.fault.name)
        image = settled(msgspec.structs.replace(image, faults=(*others, request.fault)))
    return image


class FaultRequests:
    """The file of requests beside an image; several processes may use it at once."""

    def __init__(self, image: Path) -> None:
        self._path = image.with_name(f".{image.name}.faults")
        self._name = str(self._path)

    def ask(self, request: FaultRequest) -> None:
        """Add a request. Raises `StateError` (``base.file_unwritable``)."""
        with self._held(_PATIENCE):
            write_atomic(self._path, _ENCODER.encode([*self._read(), request]))

    def take(self, do: Callable[[list[FaultRequest]], None]) -> None:
        """Apply the requests and remove them; later, while another process writes there."""
        if not os.path.exists(self._name):  # asked before each command: a Path takes twice as long
            return
        try:
            with self._held(0):
                found = self._read()
                if found:
                    do(found)
                self._path.unlink(missing_ok=True)
        except StateError as error:
            _log.warning("faults stay undone: %s", error)

    def waiting(self) -> list[FaultRequest]:
        """Return the pending requests, oldest first."""
        return self._read()

    def _read(self) -> list[FaultRequest]:
        try:
            data = self._path.read_bytes()
            return _DECODER.decode(data) if len(data) <= _MAX_SIZE else []
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            _log.warning("no requests can be read from %s: %s", self._path, error)
            return []

    @contextmanager
    def _held(self, patience: float) -> Iterator[None]:
        deadline = time.monotonic() + patience
        while True:
            try:
                handle = lock.acquire(self._path)
                break
            except StateError as error:
                if error.code != "card.image_in_use" or time.monotonic() >= deadline:
                    raise
                time.sleep(_PAUSE)
        try:
            yield
        finally:
            lock.release(handle, self._path)


def _write(value: object) -> str:
    if isinstance(value, Hex):
        return value.hex()
    raise NotImplementedError(type(value))


def _read(kind: type, value: object) -> object:
    if kind is Hex and isinstance(value, str):
        return Hex(bytes.fromhex(value))
    raise NotImplementedError(kind)


_ENCODER = msgspec.json.Encoder(enc_hook=_write)
_DECODER = msgspec.json.Decoder(list[FaultRequest], dec_hook=_read)
