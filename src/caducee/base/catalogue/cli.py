# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``cli``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "cli.signing_key",
        N_("Invalid signing key {path}, or wrong passphrase."),
        N_("Give a key on a NIST curve or an RSA key, in PEM, with its passphrase if it has one."),
    ),
    Entry(
        "cli.file_there",
        N_("The file {path} already exists; nothing was written."),
        N_("Choose another file, or replace it with --force."),
    ),
    Entry(
        "cli.no_terminal",
        N_("No terminal to ask for the PIN ({what})."),
        N_("Run the command at a terminal, or name a file of mode 0600 with --pin-file."),
    ),
    Entry(
        "cli.online_rootless",
        N_("Trusted root missing: --online needs one."),
        N_("Name the roots with --anchors and what they issued with --authorities."),
    ),
    Entry(
        "cli.report_form",
        N_("Unsupported report format {path}: use .pdf, .json or .txt."),
        N_("Use one of these extensions."),
    ),
)
