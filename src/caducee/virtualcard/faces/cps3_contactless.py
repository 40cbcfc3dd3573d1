# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS3 without contacts: the technical key, no PIN, nothing to write."""

from caducee.spec.algorithms import Cps3Algorithm
from caducee.spec.tags import TemplateTag
from caducee.virtualcard.commands.binary import read_binary, update_binary
from caducee.virtualcard.commands.challenge import get_challenge
from caducee.virtualcard.commands.data_objects import get_data
from caducee.virtualcard.commands.environment import manage_environment
from caducee.virtualcard.commands.operations import internal_authenticate
from caducee.virtualcard.commands.select import select
from caducee.virtualcard.faces.face import CommandSet, Face
from caducee.virtualcard.faces.identification import READER, READER_CLASS

__all__ = ["CPS3_CONTACTLESS"]

_TEMPLATES: dict[int, frozenset[int]] = {
    TemplateTag.AUTHENTICATION: frozenset({Cps3Algorithm.AUTHENTICATE}),
}

_PKCS15 = CommandSet(
    commands={
        0x22: manage_environment(_TEMPLATES),
        0x84: get_challenge,
        0x88: internal_authenticate,
        0xA4: select,
        0xB0: read_binary,
        0xCB: get_data,
        0xD6: update_binary,
    },
)

CPS3_CONTACTLESS = Face({0x00: _PKCS15, READER_CLASS: READER})
