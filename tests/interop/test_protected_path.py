# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""pkcs11-tool with our module: the code is asked by ourselves, and the daemon starts by itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from caducee.authority.authority import Authority
from caducee.base.clock import SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import issue_card
from caducee.issuance.profiles import profile
from caducee.middleware.tracing import RecordKind, trace_files
from caducee.middleware.tracing.reading import read_traces
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

type Tool = tuple[Path, dict[str, str]]


@pytest.fixture(scope="module")
def module() -> Path:
    """The façade of this machine, built when it is not."""
    found = subprocess.run(
        [sys.executable, "-m", "caducee", "pkcs11", "path"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip())


@pytest.fixture
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    folder, keys = tmp_path_factory.mktemp("t"), SharedKeys(2)
    with Registry(f"sqlite:///{folder}/registry.db") as registry:
        authority = Authority(folder / "ca", RegistryRecords(registry), SystemClock(), keys=keys)
        card = issue_card(registry, authority, profile("cps").order(registry), keys=keys)
    plug = SocketPlug(VirtualCard(MemoryStore(card.image)), folder / "card.sock")
    plug.start()
    code = folder / "code"
    code.touch(0o600)
    code.write_text(card.pin.reveal().decode())
    settings = folder / "cryptolib.toml"
    settings.write_text(
        f"""
[readers]
pcsc = false
sockets = ["{folder}/card.sock"]

[pin_entry]
protected_path = true
program = ["{sys.executable}", "-m", "caducee.middleware.pin_entry.headless", "{code}"]
least_seconds = 0.2
"""
    )
    (folder / "run").mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "CADUCEE_CRYPTOLIB_CONFIG": str(settings),
        "CADUCEE_TRACE": "apdus",
    }
    yield folder, environment
    plug.stop()
    for path in Path("/proc").glob("[0-9]*/environ"):  # the daemon that the module started
        with suppress(OSError):
            if str(settings).encode() in path.read_bytes():
                os.kill(int(path.parent.name), signal.SIGTERM)


def run(module: Path, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        ["pkcs11-tool", "--module", str(module), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_code_is_never_asked_by_the_program(module: Path, tool: Tool) -> None:
    folder, environment = tool
    assert "PIN pad present" in run(module, environment, "--list-slots")
    letter = folder / "letter"
    letter.write_bytes(b"a letter")
    begun = time.monotonic()
    sign = ("--login", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--label", "CPS_PRIV_SIG")
    run(module, environment, *sign, "-i", str(letter), "-o", str(folder / "signature"))
    assert len((folder / "signature").read_bytes()) == 256
    assert time.monotonic() - begun >= 0.2  # never at once: a program may not bear it
    records = read_traces(trace_files(folder / ".local" / "state" / "caducee" / "trace")).records
    (prompt,) = [record for record in records if record.kind == RecordKind.PROMPT]
    assert prompt.program.endswith("pkcs11-tool")
    assert prompt.holder and prompt.card.startswith("CPS3v3-")
    login = next(record for record in records if record.function == "C_Login")
    assert login.trace and any(
        record.trace == login.trace for record in records if record.kind == RecordKind.APDU
    )


def test_a_wrong_code_is_tried_once(module: Path, tool: Tool) -> None:
    folder, environment = tool
    (folder / "code").write_text("9999")
    with pytest.raises(AssertionError, match=r"CKR_FUNCTION_CANCELED|CANCEL"):
        run(module, environment, "--login", "--list-objects")
    shown = run(module, environment, "--list-slots")
    assert "user PIN count low" in shown
