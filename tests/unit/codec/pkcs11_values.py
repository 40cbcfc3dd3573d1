# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for calls and replies of every function of the table."""

from typing import Any

from hypothesis import strategies as st

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import (
    Attribute,
    AttributeBuffer,
    AttributeOutput,
    Call,
    Info,
    Mechanism,
    MechanismInfo,
    OutputBuffer,
    OutputBytes,
    OutputNumbers,
    PssParameters,
    Reply,
    SessionInfo,
    SlotInfo,
    TokenInfo,
    UnreadParameter,
)
from caducee.spec.pkcs11 import Ckr
from caducee.spec.pkcs11.functions import FUNCTIONS, Argument, Function, Kind
from caducee.spec.pkcs11.structures import Structure

CARRIED = tuple(item for item in FUNCTIONS if item.local is None)
"""The functions that cross the wire."""

_CLASSES: dict[Structure, Any] = {
    Structure.CK_INFO: Info,
    Structure.CK_SLOT_INFO: SlotInfo,
    Structure.CK_TOKEN_INFO: TokenInfo,
    Structure.CK_SESSION_INFO: SessionInfo,
    Structure.CK_MECHANISM_INFO: MechanismInfo,
}

u64 = st.integers(0, (1 << 64) - 1)
data = st.binary(max_size=40)
room = st.builds(OutputBuffer, st.none() | u64)
mechanism = st.builds(
    Mechanism,
    u64,
    st.none() | st.builds(UnreadParameter, u64) | st.builds(PssParameters, u64, u64, u64),
)
filled = st.builds(OutputBytes, u64) | data.map(lambda value: OutputBytes(len(value), value))
listed = st.builds(OutputNumbers, u64) | st.lists(u64, max_size=5).map(
    lambda values: OutputNumbers(len(values), tuple(values))
)
attribute_filled = st.one_of(
    st.just(AttributeOutput(None)),
    st.integers(0, 1 << 62).map(AttributeOutput),
    data.map(lambda value: AttributeOutput(len(value), value)),
)


def _several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=4).map(tuple)


_INS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.ULONG: u64,
    Kind.FLAG: st.booleans(),
    Kind.BYTES: data,
    Kind.DATA: st.none() | data,
    Kind.OPTIONAL_BYTES: st.none() | data,
    Kind.PIN: st.none() | st.binary(max_size=255).map(Secret),
    Kind.LABEL: st.binary(min_size=32, max_size=32),
    Kind.MECHANISM: st.none() | mechanism,
    Kind.TEMPLATE: _several(st.builds(Attribute, u64, data)),
    Kind.PARAMETER: st.none() | u64,
    Kind.BYTES_ROOM: room,
    Kind.OPTIONAL_BYTES_ROOM: st.none() | room,
    Kind.LIST_ROOM: room,
    Kind.FOUND_ROOM: room,
    Kind.TEMPLATE_ROOM: _several(st.builds(AttributeBuffer, u64, st.none() | u64)),
    Kind.RANDOM: u64,
}
_OUTS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.ULONG_OUT: u64,
    Kind.BYTES_ROOM: filled,
    Kind.OPTIONAL_BYTES_ROOM: filled,
    Kind.LIST_ROOM: listed,
    Kind.FOUND_ROOM: listed,
    Kind.TEMPLATE_ROOM: _several(attribute_filled),
    Kind.RANDOM: data,
}


def _structure(structure: Structure) -> st.SearchStrategy[Any]:
    byte = st.integers(0, 255)
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for item in structure.value:
        if item.is_number:
            fields[item.name] = u64
        elif item.is_version:
            fields[item.name] = st.tuples(byte, byte)
        else:
            fields[item.name] = st.binary(min_size=item.size, max_size=item.size)
    return st.builds(_CLASSES[structure], **fields)


def _result(argument: Argument) -> st.SearchStrategy[Any]:
    return _OUTS[argument.kind] if argument.structure is None else _structure(argument.structure)


def calls(function: Function) -> st.SearchStrategy[Call]:
    """Return calls of a function with any arguments."""
    return st.builds(
        Call, st.just(function), u64, st.tuples(*(_INS[item.kind] for item in function.ins))
    )


def replies(function: Function) -> st.SearchStrategy[Reply]:
    """Return replies of a function, with results and without."""
    results = st.tuples(*map(_result, function.outs))
    failures = st.integers(1, (1 << 32) - 1)
    return st.builds(
        Reply, st.just(function), st.just(int(Ckr.OK)) | failures, results
    ) | st.builds(Reply, st.just(function), failures)
