# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``relying``."""

from caducee.base.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
