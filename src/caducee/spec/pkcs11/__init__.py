# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names and numbers of PKCS#11 (OASIS PKCS #11 Cryptographic Token Interface 2.40 and 3.0).

A member is named as in the standard without its prefix: CKR_PIN_LOCKED is `Ckr.PIN_LOCKED`.
`name_of` returns the standard's own name of any number, known or not.
"""

from caducee.spec.pkcs11.attributes import ARRAY_ATTRIBUTE, Cka
from caducee.spec.pkcs11.flags import (
    EventFlag,
    InitializeFlag,
    MechanismFlag,
    SessionFlag,
    SlotFlag,
    TokenFlag,
)
from caducee.spec.pkcs11.kinds import Ckc, Ckh, Ckk, Cko, Cks, Cku
from caducee.spec.pkcs11.mechanisms import PSS_MECHANISMS, Ckg, Ckm, Ckz
from caducee.spec.pkcs11.names import name_of
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.sizes import EFFECTIVELY_INFINITE, UNAVAILABLE, VENDOR_DEFINED

__all__ = [
    "ARRAY_ATTRIBUTE",
    "EFFECTIVELY_INFINITE",
    "PSS_MECHANISMS",
    "UNAVAILABLE",
    "VENDOR_DEFINED",
    "Cka",
    "Ckc",
    "Ckg",
    "Ckh",
    "Ckk",
    "Ckm",
    "Cko",
    "Ckr",
    "Cks",
    "Cku",
    "Ckz",
    "EventFlag",
    "InitializeFlag",
    "MechanismFlag",
    "SessionFlag",
    "SlotFlag",
    "TokenFlag",
    "name_of",
]
