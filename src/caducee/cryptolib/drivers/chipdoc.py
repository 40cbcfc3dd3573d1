# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The way to the ChipDoc application of a CPS4: logical channel 1, kept selected.

Selecting the application opens the channel. It stays selected between transactions, until the
card is reset; a program that moved it shows in the answer to the first command of a transaction,
which is then repeated after a recovery (issuer's library, ``card-cps4.c``).
"""

from collections.abc import Callable
from typing import Final

from caducee.base.secret import Secret
from caducee.codec.apdu import CommandApdu, ResponseApdu
from caducee.cryptolib.channel import Channel, refusal
from caducee.spec.aids import CPS2TER_APPLET, CPS4_CARD_MANAGER, CPS4_CHIPDOC
from caducee.spec.instructions import Instruction
from caducee.spec.status import StatusWord

__all__ = ["CLA", "ChipDocChannel"]

CLA: Final = 0x01
"""Logical channel 1."""

_BY_NAME, _WITHOUT_ANSWER = 0x04, 0x0C

_NOT_SELECTED = (
    StatusWord.CHANNEL_NOT_SUPPORTED,
    StatusWord.CONDITIONS_NOT_SATISFIED,
    StatusWord.WRONG_P1_P2,
    StatusWord.INS_NOT_SUPPORTED,
    StatusWord.CLA_NOT_SUPPORTED,
)
"""What a card answers that has no application, or another one, on the channel."""


class ChipDocChannel:
    """Commands to ChipDoc; selects it when it is not selected."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._selected = False
        """ChipDoc was selected, and the card was not reset by us since."""

        self._settled = False
        """The card answered in this transaction as ChipDoc does."""

    def begin(self) -> None:
        """Expect that another program may have been at the card."""
        self._settled = False

    def was_reset(self) -> None:
        """Take note that nothing is selected any more."""
        self._selected = self._settled = False

    def select_anew(self) -> bool:
        """Select ChipDoc though it is selected; tell whether the card did."""
        return self._select_name(CPS4_CHIPDOC)

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send one command; raises as `Channel.exchange`, and `CardError` without ChipDoc."""
        return self._send_selected(self._channel.exchange, command)

    def send(self, command: CommandApdu) -> ResponseApdu:
        """Send a command, in a chain when its data are long; raises as `exchange`."""
        return self._send_selected(self._channel.send, command)

    def present(self, command: CommandApdu, pin: Secret) -> ResponseApdu:
        """Send a command with a PIN for its data; raises as `exchange`."""
        return self._send_selected(lambda it: self._channel.present(it, pin), command)

    def demand(self, action: str, command: CommandApdu) -> bytes:
        """Send a command that must succeed and return its data; raises as `Channel.demand`."""
        answer = self.send(command)
        if not answer.ok:
            raise refusal(action, answer.sw)
        return answer.data

    def _send_selected(
        self, how: Callable[[CommandApdu], ResponseApdu], command: CommandApdu
    ) -> ResponseApdu:
        if not self._selected:
            self._select()
        answer = how(command)
        # Only the first answer of a transaction is judged so: once ChipDoc answered in it, no other
        # program can have moved the channel, and the same status is a refusal to pass on.
        if not self._settled and answer.sw in _NOT_SELECTED:
            self._recover(answer.sw)
            answer = how(command)
        self._settled = True
        return answer

    def _recover(self, sw: int) -> None:
        """Find back to ChipDoc; for conditions of use that are not met by the long way at once."""
        self._selected = False
        if sw == StatusWord.CONDITIONS_NOT_SATISFIED:
            self._select_by_card_manager()
        else:
            self._select()

    def _select(self) -> None:
        if self._select_name(CPS4_CHIPDOC):
            self._selected = self._settled = True
        else:
            self._select_by_card_manager()

    def _select_by_card_manager(self) -> None:
        """The issuer's recovery: card manager, CPS2ter on channel 0, ChipDoc."""
        self._select_name(CPS4_CARD_MANAGER)
        self._select_name(CPS2TER_APPLET, cla=0x00)
        if not self._select_name(CPS4_CHIPDOC):
            raise refusal("SELECT", self._refused)
        self._selected = self._settled = True

    def _select_name(self, name: bytes, cla: int = CLA) -> bool:
        command = CommandApdu(cla, Instruction.SELECT, _BY_NAME, _WITHOUT_ANSWER, name)
        answer = self._channel.send(command)
        self._refused = answer.sw
        return answer.ok
