# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PKCS#11 module as programs load it: façade, daemon and card, with real programs.

Calls without a card are measured beside SoftHSM behind p11-kit's own remoting (a server, a client
module, a socket), by the same C program in the same run; login and signature beside the same card
without façade, daemon and wire.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import report
from tests.e2e.browsers import Desk
from tests.e2e.conftest import running_place
from tests.e2e.seats import at_firefox, new_home

from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.middleware.module import find_module
from caducee.middleware.tracing.reading import read_traces
from caducee.reader.memory import MemoryReader
from caducee.spec.cards import TEST_PIN, CardGeneration
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.pace.chip import PacedChip
from caducee.virtualcard.plug.link import ServedChip
from caducee.virtualcard.store import MemoryStore

HERE = Path(__file__).parent
CARDS = HERE.parent / "tests" / "vectors" / "cards"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
ROUNDS, RUNS, PROGRAMS = 2000, 5, 8
AGAIN = 2.0
"""Seconds: longer than the tries of a code are believed."""


def chip(name: str, paced: bool = False) -> ServedChip:
    """Return a virtual card that is never written."""
    card = VirtualCard(MemoryStore(CardImage.load(CARDS / name)), face="contact")
    return PacedChip(card) if paced else card


@contextmanager
def place() -> Iterator[CryptolibPlace]:
    """The module with a daemon and readers of its own."""
    with tempfile.TemporaryDirectory() as folder:
        made = CryptolibPlace(Path(folder))
        try:
            yield made
        finally:
            made.close()


def compiled(folder: Path) -> Path:
    """Compile the C program."""
    flags = subprocess.run(
        ["pkg-config", "--cflags", "p11-kit-1"], capture_output=True, text=True, check=True
    ).stdout.split()
    program = folder / "pkcs11_loop"
    source = str(HERE / "pkcs11_loop.c")
    subprocess.run(["gcc", "-O2", "-o", str(program), source, *flags], check=True)
    return program


