# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``ldap``: messages, filters, names and the client of LDAP directories."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_PEER = N_("Report this fault to the publisher of the program at the other end.")
_RETRY = N_("Check the address and the network, then try again; the directory may be down.")

ENTRIES: tuple[Entry, ...] = (
    Entry("ldap.element", N_("An LDAP message is malformed at byte {offset}."), _PEER),
    Entry("ldap.structure", N_("An LDAP message has a part ({part}) of the wrong form."), _PEER),
    Entry("ldap.size", N_("LDAP message too large: {size} bytes, at most {most}."), _PEER),
    Entry("ldap.depth", N_("Filter nested too deeply: at most {most} levels."), _PEER),
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
    Entry("ldap.unreachable", N_("The directory {host} cannot be reached: {reason}."), _RETRY),
    Entry("ldap.slow", N_("The directory {host} did not answer within {seconds} seconds."), _RETRY),
    Entry("ldap.closed", N_("The directory {host} closed the connection."), _RETRY),
    Entry(
        "ldap.answer",
        N_("The directory {host} answered with something that was not asked for."),
        _PEER,
    ),
    Entry(
        "ldap.too_much",
        N_("The directory {host} sent more than {most} bytes."),
        N_("Allow more bytes, or ask for less."),
    ),
    Entry(
        "ldap.refused",
        N_("The directory {host} refused with {result}: {message}"),
        N_("Check the name of the entry, the filter and your rights in that directory."),
    ),
    Entry(
        "ldap.no_value",
        N_("The directory {host} has no {attribute} at this address."),
        N_("Check the address; the authority may not have published it yet."),
    ),
    Entry(
        "ldap.entry",
        N_("Invalid directory entry {name}: {reason}."),
        N_("Correct the source of the entries; each name stands once, below its parent."),
    ),
    Entry(
        "ldap.store",
        N_("The file with the entries of the LDAP directory cannot be used: {reason}."),
        N_(
            "Check the space and the permissions of its folder. You may remove "
            "the file: it is created again."
        ),
    ),
    Entry(
        "ldap.slapd",
        N_("OpenLDAP's {program} failed: {reason}"),
        N_("Install slapd (Debian, Ubuntu: apt install slapd), and look at its message."),
    ),
    Entry(
        "ldap.password_in_clear",
        N_("The password would go to {host} in the clear."),
        N_("Use ldaps:// or StartTLS, or let caducee run on the machine of the directory."),
    ),
    Entry(
        "ldap.address_taken",
        N_("The LDAP server cannot listen on {address}: {reason}."),
        N_("Choose another port, or stop the program that uses it."),
    ),
)
