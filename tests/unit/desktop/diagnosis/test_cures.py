# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cures: each does what it says, and is undone whole where it can be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from caducee.base import catalogue
from caducee.base.errors import StateError
from caducee.cryptolib.cache import PublicDataCache
from caducee.desktop.diagnosis.cures import CURES, CureJournal, Workshop, apply, undo
from caducee.desktop.diagnosis.machine.place import Place


class Heard:
    """A command that only listens."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.fails = False

    def __call__(self, *words: str) -> None:
        self.commands.append(" ".join(words))
        if self.fails:
            raise OSError("said no")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def shop(tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A home of its own, an empty system, and root's rights."""
    home = tmp_path / "home"
    home.mkdir()
    for name, value in {
        "HOME": home,
        "XDG_CACHE_HOME": home / ".cache",
        "CADUCEE_CRYPTOLIB_CONFIG": home / "cryptolib.toml",
        "CADUCEE_CRYPTOLIBD_SOCKET": tmp_path / "run" / "c.sock",
    }.items():
        monkeypatch.setenv(name, str(value))
    module = home / "libcaducee_pkcs11.so"
    module.touch()
    monkeypatch.setenv("CADUCEE_PKCS11_MODULE", str(module))
    return Workshop(Place(home, {}, tmp_path / "system"), heard, root=True)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def test_every_cure_that_a_code_names_is_there_and_each_is_named_or_general() -> None:
    named = {one.cure for one in catalogue.entries() if one.cure}
    assert named == {one.name for one in CURES}


@pytest.mark.parametrize(
    ("name", "applied", "undone"),
    [
        ("clock-sync", ["timedatectl set-ntp true"], ["timedatectl set-ntp false"]),
        (
            "pcscd-socket-start",
            ["systemctl enable --now pcscd.socket"],
            ["systemctl disable --now pcscd.socket"],
        ),
        (
            "pcscd-unmask",
            ["systemctl unmask pcscd.socket pcscd.service", "systemctl start pcscd.socket"],
            ["systemctl mask --now pcscd.socket pcscd.service"],
        ),
    ],
)
def test_a_cure_of_the_system_runs_its_commands_and_the_opposite(
    shop: Workshop, heard: Heard, name: str, applied: list[str], undone: list[str]
) -> None:
    apply(name, shop)
    assert heard.commands == applied
    heard.commands.clear()
    undo(name, shop)
    assert heard.commands == undone
    assert CureJournal(shop.journal).applied() == {}


def test_pcscd_is_restarted_by_systemd_where_it_is(shop: Workshop, heard: Heard) -> None:
    (shop.place.root / "run/systemd/system").mkdir(parents=True)
    apply("pcscd-restart", shop)
    assert heard.commands[-1] == "systemctl restart pcscd.socket"


def test_pcscd_is_started_by_itself_without_systemd(shop: Workshop, heard: Heard) -> None:
    apply("pcscd-restart", shop)
    assert heard.commands == ["pcscd"]


def test_gnupg_gives_the_card_back(shop: Workshop, heard: Heard) -> None:
    apply("scdaemon-stop", shop)
    assert heard.commands == ["gpgconf --kill scdaemon"]


def test_a_driver_of_the_kernel_is_put_away_and_comes_back(shop: Workshop, heard: Heard) -> None:
    device = shop.place.root / "sys/bus/usb/devices/1-1"
    interface = device / "1-1:1.0"
    interface.mkdir(parents=True)
    for name, text in {"idVendor": "072f", "idProduct": "2200", "product": "NFC"}.items():
        (device / name).write_text(text)
    (interface / "bInterfaceClass").write_text("0b\n")
    (interface / "driver").symlink_to("../../drivers/pn533_usb")
    (shop.place.root / "etc/modprobe.d").mkdir(parents=True)
    file = shop.place.root / "etc/modprobe.d/caducee-readers.conf"
    apply("kernel-driver-unload", shop)
    assert file.read_text() == "blacklist pn533_usb\n"
    undo("kernel-driver-unload", shop)
    assert not file.exists()
    assert heard.commands == ["modprobe -r pn533_usb", "modprobe pn533_usb"]


