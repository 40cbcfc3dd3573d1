# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the codes of a card stood a moment ago, for programs that ask for it again and again."""

from dataclasses import dataclass

from caducee.cryptolib.channel import Channel
from caducee.cryptolib.model import PinState

__all__ = ["PinStates", "RecentStates"]

type PinStates = tuple[PinState | None, PinState | None]
"""Of the holder's and of the unblocking code; None for one that is not here."""


@dataclass(frozen=True, slots=True)
class _Seen:
    states: PinStates
    codes: int
    """Commands with a code that had been sent."""

    at: float


class RecentStates:
    """Remembers what the card said last, and forgets it with whatever may have changed it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._seen: _Seen | None = None

    def keep(self, states: PinStates) -> PinStates:
        """Remember what the card says now, and return it."""
        self._seen = _Seen(states, self._channel.codes, self._channel.now())
        return states

    def get(self, within: float) -> PinStates | None:
        """Return what the card said within so many seconds; None when that may be wrong by now.

        It may when a command with a code was sent here since, or the reader tells of a removal or a
        reset. Another program that spent a try and left the card as it was goes unnoticed.
        """
        seen = self._seen
        if (
            seen is None
            or seen.codes != self._channel.codes
            or self._channel.now() - seen.at >= within
            or not self._channel.transport.undisturbed()
        ):
            self._seen = None
        return seen.states if seen is not None and self._seen is seen else None
