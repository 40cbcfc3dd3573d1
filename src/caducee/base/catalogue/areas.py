# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The areas of the catalogue, one module each."""

from collections.abc import Iterator

from caducee.base.catalogue import (
    api,
    authority,
    base,
    browser,
    card,
    cli,
    codec,
    cryptolib,
    daemon,
    desktop,
    diag,
    directory,
    issuance,
    ldap,
    manners,
    ordering,
    pin,
    portal,
    publication,
    reader,
    relying,
    request,
    sandbox,
    trace,
    trust,
    webhost,
)
from caducee.base.catalogue.entry import Entry

_AREAS = (
    api,
    authority,
    base,
    browser,
    card,
    cli,
    codec,
    cryptolib,
    daemon,
    desktop,
    diag,
    directory,
    issuance,
    ldap,
    manners,
    ordering,
    pin,
    portal,
    publication,
    reader,
    relying,
    request,
    sandbox,
    trace,
    trust,
    webhost,
)


def all_entries() -> Iterator[Entry]:
    """Yield every entry of every area."""
    for area in _AREAS:
        yield from area.ENTRIES
