# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cures of pcscd with the real one, on a machine without a service manager.

Processes, network and folders are the test's own (namespaces), so that no other pcscd is met.
"""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = [pytest.mark.system, pytest.mark.namespaces("mount", "network", "pid")]

NAMESPACES = "unshare --mount --net --pid --fork --mount-proc --kill-child".split()
WORLD = """
mount --make-rprivate /
mkdir -p /run/pcscd /var/lib/caducee
mount --bind "$1/run" /run/pcscd
mount --bind "$1/state" /var/lib/caducee
ip link set lo up
exec "$2" -c "$3"
"""
STORY = """
import json, os, signal, subprocess, sys, time
from pathlib import Path

def diag(*arguments):
    command = [sys.executable, "-m", "caducee", "diag", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout) if done.stdout else {"failed": done.stderr}

def pids():
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        name, _, rest = (folder / "stat").read_text().rpartition(")")
        if name.endswith("(pcscd") and rest.split()[0] not in "ZX":
            found.append(int(folder.name))
    return found

output = {}

def tell(step):
    found = diag("--timeout", "2")
    output[step] = {"first": found["first"], "cure": found["findings"][0]["apply"], "pids": pids()}

tell("stopped")
output["applied"] = diag("--apply", "pcscd-start")
tell("started")
output["own network"] = os.stat(f"/proc/{pids()[0]}/ns/net") != os.stat("/proc/self/ns/net")
asked = "from caducee.reader.pcsc import PcscContext; print(len(PcscContext().readers()))"
output["another user"] = subprocess.run(
    [sys.executable, "-c", asked], capture_output=True, text=True, user=65534, group=65534
).stdout.strip()
diag("--undo", "pcscd-start")
output["undone"] = pids()
diag("--apply", "pcscd-start")
os.kill(pids()[0], signal.SIGKILL)
while pids():
    time.sleep(0.02)
Path("/run/pcscd/pcscd.pid").write_text(str(os.getpid()))  # the number is another's by now
tell("killed")
diag("--apply", output["killed"]["cure"])
tell("started again")
os.kill(pids()[0], signal.SIGSTOP)
tell("hung")
diag("--apply", output["hung"]["cure"])
tell("restarted")
other = Path.home() / "pcscd"  # looks like one, and ends like one
other.symlink_to("/bin/sleep")
second = subprocess.Popen([other, "600"])
tell("two")
diag("--apply", output["two"]["cure"])
second.wait(60)
tell("one")
print(json.dumps(output))
for one in pids():
    os.kill(one, signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was output of the pcscd of a machine, and what its cures made of it."""
    folder = tmp_path_factory.mktemp("machine")
    for name in ("run", "state", "home"):
        (folder / name).mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [*NAMESPACES, "bash", "-ec", WORLD, "world", str(folder), sys.executable, STORY],
        env=kept | {"HOME": str(folder / "home"), "LANGUAGE": "en"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("before", "code", "cure", "after"),
    [
        ("stopped", "diag.pcscd_stopped", "pcscd-start", "started"),
        ("killed", "diag.pcscd_stale_socket", "pcscd-start", "started again"),
        ("hung", "diag.pcscd_hung", "pcscd-restart", "restarted"),
        ("two", "diag.pcscd_twice", "pcscd-restart", "one"),
    ],
)
def test_a_pcscd_that_is_broken_is_named_and_its_cure_heals_it(
    story: dict[str, Any], before: str, code: str, cure: str, after: str
) -> None:
    assert (story[before]["first"], story[before]["cure"]) == (code, cure)
    assert story[after]["first"] == "diag.card_absent"
    assert len(story[after]["pids"]) == 1


def test_pcscd_is_started_as_card_insert_does_it(story: dict[str, Any]) -> None:
    assert story["own network"]
    assert int(story["another user"]) > 0  # polkit refuses nobody


def test_the_check_that_failed_is_run_again_after_the_cure(story: dict[str, Any]) -> None:
    assert (story["applied"]["helped"], story["applied"]["left"]) == (True, [])


def test_a_start_is_undone(story: dict[str, Any]) -> None:
    assert story["undone"] == []


def test_a_hung_pcscd_is_another_process_after_the_restart(story: dict[str, Any]) -> None:
    assert story["restarted"]["pids"] != story["hung"]["pids"]
