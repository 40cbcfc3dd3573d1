# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the diagnosis says where the real polkit decides who may use the real pcscd.

Bus, polkitd and pcscd are our own, in a mount namespace; the diagnosis runs as ``nobody``, for
polkit never refuses root.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.system, pytest.mark.namespaces("mount", "network")]

PATIENCE = 30.0
NOBODY = 65534
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/></policy></busconfig>
"""
RULE = """polkit.addRule(function(action, subject) {{
    if (action.id.indexOf("org.debian.pcsc-lite.") == 0) return polkit.Result.{answer};
}});
"""
WORLD = """
set -e
folder=$1
mount --make-rprivate /
mount --bind "$folder/rules" /etc/polkit-1/rules.d
mkdir -p /run/pcscd && mount --bind "$folder/run" /run/pcscd
ip link set lo up
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$folder/bus PCSCLITE_HP_DROPDIR=$folder/drivers
end() { trap - EXIT TERM; kill $(jobs -p) 2>/dev/null; wait; exit; }
trap end EXIT TERM
dbus-daemon --config-file="$folder/bus.conf" --nofork --nopidfile &
while [ ! -S "$folder/bus" ]; do sleep 0.05; done
[ "$2" = silent ] || /usr/lib/polkit-1/polkitd --no-debug &
[ "$2" = silent ] || until dbus-send --system --print-reply --dest=org.freedesktop.DBus / \
  org.freedesktop.DBus.NameHasOwner string:org.freedesktop.PolicyKit1 | grep -q true
do sleep 0.05; done
pcscd --foreground &
wait $!
"""
ASK = """
import json, os, sys
import caducee.diagnosis.bundle, caducee.diagnosis.checks
import caducee.diagnosis.engine, caducee.diagnosis.machine
import caducee.cryptolib, caducee.middleware.module
from caducee.diagnosis.session import DiagnosisOptions, DiagnosisSession
os.chdir("/")
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
report = DiagnosisSession(DiagnosisOptions()).run()
print(json.dumps({one.check: [found.code for found in one.findings] for one in report.results}))
"""

type World = Callable[..., dict[str, list[str]]]


@pytest.fixture
def world() -> Iterator[World]:
    """Runs the diagnosis where a rule of polkit gives this answer; returns codes by check."""
    folder = Path(tempfile.mkdtemp(prefix="caducee-polkit-"))
    folder.chmod(0o755)
    started: list[subprocess.Popen[bytes]] = []

    def run(
        answer: str, polkit: str = "answers", mode: int = 0o666, **more: str
    ) -> dict[str, list[str]]:
        for name in ("rules", "run", "drivers", "home"):
            (folder / name).mkdir()
        (folder / "home").chmod(0o777)
        (folder / "bus.conf").write_text(BUS.format(folder=folder))
        (folder / "rules" / "00-test.rules").write_text(RULE.format(answer=answer))
        command = ["unshare", "--mount", "--net", "bash", "-c", WORLD]
        command += ["world", str(folder), polkit]
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        socket = folder / "run" / "pcscd.comm"
        deadline = time.monotonic() + PATIENCE
        while not socket.exists():
            assert process.poll() is None and time.monotonic() < deadline, "pcscd did not start"
            time.sleep(0.05)
        socket.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder / "home"),
                "PCSCLITE_CSOCK_NAME": str(socket),
                "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus",
            }
            | more,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        found: dict[str, list[str]] = json.loads(done.stdout)
        return found

    yield run
    for process in started:
        process.terminate()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_rule_that_denies_is_named(world: World) -> None:
    found = world("NO")
    assert found["pcsc-service"] == []
    assert found["pcsc-access"] == ["diag.pcsc_refused"]
    assert found["readers"] == []  # not looked at


def test_in_a_remote_session_that_is_said_to_be_the_reason(world: World) -> None:
    found = world("NO", SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22")
    assert found["pcsc-access"] == ["diag.pcsc_refused_remote"]


def test_a_socket_that_this_user_may_not_write_to_is_named(world: World) -> None:
    found = world("YES", mode=0o600)
    assert found["pcsc-access"] == ["diag.pcscd_socket_rights"]


def test_a_polkit_that_does_not_answer_is_reported_apart_from_one_that_denies(world: World) -> None:
    found = world("YES", polkit="silent")
    assert found["pcsc-service"] == []
    assert found["pcsc-access"] == ["diag.polkit_silent"]


def test_a_rule_that_allows_lets_the_diagnosis_go_on(world: World) -> None:
    found = world("YES")
    assert found["pcsc-access"] == []
    assert found["card-present"] == ["diag.card_absent"]
