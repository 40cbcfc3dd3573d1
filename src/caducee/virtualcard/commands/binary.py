# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""READ BINARY and UPDATE BINARY (ISO/IEC 7816-4 sections 7.2.3 and 7.2.5)."""

from caducee.codec.apdu import CommandApdu
from caducee.spec.status import StatusWord
from caducee.virtualcard.core import Core
from caducee.virtualcard.filesystem import FileNode
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["read_binary", "update_binary"]

_BY_SFI = 0x80
_ALL = 0x100


def read_binary(core: Core, command: CommandApdu) -> Answer:
    """Return bytes of the current file, or of one named by its short identifier.

    More bytes wanted than there are: those there are, with 6282 (with 9000 where Le is 00, "as
    many as there are"), or 6Cxx on a card whose image says so.
    """
    if command.data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    node, offset = _place(core, command)
    file = core.data_file(node)
    core.require(core.view.read(file))
    core.session.file = node
    if offset >= len(file.content):
        raise StatusWordError(StatusWord.WRONG_OFFSET)
    wanted = command.le or _ALL
    data = file.content[offset : offset + wanted]
    if len(data) == wanted or (wanted == _ALL and not command.extended):
        return Answer(data)
    if core.view.strict_le:
        raise StatusWordError(StatusWord.WRONG_LE | len(data) & 0xFF)
    return Answer(data, StatusWord.END_OF_FILE)


def update_binary(core: Core, command: CommandApdu) -> Answer:
    """Replace bytes of a file; what does not fit whole changes nothing."""
    if not command.data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    node, offset = _place(core, command)
    file = core.data_file(node)
    core.require(core.view.update(file))
    core.session.file = node
    end = offset + len(command.data)
    if offset >= len(file.content):
        raise StatusWordError(StatusWord.WRONG_OFFSET)
    if end > len(file.content):
        raise StatusWordError(StatusWord.NOT_ENOUGH_MEMORY)
    content = file.content[:offset] + command.data + file.content[end:]
    if content != file.content:
        core.keep(core.image.with_content(node.index, content))
    return Answer()


def _place(core: Core, command: CommandApdu) -> tuple[FileNode, int]:
    """Return the file and the offset that P1 and P2 name."""
    if not command.p1 & _BY_SFI:
        if core.session.file is None:
            raise StatusWordError(StatusWord.NO_CURRENT_FILE)
        return core.session.file, command.p1 << 8 | command.p2
    if command.p1 & 0x60:
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    node = core.session.directory.by_sfi.get(command.p1 & 0x1F)
    if node is None:
        raise StatusWordError(StatusWord.FILE_NOT_FOUND)
    return node, command.p2
