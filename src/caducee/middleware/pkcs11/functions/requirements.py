# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a call asks a card, reported before it runs: by its arguments alone, and what is known.

To name a card that is not asked in the end costs a little time; the reverse would block everybody.
"""

from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.objects import Pkcs11DataObject
from caducee.middleware.pkcs11.sessions import OperationPurpose, Pkcs11Session
from caducee.middleware.pkcs11.slots import Slot

__all__ = ["always", "unless_open", "uses_content", "uses_key", "uses_open_card", "uses_session"]


def always(application: Pkcs11Application, slot: int, *rest: object) -> Slot | None:
    """A function of a slot asks its card."""
    found = application.engine.slots.get(slot)
    return found if found.present else None


def unless_open(application: Pkcs11Application, slot: int, *rest: object) -> Slot | None:
    """A function of a slot asks a card that nobody opened yet."""
    found = always(application, slot)
    return found if found is not None and found.token is None else None


def uses_session(application: Pkcs11Application, session: int, *rest: object) -> Slot | None:
    """A function of a session asks the card."""
    return _slot(application, application.session(session))


def uses_open_card(application: Pkcs11Application, session: int, *rest: object) -> Slot | None:
    """The end of a login closes a card that a PIN entered at the reader left open."""
    found = application.sessions.get(session)
    return _slot(application, found) if found is not None and found.login.typed else None


def uses_content(
    application: Pkcs11Application, session: int, handle: int, *rest: object
) -> Slot | None:
    """A function of an object asks the card for the content of a data object."""
    found = application.session(session)
    obj = found.login.objects.get(handle)
    reads = isinstance(obj, Pkcs11DataObject) and obj.content.kept is None
    return _slot(application, found) if reads else None


def uses_key(
    application: Pkcs11Application, session: int, purpose: OperationPurpose
) -> Slot | None:
    """The end of an operation asks the card."""
    found = application.session(session)
    return _slot(application, found) if purpose in found.operations else None


def _slot(application: Pkcs11Application, session: Pkcs11Session) -> Slot:
    return application.slot_of(session.token)
