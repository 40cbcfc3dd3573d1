# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee uninstall``: nothing is left behind, but for what it names."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from caducee.base.runtime import runtime_folder
from caducee.cli.main import main
from caducee.cli.uninstalling import Removal
from caducee.diagnosis.cures import CureContext, apply
from caducee.diagnosis.machine.root import MachineRoot
from caducee.middleware.browsers import BrowserLocations, Installer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, with everything that caducee finds by the environment inside."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "CADUCEE_SANDBOX"):
        monkeypatch.delenv(name, raising=False)
    module = tmp_path / "libcaducee_pkcs11.so"
    module.touch()
    for name, value in {
        "HOME": home,
        "XDG_RUNTIME_DIR": tmp_path / "run",
        "CADUCEE_CRYPTOLIBD_SOCKET": tmp_path / "run" / "caducee" / "c.sock",
        "PCSCLITE_CSOCK_NAME": tmp_path / "pcscd" / "pcscd.comm",
        "CADUCEE_PKCS11_MODULE": module,
        "LANGUAGE": "en",
    }.items():
        monkeypatch.setenv(name, str(value))
    return home


@pytest.fixture
def system(tmp_path: Path) -> Path:
    return tmp_path / "system"


def used(home: Path, system: Path, *, root: bool) -> None:
    """Leave what a person who uses caducee leaves."""
    shop = CureContext(
        MachineRoot(home, {}, system), lambda *words: None, lambda *words: "", root=root
    )
    apply("p11kit-register", shop)
    for everybody in (False, True):
        Installer(BrowserLocations(home, everybody, system), None).install()
    for name in (".cache/caducee/cards", ".cache/caducee/status", ".local/state/caducee/trace"):
        (home / name).mkdir(parents=True)
        (home / name / "x").write_text("x")
    (home / ".config/caducee").mkdir(parents=True)
    (home / ".config/caducee/manager.json").write_text("{}")
    runtime_folder().mkdir(mode=0o700)


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def done(system: Path, *, root: bool, sandbox: Path | None = None) -> Removal:
    removal = Removal(sandbox, root=root, place=system)
    removal.run()
    return removal


def test_nothing_is_left_of_a_user_who_used_everything(home: Path, system: Path) -> None:
    used(home, system, root=False)
    assert len(tree(home)) > 15
    removal = done(system, root=False)
    assert removal.failed == []
    assert tree(home) == set()
    assert not runtime_folder().exists()


def test_as_root_nothing_is_left_for_everybody_either(home: Path, system: Path) -> None:
    used(home, system, root=True)
    removal = done(system, root=True)
    assert removal.failed == []
    assert {item for item in tree(system) if "caducee" in item} == set()
    assert tree(home) == set()


def test_what_is_for_everybody_is_named_to_a_user(home: Path, system: Path) -> None:
    used(home, system, root=False)
    left = dict(done(system, root=False).left)
    hosts = [item for item in left if item.startswith(str(system))]
    assert hosts and all("as root" in left[host] for host in hosts)


def test_what_a_person_wrote_stays_and_is_named(home: Path, system: Path, tmp_path: Path) -> None:
    settings = home / ".config/caducee/cryptolib.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('language = "fr"')
    (system / "etc/caducee").mkdir(parents=True)
    world = tmp_path / "world"
    world.mkdir()
    left = dict(done(system, root=False, sandbox=world).left)
    assert settings.exists() and world.exists()
    assert {str(settings), str(system / "etc/caducee"), str(world)} <= set(left)
    assert all(left.values())


def test_other_files_in_the_same_places_stay(home: Path, system: Path) -> None:
    used(home, system, root=False)
    other = home / ".config/pkcs11/modules/other.module"
    other.write_text("module: other.so\n")
    hosts = home / ".mozilla/native-messaging-hosts/other.json"
    hosts.write_text("{}")
    done(system, root=False)
    files = {item for item in tree(home) if (home / item).is_file()}
    assert files == {str(item.relative_to(home)) for item in (other, hosts)}


def test_a_cure_that_root_applied_is_named_to_a_user(home: Path, system: Path) -> None:
    root = CureContext(
        MachineRoot(home, {}, system), lambda *words: None, lambda *words: "", root=True
    )
    apply("clock-sync", root)
    assert "cure clock-sync" in dict(done(system, root=False).left)


def test_a_link_in_the_place_of_a_folder_is_not_followed(home: Path, system: Path) -> None:
    other = home / "documents"
    other.mkdir()
    (other / "letter").touch()
    (home / ".cache").mkdir()
    (home / ".cache/caducee").symlink_to(other)
    done(system, root=False)
    assert (other / "letter").exists()
    assert not (home / ".cache/caducee").is_symlink()


def test_what_cannot_be_removed_is_reported_and_stops_nothing(
    home: Path, system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(home, system, root=False)
    original = shutil.rmtree

    def refused(path: Path) -> None:
        if path.name == "caducee" and path.parent.name == ".cache":
            raise PermissionError(13, "Permission denied")
        original(path)

    monkeypatch.setattr(shutil, "rmtree", refused)
    removal = done(system, root=False)
    assert removal.failed == [(str(home / ".cache/caducee"), "Permission denied")]
    assert not (home / ".local").exists()


def test_a_dry_run_changes_nothing_and_says_what_it_would_do(
    home: Path, system: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    used(home, system, root=False)
    before = tree(home)
    with pytest.raises(SystemExit) as ended:
        main(["uninstall", "--dry-run", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert not ended.value.code
    assert str(home / ".cache/caducee") in [item["what"] for item in found["removed"]]
    with pytest.raises(SystemExit):
        main(["uninstall", "--dry-run"])
    assert "Would be removed:" in capsys.readouterr().out
    assert tree(home) == before


@pytest.mark.system
def test_a_database_of_a_browser_loses_the_module(home: Path, system: Path) -> None:
    profile = home / ".mozilla/firefox/a"
    profile.mkdir(parents=True)
    (profile.parent / "profiles.ini").write_text("[Profile0]\nPath=a\n")
    subprocess.run(
        ["certutil", "-N", "-d", f"sql:{profile}", "--empty-password"], check=True, timeout=60
    )
    libc = next(Path("/usr/lib").glob("*/pkcs11/p11-kit-trust.so"))
    named = home.parent / "libcaducee_pkcs11.so"
    named.unlink()
    shutil.copy(libc, named)
    command = ["modutil", "-force", "-dbdir", f"sql:{profile}", "-add", "old name"]
    subprocess.run([*command, "-libfile", str(named)], check=True, timeout=60)
    assert "libcaducee_pkcs11" in (profile / "pkcs11.txt").read_text()
    assert done(system, root=False).failed == []
    assert "libcaducee_pkcs11" not in (profile / "pkcs11.txt").read_text()
