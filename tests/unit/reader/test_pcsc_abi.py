# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Numbers and structures of PC/SC have the sizes of each system's headers."""

import ctypes

import pytest

from caducee.reader.pcsc.abi import LINUX, MACOS, WINDOWS, Abi, current

pytestmark = pytest.mark.skipif(
    ctypes.sizeof(ctypes.c_void_p) != 8 or ctypes.sizeof(ctypes.c_long) != 8,
    reason="the sizes are those of 64-bit systems, told by a 64-bit Unix",
)


@pytest.mark.parametrize(
    ("abi", "dword", "handle", "state", "request_size"),
    [(LINUX, 8, 8, 80, 16), (MACOS, 4, 4, 61, 8), (WINDOWS, 4, 8, 64, 8)],
    ids=["linux", "macos", "windows"],
)
def test_sizes_are_those_of_the_system(
    abi: Abi, dword: int, handle: int, state: int, request_size: int
) -> None:
    assert ctypes.sizeof(abi.dword) == dword
    assert ctypes.sizeof(abi.long) == dword
    assert ctypes.sizeof(abi.handle) == handle
    assert ctypes.sizeof(abi.reader_state) == state
    assert ctypes.sizeof(abi.io_request) == request_size


@pytest.mark.parametrize(
    ("abi", "offsets"),
    [
        (LINUX, (0, 8, 16, 24, 32, 40)),
        (MACOS, (0, 8, 16, 20, 24, 28)),
        (WINDOWS, (0, 8, 16, 20, 24, 28)),
    ],
    ids=["linux", "macos", "windows"],
)
def test_the_fields_of_a_reader_state_lie_where_the_system_has_them(
    abi: Abi, offsets: tuple[int, ...]
) -> None:
    names = ("szReader", "pvUserData", "dwCurrentState", "dwEventState", "cbAtr", "rgbAtr")
    assert tuple(getattr(abi.reader_state, name).offset for name in names) == offsets
    assert abi.reader_state.rgbAtr.size == abi.atr_size


def test_an_array_of_packed_states_has_no_gaps() -> None:
    assert ctypes.sizeof(MACOS.reader_state * 3) == 183


def test_functions_with_texts_are_the_wide_ones_on_windows_alone() -> None:
    assert WINDOWS.symbol("SCardConnect", True) == "SCardConnectW"
    assert WINDOWS.symbol("SCardTransmit", False) == "SCardTransmit"
    assert LINUX.symbol("SCardConnect", True) == "SCardConnect"


def test_control_has_another_name_on_macos() -> None:
    assert MACOS.symbol("SCardControl", False) == "SCardControl132"
    assert LINUX.symbol("SCardControl", False) == "SCardControl"


def test_control_codes_follow_each_system() -> None:
    assert LINUX.control_code(3400, 0x42000000) == 0x42000D48
    assert WINDOWS.control_code(3400, 0x00310000) == 0x00313520


def test_texts_end_in_a_zero_of_their_width() -> None:
    assert LINUX.text("é").raw == b"\xc3\xa9\x00"
    assert WINDOWS.text("é").raw[:4] == b"\xe9\x00\x00\x00"


@pytest.mark.parametrize(
    ("platform", "abi"),
    [("linux", LINUX), ("darwin", MACOS), ("win32", WINDOWS), ("freebsd14", LINUX)],
)
def test_the_system_chooses_the_layout(platform: str, abi: Abi) -> None:
    assert current(platform) is abi
