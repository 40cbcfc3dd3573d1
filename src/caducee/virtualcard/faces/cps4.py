# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS4: the ChipDoc applet on logical channel 1, the CPS2ter applet on channel 0."""

from dataclasses import replace

from caducee.spec import aids
from caducee.spec.algorithms import Cps4Algorithm
from caducee.spec.status import StatusWord
from caducee.virtualcard.commands.binary import read_binary, update_binary
from caducee.virtualcard.commands.challenge import get_challenge
from caducee.virtualcard.commands.chipdoc import (
    ChipDocAlgorithm,
    change_after_proof,
    manage_environment,
    reset_counter,
    security_operation,
    select_applet,
    select_file,
)
from caducee.virtualcard.commands.pins import verify
from caducee.virtualcard.core import Core
from caducee.virtualcard.faces.cps2ter import CPS2TER, CPS2TER_CLASS
from caducee.virtualcard.faces.face import CommandSet, Face
from caducee.virtualcard.status_error import StatusWordError

__all__ = ["CPS4"]

_CHIPDOC_CHANNEL = 1
_SELECT, _BY_NAME = 0xA4, 0x04

_ALGORITHMS: dict[int, ChipDocAlgorithm] = {
    Cps4Algorithm.SHA1_PKCS1: ChipDocAlgorithm("sha1", pss=False),
    Cps4Algorithm.SHA256_PKCS1: ChipDocAlgorithm("sha256", pss=False),
    Cps4Algorithm.SHA1_PSS: ChipDocAlgorithm("sha1", pss=True),
    Cps4Algorithm.SHA256_PSS: ChipDocAlgorithm("sha256", pss=True),
}


def _admit_to_chipdoc(core: Core, ins: int, p1: int) -> None:
    """Let in what comes after SELECT of ChipDoc, which opens the channel, and that SELECT."""
    applet = core.session.applications.get(_CHIPDOC_CHANNEL)
    if applet == aids.CPS4_CHIPDOC or (ins, p1) == (_SELECT, _BY_NAME):
        return
    unopened = applet is None
    raise StatusWordError(
        StatusWord.CHANNEL_NOT_SUPPORTED if unopened else StatusWord.CLA_NOT_SUPPORTED
    )


def _admit_to_cps2ter(core: Core, _ins: int, _p1: int) -> None:
    """Let in what comes after SELECT of the CPS2ter applet."""
    if core.session.applications.get(0) != aids.CPS2TER_APPLET:
        raise StatusWordError(StatusWord.CLA_NOT_SUPPORTED)


_CHIPDOC = CommandSet(
    commands={
        0x20: verify,
        0x22: manage_environment(_ALGORITHMS),
        0x24: change_after_proof,
        0x2A: security_operation(_ALGORITHMS),
        0x2C: reset_counter,
        0x84: get_challenge,
        0xA4: select_file,
        0xB0: read_binary,
        0xD6: update_binary,
    },
    chained=frozenset({0x2A}),
    longest=1024,
    admit=_admit_to_chipdoc,
)

CPS4 = Face(
    {
        0x00: CommandSet(commands={_SELECT: select_applet}),
        _CHIPDOC_CHANNEL: _CHIPDOC,
        CPS2TER_CLASS: replace(CPS2TER, admit=_admit_to_cps2ter),
    }
)
