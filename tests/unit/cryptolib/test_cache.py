# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.cryptolib.conftest import make_certificate

from caducee.base.secret import Secret
from caducee.codec.carddata import NamePs, SerialNumber
from caducee.cryptolib import CardIdentity, CpsCard, KeyUse, PublicDataCache, open_card
from caducee.cryptolib.cache import CachedCard, default_folder
from caducee.reader.memory import MemoryReader
from caducee.spec.atrs import CardFace
from caducee.spec.instructions import Instruction
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.personalise import PersonalisationData, cps3, cps4
from caducee.virtualcard.store import MemoryStore

IDENTITY = CardIdentity(
    bytes.fromhex("5A0A80250000012900995 29F".replace(" ", "")),
    CardFace.CPS3_CONTACT,
    bytes.fromhex("3BAC00402A001225006480000310009000"),
)
KEPT = CachedCard(
    icc=IDENTITY.icc,
    face=IDENTITY.face.value,
    atr=IDENTITY.atr,
    actuality=None,
    check_path=b"\x3f\x00\xa0\x02",
    files={b"\x3f\x00\xa0\x02": bytes(100)},
)


@pytest.fixture
def cache(tmp_path: Path) -> PublicDataCache:
    return PublicDataCache(tmp_path / "cards")


def read_public(card: CpsCard) -> None:
    card.holder()
    card.languages()
    card.data_objects()
    for use in card.uses:
        card.certificate(use)


def only_file(cache: PublicDataCache) -> Path:
    (found,) = cache.folder.iterdir()
    return found


def test_stored_card_comes_back(cache: PublicDataCache) -> None:
    cache.store(KEPT, IDENTITY)
    assert cache.load(IDENTITY) == KEPT


