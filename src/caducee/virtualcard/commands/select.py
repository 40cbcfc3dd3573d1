# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""SELECT (ISO/IEC 7816-4 section 7.1.1), in all the forms that middlewares use."""

from collections.abc import Callable

from caducee.codec.apdu import CommandApdu
from caducee.codec.tlv import Tlv
from caducee.spec.status import StatusWord
from caducee.spec.tags import FcpTag
from caducee.virtualcard.core import Core
from caducee.virtualcard.filesystem import MF_ID, FileNode
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["select"]

_FCI, _FCP, _NOTHING = 0x00, 0x04, 0x0C
_NEXT = 0x02
_MAX_NAME = 16


def select(core: Core, command: CommandApdu) -> Answer:
    """Select a file or an application; a refused selection changes nothing."""
    answer, occurrence = command.p2 & 0xFC, command.p2 & 0x03
    by_name = command.p1 == 0x04
    if answer not in (_FCI, _FCP, _NOTHING) or occurrence not in ((0, _NEXT) if by_name else (0,)):
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    if by_name:
        node = _by_name(core, command.data, occurrence == _NEXT)
    else:
        find = _SELECTORS.get(command.p1)
        if find is None:
            raise StatusWordError(StatusWord.WRONG_P1_P2)
        node = find(core, command.data)
    if node is None:
        raise StatusWordError(StatusWord.FILE_NOT_FOUND)
    core.session.select(node)
    if answer == _NOTHING:
        return Answer()
    template = FcpTag.FCP if answer == _FCP else FcpTag.FCI
    return Answer(Tlv(template, node.control).to_bytes())


def _by_name(core: Core, prefix: bytes, following: bool) -> FileNode | None:
    """Find an application by its AID or the start of it; "next" goes on after the current one."""
    if not 0 < len(prefix) <= _MAX_NAME:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    found = list(core.files.named(prefix))
    if following and core.session.directory in found:
        found = found[found.index(core.session.directory) + 1 :]
    return found[0] if found else None


def _by_identifier(core: Core, data: bytes) -> FileNode | None:
    """P1 00: MF, DF or EF by identifier; also a path from the MF, as middlewares send it."""
    if not data:
        return core.files.root
    if len(data) > 2:
        return core.files.absolute(_path(data))
    return core.files.near(core.session.directory, _path(data))


def _child_directory(core: Core, data: bytes) -> FileNode | None:
    """P1 01: a DF under the current one."""
    node = core.session.directory.children.get(_identifier(data))
    return node if node is not None and node.is_directory else None


def _current_elementary(core: Core, data: bytes) -> FileNode | None:
    """P1 02: an EF under the current DF.

    The issuer's library selects the MF with this form (card bytes, found by trial), and paths
    from the MF are taken as well.
    """
    if data == MF_ID:
        return core.files.root
    if len(data) > 2:
        return core.files.absolute(_path(data))
    node = core.session.directory.children.get(_identifier(data))
    return node if node is not None and not node.is_directory else None


def _parent(core: Core, data: bytes) -> FileNode | None:
    """P1 03: the DF above the current one."""
    if data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return core.session.directory.parent


def _from_root(core: Core, data: bytes) -> FileNode | None:
    """P1 08: a path from the MF, with or without its identifier."""
    return core.files.absolute(_path(data))


def _from_current(core: Core, data: bytes) -> FileNode | None:
    """P1 09: a path from the current DF, or from the MF, with or without its identifier.

    ISO/IEC 7816-4 knows the first form only; every middleware of the CPS3 sends the second.
    """
    path = _path(data)
    node = None if path.startswith(MF_ID) else core.files.walk(core.session.directory, path)
    return node or core.files.absolute(path)


def _path(data: bytes) -> bytes:
    if not data or len(data) % 2:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return data


def _identifier(data: bytes) -> bytes:
    if len(data) != 2:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return data


_SELECTORS: dict[int, Callable[[Core, bytes], FileNode | None]] = {
    0x00: _by_identifier,
    0x01: _child_directory,
    0x02: _current_elementary,
    0x03: _parent,
    0x08: _from_root,
    0x09: _from_current,
}
