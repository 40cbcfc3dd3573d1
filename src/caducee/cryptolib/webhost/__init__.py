# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The program beside the browser: what our extension calls by native messaging.

::

    page ──postMessage──▶ extension ──native messaging──▶ Service ──▶ Host ──▶ card
                (origin from the browser)                  │            └──▶ holder (code, consent)
                                                           └── Watch: the card left the reader
"""

from caducee.cryptolib.webhost.callers import Caller, caller_of
from caducee.cryptolib.webhost.cards import Cards, Insertion
from caducee.cryptolib.webhost.consent import Consent
from caducee.cryptolib.webhost.host import Host
from caducee.cryptolib.webhost.service import Service
from caducee.cryptolib.webhost.watch import Watch

__all__ = ["Caller", "Cards", "Consent", "Host", "Insertion", "Service", "Watch", "caller_of"]
