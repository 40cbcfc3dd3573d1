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
    Entry(
        "cli.file_there",
        N_("The file {path} is there already; nothing was written."),
        N_("Name another file, or let it be replaced with --force."),
    ),
    Entry(
        "cli.no_terminal",
        N_("There is no terminal where a code could be asked for ({what})."),
        N_("Run the command at a terminal, or name a file of mode 0600 with --code-file."),
    ),
    Entry(
        "cli.online_rootless",
        N_("Nobody can judge certificates: --online was given, and no trusted root."),
        N_("Name the roots with --anchors and what they issued with --authorities."),
    ),
    Entry(
        "cli.report_form",
        N_("A report is written as .pdf, .json or .txt, not as {path}."),
        N_("Give the file one of these endings."),
    ),
)
