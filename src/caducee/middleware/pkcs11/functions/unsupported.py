# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Functions that no CPS can serve: their arguments are judged all the same."""

from caducee.codec.pkcs11 import Mechanism
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.registry import handles
from caducee.spec.pkcs11 import Ckr

__all__: list[str] = []


@handles(
    "C_GetOperationState",
    "C_SetOperationState",
    "C_SignRecover",
    "C_VerifyRecover",
    "C_DigestEncryptUpdate",
    "C_DecryptDigestUpdate",
    "C_SignEncryptUpdate",
    "C_DecryptVerifyUpdate",
)
def not_supported(application: Pkcs11Application, session: int, *rest: object) -> None:
    """Refuse: states are not saved, nothing is recovered, and one operation is one."""
    if not application.deviates(Deviation.FUNCTIONS):
        application.session(session)
    raise Pkcs11Error(Ckr.FUNCTION_NOT_SUPPORTED)


@handles(
    "C_SignRecoverInit",
    "C_VerifyRecoverInit",
    "C_GenerateKey",
    "C_GenerateKeyPair",
    "C_DeriveKey",
)
def no_such_mechanism(
    application: Pkcs11Application, session: int, mechanism: Mechanism | None, *rest: object
) -> None:
    """Refuse: no mechanism of a CPS does this."""
    if not application.deviates(Deviation.FUNCTIONS):
        application.session(session)
        if mechanism is None:
            raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
    raise Pkcs11Error(Ckr.FUNCTION_NOT_SUPPORTED)


@handles("C_InitToken")
def init_token(application: Pkcs11Application, slot: int, *rest: object) -> None:
    """Refuse: a card is personalised by its issuer alone."""
    if not application.deviates(Deviation.FUNCTIONS):
        application.engine.slots.get(slot).demand_card()
    raise Pkcs11Error(Ckr.FUNCTION_NOT_SUPPORTED)
