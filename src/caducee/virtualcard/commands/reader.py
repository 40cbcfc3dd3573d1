# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""GET DATA to a contactless reader: the UID (PC/SC part 3, section 3.2.2.1.3)."""

from caducee.codec.apdu import CommandApdu
from caducee.spec.status import StatusWord
from caducee.virtualcard.core import Core
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["get_uid"]

_UID = (0x00, 0x00)
_AS_MANY_AS_THERE_ARE = 0x100


def get_uid(core: Core, command: CommandApdu) -> Answer:
    """Return the UID: 6Cxx when fewer bytes are wanted, 6282 when more are."""
    if (command.p1, command.p2) != _UID:
        raise StatusWordError(StatusWord.FUNCTION_NOT_SUPPORTED)
    if command.data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    uid = core.view.uid
    le = command.le or _AS_MANY_AS_THERE_ARE
    if le < len(uid):
        raise StatusWordError(StatusWord.WRONG_LE | len(uid))
    exact = le in (len(uid), _AS_MANY_AS_THERE_ARE)
    return Answer(uid, StatusWord.OK if exact else StatusWord.END_OF_FILE)
