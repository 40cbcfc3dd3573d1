# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``diag``: what the diagnosis finds, each with cause, consequence and cure."""

from caducee.base.catalogue.diagnosis import (
    card,
    certificate,
    daemon,
    disk,
    module,
    network,
    pcsc,
    reader,
    system,
)
from caducee.base.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *system.ENTRIES,
    *disk.ENTRIES,
    *pcsc.ENTRIES,
    *reader.ENTRIES,
    *card.ENTRIES,
    *certificate.ENTRIES,
    *daemon.ENTRIES,
    *module.ENTRIES,
    *network.ENTRIES,
)
