# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Application identifiers (issuer's library: ``card-cps3.c``, ``card-cps4.c``, ``dir.c``)."""

from typing import Final

__all__ = [
    "CPS2TER_APPLET",
    "CPS3_CONTACT",
    "CPS3_CONTACTLESS",
    "CPS4_CARD_MANAGER",
    "CPS4_CHIPDOC",
    "IAS_RID",
    "ISSUER_NUMBER",
]

IAS_RID: Final = bytes.fromhex("E8 28 BD 08 0F")
"""The registered provider of IAS cards, with which the CPS3 identifiers begin."""

ISSUER_NUMBER: Final = bytes.fromhex("80 25 00 00 01")
"""The number of the issuer (ANS), in the identifiers and in EF.SN.ICC."""

CPS3_CONTACT: Final = IAS_RID + ISSUER_NUMBER + bytes.fromhex("FF 00 10")
"""The application of the contact face, "ASIP CPS" in EF.DIR; also given by a CPS4."""

CPS3_CONTACTLESS: Final = IAS_RID + ISSUER_NUMBER + bytes.fromhex("FF 00 20")
"""The application of the contactless face, "ASIP CPS CL" in EF.DIR."""

CPS4_CHIPDOC: Final = ISSUER_NUMBER + bytes.fromhex("FF 01 00")
"""The ChipDoc instance of a CPS4, selected before anything else."""

CPS2TER_APPLET: Final = ISSUER_NUMBER + bytes.fromhex("FF 00 02")
"""The CPS2ter applet of a CPS4."""

CPS4_CARD_MANAGER: Final = bytes.fromhex("A0 00 00 01 51 00 00")
"""The issuer domain of a CPS4."""
