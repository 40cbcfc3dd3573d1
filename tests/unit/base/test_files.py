# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from caducee.base import files
from caducee.base.errors import StateError
from caducee.base.files import make_folder, write_atomic, write_new, writing_atomic


def test_a_file_is_made_and_replaced_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    write_atomic(file, b"old")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"old", 0o600)
    write_atomic(file, b"new", mode=0o644)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o644)
    assert list(tmp_path.iterdir()) == [file]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("call", ["fchmod", "fsync", "link", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), Killed()])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, failure: BaseException
) -> None:
    file = tmp_path / "card.json"
    write_atomic(file, b"old")

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(files.os, call, fail)  # type: ignore[attr-defined]
    with pytest.raises((StateError, Killed)) as caught:
        write_atomic(file, b"new")
    monkeypatch.undo()
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
    if isinstance(caught.value, StateError):
        assert caught.value.code == "base.file_unwritable"
        assert caught.value.facts["reason"] == "No space left on device"


def test_the_bytes_reach_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def noting(step: Callable[..., None], name: str) -> Callable[..., None]:
        def call(*args: object) -> None:
            steps.append(name)
            step(*args)

        return call

    monkeypatch.setattr(os, "fsync", noting(real_sync, "sync"))
    monkeypatch.setattr(os, "replace", noting(real_replace, "replace"))
    write_atomic(tmp_path / "card.json", b"new")
    assert steps == ["sync", "replace", "sync"]


def test_a_folder_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        write_atomic(tmp_path / "none" / "card.json", b"new")
    assert caught.value.code == "base.file_unwritable"


def test_an_error_without_a_text_of_the_system_is_reported_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("odd")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(StateError) as caught:
        write_atomic(tmp_path / "card.json", b"new")
    assert caught.value.facts["reason"] == "odd"


def test_a_folder_is_made_for_its_owner_alone_and_one_that_is_there_stays(tmp_path: Path) -> None:
    folder = tmp_path / "world" / "cards"
    make_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    make_folder(folder)


def test_a_folder_that_cannot_be_made_is_reported_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError) as caught:
        make_folder(tmp_path / "file" / "cards")
    assert caught.value.code == "base.file_unwritable"
    assert caught.value.facts["reason"] == "Not a directory"


def test_a_new_file_is_made_by_one_of_many_at_once(tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    ready = threading.Barrier(8)

    def make(turn: int) -> bool:
        ready.wait()
        return write_new(file, f"{turn}".encode() * 1000)

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(make, range(8)))
    assert made.count(True) == 1
    assert file.read_bytes() == f"{made.index(True)}".encode() * 1000
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("call", ["fchmod", "fsync", "link"])
def test_a_new_file_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, call, fail)  # type: ignore[attr-defined]
    with pytest.raises(StateError) as caught:
        write_new(tmp_path / "card.json", b"new")
    assert caught.value.code == "base.file_unwritable"
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "cards.zip"
    path.write_bytes(b"old")
    with writing_atomic(path) as file:
        for _ in range(3):
            file.write(b"part")
            assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"part" * 3
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fchmod", "fsync", "replace"])
def test_a_large_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "cards.zip"
    path.write_bytes(b"old")
    monkeypatch.setattr(files.os, call, fail)  # type: ignore[attr-defined]
    with pytest.raises(StateError) as caught, writing_atomic(path) as file:
        file.write(b"new")
    assert caught.value.code == "base.file_unwritable"
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_large_file_whose_writer_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "cards.zip"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), writing_atomic(path) as file:
        file.write(b"new")
        raise KeyError
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(StateError), writing_atomic(tmp_path / "nowhere" / "cards.zip"):
        pass


@pytest.fixture(params=["no such files", "no name afterwards", "no /proc"])
def poor_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system or file system without files that get a name when they are whole."""
    real_open, real_link = os.open, os.link

    def opens(path: Path, flags: int, *more: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(95, "Operation not supported")
        return real_open(path, flags, *more)

    def links(source: str, name: Path, **more: int) -> None:
        if more:
            raise OSError(1, "Operation not permitted")
        real_link(source, name)

    if request.param == "no such files":
        monkeypatch.setattr(os, "open", opens)
    elif request.param == "no name afterwards":
        monkeypatch.setattr(os, "link", links)
    else:
        monkeypatch.setattr(files, "_DESCRIPTORS", "/does/not/exist")


@pytest.mark.usefixtures("poor_system")
def test_files_are_written_where_none_is_without_a_name(tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    assert write_new(file, b"old")
    assert not write_new(file, b"other")
    assert file.read_bytes() == b"old"
    write_atomic(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_no_other_program_sees_a_name_while_the_bytes_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Path]] = []
    real = os.fsync

    def look(handle: int) -> None:
        seen.append(list(tmp_path.iterdir()))
        real(handle)

    monkeypatch.setattr(os, "fsync", look)
    write_new(tmp_path / "card.json", b"secret")
    assert seen == [[], [tmp_path / "card.json"]]
