# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The process of a card in a virtual reader.

``python -m caducee.virtualcard.plug.process REPORT CARD PLACES FOLDER PACE``: REPORT is the number
of an open pipe, where ``{}`` is written when the card is connected, or else the error as JSON;
PLACES names each face with its slot, as ``contact:0,contactless:1``; PACE is ``instant`` or
``real``.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from caducee.base.errors import CpsError
from caducee.base.memory import protect_memory
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.store import FaultStore
from caducee.virtualcard.pace.chip import CardSpeed, at_pace
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import FileStore

__all__ = ["hold", "main"]

_LOOK_SECONDS = 1.0
_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def hold(plugs: Sequence[VpcdPlug]) -> None:
    """Return at a termination signal, or when a plug gave up; the signals are blocked."""
    while all(plug.alive for plug in plugs):
        if signal.sigtimedwait(_END, _LOOK_SECONDS) is not None:
            return


def _plugged(
    stack: ExitStack, store: FaultStore, place: str, folder: Path, pace: CardSpeed
) -> VpcdPlug:
    """Put one face of the card into its slot; ``stack`` takes it out again."""
    face, _, slot = place.partition(":")
    chip = FaultyCard(store, make=lambda shared: VirtualCard(shared, face=face))
    plug = VpcdPlug(at_pace(chip, pace), slot=int(slot), folder=folder)
    plug.start()
    stack.callback(plug.stop)
    return plug


def main(arguments: list[str]) -> int:
    """Hold a card in a slot until terminated; return the exit status."""
    report, card, places, folder, pace = int(arguments[0]), Path(arguments[1]), *arguments[2:]
    protect_memory()
    os.set_inheritable(report, False)
    os.chdir("/")  # do not block unmounting the current folder
    signal.pthread_sigmask(signal.SIG_BLOCK, _END)
    try:
        with FileStore(card) as file, ExitStack() as stack:
            store = FaultStore(file)
            plugs = [
                _plugged(stack, store, place, Path(folder), CardSpeed(pace))
                for place in places.split(",")
            ]
            os.write(report, b"{}")
            os.close(report)
            hold(plugs)
    except CpsError as error:
        failure = {"kind": type(error).__name__, "code": error.code, "facts": dict(error.facts)}
        os.write(report, json.dumps(failure).encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
