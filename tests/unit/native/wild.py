# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A program of its own that gives wild pointers where none may be followed.

``python -m tests.unit.native.wild LIBRARY`` calls every function and prints a line for each: its
name and the code.
"""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.unit.native.facade import WILD, CInitialize, CMechanism, Facade, c_types

from caducee.spec.pkcs11 import Ckm
from caducee.spec.pkcs11.functions import FUNCTIONS, Argument, Kind

CALLED = [
    function for function in FUNCTIONS if function.local is None and function.name != "C_Finalize"
]
_FLAGS = 1
"""CKF_DONT_BLOCK, which is a good number for every other argument too."""


class Arguments:
    """The arguments of one call; what they point to lives as long."""

    def __init__(self, arguments: tuple[Argument, ...], mechanism: Ckm) -> None:
        self._mechanism = CMechanism(mechanism, WILD, ctypes.sizeof(ctypes.c_ulong) * 3)
        self._place = (ctypes.c_ulong * 64)()
        self.values = [value for argument in arguments for value in self._of(argument)]

    def _of(self, argument: Argument) -> tuple[Any, ...]:
        """Return a wild pointer wherever its length, or the call itself, makes it be ignored."""
        place = ctypes.addressof(self._place)
        return {
            Kind.ULONG: (_FLAGS,),
            Kind.FLAG: (_FLAGS,),
            Kind.MECHANISM: (ctypes.addressof(self._mechanism),),
            Kind.BYTES_ROOM: (WILD, place),  # for nothing, as the length there says
            Kind.OPTIONAL_BYTES_ROOM: (WILD, place),
            Kind.LIST_ROOM: (WILD, place),
            Kind.FOUND_ROOM: (WILD, 0, place),
            Kind.PARAMETER: (WILD, 24),
            Kind.APPLICATION: (WILD,),
            Kind.NOTIFY: (WILD,),
            Kind.RESERVED: (None,),
            Kind.LABEL: (place,),
            Kind.ULONG_OUT: (place,),
            Kind.STRUCTURE_OUT: (place,),
        }.get(argument.kind, (WILD, 0))


def nothing_begun(facade: Facade) -> Iterator[tuple[str, int]]:
    """Call everything with wild pointers alone: before C_Initialize nothing is followed."""
    for item in CALLED:
        yield item.name, getattr(facade, item.name)(*[WILD] * len(c_types(item)))


def begun(facade: Facade, mechanism: Ckm) -> Iterator[tuple[str, int]]:
    """Call everything with wild pointers where they may be."""
    for item in CALLED:
        arguments = Arguments(item.arguments, mechanism)
        yield item.name, getattr(facade, item.name)(*arguments.values)


def main(library: str) -> None:
    """Call, and print the codes."""
    facade = Facade(Path(library))
    lines = list(nothing_begun(facade))
    given = CInitialize(reserved=WILD)
    lines.append(("C_Initialize", facade.C_Initialize(ctypes.addressof(given))))
    for mechanism in (Ckm.RSA_PKCS, Ckm.SHA256, Ckm.RSA_PKCS_PSS, Ckm.RSA_PKCS_OAEP, Ckm.AES_CBC):
        lines += begun(facade, mechanism)
    lines.append(("C_Finalize", facade.C_Finalize(WILD)))
    for name, rv in lines:
        print(name, rv)


if __name__ == "__main__":
    main(sys.argv[1])
