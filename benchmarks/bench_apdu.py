# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""READ BINARY of 200 bytes through the real pcscd, against slower ways and against memory.

The card runs in a process of its own, as ``caducee card insert`` has it. The peers sit in the
second slot of the same vpcd at the same time: the same card without quick acknowledgement, and
Debian's ``vicc``, in whose ISO 7816 card a file is created and then read. As Debian 13 packages it
(3.3+dfsg-2), vicc does not start: its module lies where Python does not look, and without
PyCrypto it needs ``sha``, a module of Python 2. Both are put on its path; its code is untouched.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import report

from caducee.reader.memory import MemoryReader
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Transport
from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
from caducee.spec.virtual_reader import FIRST_PORT
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug import slots
from caducee.virtualcard.plug.pcscd import private_service, running_pid
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import MemoryStore

CARD = Path(__file__).parents[1] / "tests" / "vectors" / "cards" / "cps3.json"
SELECT_CERTIFICATE = bytes.fromhex("00A4090C063F000001A001")
READ_200 = bytes.fromhex("00B00000C8")
VICC_CREATE = bytes.fromhex("00E000000D620B80020100820101 83021001")
VICC_SELECT = bytes.fromhex("00A4000C021001")
VICC_MODULE = "/usr/lib/python3/site-packages/virtualsmartcard"
SHA_MODULE = "from hashlib import sha1 as new\n"
FAST, SLOW = 4000, 60
BATCHES = 5
NAME = "APDU through pcscd: READ BINARY of 200 bytes, median of the quietest batch"

type Measure = Callable[[Transport, int], float]


def median(transport: Transport, command: bytes, rounds: int) -> float:
    """Return the median time of a command in milliseconds, in the quietest of some batches.

    Other work on the machine makes a batch slower, and nothing makes one faster.
    """
    return min(_batch(transport, command, rounds // BATCHES) for _ in range(BATCHES))


def _batch(transport: Transport, command: bytes, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        answer = transport.transmit(command)
        times.append((time.perf_counter() - start) * 1000)
        if len(answer) < 200:
            raise SystemExit(f"unexpected answer {answer.hex()}")
    return statistics.median(times)


def card_median(transport: Transport, rounds: int) -> float:
    """Return the median time to read 200 bytes of a certificate."""
    transport.transmit(SELECT_CERTIFICATE)
    return median(transport, READ_200, rounds)


def vicc_median(transport: Transport, rounds: int) -> float:
    """Return the median time to read 200 bytes of a file that is created in vicc's card."""
    transport.transmit(VICC_CREATE)
    transport.transmit(VICC_SELECT)
    return median(transport, READ_200, rounds)


@contextmanager
def connected(context: PcscContext, slot: int) -> Iterator[Transport]:
    """Wait for the card of a slot and connect to it."""
    reader = virtual_readers(context)[slot]
    wait_for_card(context, reader.name)
    transport = reader.connect()
    try:
        yield transport
    finally:
        transport.close()


@contextmanager
def own_process(folder: Path) -> Iterator[None]:
    """Hold the card in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "card.json"
        copy.write_bytes(CARD.read_bytes())
        made = slots.insert(copy, pcscd=folder)
        try:
            yield
        finally:
            for item in made:
                slots.eject(item)


@contextmanager
def without_quick_ack(folder: Path) -> Iterator[None]:
    """Hold the card in the second slot as a socket without our care does."""
    chip = VirtualCard(MemoryStore(CardImage.load(CARD)))
    plug = VpcdPlug(chip, slot=1, folder=folder, quick_ack=False)
    plug.start()
    try:
        yield
    finally:
        plug.stop()


@contextmanager
def vicc(folder: Path) -> Iterator[None]:
    """Hold vicc's card in the second slot."""
    program = shutil.which("vicc")
    if program is None:
        raise SystemExit("vicc is not installed: apt install vsmartcard-vpicc")
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "sha.py").write_text(SHA_MODULE)
        enter = ["nsenter", "-n", "-t", str(running_pid(folder))]
        process = subprocess.Popen(
            [*enter, "/usr/bin/python3", program, "-P", str(FIRST_PORT + 1)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": f"{VICC_MODULE}:{place}"},
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()


def memory_median() -> float:
    """Return the median time over a reader in memory."""
    reader = MemoryReader()
    reader.insert(VirtualCard(MemoryStore(CardImage.load(CARD))))
    return card_median(reader.connect(), FAST)


def compare(
    context: PcscContext, ours: Transport, peer: str, measure: Measure, rounds: int = SLOW
) -> None:
    """Measure a peer in the second slot between two measurements of ours, and report."""
    with connected(context, 1) as theirs:
        before = card_median(ours, FAST // 2)
        slow = measure(theirs, rounds)
        value = statistics.mean((before, card_median(ours, FAST // 2)))
    report(NAME, value, "ms", peer, slow)


def main() -> None:
    """Measure ours beside each peer."""
    with private_service() as folder, PcscContext() as context, own_process(folder):
        with connected(context, 0) as ours:
            card_median(ours, 200)
            report(NAME, card_median(ours, FAST), "ms", "the same card in memory", memory_median())
            second = virtual_readers(context)[1].name
            with without_quick_ack(folder):
                compare(context, ours, "the same card without quick ACK", card_median)
            wait_until_gone(context, second)
            with vicc(folder):
                compare(context, ours, "vicc 3.3 of Debian, its own card", vicc_median)


if __name__ == "__main__":
    main()
