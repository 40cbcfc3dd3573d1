# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ANN401 (ctypes types have no static types)
"""How the numbers and structures of PC/SC lie in memory on each system.

The calls have the same names everywhere, and nothing else: on Linux (pcsc-lite) DWORD, LONG and
the handles are ``long``; on macOS all are 32 bits and structures are packed; on Windows numbers
are 32 bits, handles have the size of a pointer, and texts are UTF-16.
"""

import ctypes
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = ["LINUX", "MACOS", "WINDOWS", "Abi", "current"]


@dataclass(frozen=True)
class Abi:
    """The memory layout of one system. Sizes are in bytes."""

    system: str
    """``pcsclite``, ``macos`` or ``windows``: also the key of `caducee.spec.pcsc.CONTROL_BASE`."""

    libraries: tuple[str, ...]
    """Names under which the library is looked for, first one first."""

    dword: Any
    """The ctypes type of DWORD."""

    long: Any
    """The ctypes type of what every call returns."""

    handle: Any
    """The ctypes type of SCARDCONTEXT and SCARDHANDLE."""

    atr_size: int
    """How many bytes SCARD_READERSTATE has for the answer to reset."""

    pack: int | None = None
    """The greatest alignment in structures; None: the natural one."""

    wide: bool = False
    """Whether texts are UTF-16 and function names end in W."""

    raw_protocol: int = 4
    """The number of the raw protocol."""

    renamed: tuple[tuple[str, str], ...] = ()
    """Functions that have another name on this system."""

    def _structure(self, name: str, fields: list[tuple[str, Any]]) -> type[ctypes.Structure]:
        body: dict[str, object] = {"_fields_": fields}
        if self.pack is not None:
            body = {"_pack_": self.pack, "_layout_": "ms", **body}
        return type(name, (ctypes.Structure,), body)

    @cached_property
    def reader_state(self) -> Any:
        """SCARD_READERSTATE."""
        return self._structure(
            "SCARD_READERSTATE",
            [
                ("szReader", ctypes.c_void_p),
                ("pvUserData", ctypes.c_void_p),
                ("dwCurrentState", self.dword),
                ("dwEventState", self.dword),
                ("cbAtr", self.dword),
                ("rgbAtr", ctypes.c_ubyte * self.atr_size),
            ],
        )

    @cached_property
    def io_request(self) -> Any:
        """SCARD_IO_REQUEST."""
        return self._structure(
            "SCARD_IO_REQUEST", [("dwProtocol", self.dword), ("cbPciLength", self.dword)]
        )

    def symbol(self, call: str, takes_text: bool) -> str:
        """Return the name of a call in the library, e.g. ``SCardConnectW``."""
        name = dict(self.renamed).get(call, call)
        return name + "W" if self.wide and takes_text else name

    def text(self, value: str) -> Any:
        """Return a text as a buffer for the library; it must live as long as it is used there."""
        if self.wide:
            return ctypes.create_string_buffer(value.encode("utf-16-le") + b"\0\0")
        return ctypes.create_string_buffer(value.encode())

    def control_code(self, code: int, base: int) -> int:
        """Return the number that stands for a control code (SCARD_CTL_CODE)."""
        return base | code << 2 if self.system == "windows" else base + code


LINUX = Abi(
    system="pcsclite",
    libraries=("libpcsclite.so.1",),
    dword=ctypes.c_ulong,
    long=ctypes.c_long,
    handle=ctypes.c_long,
    atr_size=33,
)
MACOS = Abi(
    system="macos",
    libraries=("/System/Library/Frameworks/PCSC.framework/PCSC",),
    dword=ctypes.c_uint32,
    long=ctypes.c_int32,
    handle=ctypes.c_int32,
    atr_size=33,
    pack=1,
    renamed=(("SCardControl", "SCardControl132"),),
)
WINDOWS = Abi(
    system="windows",
    libraries=("winscard.dll",),
    dword=ctypes.c_uint32,
    long=ctypes.c_int32,
    handle=ctypes.c_size_t,
    atr_size=36,
    wide=True,
    raw_protocol=0x10000,
)


def current(platform: str = sys.platform) -> Abi:
    """Return the layout of a system, by its name in ``sys.platform``."""
    return {"darwin": MACOS, "win32": WINDOWS}.get(platform, LINUX)
