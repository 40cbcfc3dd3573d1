# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A user has root install, or look at, something of theirs."""

import os
import pwd
from pathlib import Path

import pytest

from caducee.base import installation
from caducee.base.errors import StateError
from caducee.cli import browser
from caducee.diagnosis.machine.root import MachineRoot
from caducee.middleware.browsers import BrowserLocations, Installer
from caducee.middleware.daemon.settings import settings_path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
OTHER = 65534


def test_root_works_in_no_home_of_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("CADUCEE_CRYPTOLIB_CONFIG", raising=False)
    assert BrowserLocations.here().home == MachineRoot.here().home == home
    os.chown(home, OTHER, OTHER)
    roots = Path(pwd.getpwuid(0).pw_dir)
    assert BrowserLocations.here().home == MachineRoot.here().home == roots
    assert settings_path().is_relative_to(roots)


@pytest.mark.parametrize("changed", ["module", "python"])
def test_root_gives_everybody_nothing_that_a_user_can_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    for name in ("module", "python"):
        (tmp_path / name).touch(0o755)
    monkeypatch.setattr(installation, "own_code", lambda: (tmp_path / "python",))
    place = BrowserLocations(tmp_path / "home", system=True, root=tmp_path / "root")
    installer = Installer(place, tmp_path / "module")
    browser._refuse_changeable(installer)
    os.chown(tmp_path / changed, OTHER, OTHER)
    with pytest.raises(StateError) as caught:
        browser._refuse_changeable(installer)
    assert caught.value.code == "browser.program_changeable"


def test_root_writes_through_no_link_of_a_user(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    home = tmp_path / "home"
    hosts = home / ".mozilla" / "native-messaging-hosts"
    hosts.mkdir(parents=True)
    place = BrowserLocations(home, system=False, root=tmp_path / "root")
    launcher = place.launcher
    launcher.parent.mkdir(parents=True)
    launcher.symlink_to(precious)
    Installer(place, None).install()
    assert precious.read_text() == "precious"
