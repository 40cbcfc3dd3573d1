# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The built façade, called by ctypes as a C program calls it: prototypes come from the table."""

import ctypes
from ctypes import POINTER, c_char_p, c_ubyte, c_ulong, c_void_p
from pathlib import Path
from typing import Any

from caducee.codec.pkcs11 import (
    Attribute,
    AttributeBuffer,
    Mechanism,
    OutputBuffer,
    PssParameters,
    UnreadParameter,
)
from caducee.spec.pkcs11.functions import FUNCTIONS, Argument, Function, Kind
from caducee.spec.pkcs11.structures import Structure

WILD = 8
"""An address where nothing is: reading or writing there ends the process."""


class CAttribute(ctypes.Structure):
    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class CMechanism(ctypes.Structure):
    _fields_ = (("type", c_ulong), ("parameter", c_void_p), ("length", c_ulong))


class CInitialize(ctypes.Structure):
    _fields_ = (
        ("create", c_void_p),
        ("destroy", c_void_p),
        ("lock", c_void_p),
        ("unlock", c_void_p),
        ("flags", c_ulong),
        ("reserved", c_void_p),
    )


class CInterface(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("functions", c_void_p), ("flags", c_ulong))


class CVersion(ctypes.Structure):
    _fields_ = (("major", c_ubyte), ("minor", c_ubyte))


def c_structure(structure: Structure) -> type[ctypes.Structure]:
    """Return the C structure of the table."""
    fields: list[tuple[str, Any]] = []
    for item in structure.value:
        if item.is_number:
            fields.append((item.name, c_ulong))
        elif item.is_version:
            fields.append((item.name, CVersion))
        else:
            fields.append((item.name, c_ubyte * item.size))
    return type(structure.name, (ctypes.Structure,), {"_fields_": fields})


_C_TYPES: dict[Kind, tuple[Any, ...]] = {
    Kind.ULONG: (c_ulong,),
    Kind.FLAG: (c_ubyte,),
    Kind.LABEL: (c_void_p,),
    Kind.MECHANISM: (c_void_p,),
    Kind.ULONG_OUT: (c_void_p,),
    Kind.STRUCTURE_OUT: (c_void_p,),
    Kind.BYTES_ROOM: (c_void_p, c_void_p),
    Kind.OPTIONAL_BYTES_ROOM: (c_void_p, c_void_p),
    Kind.LIST_ROOM: (c_void_p, c_void_p),
    Kind.FOUND_ROOM: (c_void_p, c_ulong, c_void_p),
    Kind.APPLICATION: (c_void_p,),
    Kind.NOTIFY: (c_void_p,),
    Kind.RESERVED: (c_void_p,),
}
_POINTER_AND_LENGTH = (c_void_p, c_ulong)
_LOCAL: dict[str, tuple[Any, ...]] = {
    "C_Initialize": (c_void_p,),
    "C_GetFunctionList": (c_void_p,),
    "C_GetInterfaceList": (c_void_p, c_void_p),
    "C_GetInterface": (c_void_p, c_void_p, c_void_p, c_ulong),
}


def c_types(function: Function) -> tuple[Any, ...]:
    """Return the types of a function's parameters."""
    types = _LOCAL.get(function.name)
    if types is not None:
        return types
    pairs = (_C_TYPES.get(argument.kind, _POINTER_AND_LENGTH) for argument in function.arguments)
    return tuple(c_type for pair in pairs for c_type in pair)


def _prototype(function: Function) -> Any:
    return ctypes.CFUNCTYPE(c_ulong, *c_types(function))


class CFunctionList(ctypes.Structure):
    _fields_ = (
        ("version", CVersion),
        *((entry.name, _prototype(entry)) for entry in FUNCTIONS),
    )


class Facade:
    """A library that is loaded; its functions are attributes: ``facade.C_Logout(3)``."""

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))
        interface = POINTER(CInterface)()
        rv = self.library.C_GetInterface(None, None, ctypes.byref(interface), c_ulong(0))
        assert rv == 0
        self.functions = CFunctionList.from_address(interface.contents.functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.functions, name)

    def close(self) -> None:
        """Unload the library."""
        from _ctypes import dlclose

        dlclose(self.library._handle)


# --- arguments ------------------------------------------------------------------------------------


