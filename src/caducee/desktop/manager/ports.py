# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card manager needs from outside; `caducee.cli` fills it, tests do with memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from caducee.base.clock import Clock, SystemClock
from caducee.desktop.manager.model.requests import Requests
from caducee.desktop.manager.model.virtual import VirtualCards
from caducee.diagnosis.session import DiagnosisOptions

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard
    from caducee.cryptolib.portal import PortalAddress
    from caducee.desktop.manager.model.traces import Traces
    from caducee.diagnosis.facts import CardProcess
    from caducee.diagnosis.machine.card import CertificateJudge
    from caducee.reader.cancelling import CancelToken
    from caducee.reader.transport import ReaderContext

__all__ = ["Cards", "Ports", "Requests", "Sessions", "VirtualCards"]


class Cards(Protocol):
    """The readers of this machine and the cards in them. Threads may share it."""

    def readers(self) -> "ReaderContext":
        """Return the readers to watch; the same at each call. The caller does not close it."""

    def open(
        self, reader: str, token: "CancelToken | None" = None, *, unfinished: bool = False
    ) -> "CpsCard":
        """Open the card in a reader; a cancelled ``token`` ends every operation of it.

        Raises as `caducee.cryptolib.open_card`, and `ReaderError` (``reader.unknown_reader``,
        ``reader.cancelled``).
        """

    def close(self) -> None:
        """Give the readers up."""


class Sessions(Protocol):
    """The logins of this user that the desktop knows of."""

    def log_out(self) -> tuple[str, ...]:
        """End them all; return a sentence for each kind that was ended. Raises `CpsError`."""


@dataclass(frozen=True)
class Ports:
    """All that the manager reaches; None for what this machine does not have."""

    cards: Cards
    judge: "CertificateJudge | None" = None
    diagnosis: DiagnosisOptions = field(default_factory=DiagnosisOptions)
    """What the diagnosis looks at beside reader and judge: services, and the support to call."""

    virtual: VirtualCards | None = None
    """The virtual cards of a sandbox."""

    requests: Requests | None = None
    """Requests of services that wait for the holder."""

    sessions: Sessions | None = None
    """What "log out of everything" ends."""

    others: "Callable[[], tuple[CardProcess, ...]] | None" = None
    """Asks which other programs use readers and cards now; takes a while."""

    portal: "Callable[[], PortalAddress | None] | None" = None
    """Asks where the portal of a sandbox runs now."""

    traces: "Traces | None" = None
    """What `cards` writes down of commands; None: nothing."""

    clock: Clock = field(default_factory=SystemClock)
    settings: Path | None = None
    """The file of the manager's own settings; None: nothing is remembered."""

    logs: Path | None = None
    """The folder of journal, traces and reports; None: nothing is kept."""
