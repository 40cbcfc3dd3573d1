# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The process of a card in a virtual reader.

``python -m caducee.virtualcard.plug.process REPORT CARD SLOT FOLDER PACE``: REPORT is the number of
an open pipe, where ``{}`` is written when the card is connected, or else the error as JSON; PACE is
``instant`` or ``real``.
"""

import json
import os
import signal
import sys
from pathlib import Path

from caducee.base.errors import CpsError
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.pace.chip import Pace, at_pace
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import FileStore

__all__ = ["hold", "main"]

_LOOK_SECONDS = 1.0
_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def hold(plug: VpcdPlug) -> None:
    """Return when this process is told to end, or the plug gave up; the signals are blocked."""
    while plug.alive:
        if signal.sigtimedwait(_END, _LOOK_SECONDS) is not None:
            return


def main(arguments: list[str]) -> int:
    """Hold a card in a slot until told to end; return the exit status."""
    report, card, slot, folder, pace = int(arguments[0]), Path(arguments[1]), *arguments[2:]
    os.set_inheritable(report, False)
    os.chdir("/")  # keep nobody from unmounting the folder where the command was given
    signal.pthread_sigmask(signal.SIG_BLOCK, _END)
    try:
        with FileStore(card) as store:
            chip = at_pace(FaultyCard(store), Pace(pace))
            plug = VpcdPlug(chip, slot=int(slot), folder=Path(folder))
            plug.start()
            os.write(report, b"{}")
            os.close(report)
            try:
                hold(plug)
            finally:
                plug.stop()
    except CpsError as error:
        told = {"kind": type(error).__name__, "code": error.code, "facts": dict(error.facts)}
        os.write(report, json.dumps(told).encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
