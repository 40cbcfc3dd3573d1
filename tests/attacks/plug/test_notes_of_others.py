# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Another user steers the notes, the lock or the log of inserted cards."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from caducee.base import runtime
from caducee.base.errors import CpsError
from caducee.virtualcard.plug import slots

if TYPE_CHECKING:
    from tests.attacks.conftest import RunAs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

type Start = Callable[[int], "subprocess.Popen[bytes]"]

EJECT = """
from caducee.cli.main import main
from caducee.virtualcard.plug import slots, pcscd; from pathlib import Path
for one in slots.inserted(Path(sys.argv[1])): slots.eject(one)
"""
INSERT = """
from caducee.virtualcard.plug import slots; from pathlib import Path
slots.insert(Path(sys.argv[2]), pcscd=Path(sys.argv[1]))
"""
MAKE = """
from pathlib import Path
folder = Path(sys.argv[1]); folder.mkdir(parents=True, exist_ok=True); folder.chmod(0o755)
if len(sys.argv) > 3: (folder / sys.argv[2]).write_text(sys.argv[3])
"""

LINK = "from pathlib import Path\nPath(sys.argv[1]).symlink_to(sys.argv[2])"


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for ``/run``: this machine's own cards are left alone."""
    monkeypatch.setattr(runtime, "_ROOTS", str(tmp_path))
    return tmp_path


def named(pcscd: Path) -> str:
    return f"slot-0-{pcscd.as_posix().strip('/').replace('/', '-')}"


def note(process: "subprocess.Popen[bytes]", pcscd: Path) -> str:
    """Return a note that names a process, with its true start time."""
    born = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
    facts = {"slot": 0, "pid": process.pid, "born": born, "card": "/card", "pcscd": str(pcscd)}
    return json.dumps(facts)


def test_a_user_has_root_end_no_process(
    shared: Path,
    attacker: int,
    run_as: "RunAs",
    process: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sleeper = process(0)
    place = shared / "user"
    run_as(attacker, MAKE, str(place / "caducee"), f"{named(shared)}.json", note(sleeper, shared))
    assert (place / "caducee").stat().st_uid == attacker
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    for item in slots.inserted(shared):
        slots.eject(item)
    assert sleeper.poll() is None


def test_a_user_has_root_empty_no_file_of_roots_through_an_exchanged_folder(
    shared: Path,
    tmp_path: Path,
    attacker: int,
    run_as: "RunAs",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    precious = tmp_path / "of-root" / "caducee"
    precious.mkdir(0o700, parents=True)
    names = ("lock", f"{named(shared)}.log")
    for name in names:
        (precious / name).write_text("precious")
    assert not run_as(attacker, LINK, str(shared / "run"), str(precious.parent)).returncode
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared / "run"))
    with pytest.raises(CpsError):
        slots.insert(tmp_path / "no-card.json", pcscd=shared)
    assert [(precious / name).read_text() for name in names] == ["precious", "precious"]


@pytest.fixture
def first_come(victim: int) -> Iterator[Path]:
    """The place of a user's folder under the temporary directory, where another user is first."""
    folder = Path(f"/tmp/caducee-{victim}")
    yield folder
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder)


def test_no_user_has_another_end_a_process_of_their_own(
    shared: Path, first_come: Path, attacker: int, victim: int, run_as: "RunAs", process: Start
) -> None:
    sleeper = process(victim)
    for folder in (first_come, first_come / "caducee"):
        run_as(attacker, MAKE, str(folder), f"{named(shared)}.json", note(sleeper, shared))
    done = run_as(victim, EJECT, str(shared))
    assert sleeper.poll() is None
    assert "base.folder_unsafe" in done.stderr


def test_no_user_has_another_empty_a_file_of_their_own(
    shared: Path, first_come: Path, attacker: int, victim: int, run_as: "RunAs"
) -> None:
    state = shared / "state" / "caducee"
    run_as(victim, MAKE, str(state), "lock", "precious")
    run_as(attacker, LINK, str(first_come), str(state.parent))
    done = run_as(victim, INSERT, str(shared), str(shared / "no-card.json"))
    assert (state / "lock").read_text() == "precious"
    assert "base.folder_unsafe" in done.stderr
