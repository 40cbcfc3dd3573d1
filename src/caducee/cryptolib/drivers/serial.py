# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""EF.SN.ICC, the file that identifies a card as a CPS, and which one."""

from caducee.base.errors import CardError, FormatError, NotACpsError
from caducee.codec.carddata import SerialNumber
from caducee.cryptolib.drivers.ias_files import IasFiles
from caducee.cryptolib.model import CardIdentity
from caducee.spec.atrs import CardFace
from caducee.spec.files import FileId
from caducee.spec.files import path as path_of

__all__ = ["read_identity"]

_SERIAL = path_of(FileId.MF, FileId.SERIAL)
_SIZE = 12


def read_identity(files: IasFiles, face: CardFace, atr: bytes) -> CardIdentity:
    """Read EF.SN.ICC; 2 commands. Raises `NotACpsError`."""
    try:
        icc = files.read_part(_SERIAL, 0, _SIZE)
    except CardError as error:
        if error.facts.get("sw"):
            raise NotACpsError("cryptolib.not_a_cps", atr=atr.hex().upper()) from error
        raise
    try:
        issued_here = SerialNumber.from_bytes(icc).is_ans
    except FormatError as error:
        raise NotACpsError("cryptolib.serial_invalid") from error
    if not issued_here:
        raise NotACpsError("cryptolib.not_a_cps", atr=atr.hex().upper())
    return CardIdentity(icc, face, atr)
