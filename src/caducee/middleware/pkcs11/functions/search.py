# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Searching for objects (2.40 section 5.7). A search is made at once; handles come as asked."""

from collections.abc import Iterator, Sequence

from caducee.base.errors import CardError
from caducee.codec.pkcs11 import Attribute, OutputBuffer, OutputNumbers
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.reading import content_of
from caducee.middleware.pkcs11.functions.requirements import uses_session
from caducee.middleware.pkcs11.objects import Pkcs11DataObject, Pkcs11Object
from caducee.middleware.pkcs11.registry import handles
from caducee.middleware.pkcs11.sessions import Pkcs11Session
from caducee.middleware.pkcs11.slots import Slot
from caducee.spec.pkcs11 import Cka, Ckr

__all__: list[str] = []


def _needs(
    application: Pkcs11Application, session: int, template: tuple[Attribute, ...]
) -> Slot | None:
    """Certificates that nobody read yet, and contents of data objects, are asked of the card."""
    found = application.session(session)
    by_value = any(item.type == Cka.VALUE for item in template)
    if found.token.known is not None and not by_value:
        return None
    return uses_session(application, session)


@handles("C_FindObjectsInit", locked=False, needs=_needs)
def find_objects_init(
    application: Pkcs11Application, session: int, template: tuple[Attribute, ...]
) -> None:
    """Find the objects that show now and match."""
    with application.lock:
        found = application.session(session)
        if found.found is not None:
            raise Pkcs11Error(Ckr.OPERATION_ACTIVE)
        if len(template) > application.settings.template:
            raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
        known = found.token.known
    if known is None:
        with application.on_card(found.token):
            known = found.token.objects()
    with application.lock:
        seen = list(_seen(found, known))
    matching = [item for item in seen if _matches(application, found, item, template)]
    with application.lock:
        application.session(session)
        if found.found is not None:
            raise Pkcs11Error(Ckr.OPERATION_ACTIVE)
        new = application.engine.new_handle
        found.found = [
            found.login.handle_of(item, new) for item in matching if found.login.sees(item)
        ]


def _seen(session: Pkcs11Session, known: Sequence[Pkcs11Object]) -> Iterator[Pkcs11Object]:
    login = session.login
    yield from (item for item in known if login.sees(item))
    yield from (obj for obj in login.session_objects.values() if login.sees(obj))


def _matches(
    application: Pkcs11Application,
    session: Pkcs11Session,
    obj: Pkcs11Object,
    template: Sequence[Attribute],
) -> bool:
    """Tell whether an object has every attribute with that value; a hidden one never matches."""
    values = obj.encoded(application.info.ulong_size)
    later = []
    for item in template:
        value = values.get(item.type)
        if value is None and item.type == Cka.VALUE and isinstance(obj, Pkcs11DataObject):
            later.append(item)
        elif value != item.value:
            return False
    if not later:
        return True
    try:
        content = content_of(application, session, obj)
    except (CardError, Pkcs11Error) as error:
        if isinstance(error, Pkcs11Error) and error.rv is not Ckr.USER_NOT_LOGGED_IN:
            raise
        return False
    return all(entry.value == content for entry in later)


@handles("C_FindObjects")
def find_objects(
    application: Pkcs11Application, session: int, room: OutputBuffer
) -> tuple[OutputNumbers]:
    """Give the next handles, as many as there is room for."""
    found = application.session(session)
    if found.found is None:
        raise Pkcs11Error(Ckr.OPERATION_NOT_INITIALIZED)
    count = room.capacity or 0
    given, found.found = found.found[:count], found.found[count:]
    return (OutputNumbers(len(given), tuple(given)),)


@handles("C_FindObjectsFinal")
def find_objects_final(application: Pkcs11Application, session: int) -> None:
    """End a search."""
    found = application.session(session)
    if found.found is None:
        raise Pkcs11Error(Ckr.OPERATION_NOT_INITIALIZED)
    found.found = None
