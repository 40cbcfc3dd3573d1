# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``directory``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "directory.job_lost",
        N_("Another worker does the job {id} by now."),
        N_("Nothing needs to be done: what this worker had not finished is done by the other one."),
    ),
    Entry(
        "directory.url_unknown",
        N_("The registry cannot be kept in a database of the kind {backend}."),
        N_("Give a URL that starts with sqlite:/// or postgresql://."),
    ),
    Entry(
        "directory.url_invalid",
        N_("The URL of the registry cannot be used: {reason}."),
        N_(
            "Give a URL such as sqlite:////folder/registry.db or postgresql://user@host/name; "
            "PostgreSQL needs the extra caducee[postgresql]."
        ),
    ),
    Entry(
        "directory.schema_unknown",
        N_("The tables of the registry come from another version of caducee: {reason}."),
        N_("Use the version that created the registry, or a newer one; nothing was changed."),
    ),
    Entry(
        "directory.database_failed",
        N_("The registry's database refused: {reason}."),
        N_("Check that the database runs, that it is reachable, and the space left; then retry."),
    ),
    Entry(
        "directory.reference_broken",
        N_("The registry does not take this entry: {reason}."),
        N_("Enter the person, the structure or the card that it refers to first."),
    ),
    Entry(
        "directory.card_unknown",
        N_("Unknown card number {number} in the registry."),
        N_("Check the ten digits of the card number."),
    ),
    Entry(
        "directory.flat_unreadable",
        N_("{file} cannot be read: {reason}."),
        N_("Give the archive (.zip) or the text file as the directory publishes it."),
    ),
    Entry(
        "directory.flat_header",
        N_("Column {column} of {file} is “{found}” and not “{expected}”."),
        N_("Give a file with the columns that the documentation lists, in that order."),
    ),
    Entry(
        "directory.flat_columns",
        N_("Line {line} of {file} has {found} columns, not {expected}."),
        N_("Check that line: a sign | inside a value, or a line that was cut off?"),
    ),
    Entry(
        "directory.flat_text",
        N_("Line {line} of {file} is not written in {encoding}, as the first one is."),
        N_("Write the whole file in UTF-8, or the whole file in ISO-8859-1."),
    ),
    Entry(
        "directory.flat_long",
        N_("Line {line} of {file} has more than {most} bytes."),
        N_("Check that the file is a text file with line breaks."),
    ),
    Entry(
        "directory.flat_value",
        N_("Line {line} of {file}: invalid value “{value}” in the column “{column}”."),
        N_("Correct the line; the persons before it may have been entered already."),
    ),
    Entry(
        "directory.address_taken",
        N_("The Annuaire Santé cannot listen on {address}: {reason}."),
        N_("Stop the program that uses the address, or set another port in sandbox.toml."),
    ),
    Entry(
        "directory.person_unknown",
        N_("Unknown PS_IdNat {ps_idnat} in the directory."),
        N_("Look for the person with caducee directory find."),
    ),
    Entry(
        "directory.no_list",
        N_("The directory has no revocation list of {ca}."),
        N_("Give the full name of the authority, or ask another source."),
    ),
    Entry(
        "directory.list_unreadable",
        N_("What the directory gives as a revocation list cannot be read as one."),
        N_("Report it to the operator of the directory."),
    ),
    Entry(
        "directory.fhir_failed",
        N_("The Annuaire Santé at {address} does not answer as it should: {reason}."),
        N_("Check the address and the API key; try again later."),
    ),
)
