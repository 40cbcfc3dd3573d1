# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The areas of the catalogue, one module each."""

from collections.abc import Iterator

from caducee.base.catalogue import (
    authority,
    base,
    card,
    cli,
    codec,
    cryptolib,
    daemon,
    directory,
    issuance,
    ldap,
    pin,
    portal,
    publication,
    reader,
    relying,
    sandbox,
    trust,
)
from caducee.base.catalogue.entry import Entry

_AREAS = (
    authority,
    base,
    card,
    cli,
    codec,
    cryptolib,
    daemon,
    directory,
    issuance,
    ldap,
    pin,
    portal,
    publication,
    reader,
    relying,
    sandbox,
    trust,
)


def all_entries() -> Iterator[Entry]:
    """Yield every entry of every area."""
    for area in _AREAS:
        yield from area.ENTRIES
