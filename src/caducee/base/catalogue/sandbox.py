# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``sandbox``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "sandbox.card_unknown",
        N_("Unknown card {name} in this sandbox."),
        N_("List its cards with: caducee sandbox show."),
    ),
    Entry(
        "sandbox.person_unknown",
        N_("Unknown PS_IdNat {ps_idnat} in the registry."),
        N_("Find persons with caducee directory find, or leave it out for a new test identity."),
    ),
    Entry(
        "sandbox.structure_unknown",
        N_("The registry does not know the structure {struct_idnat}."),
        N_("Give its name and department with --structure-name and --department."),
    ),
    Entry(
        "sandbox.certificate_unknown",
        N_("Unknown serial number {serial} in this sandbox."),
        N_("Find it with caducee certificate list, by words of its subject."),
    ),
    Entry(
        "sandbox.authority_unknown",
        N_("Unknown authority {name}."),
        N_("Give its file name, such as ACI-FO-PP-TEST, or its common name."),
    ),
    Entry(
        "sandbox.clock",
        N_("The clock of the sandbox cannot be read from {path}."),
        N_("Remove that file: the sandbox then follows the machine's clock again."),
    ),
    Entry(
        "sandbox.clock_range",
        N_("Date out of range for the clock of the sandbox."),
        N_("Choose a time between the years {first} and {last}; the clock was not moved."),
    ),
    Entry(
        "sandbox.exists",
        N_("A sandbox already exists in {folder}."),
        N_("Choose another folder, or use the sandbox that is there."),
    ),
    Entry(
        "sandbox.running",
        N_("The sandbox in {folder} is already running."),
        N_("Use the running one (caducee sandbox show gives its portal), or stop it first."),
    ),
    Entry(
        "sandbox.missing",
        N_("No sandbox in {folder}."),
        N_("Create one with: caducee sandbox new. Name the folder in CADUCEE_SANDBOX."),
    ),
    Entry(
        "sandbox.card_not_of_it",
        N_("The card {path} was not issued by the sandbox in {folder}."),
        N_("Name its sandbox with --sandbox, or issue a card there."),
    ),
    Entry(
        "sandbox.needed",
        N_("Sandbox missing: this fault needs the sandbox of the card {path}."),
        N_("Name the sandbox that issued the card with --sandbox."),
    ),
    Entry(
        "sandbox.no_other_card",
        N_("The sandbox in {folder} has no other card of that kind to take certificates from."),
        N_("Issue one first: caducee sandbox issue."),
    ),
    Entry(
        "sandbox.not_empty",
        N_("The folder {folder} is not empty and holds no sandbox."),
        N_("Choose an empty or a new folder; nothing was changed."),
    ),
)
