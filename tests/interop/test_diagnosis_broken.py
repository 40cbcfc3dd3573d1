# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee diag`` where one thing is really broken: a disk, a database of NSS, p11-kit, a card
that ended, a clock, a port; a card lies in a real pcscd's reader. Cures are applied, and undone.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tools import native

from caducee.base.clock import SystemClock
from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.testing.pcscd import InsertCard

pytestmark = pytest.mark.system

OPENSC = Path("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
INI = "[Profile0]\nName=default\nIsRelative=1\nPath=x.default\nDefault=1\n"
HEALTHY = (None, "diag.p11kit_fight")
"""The first code of a machine on which everything works, without and with Debian's OpenSC."""

_WRONG = ("error", "warning")

type Issue = Callable[[int], None]


class Person:
    """A user with a home, a Firefox profile, a daemon and nothing of anybody else's."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.profile = home / ".mozilla/firefox/x.default"
        self.profile.mkdir(parents=True)
        (self.profile.parent / "profiles.ini").write_text(INI)
        (home / "run").mkdir(mode=0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        self.environment = kept | {
            "HOME": str(home),
            "LANGUAGE": "en",
            "CADUCEE_PKCS11_MODULE": str(native.build(native.host())),
            "CADUCEE_CRYPTOLIBD_SOCKET": str(home / "run/cryptolibd.sock"),
        }
        self.nss("certutil", "-N", "--empty-password")

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def nss(self, tool: str, *arguments: str) -> str:
        where = "-dbdir" if tool == "modutil" else "-d"
        return self.run(tool, *arguments, where, f"sql:{self.profile}")

    def cure(self, option: str, name: str) -> None:
        self.run(sys.executable, "-m", "caducee", "diag", option, name)

    def output(self, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "caducee", "diag", "--json", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def first(self, *arguments: str) -> Any:
        """Return the first code of an error or a warning."""
        found = self.output(*arguments)["findings"]
        return next((item["code"] for item in found if item["severity"] in _WRONG), None)


@pytest.fixture
def person(pcscd: Path, tmp_path: Path) -> Iterator[Person]:
    made = Person(tmp_path / "home")
    yield made
    made.cure("--apply", "daemon-start")  # NSS's tools have started one as well
    made.cure("--undo", "daemon-start")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("world") / "world"
    with Sandbox.create(folder, ca_keys=SharedKeys()) as made:
        yield made


@pytest.fixture
def issue(world: Sandbox, inserted_card: InsertCard) -> Issue:
    """Put a card into a reader that was made so many days ago."""

    def make(days: int) -> None:
        world.clock.move_days(-days)
        order = CardOrder(person=identities.person(1 + days))
        image = world.issue(order, keys=SharedKeys(card_keys=1)).image
        world.clock.reset()
        inserted_card(image)

    return make


def test_a_module_that_is_taken_out_of_a_profile_is_named_put_back_and_out_again(
    person: Person, issue: Issue
) -> None:
    issue(0)
    person.cure("--apply", "browser-register")
    assert person.first() in HEALTHY
    person.nss("modutil", "-force", "-delete", "caducee")
    output = person.output()
    assert (output["first"], output["findings"][0]["apply"]) == (
        "diag.firefox_absent",
        "browser-register",
    )
    person.cure("--apply", "browser-register")
    assert person.first() in HEALTHY
    person.cure("--undo", "browser-register")
    assert person.first() == "diag.firefox_absent"
    assert "caducee" not in person.nss("modutil", "-list")


def test_opensc_beside_our_module_is_named(person: Person, issue: Issue) -> None:
    issue(0)
    person.cure("--apply", "browser-register")
    person.nss("modutil", "-force", "-add", "OpenSC", "-libfile", str(OPENSC))
    output = person.output()
    assert output["first"] == "diag.modules_opensc"
    assert output["findings"][0]["facts"] == {"browser": "Firefox", "library": str(OPENSC)}
    person.nss("modutil", "-force", "-delete", "OpenSC")
    assert person.first() in HEALTHY


KIT = """
import json, os, subprocess
import caducee.middleware.module, caducee.diagnosis.cures, caducee.diagnosis.machine
from caducee.diagnosis.cures import CureContext, apply, undo
from caducee.diagnosis.machine import MachineRoot
from caducee.diagnosis.machine.programs import p11kit
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
os.chdir("/")
context, output = CureContext(MachineRoot.here()), []
def look():
    listed = subprocess.run(["p11-kit", "list-modules"], capture_output=True, text=True)
    loaded = "loading module caducee from path" in listed.stderr
    output.append([loaded, p11kit(MachineRoot.here()).state])
look()
apply("p11kit-register", context)
look()
undo("p11kit-register", context)
look()
print(json.dumps(output))
"""


def test_p11_kit_itself_knows_our_module_after_the_cure_and_not_after_it_was_undone() -> None:
    """As another user than root, whose home p11-kit does not read."""
    with tempfile.TemporaryDirectory(prefix="caducee-kit-") as folder:
        home = Path(folder)
        os.chown(home, 65534, 65534)
        module = home / "libcaducee_pkcs11.so"
        shutil.copy(native.build(native.host()), module)
        done = subprocess.run(
            [sys.executable, "-c", KIT],
            env={
                "PATH": os.environ["PATH"],
                "HOME": folder,
                "CADUCEE_PKCS11_MODULE": str(module),
                "CADUCEE_CRYPTOLIBD_SOCKET": f"{folder}/c.sock",
                "P11_KIT_DEBUG": "lib",
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    absent = [False, "absent"]
    assert json.loads(done.stdout) == [absent, [True, "installed"], absent]


@pytest.mark.parametrize(
    ("days", "code"), [(1200, "diag.card_ended"), (1070, "diag.card_ends_soon")]
)
def test_a_card_that_ended_is_named_and_one_that_ends_soon(
    person: Person, issue: Issue, days: int, code: str
) -> None:
    person.cure("--apply", "browser-register")
    issue(days)
    assert person.first() == code


@pytest.fixture
def serve() -> Iterator[Callable[[int], str]]:
    """A service whose clock is so many seconds away from this machine's; returns its address."""
    servers: list[HTTPServer] = []

    def start(seconds: int) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                there = SystemClock().now() + dt.timedelta(seconds=seconds)
                self.send_response_only(200)
                self.send_header("Date", format_datetime(there, usegmt=True))
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        servers.append(HTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"localhost:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(7200, "diag.clock_behind"), (-7200, "diag.clock_ahead"), (60, "diag.clock_drifts")],
)
def test_a_wrong_clock_is_named_before_what_it_makes_look_wrong(
    person: Person, issue: Issue, serve: Callable[[int], str], seconds: int, code: str
) -> None:
    issue(0)
    person.cure("--apply", "browser-register")
    output = person.output("--service", f"portal=http://{serve(seconds)}/")
    assert output["first"] == code
    assert output["findings"][0]["apply"] == "clock-sync"


def test_a_port_that_another_program_has_taken_is_named(
    person: Person, issue: Issue, serve: Callable[[int], str]
) -> None:
    issue(0)
    person.cure("--apply", "browser-register")
    assert person.first("--service", f"portal=https://{serve(0)}/") == "diag.service_tls"


DISK = """
mount --make-rprivate /
mount -t tmpfs -o "$1" none "$HOME/.cache"
mkdir -p -m 700 "$HOME/.cache/caducee" "$HOME/.cache/caducee/cards"
eval "$2"
exec "$3" -m caducee diag --json
"""


@pytest.mark.namespaces("mount")
@pytest.mark.parametrize(
    ("options", "broken", "code"),
    [
        ("size=1m", "head -c 2000000 /dev/zero > $HOME/.cache/x || true", "diag.disk_full"),
        ("nr_inodes=4", "for n in 1 2 3 4; do : > $HOME/.cache/$n; done", "diag.disk_inodes"),
        ("size=99m", "mount -o remount,ro $HOME/.cache", "diag.disk_read_only"),
        ("size=9m", ":", "diag.disk_low"),
    ],
)
def test_a_disk_that_is_full_or_can_only_be_read_is_named(
    person: Person, issue: Issue, options: str, broken: str, code: str
) -> None:
    issue(0)
    person.cure("--apply", "browser-register")
    (person.home / ".cache").mkdir(exist_ok=True)
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", DISK, "disk", options, broken, sys.executable],
        env=person.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert json.loads(done.stdout)["first"] == code


def test_a_damaged_cache_is_named_and_emptied(person: Person, issue: Issue) -> None:
    issue(0)
    person.cure("--apply", "browser-register")
    folder = person.home / ".cache/caducee/cards"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "x.card").write_bytes(b"damaged")
    assert person.first() == "diag.cache_damaged"
    person.cure("--apply", "cache-clear")
    assert person.first() in HEALTHY
