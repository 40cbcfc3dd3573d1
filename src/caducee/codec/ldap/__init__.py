# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""LDAPv3: messages (RFC 4511), filters (RFC 4515), names (RFC 4514) and URLs (RFC 4516)."""
