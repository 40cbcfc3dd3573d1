# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From inserting a virtual card until PC/SC notifies a program.

vpcd has no thread of its own that notices a card: pcscd asks it every 0.4 seconds. The time is
therefore spread evenly over that period, to which the answer to reset and a wake-up come.
"""

import random
import statistics
import time

from benchmarks.report import report

from caducee.reader.pcsc import PcscContext
from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.pcscd import private_service
from caducee.virtualcard.plug.vpcd import VpcdPlug

ROUNDS = 20
PERIOD = 0.4


def main() -> None:
    """Insert and eject at moments that chance chooses."""
    insertions, removals = [], []
    with private_service() as folder, PcscContext() as context:
        name = virtual_readers(context)[0].name
        for _ in range(ROUNDS):
            time.sleep(random.uniform(0, PERIOD))
            plug = VpcdPlug(ScriptedChip(), folder=folder)
            start = time.perf_counter()
            plug.start()
            wait_for_card(context, name)
            insertions.append((time.perf_counter() - start) * 1000)
            time.sleep(random.uniform(0, PERIOD))
            start = time.perf_counter()
            plug.stop()
            wait_until_gone(context, name)
            removals.append((time.perf_counter() - start) * 1000)
    report("insertion to presence, median", statistics.median(insertions), "ms")
    report("insertion to presence, most", max(insertions), "ms")
    report("removal to absence, median", statistics.median(removals), "ms")
    report("removal to absence, most", max(removals), "ms")


if __name__ == "__main__":
    main()
