# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls in words for a trace: numbers and sizes, never a value of a card or a code."""

from typing import Any

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Attribute, AttributeBuffer, Call, Mechanism, OutputBuffer
from caducee.spec.pkcs11.attributes import Cka
from caducee.spec.pkcs11.mechanisms import Ckm
from caducee.spec.pkcs11.returns import Ckr

__all__ = ["arguments_of", "name_of"]


def name_of(rv: int) -> str:
    """Return the name of a return code, e.g. ``CKR_OK``; a number for one without a name."""
    return f"CKR_{Ckr(rv).name}" if rv in _RETURNS else f"{rv:#010x}"


_RETURNS = frozenset(Ckr)
_MECHANISMS = frozenset(Ckm)
_ATTRIBUTES = frozenset(Cka)


def arguments_of(call: Call) -> dict[str, str | int | float | bool | None]:
    """Return the arguments of a call by name, as a trace may tell them."""
    return {name: _reported(value) for name, value in call.named().items()}


def _reported(value: Any) -> str | int | bool | None:  # noqa: ANN401, PLR0911 (by kind)
    match value:
        case bool() | int() | None:
            return value
        case Secret():
            return "****"
        case bytes() | bytearray():
            return f"{len(value)} bytes"
        case OutputBuffer():
            return "how long" if value.capacity is None else f"room for {value.capacity}"
        case Mechanism():
            known = value.type in _MECHANISMS
            return f"CKM_{Ckm(value.type).name}" if known else f"{value.type:#x}"
        case tuple():
            return ", ".join(map(_attribute, value)) or "none"
        case _:
            return type(value).__name__


def _attribute(attribute: Attribute | AttributeBuffer) -> str:
    return Cka(attribute.type).name if attribute.type in _ATTRIBUTES else f"{attribute.type:#x}"
