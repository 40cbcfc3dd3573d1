# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Somebody guesses PIN and PUK, and cuts the power of the machine before a try is counted.

The disk then holds what was there when a folder was last flushed to it: a write that the system
had not finished is lost.
"""

import hmac
import os
import shutil
import stat
from pathlib import Path

import pytest
from tests.unit.virtualcard.conftest import vector_cards

from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import FileStore

CHIPDOC = "01A4040C088025000001FF0100"
GUESSES = {
    "cps3 PIN": ("cps3", "PIN", ["002000010430303030"]),
    "cps3 PUK": ("cps3", "PUK", ["00200002083030303030303030"]),
    "cps3 unblocking": ("cps3", "PUK", ["002C00010C303030303030303034333231"]),
    "cps4 PIN": ("cps4", "PIN", [CHIPDOC, "012000010430303030"]),
    "cps4 PUK": ("cps4", "PUK", [CHIPDOC, "01200002083030303030303030"]),
}
MOMENTS = ("compared", "write begun", "written", "named", "never")


class PowerCut(BaseException):
    """The machine is without power."""


class Machine:
    """A card on a disk that keeps what was flushed to it, and loses everything else."""

    def __init__(self, folder: Path, image: CardImage, moment: str) -> None:
        self.card = folder / "disk" / "card.json"
        self.durable = folder / "durable.json"
        self.card.parent.mkdir()
        self.card.write_bytes(image.to_json())
        self.moment = moment
        self.compared = 0
        self.restored()
        self._sync, self._replace, self._compare = os.fsync, os.replace, hmac.compare_digest

    def restored(self) -> None:
        """Note what the disk holds for good."""
        shutil.copy(self.card, self.durable)

    def fsync(self, handle: int) -> None:
        self._cut("write begun")
        self._sync(handle)
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            self.restored()
        self._cut("written")

    def replace(self, old: str, new: Path) -> None:
        self._replace(old, new)
        self._cut("named")

    def compare(self, data: bytes, other: bytes) -> bool:
        self.compared += 1
        result = self._compare(data, other)
        self._cut("compared")
        return result

    def _cut(self, moment: str) -> None:
        if self.moment == moment:
            raise PowerCut

    def guess(self, commands: list[str]) -> None:
        """Start the card and guess once; after a cut, go back to what the disk holds."""
        try:
            with FileStore(self.card) as store:
                card = VirtualCard(store)
                card.power_on()
                for command in commands:
                    card.transmit(bytes.fromhex(command))
        except PowerCut:
            shutil.copy(self.durable, self.card)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", GUESSES)
def test_no_cut_of_the_power_gives_one_guess_more(
    name: str, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, code, commands = GUESSES[name]
    image = vector_cards()[card]
    tries = image.pins[("PIN", "PUK").index(code)].tries_left
    machine = Machine(tmp_path, image, moment)
    monkeypatch.setattr(os, "fsync", machine.fsync)
    monkeypatch.setattr(os, "replace", machine.replace)
    monkeypatch.setattr(hmac, "compare_digest", machine.compare)
    for _ in range(3 * tries):
        machine.guess(commands)
    assert machine.compared <= tries
    if moment in ("compared", "never"):
        assert machine.compared == tries
        blocked = CardImage.load(machine.card).pins[("PIN", "PUK").index(code)]
        assert blocked.tries_left == 0
