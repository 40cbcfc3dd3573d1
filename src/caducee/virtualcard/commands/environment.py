# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""MANAGE SECURITY ENVIRONMENT: SET and RESTORE (ISO/IEC 7816-4 section 7.5.11)."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from caducee.base.errors import FormatError
from caducee.codec.apdu import CommandApdu
from caducee.codec.tlv import Tlv, parse_all
from caducee.spec.status import StatusWord
from caducee.spec.tags import TemplateTag
from caducee.virtualcard.core import Core, Handler
from caducee.virtualcard.session import TemplateComponent
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["manage_environment"]

_SET_FOR_COMPUTATION = 0x41
_RESTORE = 0xF3


def manage_environment(algorithms: Mapping[int, AbstractSet[int]]) -> Handler:
    """Return the command of a card with these algorithm references, by template."""

    def manage(core: Core, command: CommandApdu) -> Answer:
        if command.p1 == _RESTORE:
            return _restore(core, command)
        known = algorithms.get(command.p2)
        if command.p1 != _SET_FOR_COMPUTATION or known is None:
            raise StatusWordError(StatusWord.WRONG_P1_P2)
        component = _component(command.data)
        if component.algorithm is not None and component.algorithm not in known:
            raise StatusWordError(StatusWord.WRONG_DATA)
        if component.key is not None and core.key(component.key) is None:
            raise StatusWordError(StatusWord.REFERENCE_NOT_FOUND)
        core.session.environment[command.p2] = component
        return Answer()

    return manage


def _restore(core: Core, command: CommandApdu) -> Answer:
    """Start again from a stored environment, none of which names a key or an algorithm."""
    if command.data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    if core.rules.pin_of(command.p2) is None:
        raise StatusWordError(StatusWord.REFERENCE_NOT_FOUND)
    core.session.environment.clear()
    return Answer()


def _component(data: bytes) -> TemplateComponent:
    """Read algorithm (80) and key (84) in any order, each at most once and of one byte."""
    if not data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    try:
        items = parse_all(data)
    except FormatError:
        raise StatusWordError(StatusWord.WRONG_DATA) from None
    found = {item.tag: item.value[0] for item in items if _is_reference(item)}
    if len(found) != len(items):
        raise StatusWordError(StatusWord.WRONG_DATA)
    key = found.get(TemplateTag.PRIVATE_REFERENCE)
    return TemplateComponent(found.get(TemplateTag.ALGORITHM), None if key is None else key & 0x7F)


def _is_reference(item: Tlv) -> bool:
    known = (TemplateTag.ALGORITHM, TemplateTag.PRIVATE_REFERENCE)
    return item.tag in known and len(item.value) == 1
