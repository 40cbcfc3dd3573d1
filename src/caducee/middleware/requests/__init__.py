# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests that wait for the holder: the card as a device that confirms a login elsewhere.

::

    service ──Ask──▶ RequestServer ──▶ Desk ──▶ window ──▶ holder (two digits, code)
            ◀─Told──       │                                  │
                           └────────── confirm ◀── card signs a Statement

`Desk` decides (no socket, no clock), `RequestServer` carries, `confirm` signs. The lines are those
of `caducee.codec.card_request`; the service's side is `caducee.relying.card_device`.
"""

from caducee.middleware.requests.confirming import confirm
from caducee.middleware.requests.desk import Asker, Desk, Waiting
from caducee.middleware.requests.server import RequestServer, requests_socket

__all__ = ["Asker", "Desk", "RequestServer", "Waiting", "confirm", "requests_socket"]
