# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The recent states of PIN and PUK, for programs that poll them."""

from dataclasses import dataclass

from caducee.cryptolib.channel import Channel
from caducee.cryptolib.model import PinState

__all__ = ["PinStates", "RecentStates"]

type PinStates = tuple[PinState | None, PinState | None]
"""Of the PIN and of the PUK; None for one that is absent."""


@dataclass(frozen=True, slots=True)
class _KnownStates:
    states: PinStates
    pins: int
    """Commands with a PIN sent until then."""

    at: float


class RecentStates:
    """Remembers what the card said last, and forgets it with whatever may have changed it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._seen: _KnownStates | None = None

    def keep(self, states: PinStates) -> PinStates:
        """Remember what the card says now, and return it."""
        self._seen = _KnownStates(states, self._channel.pins_sent, self._channel.now())
        return states

    def get(self, within: float) -> PinStates | None:
        """Return what the card said within so many seconds; None when that may be wrong by now.

        It may when a command with a PIN was sent here since, or the reader reports a removal or a
        reset. A try spent by another program that left the card as it was goes unnoticed.
        """
        seen = self._seen
        if (
            seen is None
            or seen.pins != self._channel.pins_sent
            or self._channel.now() - seen.at >= within
            or not self._channel.transport.undisturbed()
        ):
            self._seen = None
        return seen.states if seen is not None and self._seen is seen else None
