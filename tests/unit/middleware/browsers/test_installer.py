# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the installer writes where; databases of NSS are in tests/interop."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.middleware.browsers import (
    BrowserLocations,
    ComponentKind,
    ComponentState,
    Installer,
    InstallOutcome,
)
from caducee.spec.native_messaging import CHROMIUM_EXTENSION, FIREFOX_EXTENSION, HOST

MODULE = Path("/opt/libmodule.so")
FIREFOX_HOST = Path(f".mozilla/native-messaging-hosts/{HOST}.json")
CHROMIUM_HOST = Path(f".config/chromium/NativeMessagingHosts/{HOST}.json")
POLICIES = Path("etc/firefox/policies/policies.json")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def user(home: Path) -> Installer:
    """Installs the host alone, for one user."""
    return Installer(BrowserLocations(home, system=False), None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


@pytest.fixture
def everybody(home: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    """Installs for everybody, on a machine without the tools of NSS."""
    monkeypatch.setenv("PATH", "/nowhere")
    yield Installer(BrowserLocations(home, system=True, root=root), MODULE)


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_manifests_name_the_program_and_our_extension_alone(user: Installer, home: Path) -> None:
    user.install()
    firefox = json.loads((home / FIREFOX_HOST).read_bytes())
    chromium = json.loads((home / CHROMIUM_HOST).read_bytes())
    assert (firefox["name"], firefox["type"]) == ("org.caducee.host", "stdio")
    assert firefox["allowed_extensions"] == [FIREFOX_EXTENSION]
    assert chromium["allowed_origins"] == [f"chrome-extension://{CHROMIUM_EXTENSION}/"]
    program = Path(firefox["path"])
    assert chromium["path"] == firefox["path"]
    assert os.access(program, os.X_OK)
    assert "-m caducee.middleware.webhost" in program.read_text(encoding="utf-8")


def test_second_installation_changes_nothing(user: Installer) -> None:
    assert {item.outcome for item in user.install()} == {InstallOutcome.ADDED}
    assert {item.outcome for item in user.install()} == {InstallOutcome.NOTHING}
    assert {item.state for item in user.status()} == {ComponentState.INSTALLED}


def test_dry_run_says_the_same_and_changes_nothing(user: Installer, home: Path) -> None:
    said = [(item.part, item.outcome) for item in user.install(dry_run=True)]
    assert tree(home) == set()
    assert said == [(item.part, item.outcome) for item in user.install()]
    before = tree(home)
    assert {item.outcome for item in user.remove(dry_run=True)} == {InstallOutcome.REMOVED}
    assert tree(home) == before


def test_removal_leaves_the_home_as_it_was(user: Installer, home: Path) -> None:
    (home / ".config").mkdir()
    (home / ".config/mine").touch()
    before = tree(home)
    user.install()
    assert {item.outcome for item in user.remove()} == {InstallOutcome.REMOVED}
    assert tree(home) == before


def test_removal_of_nothing_does_nothing(user: Installer, home: Path) -> None:
    assert {item.outcome for item in user.remove()} == {InstallOutcome.NOTHING}
    assert tree(home) == set()


def test_folder_that_was_there_before_stays(user: Installer, home: Path) -> None:
    (home / FIREFOX_HOST).parent.mkdir(parents=True)
    user.install()
    user.remove()
    assert tree(home) == {".mozilla", ".mozilla/native-messaging-hosts"}


def test_folder_where_somebody_put_something_stays(user: Installer, home: Path) -> None:
    user.install()
    (home / FIREFOX_HOST).with_name("other.json").touch()
    user.remove()
    assert (home / FIREFOX_HOST).with_name("other.json").exists()
    assert not (home / FIREFOX_HOST).exists()


def test_host_that_leads_elsewhere_is_reported_and_changed(user: Installer, home: Path) -> None:
    user.install()
    (home / CHROMIUM_HOST).write_text("{}", encoding="ascii")
    states = {item.part.browser: item.state for item in user.status()}
    assert states == {
        "": ComponentState.INSTALLED,
        "Firefox": ComponentState.INSTALLED,
        "Chromium": ComponentState.OTHER,
    }
    outcomes = {item.part.browser: item.outcome for item in user.install()}
    assert outcomes["Chromium"] is InstallOutcome.CHANGED
    assert {item.state for item in user.status()} == {ComponentState.INSTALLED}


def test_relatives_of_chromium_are_served_when_the_user_has_them(
    user: Installer, home: Path
) -> None:
    (home / ".config/google-chrome").mkdir(parents=True)
    user.install()
    assert (home / f".config/google-chrome/NativeMessagingHosts/{HOST}.json").exists()
    assert not (home / ".config/microsoft-edge").exists()


def test_extension_that_a_store_renamed_may_call_too(home: Path) -> None:
    named = ["a" * 32, "other@caducee.org"]
    Installer(BrowserLocations(home, system=False), None, named).install()
    firefox = json.loads((home / FIREFOX_HOST).read_bytes())
    chromium = json.loads((home / CHROMIUM_HOST).read_bytes())
    assert firefox["allowed_extensions"] == [FIREFOX_EXTENSION, "other@caducee.org"]
    assert chromium["allowed_origins"][0] == f"chrome-extension://{'a' * 32}/"
    program = Path(firefox["path"]).read_text(encoding="utf-8")
    assert f"--allow={'a' * 32} --allow=other@caducee.org" in program


def test_everybody_gets_a_policy_and_the_hosts_of_the_system(
    everybody: Installer, root: Path
) -> None:
    everybody.install()
    policies = json.loads((root / POLICIES).read_bytes())
    assert policies == {"policies": {"SecurityDevices": {"Add": {"caducee": str(MODULE)}}}}
    assert (root / f"usr/lib/mozilla/native-messaging-hosts/{HOST}.json").exists()
    assert (root / f"etc/chromium/native-messaging-hosts/{HOST}.json").exists()
    assert (root / "usr/local/lib/caducee/native-host").stat().st_mode & 0o777 == 0o755
    everybody.remove()
    assert tree(root) == set()


def test_other_policies_stay_as_they_are(everybody: Installer, root: Path) -> None:
    theirs = {
        "policies": {
            "DisableTelemetry": True,
            "SecurityDevices": {"Add": {"other": "/other.so"}, "Delete": ["caducee", "old"]},
            "Certificates": {"Install": ["théirs.pem"]},
        }
    }
    path = root / POLICIES
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(theirs), encoding="utf-8")
    everybody.install()
    added = json.loads(path.read_bytes())["policies"]
    assert added["SecurityDevices"]["Add"] == {"other": "/other.so", "caducee": str(MODULE)}
    assert added["SecurityDevices"]["Delete"] == ["old"]
    assert added["Certificates"] == theirs["policies"]["Certificates"]
    everybody.remove()
    left = json.loads(path.read_bytes())["policies"]
    assert left["SecurityDevices"] == {"Add": {"other": "/other.so"}, "Delete": ["old"]}
    assert left["DisableTelemetry"] is True


def test_empty_policies_of_somebody_stay(everybody: Installer, root: Path) -> None:
    path = root / POLICIES
    path.parent.mkdir(parents=True)
    path.write_text('{"policies": {}}', encoding="utf-8")
    everybody.install()
    everybody.remove()
    assert json.loads(path.read_bytes()) == {"policies": {}}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"policies": 1}', '{"policies": {"SecurityDevices": {"Add": []}}}']
)
def test_broken_policies_are_reported_and_left_alone(
    everybody: Installer, root: Path, text: str
) -> None:
    path = root / POLICIES
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    (reported,) = [item for item in everybody.install() if item.part.path == path]
    assert (reported.outcome, reported.error and reported.error.code) == (
        InstallOutcome.FAILED,
        "browser.policies_broken",
    )
    assert path.read_text(encoding="utf-8") == text


