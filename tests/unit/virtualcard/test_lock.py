# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The lock of an image: one holder at a time, and nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.base.errors import StateError
from caducee.virtualcard import lock
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import FileStore

COUNTING = """
import sys
from pathlib import Path
from caducee.base.errors import StateError
from caducee.virtualcard import lock
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import FileStore
image, counter = Path(sys.argv[1]), Path(sys.argv[2])
done = 0
while done < 200:
    try:
        with lock.held(image):
            count = int(counter.read_text())
            counter.write_text(str(count + 1))
    except StateError:
        continue
    done += 1
"""


def test_a_lock_that_is_let_go_leaves_no_file(tmp_path: Path) -> None:
    image = tmp_path / "card.json"
    with lock.held(image):
        assert [path.name for path in tmp_path.iterdir()] == [".card.json.lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_held_is_refused_and_stays(tmp_path: Path) -> None:
    image = tmp_path / "card.json"
    with lock.held(image):
        with pytest.raises(StateError) as caught:
            lock.acquire(image)
        assert caught.value.code == "card.image_in_use"
        with pytest.raises(StateError):
            lock.acquire(image)


def test_a_lock_file_that_a_killed_process_left_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".card.json.lock").write_bytes(b"")
    with lock.held(tmp_path / "card.json"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_processes_that_take_and_leave_it_at_once_never_hold_it_together(tmp_path: Path) -> None:
    image, counter = tmp_path / "card.json", tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTING, str(image), str(counter)]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [item.wait(60) for item in running] == [0, 0, 0]
    assert counter.read_text() == "600"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_a_card_that_root_runs_stays_its_owners_with_lock_and_all(
    tmp_path: Path, image: CardImage
) -> None:
    path = tmp_path / "card.json"
    image.save(path)
    os.chown(path, 4711, 4712)
    with FileStore(path) as store:
        store.save(image)
        owners = {
            item.name: (item.stat().st_uid, item.stat().st_gid) for item in tmp_path.iterdir()
        }
    assert owners == {"card.json": (4711, 4712), ".card.json.lock": (4711, 4712)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_root_gives_away_no_file_that_was_put_in_the_place_of_the_lock(tmp_path: Path) -> None:
    path, secret = tmp_path / "card.json", tmp_path / "secret"
    path.write_bytes(b"")
    os.chown(path, 4711, 4712)
    secret.write_bytes(b"")
    (tmp_path / ".card.json.lock").symlink_to(secret)
    with pytest.raises(StateError):
        lock.acquire(path)
    (tmp_path / ".card.json.lock").unlink()
    os.link(secret, tmp_path / ".card.json.lock")
    with lock.held(path):
        pass
    assert secret.stat().st_uid == 0
