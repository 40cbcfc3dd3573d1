# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card's certificates judged by authorities of files; revocation by lists, or online."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from caducee.cryptolib import KeyUse
from caducee.diagnosis.facts import DateMark
from caducee.diagnosis.machine.card import TrustFiles, purpose_of
from caducee.trust.path import PathResult, validate
from caducee.trust.revocation import CrlSource

if TYPE_CHECKING:
    from caducee.base.clock import Clock
    from caducee.trust.fetch import FetchTransport
    from caducee.trust.revocation import RevocationSource

__all__ = ["FileJudge", "status_folder"]


class FileJudge:
    """Trusts the authorities of files; revocation by lists of files, or over the network."""

    def __init__(
        self,
        trusted: TrustFiles,
        clock: "Clock",
        way: "FetchTransport | None" = None,
        kept: Path | None = None,
    ) -> None:
        """``way`` leads to OCSP and lists at the addresses in the certificates, and ``kept`` is
        the folder of what was fetched; without a way the network is not asked.
        """
        self._trusted = trusted
        self._clock = clock
        self._way = way
        self._kept = kept or status_folder()

    @cached_property
    def _source(self) -> "RevocationSource | None":
        known = [*self._trusted.anchors, *self._trusted.authorities]
        if self._way is not None:
            from caducee.trust.status import StatusClient

            return StatusClient(known, self._kept, self._clock, self._way)
        if not self._trusted.lists:
            return None
        source = CrlSource(known)
        for crl in self._trusted.lists:
            source.load(crl)
        return source

    def dates(self) -> tuple[DateMark, ...]:
        """Return the dates of the authorities and lists, as evidence about the clock."""
        known = (*self._trusted.anchors, *self._trusted.authorities)
        marks = [DateMark(what="authority", since=entry.not_valid_before_utc) for entry in known]
        for crl in self._trusted.lists:
            try:
                found = x509.load_der_x509_crl(crl)
            except ValueError:
                continue
            since, until = found.last_update_utc, found.next_update_utc
            marks.append(DateMark(what="list", since=since, until=until))
        return tuple(marks)

    def judge(self, certificate: x509.Certificate, use: KeyUse) -> PathResult | None:
        """Return what the files, and with a way the authorities, say; None without a root."""
        if not self._trusted.anchors:
            return None
        return validate(
            certificate,
            self._trusted.authorities,
            anchors=self._trusted.anchors,
            at=self._clock.now(),
            purpose=purpose_of(use),
            revocation=self._source,
        )


def status_folder() -> Path:
    """Return where fetched lists are kept: ``caducee/status`` beside the cache of cards."""
    from caducee.cryptolib.cache import default_folder

    return default_folder().parent / "status"
