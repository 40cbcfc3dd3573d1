# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``verifier``: what a program gives a verifier, and cannot be used."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "verifier.certificates_kind",
        N_("Certificates cannot be taken from a value of type {kind}."),
        N_("Give certificate objects, DER or PEM content, or paths of files."),
    ),
    Entry(
        "verifier.certificates_unreadable",
        N_("The certificates in {path} cannot be read ({reason})."),
        N_("Check the path; text is the path of a file unless it contains PEM."),
    ),
    Entry(
        "verifier.folder_empty",
        N_("The folder {folder} holds no trust anchor."),
        N_("Put the roots of the cards into its subfolder anchors, as PEM or DER files."),
    ),
    Entry(
        "verifier.holders_missing",
        N_("Nobody can log in: {folder} contains no file {name}, and no directory was given."),
        N_("Pass holders=, a HolderRegistry such as MemoryHolders."),
    ),
    Entry(
        "verifier.holders_unreadable",
        N_("The holders in {path} cannot be read ({reason})."),
        N_("Write the file again with: caducee sandbox export."),
    ),
    Entry(
        "verifier.image_unreadable",
        N_("The card image in {path} cannot be read ({reason})."),
        N_("Give the path of a card image, as caducee card issue writes it."),
    ),
    Entry(
        "verifier.image_without_certificate",
        N_("This card image contains no certificate of a card."),
        N_("Give the image of a CPS, CPF, CPE or CPA card, or its certificate."),
    ),
)
