# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A program as the daemon sees it: one C_Initialize, with the connections of its pool."""

from collections import deque
from dataclasses import dataclass, field

from caducee.codec.pkcs11 import Call
from caducee.middleware.daemon.answer_cache import CachedAnswers
from caducee.middleware.daemon.connection import Connection
from caducee.middleware.daemon.engine import Application
from caducee.middleware.daemon.peers import Peer

__all__ = ["Program"]


@dataclass(eq=False, slots=True)
class Program:
    """One application id."""

    id: bytes
    peer: Peer
    application: Application
    connections: set[Connection] = field(default_factory=set)
    parked: deque[tuple[Connection, Call]] = field(default_factory=deque)
    """Connections whose C_WaitForSlotEvent waits, oldest first."""

    ended: bool = False
    """C_Finalize was called."""

    answers: CachedAnswers = field(init=False)
    """CachedAnswers that are kept (`caducee.middleware.daemon.answer_cache`)."""

    def __post_init__(self) -> None:
        """Keep nothing yet."""
        self.answers = CachedAnswers(self.application)

    @property
    def name(self) -> str:
        """The id as traces show it."""
        return self.id[:4].hex()
