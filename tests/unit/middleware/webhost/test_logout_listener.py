# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Log out of everything reaches the hosts of pages, over real sockets."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from caducee.middleware.webhost.logout_listener import LogoutListener, tell_pages


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name) / "logouts"


def test_every_ear_hears_once(folder: Path) -> None:
    heard = [threading.Event(), threading.Event()]
    for item in heard:
        LogoutListener(folder).listen(item.set)
    assert tell_pages(folder) == 2
    assert all(entry.wait(20) for entry in heard)
    until_empty(folder)
    assert tell_pages(folder) == 0


def until_empty(folder: Path) -> None:
    for _ in range(400):
        if not list(folder.glob("*.sock")):
            return
        threading.Event().wait(0.05)
    raise AssertionError(list(folder.iterdir()))


def test_an_ear_that_stopped_hears_nothing_and_leaves_nothing(folder: Path) -> None:
    heard = threading.Event()
    ear = LogoutListener(folder)
    ear.listen(heard.set)
    ear.stop()
    until_empty(folder)
    assert tell_pages(folder) == 0
    assert not heard.is_set()


def test_an_ear_that_listens_already_is_not_made_twice(folder: Path) -> None:
    ear = LogoutListener(folder)
    for _ in range(3):
        ear.listen(lambda: None)
    assert tell_pages(folder) == 1


def test_an_ear_may_listen_again(folder: Path) -> None:
    ear, heard = LogoutListener(folder), threading.Event()
    ear.listen(lambda: None)
    tell_pages(folder)
    until_empty(folder)
    ear.listen(heard.set)
    assert tell_pages(folder) == 1
    assert heard.wait(20)


def test_what_a_killed_host_left_is_removed(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(folder / "1-dead.sock"))
    assert tell_pages(folder) == 0
    assert not list(folder.iterdir())


def test_the_folder_is_for_this_user_alone(folder: Path) -> None:
    LogoutListener(folder).listen(lambda: None)
    assert folder.stat().st_mode & 0o777 == 0o700
    tell_pages(folder)


def test_in_a_folder_of_others_nothing_is_heard_and_nothing_fails(folder: Path) -> None:
    folder.mkdir()
    os.chmod(folder, 0o777)
    LogoutListener(folder).listen(lambda: None)
    assert not list(folder.iterdir())
