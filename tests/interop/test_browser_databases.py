# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The module in real databases of NSS, by NSS's own tools; with SoftHSM in the module's place."""

import shutil
import subprocess
from pathlib import Path

import pytest

from caducee.middleware.browsers import (
    BrowserLocations,
    ComponentKind,
    ComponentResult,
    ComponentState,
    Installer,
    InstallOutcome,
)
from caducee.middleware.browsers.nss import modules

pytestmark = pytest.mark.system

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose Firefox has two profiles, and one that was never started."""
    home = tmp_path / "home"
    firefox = home / ".mozilla/firefox"
    lines = []
    for number, name in enumerate(("used", "other", "fresh")):
        (firefox / name).mkdir(parents=True)
        lines += [f"[Profile{number}]", f"Name={name}", "IsRelative=1", f"Path={name}", ""]
        if name != "fresh":
            new_database(firefox / name)
    (firefox / "profiles.ini").write_text("\n".join(lines), encoding="ascii")
    configuration = tmp_path / "softhsm2.conf"
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    configuration.write_text(f"directories.tokendir = {tokens}\n", encoding="ascii")
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    return home


@pytest.fixture
def installer(home: Path) -> Installer:
    return Installer(BrowserLocations(home, system=False), MODULE)


def new_database(folder: Path) -> None:
    run("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def databases(home: Path) -> list[Path]:
    return [home / ".mozilla/firefox/used", home / ".mozilla/firefox/other", home / ".pki/nssdb"]


def of_modules(results: list[ComponentResult]) -> list[ComponentResult]:
    return [result for result in results if result.part.kind is ComponentKind.MODULE]


def test_every_database_names_the_module(installer: Installer, home: Path) -> None:
    found = of_modules(installer.install())
    assert [(item.part.path, item.outcome) for item in found] == [
        (database, InstallOutcome.ADDED) for database in databases(home)
    ]
    for folder in databases(home):
        listed = run("modutil", "-dbdir", f"sql:{folder}", "-list", "caducee")
        assert f"Library file: {MODULE}" in listed
    assert not (home / ".mozilla/firefox/fresh/cert9.db").exists()


def test_installed_twice_is_installed_once(installer: Installer, home: Path) -> None:
    installer.install()
    before = (home / ".pki/nssdb/pkcs11.txt").read_text(encoding="ascii")
    assert {item.outcome for item in installer.install()} == {InstallOutcome.NOTHING}
    assert (home / ".pki/nssdb/pkcs11.txt").read_text(encoding="ascii") == before
    assert {item.state for item in installer.status()} == {ComponentState.INSTALLED}


def test_removal_takes_a_database_of_ours_and_leaves_theirs(
    installer: Installer, home: Path
) -> None:
    before = {path for path in home.rglob("*") if not path.is_relative_to(home / ".pki")}
    installer.install()
    assert {item.outcome for item in installer.remove()} == {InstallOutcome.REMOVED}
    assert set(home.rglob("*")) == before
    assert "caducee" not in modules(home / ".mozilla/firefox/used")


def test_database_of_ours_that_somebody_uses_now_stays(
    installer: Installer, home: Path, tmp_path: Path
) -> None:
    installer.install()
    place = f"sql:{home / '.pki/nssdb'}"
    root = tmp_path / "theirs.pem"
    key = tmp_path / "key.pem"
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=theirs"),
        *("-keyout", str(key), "-out", str(root)),
    )
    run("certutil", "-A", "-d", place, "-n", "theirs", "-t", ",,", "-i", str(root))
    installer.remove()
    assert "theirs" in run("certutil", "-L", "-d", place)
    assert "caducee" not in modules(home / ".pki/nssdb")


def test_module_that_leads_elsewhere_is_replaced(
    installer: Installer, home: Path, tmp_path: Path
) -> None:
    old = shutil.copy(MODULE, tmp_path / "old.so")
    Installer(BrowserLocations(home, system=False), Path(old)).install()
    assert {module.state for module in of_modules(installer.status())} == {ComponentState.OTHER}
    assert {module.outcome for module in of_modules(installer.install())} == {
        InstallOutcome.CHANGED
    }
    assert modules(home / ".pki/nssdb")["caducee"] == str(MODULE)


def test_module_of_somebody_else_stays(installer: Installer, home: Path, tmp_path: Path) -> None:
    folder = home / ".pki/nssdb"
    folder.mkdir(parents=True)
    new_database(folder)
    other = shutil.copy(MODULE, tmp_path / "other.so")
    run("modutil", "-force", "-dbdir", f"sql:{folder}", "-add", "theirs", "-libfile", str(other))
    installer.install()
    assert {"theirs", "caducee"} <= modules(folder).keys()
    installer.remove()
    assert modules(folder)["theirs"] == str(other)
    assert "caducee" not in modules(folder)


def test_dry_run_makes_no_database(installer: Installer, home: Path) -> None:
    before = set(home.rglob("*"))
    assert {module.outcome for module in of_modules(installer.install(dry_run=True))} == {
        InstallOutcome.ADDED
    }
    assert set(home.rglob("*")) == before


def test_database_that_is_broken_is_reported(installer: Installer, home: Path) -> None:
    (home / ".mozilla/firefox/used/cert9.db").write_bytes(b"broken" * 1000)
    (home / ".mozilla/firefox/used/key4.db").write_bytes(b"broken" * 1000)
    first, second, third = of_modules(installer.install())
    assert first.error is not None
    assert (first.outcome, first.error.code) == (InstallOutcome.FAILED, "browser.database_broken")
    assert [second.outcome, third.outcome] == [InstallOutcome.ADDED, InstallOutcome.ADDED]


def test_no_authority_enters_a_database(installer: Installer, home: Path) -> None:
    """The authorities of the twin are for no browser to trust (design decision 10)."""
    installer.install()
    for folder in databases(home):
        listed = run("certutil", "-L", "-d", f"sql:{folder}").splitlines()
        assert not [item for item in listed if item.strip()][2:]
