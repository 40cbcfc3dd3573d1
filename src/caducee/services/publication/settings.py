# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator sets for the publication points."""

from caducee.base.config import Settings

__all__ = ["PublicationSettings"]


class PublicationSettings(Settings, frozen=True):
    """Where the publication points listen, and what they are called."""

    bind: str = "127.0.0.1"
    """Address; plain HTTP belongs on loopback."""

    port: int = 0
    """Port; 0 lets the system choose."""

    title: str = "IGC-Santé TEST"
    """What the pages are called."""
