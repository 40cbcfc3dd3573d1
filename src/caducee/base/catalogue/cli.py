# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``cli``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "cli.signing_key",
        N_("{path} is no private key that can sign, or the passphrase is wrong."),
        N_("Give a key on a NIST curve or an RSA key, in PEM, with its passphrase if it has one."),
    ),
)
