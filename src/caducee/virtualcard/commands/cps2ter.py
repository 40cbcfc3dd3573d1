# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""SELECT and READ BINARY of the CPS2ter side (issuer's library, ``card-cps.c``; TS 51.011 9.2).

It has a selection of its own; the PIN that was verified on the other side counts here.
"""

from caducee.codec.apdu import CommandApdu
from caducee.spec.status import StatusWord
from caducee.virtualcard.access import environment_number
from caducee.virtualcard.core import Core
from caducee.virtualcard.filesystem import FileNode
from caducee.virtualcard.image_parts import DataFile
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["read_binary", "select"]

_HEADER_TAG = 0x85
_MASTER, _DEDICATED, _ELEMENTARY = 0x01, 0x02, 0x04


def select(core: Core, command: CommandApdu) -> Answer:
    """Select a file by its identifier; its header waits for GET RESPONSE (9Fxx)."""
    if command.p1 or command.p2:
        raise StatusWordError(StatusWord.WRONG_OFFSET)
    if len(command.data) != 2:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    current = core.session.cps2ter
    directory = current if current.is_directory else current.parent
    node = None if directory is None else core.cps2ter_files.near(directory, command.data)
    if node is None:
        raise StatusWordError(StatusWord.CPS2TER_FILE_NOT_FOUND)
    if not node.is_directory and core.data_file(node).state == "corrupt":
        raise StatusWordError(StatusWord.CPS2TER_HEADER_CORRUPT)
    core.session.cps2ter = node
    header = _header(core, node)
    core.session.waiting = header
    return Answer(sw=StatusWord.CPS2TER_MORE_DATA | len(header))


def read_binary(core: Core, command: CommandApdu) -> Answer:
    """Return bytes of the current file; not one beyond its end."""
    if command.data or command.le is None:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    node = core.session.cps2ter
    if node.is_directory:
        raise StatusWordError(StatusWord.CPS2TER_WRONG_FILE_KIND)
    file = core.data_file(node)
    if file.state == "invalidated":
        raise StatusWordError(StatusWord.CPS2TER_FILE_INVALIDATED)
    _require(core, file)
    offset = command.p1 << 8 | command.p2
    end = offset + command.le
    if end > len(file.content):
        raise StatusWordError(StatusWord.CPS2TER_WRONG_ADDRESS)
    return Answer(file.content[offset:end])


def _require(core: Core, file: DataFile) -> None:
    """Raise `StatusWordError` unless the file is readable: 9840 for a blocked PIN, else 9804."""
    if core.allows(file.read):
        return
    reference = core.rules.pin_of(environment_number(file.read))
    pin = None if reference is None else core.pin(reference)
    if pin is not None and not pin.tries_left:
        raise StatusWordError(StatusWord.CPS2TER_PIN_LOCKED)
    raise StatusWordError(StatusWord.CPS2TER_PIN_WRONG)


def _header(core: Core, node: FileNode) -> bytes:
    """Return size, identifier and kind of a file in object 85."""
    size = 0 if node.is_directory else len(core.data_file(node).content)
    kind = _ELEMENTARY
    if node.is_directory:
        kind = _DEDICATED if node.parent else _MASTER
    value = size.to_bytes(2) + bytes.fromhex(node.path[-4:]) + bytes((kind, 0, 0, 0))
    return bytes((_HEADER_TAG, len(value))) + value
