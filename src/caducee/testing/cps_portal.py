# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the fixture ``cps_portal`` gives: where a running portal is, and a login there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.origin_token import make_token
from caducee.cryptolib.portal import PortalClient, trusting
from caducee.sandbox.running import portal_noted
from caducee.sandbox.world import Sandbox

__all__ = ["CpsPortal", "running"]


@dataclass(frozen=True, slots=True)
class CpsPortal:
    """A portal that runs in this process."""

    origin: str
    """Where browsers begin, and where a login by token is made."""

    tls12: str
    """Origin of logins by certificate over TLS 1.2."""

    tls13: str
    """The same over TLS 1.3."""

    server_root: Path
    """The root of its certificates (PEM), for clients to trust."""

    def client(self, origin: str | None = None) -> PortalClient:
        """Return a connection that trusts the portal, with its own cookies (default: `origin`)."""
        return PortalClient(origin or self.origin, trusting(self.server_root))

    def log_in(self, card: CpsCard, client: PortalClient) -> tuple[int, dict[str, Any]]:
        """Log in by token with a card whose PIN was verified; return status and answer.

        ``client`` is one from `client`, and has the session afterwards.
        """
        nonce = str(client.get("/login/nonce")[1]["nonce"])
        token = make_token(card, client.origin, nonce)
        return client.post("/login/token", token.to_json().encode())


@contextmanager
def running(world: Sandbox) -> Iterator[CpsPortal]:
    """Run the portal of a world for the length of a ``with`` block, noted in its folder."""
    root = world.server_root()
    with world.portal() as addresses, portal_noted(world.folder, addresses, root):
        yield CpsPortal(addresses.open, addresses.tls12, addresses.tls13, root)
