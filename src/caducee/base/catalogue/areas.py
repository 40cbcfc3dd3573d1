# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The areas of the catalogue, one module each, imported when an entry of it is asked for."""

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Final

from caducee.base.catalogue.entry import Entry

AREAS: Final = (
    "api",
    "authority",
    "base",
    "browser",
    "card",
    "cli",
    "codec",
    "cryptolib",
    "daemon",
    "desktop",
    "diag",
    "directory",
    "issuance",
    "ldap",
    "ordering",
    "pin",
    "portal",
    "psc",
    "publication",
    "reader",
    "relying",
    "request",
    "sandbox",
    "session_policy",
    "store",
    "trace",
    "trust",
    "verifier",
    "webhost",
)


@cache
def entries_of(area: str) -> Mapping[str, Entry]:
    """Return the entries of one area by their codes."""
    entries: tuple[Entry, ...] = importlib.import_module(f"caducee.base.catalogue.{area}").ENTRIES
    found = {entry.code: entry for entry in entries}
    if len(found) < len(entries):
        raise LookupError(f"code twice in the area {area} of the catalogue")
    return found