class Given:
    """The C arguments of one call, and what they look like afterwards."""

    def __init__(self, function: Function, values: dict[str, Any]) -> None:
        self.arguments: list[Any] = []
        self._kept: list[Any] = []
        self._places: dict[str, Any] = {}
        for argument in function.arguments:
            self._add(argument, values.get(argument.name))

    def keep(self, data: bytes) -> int:
        """Return the address of bytes that live as long as the call."""
        place = ctypes.create_string_buffer(data, len(data) or 1)
        self._kept.append(place)
        return ctypes.addressof(place)

    def _pair(self, data: bytes | None) -> None:
        self.arguments += [None, 0] if data is None else [self.keep(data), len(data)]

    def _add(self, argument: Argument, value: Any) -> None:
        match argument.kind:
            case Kind.ULONG | Kind.FLAG:
                self.arguments.append(value)
            case Kind.BYTES | Kind.DATA | Kind.OPTIONAL_BYTES:
                self._pair(value)
            case Kind.PIN:
                self._pair(None if value is None else value.reveal())
            case Kind.LABEL:
                self.arguments.append(self.keep(value))
            case Kind.MECHANISM:
                self.arguments.append(self._mechanism(value))
            case Kind.TEMPLATE | Kind.TEMPLATE_ROOM:
                self._template(argument, value)
            case Kind.PARAMETER:
                self.arguments += [None, 0] if value is None else [self.keep(b""), value]
            case Kind.ULONG_OUT:
                self._place(argument, c_ulong())
            case Kind.STRUCTURE_OUT:
                assert argument.structure is not None
                self._place(argument, c_structure(argument.structure)())
            case Kind.RANDOM:
                self._place(argument, (c_ubyte * value)())
                self.arguments.append(value)
            case Kind.APPLICATION | Kind.NOTIFY | Kind.RESERVED:
                self.arguments.append(None)
            case _:
                self._room(argument, value)

    def _place(self, argument: Argument, place: Any) -> None:
        self._places[argument.name] = place
        self.arguments.append(ctypes.addressof(place))

    def _room(self, argument: Argument, room: OutputBuffer | None) -> None:
        if room is None:
            self.arguments += [None, None]
            return
        capacity = room.capacity or 0
        item = c_ubyte if argument.kind in (Kind.BYTES_ROOM, Kind.OPTIONAL_BYTES_ROOM) else c_ulong
        size = c_ulong(capacity)
        if room.capacity is None:
            self.arguments.append(None)
        else:
            self._place(argument, (item * max(capacity, 1))())
        if argument.kind is Kind.FOUND_ROOM:
            self.arguments.append(capacity)
        self._places[f"{argument.name} size"] = size
        self.arguments.append(ctypes.addressof(size))

    def _template(
        self, argument: Argument, values: tuple[Attribute | AttributeBuffer, ...]
    ) -> None:
        items = []
        for value in values:
            if isinstance(value, Attribute):
                items.append(CAttribute(value.type, self.keep(value.value), len(value.value)))
            else:
                place = None if value.capacity is None else self.keep(bytes(value.capacity))
                items.append(CAttribute(value.type, place, value.capacity or 0))
        array = (CAttribute * len(items))(*items)
        self._places[argument.name] = array
        self.arguments += [ctypes.addressof(array) if items else None, len(items)]

    def _mechanism(self, value: Mechanism | None) -> int | None:
        if value is None:
            return None
        match value.parameter:
            case None:
                made = CMechanism(value.type, None, 0)
            case PssParameters() as pss:
                place = self.keep(bytes((c_ulong * 3)(pss.hash, pss.mgf, pss.salt)))
                made = CMechanism(value.type, place, 3 * ctypes.sizeof(c_ulong))
            case UnreadParameter() as unread:
                made = CMechanism(value.type, WILD, unread.length)
        self._kept.append(made)
        return ctypes.addressof(made)

    # --- what came out ---

    def number(self, name: str) -> int:
        """Return a number that was written."""
        return int(self._places[name].value)

    def structure(self, name: str) -> dict[str, Any]:
        """Return the fields that were written."""
        place = self._places[name]
        return {
            field: (item.major, item.minor)
            if isinstance(item := getattr(place, field), CVersion)
            else item
            if isinstance(item, int)
            else bytes(item)
            for field, *_ in place._fields_
        }

    def size(self, name: str) -> int:
        """Return the length or count that was written beside a room."""
        return int(self._places[f"{name} size"].value)

    def items(self, name: str, count: int) -> tuple[int, ...]:
        """Return the first items that were written into a room."""
        return tuple(self._places[name][:count])

    def attributes(self, name: str) -> list[tuple[int, bytes | None]]:
        """Return lengths and values of a template, as far as each has a place."""
        found = []
        for place in self._places[name]:
            known = place.value is not None and place.length != c_ulong(-1).value
            found.append(
                (place.length, ctypes.string_at(place.value, place.length) if known else None)
            )
        return found
