# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""GET DATA of security data objects (IAS-ECC 1.0.1; templates as found by trial, card bytes).

The request is an extended header list, ``4D { 70 { BF8101 { A0 80 } } }``: object, and which part
of it, all of it (80). The answer has the same shape with values.
"""

from collections.abc import Callable
from typing import NamedTuple

from caducee.base.errors import FormatError
from caducee.codec.apdu import CommandApdu
from caducee.codec.fcp import AccessRule, write_rules
from caducee.codec.tlv import Tlv, build, read_tag
from caducee.spec.access import ALWAYS, NEVER, KeyMode, PinMode
from caducee.spec.status import StatusWord
from caducee.spec.tags import SdoTag, TemplateTag
from caducee.virtualcard.access import access_byte
from caducee.virtualcard.core import Core
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["get_data"]

_CURRENT_FILE = (0x3F, 0xFF)
_ALL = b"\x80"
_WITHOUT_LIMIT = 0xFFFF
_USER_AUTHENTICATION = b"\x08"

_LONGEST, _SHORTEST = 0x80, 0x81
"""Inside 7F41."""

_CODE_RULE = AccessRule(
    PinMode.CHANGE | PinMode.VERIFY | PinMode.RESET | PinMode.PUT | PinMode.GET, (ALWAYS,) * 5
)
"""Everything always: the commands themselves ask for the PINs."""

_PUBLIC_KEY_RULE = AccessRule(KeyMode.PUT | KeyMode.GET, (NEVER, ALWAYS))


class _DataRequest(NamedTuple):
    object: bytes
    """``BF``, class, reference: three bytes, which are no BER tag when the reference has bit 8."""

    part: int


def get_data(core: Core, command: CommandApdu) -> Answer:
    """Return a part of a PIN, a key or a security environment."""
    if (command.p1, command.p2) != _CURRENT_FILE:
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    request = _read_request(command.data)
    reader = _PARTS.get((request.object[1] & 0x7F, request.part))
    found = None if reader is None else reader(core, request.object[2])
    if found is None:
        raise StatusWordError(StatusWord.REFERENCE_NOT_FOUND)
    part = Tlv(request.part, found).to_bytes()
    return Answer(Tlv(SdoTag.REQUEST, request.object + _length(part) + part).to_bytes())


def _read_request(data: bytes) -> _DataRequest:
    if not data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    try:
        request = _only(Tlv.from_bytes(data), SdoTag.EXTENDED_HEADER_LIST)
        value = _only(Tlv.from_bytes(request), SdoTag.REQUEST)
        part, end = read_tag(value, 4)
    except FormatError:
        raise StatusWordError(StatusWord.WRONG_DATA) from None
    if value[0] != 0xBF or value[3] != len(value) - 4 or value[end:] != _ALL:
        raise StatusWordError(StatusWord.WRONG_DATA)
    return _DataRequest(value[:3], part)


def _only(item: Tlv, tag: int) -> bytes:
    if item.tag != tag:
        raise StatusWordError(StatusWord.WRONG_DATA)
    return item.value


def _length(value: bytes) -> bytes:
    """Return the length field before a value: what stands between its tag and the value."""
    return Tlv(SdoTag.SIZE, value).to_bytes()[1 : -len(value)]


def _pin_attributes(core: Core, reference: int) -> bytes | None:
    """Return tries and uses of a PIN.

    The issuer's library scans for the bytes 9A, 9B and 9D without reading TLV and ignores the
    last two bytes: the counters come first, and nothing after them holds such a byte.
    """
    pin = core.pin(reference)
    if pin is None:
        return None
    uses = _WITHOUT_LIMIT if pin.uses_left is None else pin.uses_left
    return build(
        Tlv(SdoTag.MAX_TRIES, bytes((pin.max_tries,))),
        Tlv(SdoTag.TRIES_LEFT, bytes((pin.tries_left,))),
        Tlv(SdoTag.USES_LEFT, uses.to_bytes(2)),
        Tlv(SdoTag.SIZE, bytes((pin.max_length,))),
        _rules(_CODE_RULE),
    )


def _pin_lengths(core: Core, reference: int) -> bytes | None:
    pin = core.pin(reference)
    if pin is None:
        return None
    longest, least = bytes((pin.max_length,)), bytes((pin.min_length,))
    return build(Tlv(_LONGEST, longest), Tlv(_SHORTEST, least))


def _private_key_attributes(core: Core, reference: int) -> bytes | None:
    """Return the size of a key and who may use it; a key that never deciphers does not list it."""
    key = core.key(reference)
    if key is None:
        return None
    sign, authenticate, decipher = map(
        access_byte, (key.uses.sign, key.uses.authenticate, key.uses.decipher)
    )
    modes = KeyMode.SIGN | KeyMode.AUTHENTICATE | KeyMode.PUT | KeyMode.GET
    conditions: tuple[int, ...] = (sign, authenticate, NEVER, ALWAYS)
    if decipher != NEVER:
        modes |= KeyMode.DECIPHER
        conditions = (sign, authenticate, decipher, NEVER, ALWAYS)
    size = Tlv(SdoTag.SIZE, key.private.size.to_bytes(2))
    return build(size, _rules(AccessRule(modes, conditions)))


def _private_key_usage(core: Core, reference: int) -> bytes | None:
    return None if core.key(reference) is None else Tlv(SdoTag.SIZE, b"\x80").to_bytes()


def _public_key(core: Core, reference: int) -> bytes | None:
    key = core.key(reference)
    if key is None:
        return None
    exponent = key.private.exponent
    return build(
        Tlv(SdoTag.MODULUS, key.private.modulus.to_bytes(key.private.size)),
        Tlv(SdoTag.EXPONENT, exponent.to_bytes((exponent.bit_length() + 7) // 8)),
    )


def _public_key_attributes(core: Core, reference: int) -> bytes | None:
    key = core.key(reference)
    if key is None:
        return None
    return build(Tlv(SdoTag.SIZE, key.private.size.to_bytes(2)), _rules(_PUBLIC_KEY_RULE))


def _environment(core: Core, reference: int) -> bytes | None:
    pin = core.rules.pin_of(reference & 0x7F)
    if pin is None:
        return None
    return Tlv.build(
        TemplateTag.AUTHENTICATION,
        Tlv(TemplateTag.REFERENCE, bytes((pin,))),
        Tlv(TemplateTag.USAGE, _USER_AUTHENTICATION),
    ).to_bytes()


def _rules(rule: AccessRule) -> Tlv:
    return Tlv.build(SdoTag.ACCESS, Tlv(SdoTag.COMPACT, write_rules((rule,))))


_PARTS: dict[tuple[int, int], Callable[[Core, int], bytes | None]] = {
    (0x01, SdoTag.ATTRIBUTES): _pin_attributes,
    (0x01, SdoTag.PIN_LENGTHS): _pin_lengths,
    (0x10, SdoTag.ATTRIBUTES): _private_key_attributes,
    (0x10, SdoTag.PRIVATE_KEY): _private_key_usage,
    (0x20, SdoTag.ATTRIBUTES): _public_key_attributes,
    (0x20, SdoTag.PUBLIC_KEY): _public_key,
    (0x7B, SdoTag.ENVIRONMENT): _environment,
}
"""By class of the object (second byte without bit 8) and part."""
