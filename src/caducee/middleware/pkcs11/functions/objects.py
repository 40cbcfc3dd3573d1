# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects and their attributes (2.40 section 5.7)."""

import secrets
from dataclasses import replace

from caducee.base.errors import CardError
from caducee.codec.pkcs11 import Attribute, AttributeBuffer, AttributeOutput
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.reading import content_of
from caducee.middleware.pkcs11.functions.requirements import uses_content, uses_session
from caducee.middleware.pkcs11.functions.session_objects import demand_place, made
from caducee.middleware.pkcs11.functions.templates import CHANGEABLE, read_template
from caducee.middleware.pkcs11.objects import Pkcs11DataObject, Pkcs11Object
from caducee.middleware.pkcs11.registry import CallOutcome, handles
from caducee.middleware.pkcs11.sessions import Pkcs11Session
from caducee.middleware.pkcs11.slots import Slot
from caducee.middleware.pkcs11.values import Value
from caducee.spec.pkcs11 import Cka, Cko, Ckr
from caducee.spec.pkcs11.wire import MAX_FRAME

__all__: list[str] = []

_LONGEST = MAX_FRAME - (1 << 16)
"""Bytes of all values that one call states: with their lengths they fit into one answer."""

# Objects


@handles("C_CreateObject")
def create_object(
    application: Pkcs11Application, session: int, template: tuple[Attribute, ...]
) -> tuple[int]:
    """Make an object of the session."""
    found = application.session(session)
    return (application.add(found, made(application, found, template)),)


@handles("C_CopyObject", locked=False, needs=uses_content)
def copy_object(
    application: Pkcs11Application, session: int, handle: int, template: tuple[Attribute, ...]
) -> tuple[int]:
    """Make a copy, which is an object of the session, with some attributes changed."""
    with application.lock:
        found = application.session(session)
        obj = application.object_of(found, handle)
        if obj.values.get(Cka.COPYABLE) is False:
            raise Pkcs11Error(Ckr.ACTION_PROHIBITED)
        changes = read_template(application, template, obj.kind)
        _demand_copy(found, obj, changes)
    values: dict[int, Value] = dict(obj.values)
    if isinstance(obj, Pkcs11DataObject):
        values[Cka.VALUE] = content_of(application, found, obj)
    values |= {Cka.TOKEN: False, Cka.DESTROYABLE: True, Cka.MODIFIABLE: True}
    values |= changes | {Cka.UNIQUE_ID: secrets.token_hex(16)}
    with application.lock:
        application.session(session)
        copy = (
            Pkcs11Object(values)
            if isinstance(obj, Pkcs11DataObject)
            else replace(obj, values=values)
        )
        return (application.add(found, copy),)


_CHANGED_BY_COPY = CHANGEABLE | {
    Cka.CLASS,
    Cka.TOKEN,
    Cka.PRIVATE,
    Cka.MODIFIABLE,
    Cka.COPYABLE,
    Cka.DESTROYABLE,
}


def _demand_copy(session: Pkcs11Session, obj: Pkcs11Object, changes: dict[int, Value]) -> None:
    for number, value in changes.items():
        same = obj.values.get(number) == value
        if number not in _CHANGED_BY_COPY and not same:
            raise Pkcs11Error(Ckr.ATTRIBUTE_READ_ONLY, attribute=number)
    demand_place(session, {Cka.TOKEN: obj.on_token, Cka.PRIVATE: obj.private} | changes)


@handles("C_DestroyObject")
def destroy_object(application: Pkcs11Application, session: int, handle: int) -> None:
    """Destroy an object of a session; those of the card stay."""
    found = application.session(session)
    obj = application.object_of(found, handle)
    if obj.on_token:
        found.demand_writable()
    if not obj.may(Cka.DESTROYABLE):
        raise Pkcs11Error(Ckr.ACTION_PROHIBITED)
    found.login.remove(handle)


def _needs_content(
    application: Pkcs11Application, session: int, handle: int, *rest: tuple[AttributeBuffer, ...]
) -> Slot | None:
    if rest and all(item.type != Cka.VALUE for item in rest[0]):
        return None
    return uses_content(application, session, handle)


