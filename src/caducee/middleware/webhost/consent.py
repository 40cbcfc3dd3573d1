# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How the host asks the holder before the card does anything for a site."""

from typing import Protocol

from caducee.base.secret import Secret
from caducee.middleware.pin_entry import PinRequest

__all__ = ["HolderConsent"]


class HolderConsent(Protocol):
    """Asks the holder: the window, the agent of a server, or a test.

    Each question shows the site, which is the origin of the page as the browser reports it.
    Each raises `CardError` (``pin.cancelled``, ``pin.timeout``, ``pin.program_absent``).
    """

    def pin(self, request: PinRequest, site: str, *, wrong: bool = False) -> Secret:
        """Return the PIN of the card, which stands for the consent.

        ``wrong``: the card refused the one that was entered before.
        """

    def confirm(self, request: PinRequest, site: str) -> None:
        """Ask whether the site may have the certificate, where the card needs no PIN."""