class Loop:
    """The C program with one module and token."""

    def __init__(
        self, program: Path, module: Path, token: str, environment: dict[str, str]
    ) -> None:
        self._start = [str(program), str(module), token]
        self._environment = environment

    def command(self, what: str, code: str = "", threads: int = 1, rounds: int = 1) -> list[str]:
        """Return the command."""
        return [*self._start, code, what, str(threads), str(rounds)]

    def lines(self, *arguments: str | int) -> list[list[float]]:
        """Run it, and return the numbers that it printed."""
        done = subprocess.run(
            self.command(*arguments),  # type: ignore[arg-type]
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        return [[float(word) for word in line.split()] for line in done.stdout.splitlines()]

    def first(self, *arguments: str | int) -> float:
        """Run it, and return the number that it printed."""
        return self.lines(*arguments)[0][0]


# --- calls without a card -------------------------------------------------------------------------


@contextmanager
def remote_softhsm(program: Path) -> Iterator[Loop]:
    """SoftHSM with two certificates, behind the remoting of p11-kit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conf").write_text(f"directories.tokendir = {name}\n")
        address = folder / "p11"
        environment = os.environ | {
            "SOFTHSM2_CONF": f"{name}/conf",
            "P11_KIT_SERVER_ADDRESS": f"unix:path={address}",
            "XDG_RUNTIME_DIR": name,
        }

        def quietly(*command: str) -> None:
            subprocess.run(command, env=environment, check=True, capture_output=True)

        codes = ["--pin", TEST_PIN, "--so-pin", "12345678"]
        quietly("softhsm2-util", "--init-token", "--free", "--label", "soft", *codes)
        subject = ["-subj", "/CN=one", "-outform", "der", "-out", f"{name}/one.der"]
        key = ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}/key"]
        quietly("openssl", "req", "-x509", *key, *subject)
        tool = ["pkcs11-tool", "--module", str(SOFTHSM), "--token-label", "soft", *codes[:2]]
        for number in ("01", "02"):
            written = ["--write-object", f"{name}/one.der", "--type", "cert", "--id", number]
            quietly(*tool, "--login", *written, "--label", number)
        reported = ["--provider", str(SOFTHSM), "pkcs11:token=soft"]
        server = subprocess.Popen(
            ["p11-kit", "server", "--foreground", "--name", str(address), *reported],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            while not address.exists():
                time.sleep(0.02)
            client = next(Path("/usr/lib").glob("*/pkcs11/p11-kit-client.so"))
            yield Loop(program, client, "soft", environment)
        finally:
            server.terminate()
            server.wait()


LOOPS = {
    "session": "C_GetSessionInfo",
    "find": "a search for certificates (three calls)",
    "attributes": "three attributes of a certificate",
}


def card_less(program: Path) -> None:
    """Measure the three loops with one and eight threads, both modules in turn."""
    with place() as made, remote_softhsm(program) as peer:
        made.insert(chip("cps3.json"))
        ours = Loop(program, made.module, "CPS3", made.environment)
        ours.first("session", "", 1, 10)  # the daemon has started and has read the card
        for what, reported in LOOPS.items():
            for threads in (1, 8):
                found = [
                    (ours.first(what, "", threads, ROUNDS), peer.first(what, "", threads, ROUNDS))
                    for _ in range(RUNS)
                ]
                mine, other = (statistics.median(item) for item in zip(*found, strict=True))
                name = f"PKCS#11 module, {reported}, {threads} thread{'s' * (threads > 1)}"
                report(name, mine, "us", "SoftHSM behind p11-kit's remoting", other)


# --- a card ---------------------------------------------------------------------------------------


def alone(name: str, paced: bool, rounds: int) -> float:
    """Return what login and signature take without façade, daemon and wire, in milliseconds."""
    reader = MemoryReader("alone")
    reader.insert(chip(name, paced))
    times = []
    with open_card(reader) as card:
        for number in range(rounds + 1):
            start = time.perf_counter()
            card.verify(Secret.of(TEST_PIN))
            card.sign(b"letter")
            times.append((time.perf_counter() - start) * 1000)
            if number == 0:
                times.clear()  # it read the card's directory
    return statistics.median(times)


def login_and_signature(program: Path) -> None:
    """Measure login and signature, at instant and at real pace, beside the card alone."""
    for label, name in (("CPS3", "cps3.json"), ("CPS4", "cps4.json")):
        for pace, rounds in (("instant", 100), ("real", 5)):
            paced = pace == "real"
            with place() as made:
                made.insert(chip(name, paced))
                loop = Loop(program, made.module, label, made.environment)
                lines = loop.lines("sign", TEST_PIN, 1, rounds + 1)[1:]
            mine = statistics.median((login + sign) / 1000 for login, sign, _ in lines)
            reported = f"PKCS#11 module, login and signature, {label} at {pace} pace"
            report(reported, mine, "ms", "CpsCard in one process", alone(name, paced, rounds))


# --- the daemon -----------------------------------------------------------------------------------


def start(program: Path) -> None:
    """Measure the first call of a program, with the daemon running and not."""
    with place() as made:
        made.insert(chip("cps3.json"))
        loop = Loop(program, made.module, "CPS3", made.environment)
        cold, warm, bare = [], [], []
        for _ in range(RUNS):
            cold.append(loop.first("first") / 1000)
            warm.append(loop.first("first") / 1000)
            made.stop_daemon()
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", ""], check=True)
            bare.append((time.perf_counter() - begun) * 1000)
        reported = "PKCS#11 module, C_Initialize until the token is known"
        python = statistics.median(bare)
        report(
            f"{reported}, daemon not running", statistics.median(cold), "ms", "bare Python", python
        )
        report(f"{reported}, daemon running", statistics.median(warm), "ms")


def first_signature(program: Path) -> None:
    """Measure C_Initialize to the first signature, with the daemon down and up.

    The card has been read before, so that its public data are in the cache.
    """
    for label, name in (("CPS3", "cps3.json"), ("CPS4", "cps4.json")):
        with place() as made:
            made.insert(chip(name))
            loop = Loop(program, made.module, label, made.environment)
            loop.first("letter", TEST_PIN)
            down, up = [], []
            for _ in range(RUNS):
                made.stop_daemon()
                down.append(loop.first("letter", TEST_PIN) / 1000)
                up.append(loop.first("letter", TEST_PIN) / 1000)
            reported = f"PKCS#11 module, first signature, {label}, daemon down"
            report(reported, statistics.median(down), "ms", "daemon up", statistics.median(up))


def memory_of(process: int) -> float:
    """Return the memory that belongs to a process (PSS), in MB."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise RuntimeError("no figure")


def memory(program: Path) -> None:
    """Measure the daemon before and with eight programs that are logged in."""
    with place() as made, ExitStack() as running:
        made.insert(chip("cps3.json"))
        loop = Loop(program, made.module, "CPS3", made.environment)
        loop.first("session", "", 1, 10)
        daemon = made.daemon()
        if daemon is None:
            raise RuntimeError("no daemon")
        before = memory_of(daemon)
        for _ in range(PROGRAMS):
            held = running.enter_context(
                subprocess.Popen(
                    loop.command("hold", TEST_PIN),
                    env=made.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            if held.stdout is None or held.stdout.readline() != b"holds\n":
                raise RuntimeError("a program failed")
        reported = f"memory of the daemon, {PROGRAMS} programs logged in"
        report(reported, memory_of(daemon), "MB", "no program", before)


# --- programs -------------------------------------------------------------------------------------


def calls_in(folder: Path) -> Counter[str]:
    """Count the kinds of lines in traces; each call is one round trip to the daemon."""
    return Counter(record.kind for record in read_traces(folder.glob("*")).records)


def listing() -> None:
    """Count what `pkcs11-tool -O` asks, of the daemon and of the card, first and again."""
    for label, name in (("CPS3", "cps3.json"), ("CPS4", "cps4.json")):
        with place() as made:
            made.insert(chip(name))
            traces = made.folder / "traces"
            environment = made.environment | {
                "CADUCEE_TRACE": "apdus",
                "CADUCEE_TRACE_FOLDER": str(traces),
            }
            command = ["pkcs11-tool", "--module", str(made.module), "--list-objects"]
            seen: Counter[str] = Counter()
            for when in ("first", "again"):
                time.sleep(AGAIN)  # as somebody who lists once more, not a loop
                subprocess.run(command, env=environment, check=True, capture_output=True)
                found = calls_in(traces)
                new, seen = found - seen, found
                reported = f"pkcs11-tool -O, {label}, {when}"
                report(f"{reported}: round trips to the daemon", new["call"], "calls")
                report(f"{reported}: commands to the card", new["apdu"], "APDU")


def browsing() -> None:
    """Count the calls of a Firefox start; time the way from navigation to the holder's page."""
    module = find_module()
    with tempfile.TemporaryDirectory() as name, running_place(Path(name) / "world") as world:
        cards = (
            (CardGeneration.CPS3, world.addresses.tls12),
            (CardGeneration.CPS4, world.addresses.tls13),
        )
        for generation, origin in cards:
            runs = []
            for number in range(RUNS):
                home = Path(name) / f"home-{generation.name}-{number}"
                desk = new_home(home, module)
                settings = home / ".config/caducee/cryptolib.toml"
                settings.write_text(settings.read_text() + '\n[trace]\nlevel = "apdus"\n')
                desk.insert(world.issue(generation=generation).image)
                with desk.daemon():
                    runs.append(run_firefox(desk, origin))
                desk.clear()
            tell(generation.name, runs)


@dataclass(frozen=True)
class FirefoxRun:
    """A start of Firefox and a login; seconds."""

    start: Counter[str]
    login: Counter[str]
    holder: float
    other: float


def run_firefox(desk: Desk, origin: str) -> FirefoxRun:
    """Start Firefox on a new profile, and log in at the portal."""
    traces = desk.home / ".local/state/caducee/trace"
    with at_firefox(desk) as seat:
        seat.evaluate("1")
        time.sleep(3)  # it looks at its modules when it has started
        begun = calls_in(traces)
        start = time.perf_counter()
        seat.go(f"{origin}/login/certificate", TEST_PIN)
        there = time.perf_counter()
        if seat.url != f"{origin}/session":
            raise RuntimeError("not logged in")
        login = calls_in(traces) - begun
        then = time.perf_counter()
        seat.go(f"{origin}/refusals")
        return FirefoxRun(begun, login, there - start, time.perf_counter() - then)


def tell(label: str, runs: list[FirefoxRun]) -> None:
    """Report the medians."""
    for reported, which in (("start", "start"), ("login at the portal", "login")):
        for what, kind, unit in (
            ("round trips to the daemon", "call", "calls"),
            ("commands to the card", "apdu", "APDU"),
        ):
            count = statistics.median(getattr(item, which)[kind] for item in runs)
            report(f"Firefox, {label}, {reported}: {what}", count, unit)
    mine = statistics.median(item.holder for item in runs)
    other = statistics.median(item.other for item in runs)
    reported = f"Firefox, {label}: navigation to the holder's page"
    report(reported, mine, "s", "a page of the same connection", other)


def main() -> None:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(Path(folder))
        card_less(program)
        login_and_signature(program)
        start(program)
        first_signature(program)
        memory(program)
    listing()
    browsing()


if __name__ == "__main__":
    main()
