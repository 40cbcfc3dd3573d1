# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Publication points: certificates of authorities, revocation lists, OCSP, and a page for people.

Paths and names are those that stand in the certificates, so that a program finds everything when
the two published host names lead here, or when this server is its HTTP proxy.
"""
