# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The network of a client, by which requests are counted.

A household or practice has one IPv4 address or one IPv6 /64; who may choose among many addresses
has the rest of the prefix as well, so that counting by single address would count nobody.
"""

import ipaddress
from typing import Final

from starlette.requests import Request

__all__ = ["client_network", "network_of"]

_PREFIX: Final = {4: 24, 6: 64}


def client_network(request: Request) -> str:
    """Return the network of a request's client; empty behind a front's AF_UNIX socket."""
    return network_of(request.client.host if request.client else "")


def network_of(address: str) -> str:
    """Return the IPv4 /24 or IPv6 /64 of an address, e.g. ``192.0.2.0/24``; else the text as is.

    An IPv4 address written as IPv6 (``::ffff:192.0.2.1``) counts as IPv4.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ipaddress.ip_network((found, _PREFIX[found.version]), strict=False))
