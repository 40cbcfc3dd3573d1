# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries that are kept as they are sent: a server writes each attribute once, not per search.

>>> kept = attribute(Attribute("sn", (b"DOC",)))
>>> values(kept), description(kept)
((b'DOC',), 'sn')
>>> entry(2, octets(b"c=FR"), [kept]).hex()
'301a02010264150404633d4652300d300b0402736e31050403444f43'
"""

from collections.abc import Iterable
from functools import lru_cache

from caducee.codec.ldap import _elements as ber
from caducee.codec.ldap.operations import Attribute
from caducee.spec.ldap import OperationTag

__all__ = ["attribute", "bare", "description", "done", "entry", "octets", "text", "values"]


def octets(value: bytes) -> bytes:
    """Return an OCTET STRING."""
    return ber.element(ber.OCTETS, value)


def text(data: bytes) -> str:
    """Return the text of an OCTET STRING. Raises `FormatError`."""
    return ber.text_of(ber.elements(data)[0], ber.OCTETS, "text")


def attribute(item: Attribute) -> bytes:
    """Return an attribute as it stands in the answer to a search."""
    content = ber.element(ber.SET, *(octets(value) for value in item.values))
    return ber.element(ber.SEQUENCE, octets(item.description.encode()), content)


def _parts(data: bytes) -> list[ber.Element]:
    return ber.elements(ber.elements(data)[0][1])


def values(data: bytes) -> tuple[bytes, ...]:
    """Return the values of such an attribute."""
    return tuple(value for _, value in ber.elements(_parts(data)[1][1]))


def description(data: bytes) -> str:
    """Return the description of such an attribute."""
    return _parts(data)[0][1].decode()


def bare(data: bytes) -> bytes:
    """Return such an attribute without its values, for a search of types only."""
    content = octets(_parts(data)[0][1]), ber.element(ber.SET)
    return ber.element(ber.SEQUENCE, *content)


_SUCCESS = ber.element(
    OperationTag.SEARCH_DONE,
    ber.integer(0, ber.ENUMERATED),
    ber.element(ber.OCTETS),
    ber.element(ber.OCTETS),
)


@lru_cache(maxsize=1024)
def done(message: int) -> bytes:
    """Return the message that a search ended with success, and nothing more to say.

    >>> done(2).hex()
    '300c02010265070a010004000400'
    """
    return ber.element(ber.SEQUENCE, ber.integer(message), _SUCCESS)


def entry(message: int, name: bytes, attributes: Iterable[bytes]) -> bytes:
    """Return the message of an entry that was found; ``name`` is an OCTET STRING."""
    listed = b"".join(attributes)
    before = ber.head(ber.SEQUENCE, len(listed))
    inside = ber.head(OperationTag.SEARCH_ENTRY, len(name) + len(before) + len(listed))
    number = _number(message)
    size = len(number) + len(inside) + len(name) + len(before) + len(listed)
    return b"".join((ber.head(ber.SEQUENCE, size), number, inside, name, before, listed))


_number = lru_cache(maxsize=1024)(ber.integer)
