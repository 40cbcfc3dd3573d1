# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Content waits sealed: bound to its place, its key in one file, gone with it."""

import stat
import threading
from pathlib import Path

import pytest

from caducee.base.errors import StateError
from caducee.services.ordering.content import CardContent, read_content, seal_content
from caducee.services.ordering.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path / "waiting")
    made.prepare("one")
    return made


def lost(vault: Vault, shipment: str, place: int, sealed: bytes) -> str:
    with pytest.raises(StateError) as caught:
        vault.open(shipment, place, sealed)
    return caught.value.code


def test_content_comes_back(vault: Vault) -> None:
    sealed = vault.seal("one", 3, b"a card")
    assert b"card" not in sealed
    assert vault.open("one", 3, sealed) == b"a card"
    assert vault.seal("one", 3, b"a card") != sealed


def test_content_belongs_to_its_place(vault: Vault) -> None:
    vault.prepare("two")
    sealed = vault.seal("one", 3, b"a card")
    assert lost(vault, "one", 4, sealed) == "ordering.content_lost"
    assert lost(vault, "two", 3, sealed) == "ordering.content_lost"


@pytest.mark.parametrize("sealed", [b"", b"x", bytes(40)])
def test_what_was_not_sealed_is_refused(vault: Vault, sealed: bytes) -> None:
    assert lost(vault, "one", 3, sealed) == "ordering.content_lost"


def test_a_key_is_closed_and_made_once(vault: Vault, tmp_path: Path) -> None:
    (path,) = (tmp_path / "waiting").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    vault.prepare("one")
    assert path.read_bytes() == before


def test_of_many_who_make_a_key_at_once_all_get_one(tmp_path: Path) -> None:
    vaults = [Vault(tmp_path / "waiting") for _ in range(8)]
    threads = [threading.Thread(target=item.prepare, args=("one",)) for item in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in (tmp_path / "waiting").iterdir()] == ["one.key"]
    sealed = vaults[0].seal("one", 1, b"a card")
    assert {item.open("one", 1, sealed) for item in vaults} == {b"a card"}


def test_a_destroyed_key_takes_everything_with_it(vault: Vault, tmp_path: Path) -> None:
    sealed = vault.seal("one", 3, b"a card")
    (tmp_path / "waiting" / ".one.key.killed").write_bytes(bytes(32))
    vault.destroy("one")
    assert list((tmp_path / "waiting").iterdir()) == []
    assert lost(vault, "one", 3, sealed) == "ordering.content_lost"
    vault.destroy("one")


def test_the_password_follows_from_the_key(vault: Vault) -> None:
    vault.prepare("two")
    first = vault.password("one").reveal()
    assert first == vault.password("one").reveal() != vault.password("two").reveal()
    assert len(first) == 35 and first.count(b"-") == 5


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "waiting").write_bytes(b"a file")
    with pytest.raises(StateError) as caught:
        Vault(tmp_path / "waiting").prepare("one")
    assert caught.value.code == "base.file_unwritable"


def test_content_shows_nothing_of_itself(vault: Vault) -> None:
    card = CardContent("2950000000", b"image", b"6709", b"12345678", ())
    assert repr(card) == "<CardContent>"
    sealed = seal_content(vault, "one", 1, card)
    found = read_content(vault, "one", 1, sealed)
    assert isinstance(found, CardContent) and found.pin == b"6709"
