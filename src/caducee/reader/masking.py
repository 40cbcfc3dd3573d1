# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands as text that anyone may read: the PINs are masked."""

from caducee.reader.transport import Apdu
from caducee.spec.instructions import PinInstruction

__all__ = ["MASK", "carries_pin", "masked", "secret_part"]

MASK = "**"
"""What stands for one masked byte."""

_HEADER = 4
_PIN_COMMANDS = frozenset(PinInstruction)


def carries_pin(command: Apdu) -> bool:
    """Tell whether a command APDU carries a PIN or a PUK."""
    return bool(secret_part(command))


def secret_part(command: Apdu) -> range:
    """Return the places of a command APDU that hold a PIN; empty for most commands.

    Whatever does not follow the format of commands is taken as secret to its end.
    """
    if len(command) <= _HEADER + 1 or command[1] not in _PIN_COMMANDS:
        return range(0)
    start, size = _HEADER + 1, command[_HEADER]
    if size == 0:
        written = int.from_bytes(command[start : start + 2])
        extended = len(command) - start - 2 in (written, written + 2)
        return range(start + 2 if extended else start, len(command))
    return range(start, start + size if len(command) == start + size + 1 else len(command))


def masked(command: Apdu) -> str:
    """Return a command APDU as hex, each byte of a PIN as ``**``.

    >>> masked(bytes.fromhex("00200001 04 31323334"))
    '0020000104********'
    >>> masked(bytes.fromhex("00A4020C 02 3F00"))
    '00A4020C023F00'
    """
    secret = secret_part(command)
    if not secret:
        return command.hex().upper()
    return "".join(MASK if n in secret else f"{byte:02X}" for n, byte in enumerate(command))
