# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation as a service needs it: responder first, lists behind it, and bounds for bad days.

::

    question ──▶ OCSP responder ── says it ──────────────────────────▶ answer
                     │ down, or its answer cannot be used
                     ▼
                 lists, fetched before they were needed (HTTP, else LDAP; delta lists)
                     │ their publication points down too
                     ▼
                 the newest of what is held, until a stated moment; after it: unknown

An answer says which sources gave nothing new (`RevocationAnswer.problems`).
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from caducee.base.clock import Clock
from caducee.base.files import make_folder
from caducee.trust.fetch.fetcher import Fetcher
from caducee.trust.fetch.lists import FetchedLists, in_background
from caducee.trust.fetch.schedule import FetchSchedule
from caducee.trust.fetch.transport import FetchTransport
from caducee.trust.ocsp import USUAL, OcspRules
from caducee.trust.revocation import CrlSource, RevocationAnswer
from caducee.trust.sources import CombinedSource, OcspSettings, OcspSource

__all__ = ["StatusClient", "StatusRules"]

_LISTS: Final = FetchSchedule()
_DELTAS: Final = FetchSchedule(
    period=dt.timedelta(hours=1), published=dt.timedelta(), spread=dt.timedelta(minutes=10)
)


@dataclass(frozen=True, slots=True)
class StatusRules:
    """How revocation is asked for, and what is taken when sources are down."""

    ocsp: OcspRules = USUAL
    live: bool = True
    """Whether each question goes to the responder, with a nonce. Otherwise its answers are
    remembered until they end."""

    late: dt.timedelta = dt.timedelta()
    """How long after its nextUpdate a list still counts when no newer one can be had. A list in
    force counts anyway. The stated bound of a service that goes on without its sources."""

    lists: FetchSchedule = _LISTS
    deltas: FetchSchedule | None = _DELTAS
    """How often delta lists are fetched; ``None``: not at all."""


USUAL_RULES: Final = StatusRules()


class StatusClient:
    """A `RevocationSource` of OCSP and lists, both at the addresses in the certificates.

    Safe to use from several threads.
    """

    def __init__(
        self,
        authorities: Iterable[x509.Certificate],
        folder: Path,
        clock: Clock,
        transport: FetchTransport,
        rules: StatusRules = USUAL_RULES,
        *,
        start: Callable[[Callable[[], None]], None] = in_background,
    ) -> None:
        """Take the authorities whose lists are wanted and those above them.

        ``folder`` keeps what was fetched, and only who may decide on revocation may write to it;
        its name decides at which moments the lists are fetched. ``start`` begins work that no
        question waits for.
        """
        make_folder(folder)
        seed = str(folder.resolve())

        def fetcher(schedule: FetchSchedule) -> Fetcher:
            return Fetcher(folder, clock, seed, schedule=schedule, send=transport.send)

        self._lists = FetchedLists(
            CrlSource(authorities, grace=rules.late),
            fetcher(rules.lists),
            deltas=None if rules.deltas is None else fetcher(rules.deltas),
            start=start,
        )
        settings = OcspSettings(rules.ocsp, nonce=rules.live)
        answers = OcspSource(transport.post, settings, responders=self._lists)
        self._source = CombinedSource(answers, self._lists)

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell the state of a certificate; lists that are due are fetched behind the answer."""
        answer = self._source.status(certificate, issuer, at)
        self._lists.keep(certificate, at)
        return answer
