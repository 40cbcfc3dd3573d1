# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An agent that asks nobody: it gives a PIN from a file, for servers and tests.

``python -m caducee.middleware.pin_entry.headless FILE`` as ``pin_entry.program``. The file has mode
0600, belongs to the user, and holds the PIN alone, or two lines: the PIN and a new one. The
agent never gives a PIN again that the card refused, and never risks the last try.
"""

import os
import stat
import sys
from typing import BinaryIO

from caducee.base.errors import CpsError, FormatError, StateError
from caducee.base.memory import protect_memory
from caducee.base.secret import Secret
from caducee.cryptolib.model import EnteredPins
from caducee.middleware.pin_entry.model import PinKind, PinRequest
from caducee.middleware.pin_entry.protocol import (
    MAX_LINE,
    PinEntryLine,
    PinQuestion,
    Verb,
    pin_line,
)

__all__ = ["main", "read_pins", "serve"]

_MAX_FILE = 256


def read_pins(path: str) -> list[Secret]:
    """Return the PINs of a file. Raises `StateError` (``pin.file_unsafe``)."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise _unsafe(path, error) from error
    with os.fdopen(handle, "rb", buffering=0) as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise _unsafe(path, "not a file of this user")
        if found.st_mode & 0o077:
            raise _unsafe(path, f"mode {stat.S_IMODE(found.st_mode):04o}")
        content = bytearray(file.read(_MAX_FILE + 1))
    pins = [Secret(line.strip()) for line in content.splitlines()]
    size = len(content)
    content[:] = bytes(size)
    if size > _MAX_FILE or not pins or not all(pins):
        raise _unsafe(path, "no PIN")
    return pins


def _unsafe(path: str, reason: str | OSError) -> StateError:
    return StateError("pin.file_unsafe", path=path, reason=reason)


def serve(path: str, come: BinaryIO, go: BinaryIO) -> None:
    """Answer the questions that come, until ``DONE`` or the end."""
    question = PinQuestion(PinRequest(PinKind.LOGIN))
    while raw := come.readline(MAX_LINE):
        line = PinEntryLine.from_bytes(raw.rstrip(b"\n"))
        if line.verb == Verb.DONE:
            return
        if line.verb != Verb.ASK:
            question = question.after(line)
            continue
        answer = _answer(path, question)
        go.write(answer)
        go.flush()
        answer[:] = bytes(len(answer))
        question = PinQuestion(question.request)


def _answer(path: str, question: PinQuestion) -> bytearray:
    tries = question.request.tries_left
    if question.wrong or (tries is not None and tries <= 1):
        return bytearray(PinEntryLine(Verb.CANCEL).to_bytes())
    kind = question.request.kind
    wanted = kind.needs_old + kind.needs_new
    try:
        pins = read_pins(path)
    except StateError as error:
        return bytearray(PinEntryLine(Verb.ERROR, error.code).to_bytes())
    if len(pins) < wanted:
        return bytearray(PinEntryLine(Verb.ERROR, "a PIN is missing").to_bytes())
    old = pins.pop(0) if kind.needs_old else None
    given = EnteredPins(old, pins.pop(0) if kind.needs_new else None)
    line = pin_line(given)
    for item in (*pins, given.old, given.new):
        if item is not None:
            item.wipe()
    return line


def main(arguments: list[str]) -> int:
    """Serve on standard input and output; the one argument is the file of the PIN."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m caducee.middleware.pin_entry.headless FILE\n")
        return 2
    protect_memory()
    try:
        serve(arguments[0], sys.stdin.buffer, sys.stdout.buffer)
    except (FormatError, CpsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BrokenPipeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
