# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The contacts of a CPS3: IAS-ECC with PIN and three keys, and the CPS2ter side."""

from caducee.spec.algorithms import Cps3Algorithm
from caducee.spec.tags import TemplateTag
from caducee.virtualcard.commands.binary import read_binary, update_binary
from caducee.virtualcard.commands.challenge import get_challenge
from caducee.virtualcard.commands.data_objects import get_data
from caducee.virtualcard.commands.environment import manage_environment
from caducee.virtualcard.commands.operations import (
    SignatureAlgorithms,
    internal_authenticate,
    security_operation,
)
from caducee.virtualcard.commands.pins import change_reference_data, reset_retry_counter, verify
from caducee.virtualcard.commands.select import select
from caducee.virtualcard.core import Core
from caducee.virtualcard.faces.cps2ter import CPS2TER, CPS2TER_CLASS
from caducee.virtualcard.faces.face import CommandSet, Face

__all__ = ["CPS3_CONTACT"]

_SIGNATURES = SignatureAlgorithms(
    hash={Cps3Algorithm.HASH_SHA1: "sha1", Cps3Algorithm.HASH_SHA256: "sha256"},
    sign={Cps3Algorithm.SIGN_SHA1: "sha1", Cps3Algorithm.SIGN_SHA256: "sha256"},
)

_TEMPLATES: dict[int, frozenset[int]] = {
    TemplateTag.AUTHENTICATION: frozenset({Cps3Algorithm.AUTHENTICATE}),
    TemplateTag.HASH: frozenset(_SIGNATURES.hash),
    TemplateTag.SIGNATURE: frozenset(_SIGNATURES.sign),
    TemplateTag.CONFIDENTIALITY: frozenset({Cps3Algorithm.DECIPHER}),
}

_PKCS15 = CommandSet(
    commands={
        0x20: verify,
        0x22: manage_environment(_TEMPLATES),
        0x24: change_reference_data,
        0x2A: security_operation(_SIGNATURES),
        0x2C: reset_retry_counter,
        0x84: get_challenge,
        0x88: internal_authenticate,
        0xA4: select,
        0xB0: read_binary,
        0xCB: get_data,
        0xD6: update_binary,
    },
    chained=frozenset({0x2A}),
    longest=1024,
)


def _present(core: Core, cla: int) -> bool:
    """Say that a card without files of the CPS2ter side knows no class A0."""
    return cla != CPS2TER_CLASS or core.has_side("CPS2ter")


CPS3_CONTACT = Face({0x00: _PKCS15, CPS2TER_CLASS: CPS2TER}, present=_present)
