# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs a portal behind its listeners."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from caducee.base.clock import Clock
from caducee.relying.registry import HolderRegistry
from caducee.relying.verifier import Verifier
from caducee.services.portal.app import create_app
from caducee.services.web.serving import running_app
from caducee.services.web.settings import PortalAddresses, PortalSettings

__all__ = ["running"]


@contextmanager
def running(
    settings: PortalSettings, verifier: Verifier, holders: HolderRegistry, clock: Clock
) -> Iterator[PortalAddresses]:
    """Run a portal in a thread for the length of a ``with`` block; gives its addresses.

    Raises `ConfigError` (``portal.tls_material``, ``portal.address_taken``).
    """

    def make(addresses: PortalAddresses) -> ASGIApp:
        return create_app(settings, verifier, holders, clock, addresses)

    with running_app(settings, make, clock) as addresses:
        yield addresses
