# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks the PKCS#11 module with pkcs11-check, a third-party program, on virtual cards.

It lives in an environment of its own under ``.cache/judges``. What it expects and no CPS can give
stands in ``tests/vectors/pkcs11-check.toml``, each with its reason; any other failure, or a crash,
makes this fail. ``./run conformance`` runs the fast profile on all cards.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import native

from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

__all__ = ["CARDS", "Found", "judged", "known", "program", "served"]

ROOT = Path(__file__).resolve().parents[1]
VERSION = "0.2.3"
KNOWN = ROOT / "tests" / "vectors" / "pkcs11-check.toml"
IMAGES = ROOT / "tests" / "vectors" / "cards"

CARDS = {
    "cps3": ("cps3.json", "contact", "1234"),
    "contactless": ("cps3.json", "contactless", ""),
    "cps4": ("cps4.json", "contact", "1234"),
}
"""Image, side and code of the cards that are judged."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the judge found."""

    counts: dict[str, int]
    """How many tests ended how."""

    failed: frozenset[str]
    """Names of tests that failed, ``file::class::test``."""


def program() -> Path:
    """Return the judge, installed from PyPI the first time."""
    folder = ROOT / ".cache" / "judges" / f"pkcs11-check-{VERSION}"
    found = folder / "bin" / "pkcs11-check"
    if not found.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"pkcs11-check=={VERSION}"], check=True)
        # It runs pytest, which would take the settings of this project for its own.
        (folder / "pytest.ini").write_text("[pytest]\n")
    return found


def known() -> dict[str, str]:
    """Return the failures that are known, with their reasons."""
    groups = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["group"]
    return {name: group["reason"] for group in groups for name in group["tests"]}


@contextmanager
def served(card: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """Serve a card, with a daemon for it; yield the module and the environment of a program.

    The module stands in a folder of its own, where the judge finds no settings of ours.
    """
    image, side, code = CARDS[card]
    with tempfile.TemporaryDirectory(prefix="cdc-") as name:
        folder = Path(name)
        module = Path(shutil.copy(native.build(native.host()), folder))
        chip = VirtualCard(MemoryStore(CardImage.load(IMAGES / image)), face=side)
        plug = SocketPlug(chip, folder / "card.sock")
        plug.start()
        settings = folder / "cryptolib.toml"
        settings.write_text(f'[readers]\npcsc = false\nsockets = ["{folder}/card.sock"]\n')
        (folder / "run").mkdir(mode=0o700)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "XDG_RUNTIME_DIR": f"{name}/run",
            "CADUCEE_CRYPTOLIBD_SOCKET": f"{name}/run/d.sock",
        } | ({"P11TEST_PIN": code} if code else {})
        daemon = subprocess.Popen(
            [sys.executable, "-m", "caducee", "cryptolibd", "--settings", str(settings)],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(folder / "run" / "d.sock", daemon)
            yield module, environment
        finally:
            daemon.terminate()
            daemon.wait(30)
            plug.stop()


def _wait_for(path: Path, daemon: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        try:
            daemon.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError("the daemon did not start")


def judged(module: Path, environment: dict[str, str], *arguments: str) -> Found:
    """Let the judge run the tests that its arguments name."""
    folder = module.parent / "judge"
    folder.mkdir()
    out = folder / "out.json"
    reported = ["-o", "json", "--output-file", str(out)]
    command = [str(program()), "test", "-m", str(module), *arguments, *reported]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if not out.exists():
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return read(json.loads(out.read_text())["summary"], (folder / "report.jsonl").read_text())


def read(summary: dict[str, int], report: str) -> Found:
    """Return what the judge's files say; each line of the report is one phase of one test."""
    failed = set()
    for line in report.splitlines():
        phase = json.loads(line)
        if phase.get("$report_type") == "TestReport" and phase["outcome"] == "failed":
            failed.add(re.sub(r"^.*/testcases/", "", phase["nodeid"]))
    wanted = ("passed", "failed", "xfailed", "skipped", "error", "crashed", "timeout")
    return Found({name: summary[name] for name in wanted}, frozenset(failed))


def main(arguments: Sequence[str]) -> int:
    """Judge all cards, or those named, by the fast profile; return the exit code."""
    reasons, bad = known(), 0
    for card in arguments or CARDS:
        with served(card) as (module, environment):
            found = judged(module, environment, "--skip-slow")
        print(json.dumps({"card": card} | found.counts))
        for reason, count in Counter(reasons.get(entry, "?") for entry in found.failed).items():
            print(f"  {count:3} {reason}")
        for item in sorted(found.failed - reasons.keys()):
            print(f"  unexpected: {item}")
            bad = 1
        bad |= bool(found.counts["crashed"] or found.counts["timeout"])
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
