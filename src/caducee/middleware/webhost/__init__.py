# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The program beside the browser: what our extension calls by native messaging.

::

    page ──postMessage──▶ extension ──native messaging──▶ Service ──▶ Host ──▶ card
                (origin from the browser)                  │            └──▶ holder (code, consent)
                                                           └── Watch: the card left the reader
"""

from caducee.middleware.webhost.callers import Caller, caller_of
from caducee.middleware.webhost.cards import Cards, Insertion
from caducee.middleware.webhost.consent import Consent
from caducee.middleware.webhost.host import Host
from caducee.middleware.webhost.service import Service
from caducee.middleware.webhost.watch import Watch

__all__ = ["Caller", "Cards", "Consent", "Host", "Insertion", "Service", "Watch", "caller_of"]
