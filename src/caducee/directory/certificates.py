# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Looks certificates up in the registry by what a person knows of them."""

import re

import sqlalchemy as sa

from caducee.directory import rows, schema
from caducee.directory.model import Certificate
from caducee.directory.registry import Registry

__all__ = ["find_certificates"]

_SERIAL = re.compile(r"(?:0x)?([0-9A-Fa-f]{1,40})")


def find_certificates(registry: Registry, text: str, most: int = 50) -> tuple[Certificate, ...]:
    """Return certificates by serial number (hexadecimal), card number, or a part of the subject.

    Blanks and colons in a serial number do not count; a part of the subject is found whatever its
    case. At most ``most``, the newest first; a blank text finds nothing.
    """
    wanted = text.strip()
    if not wanted:
        return ()
    table = schema.certificate
    pattern = re.sub(r"([\\%_])", r"\\\1", wanted)
    where = [table.c.card_number == wanted, table.c.subject.ilike(f"%{pattern}%", escape="\\")]
    serial = _SERIAL.fullmatch(re.sub(r"[\s:]", "", wanted))
    if serial is not None:
        where.append(table.c.serial == rows.hexadecimal(int(serial[1], 16)))
    query = (
        sa.select(table)
        .where(sa.or_(*where))
        .order_by(table.c.not_before.desc(), table.c.issuer, table.c.serial)
        .limit(most)
    )
    with registry.reading() as connection:
        return tuple(rows.to_certificate(row) for row in connection.execute(query).mappings())
