# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the parts of the service share."""

from dataclasses import dataclass

from caducee.authority.authority import Authority
from caducee.directory.jobs import Jobs
from caducee.directory.registry import Registry
from caducee.services.ordering.items import OrderItems
from caducee.services.ordering.orders import Actor, Orders
from caducee.services.ordering.outbox import Outbox
from caducee.services.ordering.roles import Role
from caducee.services.ordering.trail import Trail
from caducee.services.ordering.vault import Vault

__all__ = ["MAKER", "WORKER", "JobKind", "Tools"]

WORKER = Actor("worker", Role.SUPPORT)
"""The worker when it ends what is over."""

MAKER = Actor("worker", Role.PRODUCTION)
"""The worker when it makes cards."""


class JobKind:
    """Kinds of jobs of this service."""

    PRODUCE = "ordering.produce"
    """Make the items of a shipment."""

    PUBLISH = "ordering.publish"
    """Publish lists that say what was revoked."""

    EXPIRE = "ordering.expire"
    """Empty a letter whose time is over."""

    FORGET = "ordering.forget"
    """Remove content that was handed over."""

    REMIND = "ordering.remind"
    """Tell that cards of a shipment end soon."""

    END = "ordering.end"
    """End the test use of an order."""

    STOP = "ordering.stop"
    """Stop all cards of an order that ended."""

    CHECKPOINT = "ordering.head"
    """Have the checkpoint of the trail signed."""

    TELL = "ordering.tell"
    """Send a message to somebody."""

    ALL = (PRODUCE, PUBLISH, EXPIRE, FORGET, REMIND, END, STOP, CHECKPOINT, TELL)


@dataclass(frozen=True, slots=True)
class Tools:
    """Registry, authority and the tables."""

    registry: Registry
    authority: Authority
    trail: Trail
    orders: Orders
    items: OrderItems
    outbox: Outbox
    jobs: Jobs
    vault: Vault
