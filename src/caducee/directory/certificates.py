# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Looks certificates up in the registry by what a person knows of them; every way has an index."""

import re
from collections.abc import Iterator

import sqlalchemy as sa

from caducee.directory import rows, schema
from caducee.directory.model import Certificate
from caducee.directory.names import after, folded, words
from caducee.directory.registry import Registry

__all__ = ["find_certificates"]

_SERIAL = re.compile(r"(?:0x)?([0-9A-Fa-f]{1,40})")
_SOME = 1000
"""Certificates and holders of one kind that are looked at for the newest."""

_CERTIFICATE, _CARD, _WORD = schema.certificate.c, schema.card.c, schema.certificate_word.c


def find_certificates(registry: Registry, text: str, most: int = 50) -> tuple[Certificate, ...]:
    """Return certificates by serial number (hexadecimal), card, holder, or words of the subject.

    Blanks and colons in a serial number do not count. A holder is known by PS_IdNat, another
    identifier, or beginnings of names; certificates on no card by beginnings of the words of their
    subject. Case and accents do not count. At most ``most``, the newest of a thousand first; a
    blank text finds nothing.
    """
    wanted = text.strip()
    if not wanted:
        return ()
    found: dict[tuple[str, int], Certificate] = {}
    with registry.reading() as connection:
        for where in _ways(wanted):
            query = sa.select(schema.certificate).where(where).limit(max(_SOME, most))
            for row in connection.execute(query).mappings():
                certificate = rows.to_certificate(row)
                found[certificate.issuer, certificate.serial] = certificate
    newest = sorted(found.values(), key=lambda item: (item.issuer, item.serial))
    newest.sort(key=lambda item: item.not_before, reverse=True)
    return tuple(newest[:most])


def _ways(wanted: str) -> Iterator[sa.ColumnElement[bool]]:
    serial = _SERIAL.fullmatch(re.sub(r"[\s:]", "", wanted))
    if serial is not None:
        yield _CERTIFICATE.serial == rows.hexadecimal(int(serial[1], 16))
    yield _CERTIFICATE.card_number == wanted
    holders = sa.select(_CARD.number).where(_CARD.ps_idnat.in_(_holders(wanted)))
    yield _CERTIFICATE.card_number.in_(holders)
    if words(wanted):
        yield _worded(words(wanted))


def _holders(wanted: str) -> sa.CompoundSelect[tuple[str]]:
    person, identifier = schema.person.c, schema.identifier.c
    number = wanted.upper()
    names = (
        sa.or_(_starts(person.family_key, word), _starts(person.given_key, word))
        for word in folded(wanted).split()
    )
    return sa.union(
        sa.select(person.ps_idnat).where(person.ps_idnat == number),
        sa.select(identifier.ps_idnat).where(identifier.value == number),
        sa.select(sa.select(person.ps_idnat).where(*names).limit(_SOME).subquery().c.ps_idnat),
    )


def _worded(of: tuple[str, ...]) -> sa.ColumnElement[bool]:
    keys = sa.tuple_(_CERTIFICATE.issuer, _CERTIFICATE.serial)
    found = (sa.select(_WORD.issuer, _WORD.serial).where(_starts(_WORD.word, item)) for item in of)
    return sa.and_(*(keys.in_(item) for item in found))


def _starts(column: sa.ColumnElement[str], start: str) -> sa.ColumnElement[bool]:
    return column.between(sa.literal(start, sa.Text()), sa.literal(after(start), sa.Text()))
