# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an LDAP server allows. Every bound has a value: the clients of a server are unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from caducee.base.secret import Secret

__all__ = ["DOCUMENTED_SIZE_LIMIT", "LdapOptions"]

DOCUMENTED_SIZE_LIMIT: Final = 10
"""Entries in an answer of the directory of the CPS (comment in a client of health insurance)."""


@dataclass(frozen=True, slots=True)
class LdapOptions:
    """Limits and users of a server; all times in seconds."""

    size_limit: int = 0
    """Entries in the answer to somebody without a name, over all pages; 0: no limit."""

    user_size_limit: int = 0
    """The same for those who gave a name and password."""

    time_limit: float = 30.0
    """Of one search."""

    users: Mapping[str, Secret] = field(default_factory=dict)
    """Passwords by name of the user (RFC 4514). Empty: all are anonymous."""

    clear_text_passwords: bool = False
    """Whether a password is taken without TLS."""

    message_bytes: int = 16 << 10
    """Of one request."""

    message_seconds: float = 10.0
    """From the first to the last byte of one request, and for a TLS handshake."""

    idle_seconds: float = 300.0
    """Without a request."""

    write_seconds: float = 30.0
    """Without the client taking what was sent."""

    outstanding: int = 32
    """Requests that wait for their turn in one connection; more stay in the network."""

    filter_terms: int = 256
    """Parts of one filter."""

    pages: int = 4
    """Searches in pages that one connection may leave open."""

    failed_binds: int = 3
    """Wrong passwords in one connection before it is closed."""

    spare_seconds: float = 2.0
    """Without a request; then a connection makes room for another one when there are too many."""

    connections: int = 1000
    """In all."""

    connections_of_one: int = 250
    """From one address."""
