# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A PC/SC library in Python, called as the real one is: by addresses."""

import ctypes
from collections.abc import Callable
from typing import Any

import pytest

from caducee.reader.memory import Firmware
from caducee.reader.pcsc.abi import LINUX, Abi
from caducee.spec.pcsc import CONTROL_BASE, PNP_READER, PcscResult, ReaderState
from caducee.spec.pinpad import GET_FEATURES
from caducee.testing.chips import ScriptedChip

ABSENT = PcscResult.E_NO_SMARTCARD


class FakeLibrary:
    """Readers with chips behind the C interface of PC/SC. Tests set the attributes."""

    def __init__(self, abi: Abi = LINUX) -> None:
        self.abi = abi
        self.chips: dict[str, ScriptedChip | None] = {}
        self.counts: dict[str, int] = {}
        self.results: dict[str, list[int]] = {}
        """What calls return next, by name, before they do anything."""

        self.calls: list[str] = []
        self.contexts: set[int] = set()
        self.handles: dict[int, str] = {}
        self.pin_pad: Firmware | None = None
        self.blocked: Callable[[], int] = lambda: PcscResult.E_TIMEOUT
        """Called when a status change would wait; returns the result."""

        self._last = 0

    def __getattr__(self, name: str) -> Any:
        plain = name.removesuffix("132")
        if self.abi.wide:
            plain = plain.removesuffix("W")
        body = getattr(type(self), "do_" + plain.removeprefix("SCard"), None)
        if not name.startswith("SCard") or body is None:
            raise AttributeError(name)

        def call(*arguments: Any) -> int:
            self.calls.append(plain)
            waiting = self.results.get(plain)
            result = waiting.pop(0) if waiting else int(body(self, *arguments))
            return result - (1 << 32) if result and self.abi is not LINUX else result

        return call

    def text(self, address: Any) -> str:
        if self.abi.wide:
            raw = bytes(ctypes.string_at(address, 200)).decode("utf-16-le", "replace")
            return raw.split("\0")[0]
        return (address if isinstance(address, int) else None, ctypes.string_at(address))[
            1
        ].decode()

    def insert(self, reader: str, chip: ScriptedChip | None) -> None:
        self.chips[reader] = chip
        self.counts[reader] = self.counts.get(reader, 0) + 1

    def do_EstablishContext(self, scope: int, _: Any, __: Any, context: Any) -> int:
        self._last += 1
        self.contexts.add(self._last)
        context._obj.value = self._last
        return 0

    def do_ReleaseContext(self, context: int) -> int:
        if context not in self.contexts:
            return PcscResult.E_INVALID_HANDLE
        self.contexts.discard(context)
        return 0

    def do_ListReaders(self, context: int, _: Any, names: Any, size: Any) -> int:
        if context not in self.contexts:
            return PcscResult.E_INVALID_HANDLE
        if not self.chips:
            return PcscResult.E_NO_READERS_AVAILABLE
        text = "\0".join(self.chips) + "\0\0"
        raw = text.encode("utf-16-le" if self.abi.wide else "utf-8")
        room, size._obj.value = size._obj.value, len(text) if self.abi.wide else len(raw)
        if names is not None:
            if room < size._obj.value:
                return PcscResult.E_INSUFFICIENT_BUFFER
            ctypes.memmove(names, raw, len(raw))
        return 0

    def do_Connect(self, context: int, name: Any, share: int, wanted: int, *out: Any) -> int:
        reader = self.text(name)
        if reader not in self.chips:
            return PcscResult.E_UNKNOWN_READER
        chip = self.chips[reader]
        if chip is None:
            return ABSENT
        if not chip.power_on():
            return PcscResult.W_UNRESPONSIVE_CARD
        self._last += 1
        self.handles[self._last] = reader
        out[0]._obj.value, out[1]._obj.value = self._last, 1
        return 0

    def do_Reconnect(self, handle: int, share: int, wanted: int, how: int, active: Any) -> int:
        chip = self._chip(handle)
        if chip is None:
            return PcscResult.W_REMOVED_CARD
        if how == 1:
            chip.reset()
        active._obj.value = 2
        return 0

    def do_Disconnect(self, handle: int, how: int) -> int:
        chip = self._chip(handle)
        if how == 1 and chip is not None:
            chip.reset()
        self.handles.pop(handle)
        return 0

    def do_BeginTransaction(self, handle: int) -> int:
        return 0 if self._chip(handle) else PcscResult.W_REMOVED_CARD

    def do_EndTransaction(self, handle: int, how: int) -> int:
        chip = self._chip(handle)
        if chip is None:
            return PcscResult.W_REMOVED_CARD
        if how == 1:
            chip.reset()
        return 0

    def do_Status(self, handle: int, *rest: Any) -> int:
        chip = self._chip(handle)
        if chip is None:
            return PcscResult.W_REMOVED_CARD
        ctypes.memmove(rest[4], chip.atr, len(chip.atr))
        rest[5]._obj.value = len(chip.atr)
        return 0

    def do_Transmit(self, handle: int, request: Any, command: bytes, size: int, *out: Any) -> int:
        chip = self._chip(handle)
        if chip is None:
            return PcscResult.W_REMOVED_CARD
        answer = chip.transmit(command[:size])
        ctypes.memmove(out[1], answer, len(answer))
        out[2]._obj.value = len(answer)
        return 0

    def do_Control(self, handle: int, code: int, data: bytes, size: int, *out: Any) -> int:
        sent = code.to_bytes(4) + data[:size]
        if self.pin_pad is not None:
            features = self.abi.control_code(GET_FEATURES, CONTROL_BASE[self.abi.system])
            answer = self.pin_pad.control(GET_FEATURES if code == features else code, data[:size])
            if answer is None:
                return PcscResult.E_UNSUPPORTED_FEATURE
            sent = answer
        ctypes.memmove(out[0], sent, len(sent))
        out[2]._obj.value = len(sent)
        return 0

    def do_GetStatusChange(self, context: int, limit: int, states: Any, count: int) -> int:
        if context not in self.contexts:
            return PcscResult.E_INVALID_HANDLE
        while True:
            changed = False
            for entry in states[:count]:
                changed |= self._fill(entry)
            if changed:
                return 0
            result = self.blocked() if limit else int(PcscResult.E_TIMEOUT)
            if result:
                return result

    def do_Cancel(self, context: int) -> int:
        self.blocked = lambda: PcscResult.E_CANCELLED
        return 0

    def _fill(self, entry: Any) -> bool:
        name = self.text(entry.szReader)
        if name == PNP_READER:
            return bool(entry.dwCurrentState >> 16 != len(self.chips))
        if name not in self.chips:
            entry.dwEventState = ReaderState.UNKNOWN | ReaderState.CHANGED
            return True
        chip = self.chips[name]
        state = ReaderState.EMPTY if chip is None else ReaderState.PRESENT
        if chip is not None and not chip.atr:
            state |= ReaderState.MUTE
        now = state | self.counts.get(name, 0) << 16
        atr = chip.atr if chip else b""
        ctypes.memmove(entry.rgbAtr, atr, len(atr))
        entry.cbAtr = len(atr)
        changed = bool(now != entry.dwCurrentState)
        entry.dwEventState = now | (ReaderState.CHANGED if changed else 0)
        return changed

    def _chip(self, handle: int) -> ScriptedChip | None:
        return self.chips.get(self.handles.get(handle, ""))


@pytest.fixture
def library() -> FakeLibrary:
    """A library with one reader, which holds a chip, and one that is empty."""
    made = FakeLibrary()
    made.insert("Reader A", ScriptedChip({"00B0000002": "AABB9000"}))
    made.chips["Reader B"] = None
    return made
