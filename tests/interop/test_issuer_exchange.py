# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The issuer's module notices that another card is in the same reader: laboratory only."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.reader.pcsc import PcscContext
from caducee.reader.waiting import virtual_readers, wait_for_card, wait_until_gone
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import MemoryStore

MODULE = Path("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so")
CACHE = Path("/etc/opt/santesocial/CPS/cache")
CARDS = Path(__file__).parents[1] / "vectors" / "cards"

pytestmark = [
    pytest.mark.system,
    pytest.mark.laboratory,
    pytest.mark.xdist_group("issuer"),  # the module keeps one cache for the whole machine
    pytest.mark.skipif(not MODULE.exists(), reason="the issuer's module is not installed"),
]

PROGRAM = """
import sys, time, pkcs11
library = pkcs11.lib(sys.argv[1])
for _ in sys.stdin:
    end, labels = time.monotonic() + 20, []
    while not labels and time.monotonic() < end:  # the module looks once a second
        labels = [slot.get_token().label for slot in library.get_slots(token_present=True)]
        time.sleep(0.2)
    print(labels, flush=True)
"""


def test_one_process_sees_the_card_that_took_the_place_of_another(pcscd: Path) -> None:
    for path in CACHE.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    with (
        PcscContext() as context,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(MODULE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        assert program.stdin and program.stdout
        reader = virtual_readers(context)[0]
        seen = []
        for name in ("cps3", "cps4"):
            image = CardImage.load(CARDS / f"{name}.json")
            plug = VpcdPlug(VirtualCard(MemoryStore(image)), slot=0, folder=pcscd)
            plug.start()
            wait_for_card(context, reader.name)
            program.stdin.write("\n")
            program.stdin.flush()
            seen.append(program.stdout.readline())
            plug.stop()
            wait_until_gone(context, reader.name)
        program.stdin.close()
        program.wait(30)
    assert "CPS3v3-" in seen[0] and "CPS4v1-" in seen[1], seen
