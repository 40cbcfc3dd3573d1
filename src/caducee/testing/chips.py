# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Chips for tests of readers and wires, which know nothing of cards."""

from collections.abc import Callable, Mapping

__all__ = ["ScriptedChip"]

_ATR = bytes.fromhex("3BAC00402A001225006480000310009000")


class ScriptedChip:
    """A chip that answers from a table of commands, and notes everything that happens to it.

    ``answers`` maps commands to responses, both written as hex; every other command gets
    ``other``. With a function in place of the table, the function answers.
    """

    def __init__(
        self,
        answers: Mapping[str, str] | Callable[[bytes], bytes] | None = None,
        *,
        atr: bytes = _ATR,
        other: str = "9000",
    ) -> None:
        self.atr = atr
        self.happened: list[str] = []
        """``on``, ``off``, ``reset`` and commands as hex, oldest first."""

        if callable(answers):
            self._answer = answers
        else:
            table = {bytes.fromhex(k): bytes.fromhex(v) for k, v in (answers or {}).items()}
            self._answer = lambda command: table.get(command, bytes.fromhex(other))

    @property
    def commands(self) -> list[str]:
        """The commands that came, as hex, oldest first."""
        return [item for item in self.happened if item not in ("on", "off", "reset")]

    def power_on(self) -> bytes:
        """Note it; return the answer to reset."""
        self.happened.append("on")
        return self.atr

    def power_off(self) -> None:
        """Note it."""
        self.happened.append("off")

    def reset(self) -> bytes:
        """Note it; return the answer to reset."""
        self.happened.append("reset")
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        """Note the command; answer by the script."""
        self.happened.append(command.hex().upper())
        return self._answer(command)
