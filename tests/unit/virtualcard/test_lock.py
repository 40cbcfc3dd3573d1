# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The lock of an image: one holder at a time, and nothing left behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from caducee.base.errors import StateError
from caducee.virtualcard import lock

COUNTING = """
import sys
from pathlib import Path
from caducee.base.errors import StateError
from caducee.virtualcard import lock
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
        assert [one.name for one in tmp_path.iterdir()] == [".card.json.lock"]
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
    (tmp_path / ".card.json.lock").touch()
    with lock.held(tmp_path / "card.json"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_processes_that_take_and_leave_it_at_once_never_hold_it_together(tmp_path: Path) -> None:
    image, counter = tmp_path / "card.json", tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTING, str(image), str(counter)]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert counter.read_text() == "600"
