# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cures: each does what it says, and is undone whole where it can be."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from caducee.base import catalogue
from caducee.base.errors import StateError
from caducee.cryptolib.cache import PublicDataCache
from caducee.diagnosis.cures import (
    CURES,
    CureContext,
    apply,
    changed,
    command_line,
    cure_named,
    model,
    own,
    undo,
)
from caducee.diagnosis.cures import applied as applied_now
from caducee.diagnosis.machine.root import MachineRoot
from caducee.middleware.browsers import BrowserLocations, Installer


class Heard:
    """A command that only listens."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.fails = False
        self.answers: dict[str, str] = {}

    def output(self, *words: str) -> str:
        """Answer a question to a program."""
        return self.answers.get(" ".join(words), "")

    def __call__(self, *words: str) -> None:
        self.commands.append(" ".join(words))
        if self.fails:
            raise OSError("said no")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def context(tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> CureContext:
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
    place = MachineRoot(home, {"PATH": "/usr/bin"}, tmp_path / "system")
    return CureContext(place, heard, heard.output, root=True)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_cure_that_a_code_names_is_there_and_each_is_named_or_general() -> None:
    named = {entry.cure for entry in catalogue.entries() if entry.cure}
    assert named == {cure.name for cure in CURES}


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
    context: CureContext, heard: Heard, name: str, applied: list[str], undone: list[str]
) -> None:
    apply(name, context)
    assert heard.commands == applied
    heard.commands.clear()
    undo(name, context)
    assert heard.commands == undone
    assert applied_now(context) == {}


@pytest.mark.parametrize(
    ("name", "question", "answer", "undone"),
    [
        ("clock-sync", "timedatectl show --property=NTP --value", "yes\n", []),
        (
            "pcscd-socket-start",
            "systemctl is-enabled pcscd.socket",
            "enabled\n",
            ["systemctl stop pcscd.socket"],
        ),
        (
            "pcscd-unmask",
            "systemctl is-enabled pcscd.service",
            "static\n",
            ["systemctl mask --now pcscd.socket"],
        ),
    ],
)
def test_what_was_so_before_is_so_after_it_was_undone(
    context: CureContext, heard: Heard, name: str, question: str, answer: str, undone: list[str]
) -> None:
    heard.answers[question] = answer
    apply(name, context)
    heard.commands.clear()
    undo(name, context)
    assert heard.commands == undone


def test_what_root_did_is_known_to_everybody_and_undone_by_root_alone(
    context: CureContext, heard: Heard
) -> None:
    apply("clock-sync", context)
    user = CureContext(context.place, heard, heard.output, root=False)
    assert set(applied_now(user)) == {"clock-sync"}
    assert context.root_journal.stat().st_mode & 0o777 == 0o644
    assert context.root_journal.parent.stat().st_mode & 0o777 == 0o755
    with pytest.raises(StateError) as caught:
        undo("clock-sync", user)
    assert caught.value.code == "diag.cure_needs_root"
    assert "diag --undo clock-sync" in caught.value.advice()


def test_pcscd_is_restarted_by_systemd_where_it_is(context: CureContext, heard: Heard) -> None:
    (context.place.root / "run/systemd/system").mkdir(parents=True)
    apply("pcscd-restart", context)
    assert heard.commands[-1] == "systemctl restart pcscd.socket"


def test_pcscd_is_started_by_itself_without_systemd(context: CureContext, heard: Heard) -> None:
    apply("pcscd-restart", context)
    assert heard.commands == [f"{context.python} -m caducee.virtualcard.plug.pcscd"]


def test_gnupg_gives_the_card_back(context: CureContext, heard: Heard) -> None:
    apply("scdaemon-stop", context)
    assert heard.commands == ["gpgconf --kill scdaemon"]


def test_what_an_applied_cure_changed_is_named_with_its_facts(context: CureContext) -> None:
    folder = open_cache(context.place.home)
    apply("cache-folder", context)
    kept = applied_now(context)["cache-folder"]
    assert changed(cure_named("cache-folder"), kept) == f"Mode of {folder}: 700; before: 777."


def test_every_cure_keeps_the_facts_that_say_what_it_changed(
    context: CureContext, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {
        "browser-register": {"parts": "module firefox /a\nhost firefox /b"},
        "firefox-policy": {"/etc/firefox/policies/policies.json": "{}"},
        "kernel-driver-unload": {"drivers": "pn533_usb"},
        "settings-aside": {"path": "/a", "aside": "/b"},
        "p11kit-register": {"path": "/a", "before": ""},
    }
    for name in ("clock-sync", "pcscd-socket-start", "pcscd-unmask"):
        apply(name, context)
    kept |= applied_now(context)
    for cure in CURES:
        facts = kept.get(cure.name, {"folder": "/a", "mode": "777"})
        assert "{" not in changed(cure, facts), cure.name


def test_a_driver_of_the_kernel_is_put_away_and_comes_back(
    context: CureContext, heard: Heard
) -> None:
    device = context.place.root / "sys/bus/usb/devices/1-1"
    interface = device / "1-1:1.0"
    interface.mkdir(parents=True)
    for name, text in {"idVendor": "072f", "idProduct": "2200", "product": "NFC"}.items():
        (device / name).write_text(text)
    (interface / "bInterfaceClass").write_text("0b\n")
    (interface / "driver").symlink_to("../../drivers/pn533_usb")
    (context.place.root / "etc/modprobe.d").mkdir(parents=True)
    file = context.place.root / "etc/modprobe.d/caducee-readers.conf"
    apply("kernel-driver-unload", context)
    assert file.read_text() == "blacklist pn533_usb\n"
    undo("kernel-driver-unload", context)
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
    context: CureContext, name: str, make: Callable[[Path], Path]
) -> None:
    folder = make(context.place.home)
    before = folder.stat().st_mode
    apply(name, context)
    assert folder.stat().st_mode & 0o777 == 0o700
    apply(name, context)  # twice: the first mode is the one that comes back
    undo(name, context)
    assert folder.stat().st_mode == before


def test_the_cache_is_emptied(context: CureContext) -> None:
    folder = open_cache(context.place.home)
    (folder / "x.card").write_bytes(b"damaged")
    assert PublicDataCache().health().damaged == 1
    apply("cache-clear", context)
    assert PublicDataCache().health().files == 0


def test_damaged_settings_are_moved_aside_and_back(context: CureContext) -> None:
    settings = context.place.home / "cryptolib.toml"
    settings.write_text("damaged")
    before = files(context.place.home)
    apply("settings-aside", context)
    assert not settings.exists()
    undo("settings-aside", context)
    assert files(context.place.home) == before


def test_new_settings_are_not_overwritten_by_the_old_ones(context: CureContext) -> None:
    settings = context.place.home / "cryptolib.toml"
    settings.write_text("damaged")
    apply("settings-aside", context)
    settings.write_text('language = "fr"')
    with pytest.raises(StateError) as caught:
        undo("settings-aside", context)
    assert caught.value.code == "diag.cure_failed"
    assert settings.read_text() == 'language = "fr"'


@pytest.mark.parametrize("before", ["", "module: /opt/other.so\n"])
@pytest.mark.parametrize(
    ("root", "path"),
    [
        (False, "home/.config/pkcs11/modules/caducee.module"),
        (True, "system/etc/pkcs11/modules/caducee.module"),
    ],
)
def test_p11_kit_learns_of_us_and_forgets_us(
    context: CureContext, heard: Heard, before: str, root: bool, path: str
) -> None:
    context = CureContext(context.place, heard, heard.output, root=root)
    file = context.place.home.parent / path
    if before:
        file.parent.mkdir(parents=True)
        file.write_text(before)
    apply("p11kit-register", context)
    assert file.read_text() == f"module: {context.place.home}/libcaducee_pkcs11.so\n"
    undo("p11kit-register", context)
    assert (file.read_text() if file.exists() else "") == before


def refused(do: Callable[[str, CureContext], object], name: str, context: CureContext) -> str:
    with pytest.raises(StateError) as caught:
        do(name, context)
    return caught.value.code


def test_what_cannot_be_done_is_reported(context: CureContext, heard: Heard) -> None:
    assert refused(apply, "magic", context) == "diag.cure_unknown"
    assert refused(undo, "magic", context) == "diag.cure_unknown"
    assert refused(undo, "cache-clear", context) == "diag.cure_final"
    assert refused(undo, "clock-sync", context) == "diag.cure_not_applied"
    heard.fails = True
    assert refused(apply, "clock-sync", context) == "diag.cure_failed"
    assert applied_now(context) == {}


def test_a_cure_of_the_system_needs_root(context: CureContext, heard: Heard) -> None:
    for cure in CURES:
        if cure.needs_root:
            user = CureContext(context.place, heard, heard.output, root=False)
            assert refused(apply, cure.name, user) == "diag.cure_needs_root"
    assert heard.commands == []


@pytest.mark.parametrize("text", ["{", "[]", '{"clock-sync": 1}'])
def test_with_a_damaged_note_of_cures_nothing_is_done_and_nothing_undone(
    context: CureContext, heard: Heard, text: str
) -> None:
    context.root_journal.parent.mkdir(parents=True)
    context.root_journal.write_text(text)
    assert refused(undo, "clock-sync", context) == "diag.cures_unreadable"
    assert refused(apply, "clock-sync", context) == "diag.cures_unreadable"
    assert heard.commands == []


def test_settings_that_are_damaged_twice_are_both_kept(context: CureContext) -> None:
    settings = context.place.home / "cryptolib.toml"
    for text in ("first", "second"):
        settings.write_text(text)
        apply("settings-aside", context)
    kept = files(context.place.home)
    assert {b"first", b"second"} <= set(kept.values())
    undo("settings-aside", context)
    assert settings.read_text() == "first"


def hosts(context: CureContext) -> Installer:
    """What makes browsers know the program of the extension, without the module."""
    return Installer(
        BrowserLocations(context.place.home, system=False, root=context.place.root), None
    )


def test_browsers_that_knew_us_before_keep_us_when_the_cure_is_undone(
    context: CureContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "_installer", hosts)
    hosts(context).install()
    (gone,) = (context.place.home / ".mozilla/native-messaging-hosts").glob("*.json")
    gone.unlink()
    before = files(context.place.home)
    apply("browser-register", context)
    assert gone.exists()
    undo("browser-register", context)
    notes = ".local/state/caducee/browsers.json"
    assert files(context.place.home) | {notes: b""} == before | {notes: b""}


def test_when_one_browser_cannot_learn_of_us_none_does(context: CureContext) -> None:
    before = files(context.place.home)  # the module is not a library: NSS refuses it
    assert refused(apply, "browser-register", context) == "diag.cure_failed"
    assert files(context.place.home) == before


def test_sudo_gets_the_whole_path_of_a_program_that_it_would_not_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "caducee"
    beside.touch()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(model, "only_root_changes", lambda *paths: True)
    monkeypatch.setattr(shutil, "which", lambda name, path: None)
    output = command_line("--undo", "clock-sync", needs_root=True)
    assert output == f"sudo {beside} diag --undo clock-sync"
    monkeypatch.setattr(shutil, "which", lambda name, path: "/usr/bin/caducee")
    assert command_line("--undo", "x", needs_root=True) == "sudo caducee diag --undo x"
    assert command_line("--apply", "x", needs_root=False) == "caducee diag --apply x"
