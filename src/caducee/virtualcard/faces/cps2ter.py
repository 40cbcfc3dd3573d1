# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The CPS2ter side of a card: class A0, with the commands and status words of before."""

from caducee.spec.status import StatusWord
from caducee.virtualcard.commands.cps2ter import read_binary, select
from caducee.virtualcard.faces.face import CommandSet

__all__ = ["CPS2TER", "CPS2TER_CLASS"]

CPS2TER_CLASS = 0xA0

CPS2TER = CommandSet(commands={0xA4: select, 0xB0: read_binary}, more=StatusWord.CPS2TER_MORE_DATA)
