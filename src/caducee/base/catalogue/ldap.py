# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``ldap``: messages, filters, names and the client of LDAP directories."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_PEER = N_("The program at the other end is at fault; report it to its maker.")

ENTRIES: tuple[Entry, ...] = (
    Entry("ldap.element", N_("An LDAP message is malformed at byte {offset}."), _PEER),
    Entry("ldap.structure", N_("An LDAP message has a part ({part}) of the wrong form."), _PEER),
    Entry(
        "ldap.size", N_("An LDAP message of {size} bytes is too large; {most} are taken."), _PEER
    ),
    Entry("ldap.depth", N_("A filter is nested too deeply; {most} levels are taken."), _PEER),
    Entry(
        "ldap.filter",
        N_("The filter is wrong at character {offset}."),
        N_("Write it as in (&(sn=DUPONT)(givenName=A*)); \\28 \\29 \\2a \\5c stand for ( ) * \\."),
    ),
    Entry(
        "ldap.name",
        N_("The name of an entry is wrong at character {offset}."),
        N_("Write it as in cn=NAME,o=ORGANISATION,c=FR; put \\ before a comma inside a value."),
    ),
    Entry(
        "ldap.url",
        N_("The address of an entry is wrong in its part {part}."),
        N_("Write it as in ldap://host/cn=NAME,c=FR?attribute?base?(objectClass=*)."),
    ),
    Entry(
        "ldap.ldif",
        N_("The LDIF file is wrong in line {line}."),
        N_("Correct the line; RFC 2849 has the format. Only entries are read, not changes."),
    ),
)
