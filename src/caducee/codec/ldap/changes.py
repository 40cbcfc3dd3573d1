# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests that change a directory (RFC 4511 sections 4.6 to 4.8), written; and their answers.

>>> delete("cn=x,c=FR").value
b'cn=x,c=FR'
"""

from collections.abc import Iterable

from caducee.base.errors import FormatError
from caducee.codec.ldap import _elements as ber
from caducee.codec.ldap._reading import read_result
from caducee.codec.ldap.encoded import attribute, octets
from caducee.codec.ldap.operations import Attribute, OtherOperation, Result
from caducee.spec.ldap import OperationTag

__all__ = ["add", "answer", "delete", "replace"]

_REPLACE = 2
_ANSWERS = (0x67, 0x69, 0x6B)


def add(name: str, attributes: Iterable[Attribute]) -> OtherOperation:
    """Return the request for a new entry."""
    content = ber.element(ber.SEQUENCE, *map(attribute, attributes))
    return OtherOperation(OperationTag.ADD_REQUEST, octets(name.encode()) + content)


def replace(name: str, attributes: Iterable[Attribute]) -> OtherOperation:
    """Return the request that gives an entry these values, and no others, of these attributes.

    An attribute without values is taken away, if it is there.
    """
    parts = (
        ber.element(ber.SEQUENCE, ber.integer(_REPLACE, ber.ENUMERATED), attribute(item))
        for item in attributes
    )
    content = ber.element(ber.SEQUENCE, *parts)
    return OtherOperation(OperationTag.MODIFY_REQUEST, octets(name.encode()) + content)


def delete(name: str) -> OtherOperation:
    """Return the request that takes an entry away, which must have none below it."""
    return OtherOperation(OperationTag.DELETE_REQUEST, name.encode())


def answer(operation: OtherOperation) -> Result:
    """Return the result of such a request. Raises `FormatError` (``ldap.structure``)."""
    if operation.tag not in _ANSWERS:
        raise FormatError("ldap.structure", part="answer")
    return read_result(operation.value)[0]