def test_files_are_for_the_user_alone(cache: PublicDataCache) -> None:
    cache.store(KEPT, IDENTITY)
    assert stat.S_IMODE(only_file(cache).stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700


def test_file_name_does_not_tell_the_card(cache: PublicDataCache) -> None:
    cache.store(KEPT, IDENTITY)
    assert "29009952" not in only_file(cache).name


@pytest.mark.parametrize(
    "other",
    [
        replace(IDENTITY, icc=IDENTITY.icc[:-1] + b"\x00"),
        replace(IDENTITY, face=CardFace.CPS4),
        replace(IDENTITY, atr=b"\x3b\x00"),
    ],
    ids=["serial", "face", "atr"],
)
def test_key_is_the_whole_serial_the_face_and_the_atr(
    cache: PublicDataCache, other: CardIdentity
) -> None:
    cache.store(KEPT, IDENTITY)
    assert cache.load(other) is None
    cache.path(IDENTITY).rename(cache.path(other))
    assert cache.load(other) is None
    assert not cache.path(other).exists()


def test_default_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "caducee" / "cards"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_folder() == Path.home() / ".cache" / "caducee" / "cards"


def flipped(data: bytes) -> bytes:
    return data[:80] + bytes((data[80] ^ 1,)) + data[81:]


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut": lambda data: data[:-1],
    "half": lambda data: data[: len(data) // 2],
    "longer": lambda data: data + b"\x00",
    "bit": flipped,
    "name": lambda data: data.replace(b"DOC0000012", b"ANOTHERONE"),
    "other": lambda data: b"something else",
    "huge": lambda data: bytes(3 << 20),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_spoiled_file_is_dropped_and_the_card_is_read(
    bench: Any, cache: PublicDataCache, spoil: Callable[[bytes], bytes]
) -> None:
    bench.open(cache).holder()
    path = only_file(cache)
    path.write_bytes(spoil(path.read_bytes()))
    card = bench.open(cache)
    assert card.holder().family_name == "DOC0000012"
    assert card.apdu_count > 20
    assert bench.open(cache).apdu_count == 5  # and written anew


@given(st.binary(max_size=400))
def test_any_bytes_in_a_file_are_survived(tmp_path_factory: Any, data: bytes) -> None:
    cache = PublicDataCache(tmp_path_factory.mktemp("cards"))
    cache.path(IDENTITY).write_bytes(data)
    assert cache.load(IDENTITY) is None


def test_file_that_others_may_write_is_not_believed(cache: PublicDataCache) -> None:
    cache.store(KEPT, IDENTITY)
    cache.path(IDENTITY).chmod(0o666)
    assert cache.load(IDENTITY) is None


def test_links_and_folders_are_not_followed(cache: PublicDataCache, tmp_path: Path) -> None:
    cache.store(KEPT, IDENTITY)
    elsewhere = tmp_path / "elsewhere"
    cache.path(IDENTITY).rename(elsewhere)
    cache.path(IDENTITY).symlink_to(elsewhere)
    assert cache.load(IDENTITY) is None
    cache.path(IDENTITY).mkdir()
    assert cache.load(IDENTITY) is None


def test_pipe_in_place_of_a_file_does_not_hang(cache: PublicDataCache) -> None:
    cache.folder.mkdir(parents=True)
    os.mkfifo(cache.path(IDENTITY))
    assert cache.load(IDENTITY) is None


@pytest.mark.parametrize("place", ["file", "missing parent that is a file"])
def test_folder_that_cannot_be_made_is_survived(bench: Any, tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").write_text("a file")
    folder = tmp_path / "taken" if place == "file" else tmp_path / "taken" / "cards"
    cache = PublicDataCache(folder)
    for _ in range(2):
        assert bench.open(cache).holder().family_name == "DOC0000012"
    cache.clear()


def test_folder_that_cannot_be_written_is_survived(
    bench: Any, cache: PublicDataCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "read-only")

    bench.open(cache).holder()
    spoiled = only_file(cache)
    spoiled.write_bytes(b"spoiled")
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    for _ in range(2):
        assert bench.open(cache).holder().family_name == "DOC0000012"


def test_deleted_folder_is_made_again(bench: Any, cache: PublicDataCache) -> None:
    card = bench.open(cache)
    card.holder()
    cache.clear()
    cache.folder.rmdir()
    bench.open(cache).holder()
    assert bench.open(cache).apdu_count == 5


# What is believed, and when


def test_cached_card_reports_the_same_as_the_card(bench: Any, cache: PublicDataCache) -> None:
    cold = bench.open(cache)
    read_public(cold)
    warm = bench.open(cache)
    assert warm.holder() == cold.holder()
    assert warm.certificate(KeyUse.SIGNATURE) == cold.certificate(KeyUse.SIGNATURE)
    assert warm.languages() == cold.languages()
    assert bench.chip.sent(Instruction.SELECT) > 0


def test_changed_certificate_under_the_same_serial_empties_the_cache(
    make_bench: Any, content: PersonalisationData, keys: Any, cache: PublicDataCache
) -> None:
    make_bench(content).open(cache).holder()
    changed = replace(
        content,
        auth_certificate=content.sign_certificate,
        auth_key=keys.sign,
        data=replace(content.data, name=NamePs.make("AUTRE")),
    )
    card = make_bench(changed).open(cache)
    assert card.holder().family_name == "AUTRE"
    assert card.certificate(KeyUse.AUTHENTICATION).public_key() == keys.sign.public_key()


def test_update_of_the_card_empties_the_cache(
    make_bench: Any,
    content: PersonalisationData,
    updated_content: PersonalisationData,
    cache: PublicDataCache,
) -> None:
    make_bench(content).open(cache).holder()
    data = replace(updated_content.data, name=NamePs.make("APRES"))
    updated = replace(updated_content, data=data)
    card = make_bench(updated).open(cache)
    assert card.holder().family_name == "APRES"


def test_another_serial_is_another_card(
    make_bench: Any, content: PersonalisationData, cache: PublicDataCache
) -> None:
    make_bench(content).open(cache).holder()
    data = replace(content.data, name=NamePs.make("AUTRE"))
    other = replace(content, serial=SerialNumber.make("29009953"), data=data)
    assert make_bench(other).open(cache).holder().family_name == "AUTRE"
    assert len(list(cache.folder.iterdir())) == 2


def test_cache_of_another_card_under_this_name_is_not_believed(
    make_bench: Any, content: PersonalisationData, cache: PublicDataCache
) -> None:
    make_bench(content).open(cache).holder()
    other = replace(content, serial=SerialNumber.make("29009953"))
    bench = make_bench(other)
    identity = bench.open().identity
    only_file(cache).rename(cache.path(identity))
    assert bench.open(cache).serial == "29009953"


def test_nothing_behind_the_pin_and_no_free_area_is_cached(
    bench: Any, cache: PublicDataCache, content: PersonalisationData
) -> None:
    card = bench.open(cache)
    card.verify(Secret.of("1234"))
    read_public(card)
    card.activities()
    card.read_data()
    card.close()
    kept = cache.load(card.identity)
    assert kept is not None
    whole = b"".join(kept.files.values())
    assert b"CABINET M" not in whole
    assert b"hello" not in whole
    assert content.auth_certificate in kept.files.values()
    assert not {
        path for path in kept.files if path.hex().endswith(("d107", "d120", "d122", "d003"))
    }


def test_free_area_is_read_on_the_card_every_time(bench: Any, cache: PublicDataCache) -> None:
    card, other = bench.open(cache), bench.open(cache)
    card.verify(Secret.of("1234"))
    card.read_data()
    card.write_data(b"new")
    assert other.read_data().startswith(b"new")


def test_free_area_written_through_the_contacts_is_seen_without_them(
    content: PersonalisationData, cache: PublicDataCache
) -> None:
    """The contactless side does not say that the area changes: it is read anew all the same."""
    store = MemoryStore(cps3(content))
    readers = {}
    for face in ("contact", "contactless"):
        readers[face] = MemoryReader()
        readers[face].insert(VirtualCard(store, face=face))
    with (
        open_card(readers["contact"]) as card,
        open_card(readers["contactless"], cache=cache) as cl,
    ):
        cl.certificate(KeyUse.TECHNICAL)
        assert cl.read_data().startswith(b"hello")
        card.verify(Secret.of("1234"))
        card.write_data(b"new")
        assert cl.read_data().startswith(b"new")
        assert b"hello" not in b"".join(
            data_object.value or b"" for data_object in cl.data_objects()
        )
    with open_card(readers["contactless"], cache=cache) as cl:
        assert cl.read_data().startswith(b"new")


@pytest.mark.parametrize("face", ["contact", "contactless"])
def test_each_side_of_a_card_has_a_cache_of_its_own(
    make_bench: Any, content: PersonalisationData, cache: PublicDataCache, face: str
) -> None:
    image = cps3(content)
    for name in ("contact", "contactless"):
        card = make_bench(image, face=name).open(cache)
        for use in card.uses:
            card.certificate(use)
        card.close()
    assert len(list(cache.folder.iterdir())) == 2
    card = make_bench(image, face=face).open(cache)
    assert card.token_label == {"contact": "CPS3v3-2900995235", "contactless": "CPS3v3_CL"}[face]
    assert card.apdu_count == {"contact": 5, "contactless": 4}[face]


@pytest.mark.parametrize("kind", ["contactless", "cps4"])
def test_changed_certificate_is_found_on_sides_without_an_update_file(
    make_bench: Any,
    content: PersonalisationData,
    cps4_content: PersonalisationData,
    keys: Any,
    cache: PublicDataCache,
    kind: str,
) -> None:
    """The last bytes of a certificate are its signature: another certificate has others."""
    four, variant = kind == "cps4", {"personalise": cps4} if kind == "cps4" else {"face": kind}
    use = KeyUse.AUTHENTICATION if four else KeyUse.TECHNICAL
    other = make_certificate(keys.auth if four else keys.other, number=99)
    der = other.public_bytes(Encoding.DER)
    old = cps4_content if four else content
    new = replace(old, auth_certificate=der) if four else replace(old, technical_certificate=der)
    make_bench(old, **variant).open(cache).certificate(use)
    assert make_bench(new, **variant).open(cache).certificate(use).serial_number == 99


def test_wrong_layout_in_a_confirmed_cache_is_read_again(
    bench: Any, cache: PublicDataCache
) -> None:
    card = bench.open(cache)
    card.holder()
    kept = cache.load(card.identity)
    assert kept is not None
    files = {
        path: b"\x30\x05" if path.hex().endswith("7002") else it for path, it in kept.files.items()
    }
    fields = {name: getattr(kept, name) for name in kept.__struct_fields__} | {"files": files}
    cache.store(CachedCard(**fields), card.identity)
    assert bench.open(cache).holder().family_name == "DOC0000012"


@pytest.mark.parametrize("path", [b"zz", b"3", b""])
def test_cached_path_that_is_none_is_survived(
    bench: Any, cache: PublicDataCache, path: bytes
) -> None:
    card = bench.open(cache)
    card.holder()
    kept = cache.load(card.identity)
    assert kept is not None
    fields = {name: getattr(kept, name) for name in kept.__struct_fields__}
    fields["files"] = {**kept.files, path: b"x"}
    cache.store(CachedCard(**fields), card.identity)
    assert bench.open(cache).holder().family_name == "DOC0000012"


def test_cached_certificate_that_is_not_on_the_card_confirms_nothing(
    bench: Any, cache: PublicDataCache
) -> None:
    card = bench.open(cache)
    card.holder()
    kept = cache.load(card.identity)
    assert kept is not None
    fields = {name: getattr(kept, name) for name in kept.__struct_fields__}
    nowhere = bytes.fromhex("3F000001EEEE")
    fields |= {"check_path": nowhere, "files": {**kept.files, nowhere: bytes(100)}}
    cache.store(CachedCard(**fields), card.identity)
    assert bench.open(cache).apdu_count > 10
    assert bench.open(cache).holder().family_name == "DOC0000012"


WRITER = """
import sys
from pathlib import Path
from caducee.cryptolib import CardIdentity, PublicDataCache
from caducee.cryptolib.cache import CachedCard
from caducee.spec.atrs import CardFace

cache, byte = PublicDataCache(Path(sys.argv[1])), int(sys.argv[2])
icc, atr = bytes.fromhex(sys.argv[3]), bytes.fromhex(sys.argv[4])
card = CachedCard(icc, "cps3-contact", atr, None, b"path", {b"path": bytes((byte,)) * 20_000})
for _ in range(30):
    cache.store(card, CardIdentity(icc, CardFace.CPS3_CONTACT, atr))
"""


def test_processes_that_write_at_once_leave_one_whole_file(cache: PublicDataCache) -> None:
    identity = (IDENTITY.icc.hex(), IDENTITY.atr.hex())
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, cache.folder, str(byte), *identity])
        for byte in (1, 2)
    ]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        found = cache.load(IDENTITY)
        if found is not None:
            seen.add(found.files[b"path"])
    assert [writer.returncode for writer in writers] == [0, 0]
    assert cache.load(IDENTITY) is not None
    assert seen <= {bytes((byte,)) * 20_000 for byte in (1, 2)}
    assert len(list(cache.folder.iterdir())) == 1


def test_certificate_der_survives_the_cache(bench: Any, cache: PublicDataCache) -> None:
    ders = [
        bench.open(cache).certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER)
        for _ in range(2)
    ]
    assert ders[0] == ders[1]
