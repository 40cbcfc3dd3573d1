# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``issuance``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "issuance.not_a_test_identity",
        N_("{ps_idnat} is not a test identity."),
        N_("Use an RPPS that starts with 997, or an identifier of the test department 0B."),
    ),
    Entry(
        "issuance.name_length",
        N_("A name of {length} letters does not fit on a card."),
        N_("Shorten it to {most} letters."),
    ),
    Entry(
        "issuance.name_characters",
        N_("The name “{name}” cannot be written on a card."),
        N_(
            "Use Latin letters, digits, spaces, hyphens, apostrophes and full stops, with a "
            "letter or digit first; accents are left out on the card."
        ),
    ),
    Entry(
        "issuance.structure_name",
        N_("The name of the structure, of {length} letters, cannot be written on a card."),
        N_("Give a name of 1 to 64 letters on one line."),
    ),
    Entry(
        "issuance.not_a_test_structure",
        N_("{struct_idnat} is the identifier of a real structure."),
        N_("Only test structures are certified here: a FINESS of the department 0B, for example."),
    ),
    Entry(
        "issuance.application_name",
        N_("A name of {length} letters cannot be the common name of a certificate."),
        N_("Give a name of 1 to {most} letters on one line, without blanks around it."),
    ),
    Entry(
        "issuance.host_name",
        N_("Invalid host name {host} for a certificate."),
        N_("Give a full name in small letters, such as portal.hopital.test."),
    ),
    Entry(
        "issuance.hosts_without_server",
        N_("A certificate for {use} holds no host names."),
        N_("Leave them out, or ask for a certificate of a server (SSL)."),
    ),
    Entry(
        "issuance.identifier_of_another_family",
        N_("{ps_idnat} cannot be the identifier of the holder of a {family}."),
        N_(
            "A CPS or CPF has an RPPS or ADELI number; a CPE or CPA has the identifier of its "
            "structure, a slash and a number."
        ),
    ),
    Entry(
        "issuance.code_unknown",
        N_("The table {table} has no code {code}."),
        N_("Choose a code of the nomenclature {table}."),
    ),
    Entry(
        "issuance.profession_on_staff_card",
        N_("A card of staff (CPE, CPA) cannot carry the profession {profession}."),
        N_("Leave the profession out, or order a CPS."),
    ),
    Entry(
        "issuance.category_not_a_card",
        N_("The product category {category} is not that of a card."),
        N_("Order a card of category 80 (test) or 00 (real)."),
    ),
    Entry(
        "issuance.responsibility_of_another_family",
        N_("A {family} does not carry the responsibility {responsibility}."),
        N_("Leave it out, or order a CPE or CPA: with it, that is a CDE or CDA."),
    ),
    Entry(
        "issuance.contactless_unknown",
        N_("What a {generation} shows without contacts is not known."),
        N_("Leave the contactless chip out, or order a CPS3."),
    ),
    Entry(
        "issuance.practice_number",
        N_("A card has no free place {number} for a practice situation."),
        N_("Give each practice a number of its own, from 1 to {most}."),
    ),
    Entry(
        "issuance.section_of_another_profession",
        N_("Only a pharmacist can be in the section {section} of their order."),
        N_("Leave the section out, or give the profession 21."),
    ),
    Entry(
        "issuance.profile_near",
        N_("Unknown profile {name}. Similar names: {near}."),
        N_("See all with “caducee card profiles”."),
    ),
    Entry(
        "issuance.profile_unknown",
        N_("Unknown profile {name}."),
        N_("See all with “caducee card profiles”."),
    ),
    Entry(
        "issuance.file_wrong",
        N_("{path} does not describe a card: {reason}."),
        N_("See the guide of holders for the keys of such a file."),
    ),
    Entry(
        "issuance.too_many_practices",
        N_("{count} practice situations do not fit on a card."),
        N_("Keep at most {most}."),
    ),
    Entry(
        "issuance.structure_missing",
        N_("A {family} needs the structure that its holder works for."),
        N_("Add a practice with a structure and its department."),
    ),
    Entry(
        "issuance.no_practice",
        N_("{ps_idnat} has no RPPS or ADELI number for a practice."),
        N_("Give the structure by hand."),
    ),
    Entry(
        "issuance.pool_empty",
        N_("The key pool {path} is empty."),
        N_("Fill the pool, or generate the keys when a card is issued."),
    ),
    Entry(
        "issuance.pool_unusable",
        N_("A key of the pool cannot be used: {path}: {reason}."),
        N_("Check the rights of the folder; remove the file if it is not a key of RSA 2048."),
    ),
    Entry(
        "issuance.population_seed",
        N_("This registry holds the population of the seed {known}, not of {seed}."),
        N_("Use the seed {known} to go on, or create another sandbox for the other population."),
    ),
    Entry(
        "issuance.population_size",
        N_("A population of {count} persons is more than there are test identities for."),
        N_("Ask for {most} persons at most."),
    ),
)