def open_cache(home: Path) -> Path:
    folder = home / ".cache/caducee/cards"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    return folder


def open_run(home: Path) -> Path:
    folder = home.parent / "run"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("name", "make"), [("cache-folder", open_cache), ("daemon-folder", open_run)]
)
def test_a_folder_is_closed_and_gets_its_rights_back(
    shop: Workshop, name: str, make: Callable[[Path], Path]
) -> None:
    folder = make(shop.place.home)
    before = folder.stat().st_mode
    apply(name, shop)
    assert folder.stat().st_mode & 0o777 == 0o700
    apply(name, shop)  # twice: the first mode is the one that comes back
    undo(name, shop)
    assert folder.stat().st_mode == before


def test_the_cache_is_emptied(shop: Workshop) -> None:
    folder = open_cache(shop.place.home)
    (folder / "x.card").write_bytes(b"damaged")
    assert PublicDataCache().health().damaged == 1
    apply("cache-clear", shop)
    assert PublicDataCache().health().files == 0


def test_damaged_settings_are_moved_aside_and_back(shop: Workshop) -> None:
    settings = shop.place.home / "cryptolib.toml"
    settings.write_text("damaged")
    before = files(shop.place.home)
    apply("settings-aside", shop)
    assert not settings.exists()
    undo("settings-aside", shop)
    assert files(shop.place.home) == before


def test_new_settings_are_not_overwritten_by_the_old_ones(shop: Workshop) -> None:
    settings = shop.place.home / "cryptolib.toml"
    settings.write_text("damaged")
    apply("settings-aside", shop)
    settings.write_text('language = "fr"')
    with pytest.raises(StateError) as caught:
        undo("settings-aside", shop)
    assert caught.value.code == "diag.cure_failed"
    assert settings.read_text() == 'language = "fr"'


@pytest.mark.parametrize("before", ["", "module: /opt/other.so\n"])
def test_p11_kit_learns_of_us_and_forgets_us(shop: Workshop, before: str) -> None:
    file = shop.place.home / ".config/pkcs11/modules/caducee.module"
    if before:
        file.parent.mkdir(parents=True)
        file.write_text(before)
    apply("p11kit-register", shop)
    assert file.read_text() == f"module: {shop.place.home}/libcaducee_pkcs11.so\n"
    undo("p11kit-register", shop)
    assert (file.read_text() if file.exists() else "") == before


def refused(do: Callable[[str, Workshop], object], name: str, shop: Workshop) -> str:
    with pytest.raises(StateError) as caught:
        do(name, shop)
    return caught.value.code


def test_what_cannot_be_done_is_told(shop: Workshop, heard: Heard) -> None:
    assert refused(apply, "magic", shop) == "diag.cure_unknown"
    assert refused(undo, "magic", shop) == "diag.cure_unknown"
    assert refused(undo, "cache-clear", shop) == "diag.cure_final"
    assert refused(undo, "clock-sync", shop) == "diag.cure_not_applied"
    heard.fails = True
    assert refused(apply, "clock-sync", shop) == "diag.cure_failed"
    assert CureJournal(shop.journal).applied() == {}


def test_a_cure_of_the_system_needs_root(shop: Workshop, heard: Heard) -> None:
    for one in CURES:
        if one.needs_root:
            user = Workshop(shop.place, heard, root=False)
            assert refused(apply, one.name, user) == "diag.cure_needs_root"
    assert heard.commands == []


def test_a_damaged_journal_undoes_nothing(shop: Workshop, heard: Heard) -> None:
    shop.journal.parent.mkdir(parents=True)
    shop.journal.write_text("{")
    assert refused(undo, "clock-sync", shop) == "diag.cure_failed"
    assert heard.commands == []
