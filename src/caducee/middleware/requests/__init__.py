# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests that wait for the holder: the card as a device that confirms a login elsewhere.

::

    service ──ask────▶ RequestServer ──▶ RequestQueue ──▶ window ──▶ holder (two digits, PIN)
            ◀─state──        │                                  │
                             └────────── confirm ◀── card signs a Statement

`RequestQueue` decides (no socket, no clock), `RequestServer` carries, `confirm` signs. The
lines are those of `caducee.codec.card_request`, and the service's side is in
`caducee.relying.card_device`.
"""

from caducee.middleware.requests.confirming import confirm
from caducee.middleware.requests.pending import PendingRequest, Requester, RequestQueue
from caducee.middleware.requests.server import RequestServer, requests_socket

__all__ = [
    "PendingRequest",
    "RequestQueue",
    "RequestServer",
    "Requester",
    "confirm",
    "requests_socket",
]
