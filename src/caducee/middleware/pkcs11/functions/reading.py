# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Contents of data objects, read on the card when somebody asks."""

from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.objects import Pkcs11DataObject, Pkcs11Object
from caducee.middleware.pkcs11.sessions import Pkcs11Session

__all__ = ["content_of"]


def content_of(application: Pkcs11Application, session: Pkcs11Session, obj: Pkcs11Object) -> bytes:
    """Return CKA_VALUE of a data object of the card.

    Raises `Pkcs11Error` (CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_REMOVED), `CardError`.
    """
    assert isinstance(obj, Pkcs11DataObject)  # noqa: S101 (the callers ask)
    kept = obj.content.kept
    if kept is not None:
        return kept
    with application.with_pin(session.login, needed=obj.private):
        return obj.content.read()
