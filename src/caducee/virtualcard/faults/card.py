# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The chip that goes into a reader: a virtual card with the faults of its image."""

import logging
import time
from collections.abc import Callable

from caducee.base.errors import StateError
from caducee.spec.foreign_cards import PAYMENT, VITALE
from caducee.spec.status import StatusWord
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.store import FaultStore
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.plug.link import ServedChip
from caducee.virtualcard.store import Store

__all__ = ["FaultyCard"]

_log = logging.getLogger(__name__)
_FOREIGN = {FaultName.VITALE: VITALE, FaultName.PAYMENT: PAYMENT}
_UNKNOWN_CLASS = int(StatusWord.CLA_NOT_SUPPORTED).to_bytes(2)


class FaultyCard:
    """A virtual card that misbehaves as its image says, and as it is switched while it runs.

    Commands are counted from the insertion, or from the last turn of the switch. A card that left
    its reader (``torn``, ``removed``) answers nothing, and `present` is false, until it gets
    current anew or the switch is turned. A foreign card shows its answer to reset from the next
    reset on. A turn that changes what the card holds also resets it.
    """

    def __init__(
        self,
        store: FaultStore | Store,
        *,
        make: Callable[[Store], ServedChip] = VirtualCard,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Run the card in a store, which the other face of the same card may share.

        ``make`` starts the card itself, ``sleep`` makes it slow. Raises `StateError` when the image
        cannot be used.
        """
        self.store = store if isinstance(store, FaultStore) else FaultStore(store)
        self.leave: Callable[[], None] = lambda: None
        """Called when the card leaves its reader; for a reader in memory its ``eject``."""

        self._make = make
        self._sleep = sleep
        self._card = make(self.store)
        self._seen = (self.store.turns, self.store.changes)
        self._powered = False
        self._present = True
        self._foreign: bytes | None = None
        self._count = 0

    @property
    def present(self) -> bool:
        """Whether the card is still in its reader."""
        self._look()
        return self._present

    def power_on(self) -> bytes:
        """Give the card current; return its answer to reset, empty when it is mute."""
        self._look()
        if not self._present:
            self._present, self._count = True, 0
        self._powered = True
        return self._answer_to_reset(self._card.power_on())

    def power_off(self) -> None:
        """Take the current away."""
        self._powered = False
        self._card.power_off()

    def reset(self) -> bytes:
        """Reset the card; return its answer to reset, empty when it is mute."""
        self._look()
        return self._answer_to_reset(self._card.reset())

    def transmit(self, command: bytes) -> bytes:
        """Execute a command APDU; nothing comes back from a card that is mute or gone."""
        with self.store.lock:
            self._look()
            slow = self._fault(FaultName.SLOW)
            if slow is None:
                return self._execute(command)
        self._sleep(slow.delay / 1000)
        with self.store.lock:
            self._look()
            return self._execute(command)

    def _execute(self, command: bytes) -> bytes:
        if not (self._present and self._powered) or self._fault(FaultName.MUTE) is not None:
            return b""
        self._count += 1
        answer = self._card.transmit(command) if self._foreign is None else _UNKNOWN_CLASS
        if self._due(FaultName.REMOVED):
            self._go()
            return b""
        if self._due(FaultName.TORN):
            self._go()
        return answer

    def _answer_to_reset(self, own: bytes) -> bytes:
        foreign = (atr for name, atr in _FOREIGN.items() if self._fault(name) is not None)
        self._foreign = next(foreign, None)
        if self._fault(FaultName.MUTE) is not None or not self._present:
            return b""
        return self._foreign or own

    def _fault(self, name: FaultName) -> Fault | None:
        return next((fault for fault in self.store.faults if fault.name is name), None)

    def _due(self, name: FaultName) -> bool:
        fault = self._fault(name)
        return fault is not None and self._count >= fault.after

    def _go(self) -> None:
        self._present = False
        self._card.power_off()
        self.leave()

    def _look(self) -> None:
        """See whether the switch was turned."""
        with self.store.lock:
            self.store.refresh()
            seen, self._seen = self._seen, (self.store.turns, self.store.changes)
            if self._seen[0] == seen[0]:
                return
            self._present, self._count = True, 0
            if self._seen[1] != seen[1]:
                self._begin_anew()

    def _begin_anew(self) -> None:
        try:
            self._card = self._make(self.store)
        except StateError as error:  # the file was damaged meanwhile: go on as before
            _log.error("the card cannot be started anew: %s", error)
        if self._powered:
            self._card.power_on()
