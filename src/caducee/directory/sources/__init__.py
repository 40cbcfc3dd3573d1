# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One way to ask any directory: the registry, an LDAP directory, the Annuaire Santé (FHIR).

Each source gives what it has: an LDAP directory knows no practice situations, the Annuaire Santé
no revocation lists.
"""
