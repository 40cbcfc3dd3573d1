# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Another user prepares or exchanges folders and files on the way to a private folder."""

import os
from pathlib import Path

import pytest

from caducee.base.errors import StateError
from caducee.base.private_folder import PrivateFolder, prepare_folder

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
OTHER = 65534
FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def refusal(path: Path) -> str:
    with pytest.raises(StateError) as caught:
        prepare_folder(path)
    assert caught.value.code == "base.folder_unsafe"
    return str(caught.value.facts["reason"])


def test_missing_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "one" / "two")
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("one", "one/two")] == [0o700] * 2
    prepare_folder(tmp_path / "one" / "two")


def test_a_folder_that_does_not_exist_is_not_made_to_look_into_it(tmp_path: Path) -> None:
    assert PrivateFolder.find(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o750, 0o1777])
def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    assert refusal(folder) == f"mode {mode:04o}"


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_below_one_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    above = tmp_path / "above"
    (above / "between" / "folder").mkdir(0o700, parents=True)
    above.chmod(mode)
    assert refusal(above / "between" / "folder") == f"mode {mode:04o}"


def test_a_folder_below_one_with_the_sticky_bit_is_used(tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(0o1777)
    prepare_folder(above / "folder")


@ROOT
@pytest.mark.parametrize("place", ["above", "above/folder"])
def test_a_folder_of_another_user_anywhere_on_the_way_is_refused(
    tmp_path: Path, place: str
) -> None:
    folder = tmp_path / "above" / "folder"
    folder.mkdir(0o700, parents=True)
    os.chown(tmp_path / place, OTHER, OTHER)
    assert refusal(folder) == f"owner {OTHER}"


def test_a_link_in_the_last_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(0o700)
    (tmp_path / "link").symlink_to("folder")
    assert refusal(tmp_path / "link") == "a symbolic link"


@ROOT
def test_a_link_of_another_user_on_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real" / "folder").mkdir(0o700, parents=True)
    (tmp_path / "link").symlink_to("real")
    os.lchown(tmp_path / "link", OTHER, OTHER)
    assert refusal(tmp_path / "link" / "folder") == f"a symbolic link of user {OTHER}"


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_of_our_own_on_the_way_is_followed_and_its_target_checked(
    tmp_path: Path, absolute: bool
) -> None:
    real = tmp_path / "real" / "folder"
    real.mkdir(0o700, parents=True)
    (tmp_path / "link").symlink_to(real.parent if absolute else "../" + tmp_path.name + "/real")
    prepare_folder(tmp_path / "link" / "folder")
    real.parent.chmod(0o777)
    assert refusal(tmp_path / "link" / "folder") == "mode 0777"


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    assert refusal(tmp_path / "link" / "folder") == "too many symbolic links"


@pytest.mark.parametrize("place", ["file", "file/folder"])
def test_a_file_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / place) == "not a folder"


def test_an_exchanged_folder_changes_nothing_outside_the_one_that_was_opened(
    tmp_path: Path,
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "lock").write_text("precious")
    (victim / "note").write_text("precious")
    with PrivateFolder.make(tmp_path / "folder") as folder:
        (tmp_path / "folder").rename(tmp_path / "aside")
        (tmp_path / "folder").symlink_to(victim)
        with folder.locked("lock"):
            folder.write("note", b"ours")
        folder.remove("lock")
        assert folder.read("note") == b"ours"
        assert folder.names() == ["note"]
    assert [(victim / name).read_text() for name in ("lock", "note")] == ["precious"] * 2


@pytest.mark.parametrize("kind", ["symbolic link", "hard link", "folder", "pipe"])
def test_what_is_not_a_file_of_its_own_is_neither_read_nor_emptied(
    tmp_path: Path, kind: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    with PrivateFolder.make(tmp_path / "folder") as folder:
        place = folder.path / "lock"
        if kind == "symbolic link":
            place.symlink_to(victim)
        elif kind == "hard link":
            place.hardlink_to(victim)
        elif kind == "folder":
            place.mkdir()
        else:
            os.mkfifo(place)
        for flags in (os.O_RDONLY, FRESH):
            with pytest.raises(StateError) as caught:
                os.close(folder.open_file("lock", flags))
            assert caught.value.code == "base.file_unsafe"
    assert victim.read_text() == "precious"


@ROOT
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    with PrivateFolder.make(tmp_path / "folder") as folder:
        folder.write("note", b"{}")
        os.chown(folder.path / "note", OTHER, OTHER)
        with pytest.raises(StateError) as caught:
            folder.read("note")
        assert caught.value.facts["reason"] == f"owner {OTHER}"


def test_a_file_that_cannot_be_replaced_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with PrivateFolder.make(tmp_path / "folder") as folder:
        folder.write("note", b"old")
        monkeypatch.setattr("os.replace", fail)
        with pytest.raises(StateError) as caught:
            folder.write("note", b"new")
        assert caught.value.code == "base.file_unwritable"
        assert (folder.read("note"), folder.names()) == (b"old", ["note"])
        assert folder.read("none") is None
