# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The directory as LDAP shows it: trees, an embedded server, LDIF for OpenLDAP, and a client.

`caducee.directory.ldap.publication` makes the entries, `caducee.directory.ldap.tree.Tree` holds
them, `caducee.directory.ldap.server` serves them, `caducee.directory.ldap.openldap` writes them for
slapd, and `caducee.directory.ldap.client` asks any directory.
"""