def test_missing_tools_are_named_and_stop_nothing_else(everybody: Installer, root: Path) -> None:
    failed = [item for item in everybody.install() if item.outcome is InstallOutcome.FAILED]
    assert [item.error and item.error.code for item in failed] == ["browser.tool_missing"]
    assert (root / POLICIES).exists()


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("snap/firefox/common/.mozilla/firefox", "browser.snap"),
        (".var/app/org.mozilla.firefox/.mozilla/firefox", "browser.flatpak"),
        (".var/app/org.mozilla.firefox/config/mozilla/firefox", "browser.flatpak"),
    ],
)
def test_browser_that_is_shut_in_is_reported_with_its_reason(
    user: Installer, home: Path, folder: str, code: str
) -> None:
    profile = home / folder / "abc.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").touch()
    ini = home / folder / "profiles.ini"
    ini.write_text("[Profile0]\nName=default\nIsRelative=1\nPath=abc.default\n", encoding="ascii")
    (reported,) = [item for item in user.status() if item.state is ComponentState.IMPOSSIBLE]
    assert (reported.part.kind, reported.part.path) == (ComponentKind.MODULE, profile)
    assert reported.error is not None
    assert reported.error.code == code


def test_database_of_a_chromium_that_is_shut_in_is_reported(user: Installer, home: Path) -> None:
    (home / "snap/chromium/current/.pki/nssdb").mkdir(parents=True)
    (reported,) = [item for item in user.status() if item.state is ComponentState.IMPOSSIBLE]
    assert reported.error is not None
    assert (reported.part.browser, reported.error.code) == ("Chromium", "browser.snap")


def test_journal_that_cannot_be_read_stops_the_removal_of_folders(
    user: Installer, home: Path
) -> None:
    user.install()
    (home / ".local/state/caducee/browsers.json").write_text("{", encoding="ascii")
    reported = {item.error.code for item in user.remove() if item.error}
    assert reported == {"browser.journal_broken"}


def test_no_part_ever_names_an_authority(everybody: Installer, root: Path, home: Path) -> None:
    """The authorities of the twin are for no browser to trust (design decision 10)."""
    everybody.install()
    written = [path.read_bytes() for path in (*root.rglob("*"), *home.rglob("*")) if path.is_file()]
    assert written
    for content in written:
        assert b"Certificates" not in content
        assert b"BEGIN CERTIFICATE" not in content
        assert b"ImportEnterpriseRoots" not in content