@handles("C_GetObjectSize", locked=False, needs=_needs_content)
def get_object_size(application: Pkcs11Application, session: int, handle: int) -> tuple[int]:
    """Tell how many bytes the attributes of an object have."""
    with application.lock:
        found = application.session(session)
        obj = application.object_of(found, handle)
    size = sum(len(item) for item in obj.encoded(application.info.ulong_size).values())
    if isinstance(obj, Pkcs11DataObject):
        size += len(content_of(application, found, obj))
    return (size,)


# Attributes


@handles("C_GetAttributeValue", locked=False, needs=_needs_content)
def get_attribute_value(
    application: Pkcs11Application, session: int, handle: int, template: tuple[AttributeBuffer, ...]
) -> CallOutcome:
    """Tell attributes: each one that can be reported, whatever becomes of the others."""
    with application.lock:
        found = application.session(session)
        if len(template) > application.settings.template:
            raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
        obj = application.object_of(found, handle)
    rv = Ckr.OK
    filled = []
    size = 0
    content: bytes | None = None
    for item in template:
        if item.type == Cka.VALUE and isinstance(obj, Pkcs11DataObject):
            if content is None:
                content = content_of(application, found, obj)
            if not content and application.deviates(Deviation.ABSENT_DATA):
                raise Pkcs11Error(Ckr.GENERAL_ERROR)
            code, answer = _fill(item, content)
        else:
            code, answer = _tell(application, obj, item)
        filled.append(answer)
        size += len(answer.value or b"")
        if size > _LONGEST:
            raise Pkcs11Error(Ckr.HOST_MEMORY, size=size)
        rv = code if rv is Ckr.OK else rv
    return CallOutcome(rv, (tuple(filled),))


def _tell(
    application: Pkcs11Application, obj: Pkcs11Object, room: AttributeBuffer
) -> tuple[Ckr, AttributeOutput]:
    value = obj.encoded(application.info.ulong_size).get(room.type)
    if value is None:
        hidden = room.type in obj.hidden
        return (Ckr.ATTRIBUTE_SENSITIVE if hidden else Ckr.ATTRIBUTE_TYPE_INVALID), AttributeOutput(
            None
        )
    return _fill(room, value)


def _fill(room: AttributeBuffer, value: bytes) -> tuple[Ckr, AttributeOutput]:
    if room.capacity is None:
        return Ckr.OK, AttributeOutput(len(value))
    if len(value) > room.capacity:
        return Ckr.BUFFER_TOO_SMALL, AttributeOutput(None)
    return Ckr.OK, AttributeOutput(len(value), value)


def _needs_writing(
    application: Pkcs11Application, session: int, handle: int, *rest: object
) -> Slot | None:
    obj = application.session(session).login.objects.get(handle)
    return uses_session(application, session) if isinstance(obj, Pkcs11DataObject) else None


@handles("C_SetAttributeValue", locked=False, needs=_needs_writing)
def set_attribute_value(
    application: Pkcs11Application, session: int, handle: int, template: tuple[Attribute, ...]
) -> None:
    """Change an object of a session, or the content of CPS_DATA."""
    with application.lock:
        found = application.session(session)
        obj = application.object_of(found, handle)
        if obj.on_token:
            found.demand_writable()
        if not obj.may(Cka.MODIFIABLE):
            raise Pkcs11Error(Ckr.ACTION_PROHIBITED)
        changes = read_template(application, template, obj.kind)
        for number in changes:
            writes = number == Cka.VALUE and obj.kind == Cko.DATA
            if not writes and (obj.on_token or number not in CHANGEABLE):
                raise Pkcs11Error(Ckr.ATTRIBUTE_READ_ONLY, attribute=number)
        if not isinstance(obj, Pkcs11DataObject):
            changed = replace(obj, values=dict(obj.values) | changes)
            application.demand_room(changed, instead_of=obj)
            found.login.replace(handle, changed)
            return
    content = changes.get(Cka.VALUE)
    if isinstance(content, bytes):
        _write(application, found, content)


def _write(application: Pkcs11Application, session: Pkcs11Session, content: bytes) -> None:
    """Write CPS_DATA, the only object of a card that can be (`contents`)."""
    with application.with_pin(session.login, needed=False) as card:
        try:
            card.write_data(content)
        except CardError as error:
            if error.code == "cryptolib.data_too_long":
                raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID) from error
            raise
