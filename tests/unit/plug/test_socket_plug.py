# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card at a local socket is one user's, one at a time, and leaves nothing behind."""

import socket
import stat
from pathlib import Path

import pytest

from caducee.base.errors import ReaderError
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.socket import SocketPlug


def test_the_socket_is_its_users_alone(short_folder: Path) -> None:
    plug = SocketPlug(ScriptedChip(), short_folder / "card")
    plug.start()
    assert stat.S_IMODE((short_folder / "card").stat().st_mode) == 0o600
    plug.stop()


def test_the_socket_goes_with_the_card(short_folder: Path) -> None:
    plug = SocketPlug(ScriptedChip(), short_folder / "card")
    plug.start()
    plug.stop()
    plug.stop()
    assert list(short_folder.iterdir()) == []


def test_what_a_killed_card_left_is_replaced(short_folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(short_folder / "card"))
    plug = SocketPlug(ScriptedChip(), short_folder / "card")
    plug.start()
    plug.stop()


def test_a_served_path_is_refused(short_folder: Path) -> None:
    first = SocketPlug(ScriptedChip(), short_folder / "card")
    first.start()
    with pytest.raises(ReaderError) as caught:
        SocketPlug(ScriptedChip(), short_folder / "card").start()
    assert caught.value.code == "reader.socket_in_use"
    first.stop()


def test_another_file_is_never_removed(short_folder: Path) -> None:
    (short_folder / "card").write_text("precious")
    with pytest.raises(ReaderError) as caught:
        SocketPlug(ScriptedChip(), short_folder / "card").start()
    assert caught.value.code == "reader.socket_unusable"
    assert (short_folder / "card").read_text() == "precious"


@pytest.mark.parametrize("name", ["x" * 200, "absent/card"])
def test_a_path_that_cannot_be_used_is_reported(short_folder: Path, name: str) -> None:
    with pytest.raises(ReaderError) as caught:
        SocketPlug(ScriptedChip(), short_folder / name).start()
    assert caught.value.code == "reader.socket_unusable"
