# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The program beside the browser: what our extension calls by native messaging.

::

    page ──postMessage──▶ extension ──native messaging──▶ ExtensionService ──▶ Host ──▶ card
                (origin from the browser)                  │            └──▶ holder (PIN, consent)
                                                           └── LoginCardWatch: card removed
"""

from caducee.middleware.webhost.callers import Caller, caller_of
from caducee.middleware.webhost.cards import Insertion, LoginCards
from caducee.middleware.webhost.consent import HolderConsent
from caducee.middleware.webhost.host import Host
from caducee.middleware.webhost.service import ExtensionService
from caducee.middleware.webhost.watch import LoginCardWatch

__all__ = [
    "Caller",
    "ExtensionService",
    "HolderConsent",
    "Host",
    "Insertion",
    "LoginCardWatch",
    "LoginCards",
    "caller_of",
]
