# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The revocation lists that hold now: full and delta, made when they are due.

Full and delta lists of an authority share one sequence of numbers (RFC 5280 5.2.3). A number is
drawn before the records are read, so that a greater number never knows less. Each key of a renewed
authority signs lists of its own; all hold the same, everything that this name has revoked, and
share the numbers: whichever of them a client finds is correct.
"""

import datetime as dt
import logging
from dataclasses import dataclass

from cryptography import x509

from caducee.authority.crl import build_crl
from caducee.authority.hierarchy import Hierarchy
from caducee.authority.records import AuthorityRecords, CrlRecord, DeltaRecord
from caducee.base.clock import Clock
from caducee.base.errors import StateError
from caducee.spec import igc
from caducee.spec.igc import CaFacts

__all__ = ["RevocationLists"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _SignedCrl:
    """A list that was made."""

    number: int
    this_update: dt.datetime
    next_update: dt.datetime
    der: bytes


@dataclass(frozen=True, slots=True)
class _SignedDelta(_SignedCrl):
    """A delta list that was made."""

    base: int


class RevocationLists:
    """Gives the lists of the authorities of a hierarchy, and makes those that are due."""

    def __init__(self, hierarchy: Hierarchy, records: AuthorityRecords, clock: Clock) -> None:
        self._hierarchy = hierarchy
        self._records = records
        self._clock = clock

    def full(self, ca: CaFacts) -> CrlRecord:
        """Return the full list that holds now; it is made when there is none or one is due.

        When it cannot be made (a full disk, a token that is away), the newest goes on until its
        nextUpdate. When another process made a newer one meanwhile, that one is returned.
        """
        newest = self._records.newest_crl(ca.common_name, ca.generation)
        every = igc.ROOT_CRL_EVERY if ca.is_root else igc.CRL_EVERY
        if newest and (self._holds(newest, every) or self.is_retired(ca)):
            return newest
        try:
            made = self.new_full(ca)
        except StateError as error:
            if newest and self._lives(newest):
                _log.error("no new list of %s can be made: %s", ca.common_name, error)
                return newest
            raise
        kept = self._records.newest_crl(ca.common_name, ca.generation)
        return kept if kept and kept.number > made.number else made

    def new_full(self, ca: CaFacts) -> CrlRecord:
        """Make and record a full list."""
        signer = self._hierarchy.signer(ca)
        now = self._now()
        period = igc.ROOT_CRL_PERIOD if ca.is_root else igc.CRL_PERIOD
        number = self._records.next_crl_number(ca.common_name)
        revoked = self._records.revoked(ca.common_name, _oldest_end(ca, now))
        der = build_crl(signer, number, (now, now + period), revoked)
        self._records.record_crl(
            ca.common_name, number, now, now + period, der, generation=ca.generation
        )
        return _SignedCrl(number, now, now + period, der)

    def delta(self, ca: CaFacts) -> DeltaRecord:
        """Return the delta list that holds now; it goes beyond the full list that holds now.

        What cannot be made, or is made elsewhere meanwhile, is as with `full`.
        """
        base = self.full(ca)
        newest = self._records.newest_delta(ca.common_name, ca.generation)
        every = igc.ROOT_DELTA_EVERY if ca.is_root else igc.DELTA_EVERY
        if newest and newest.base == base.number:
            if self._holds(newest, every) or self.is_retired(ca):
                return newest
        try:
            made = self._make_delta(ca, base)
        except StateError as error:
            if newest and newest.base == base.number and self._lives(newest):
                _log.error("no new delta list of %s can be made: %s", ca.common_name, error)
                return newest
            raise
        kept = self._records.newest_delta(ca.common_name, ca.generation)
        return kept if kept and kept.number > made.number else made

    def new_delta(self, ca: CaFacts) -> DeltaRecord:
        """Make and record a delta list that goes beyond the full list that holds now."""
        return self._make_delta(ca, self.full(ca))

    def is_retired(self, ca: CaFacts) -> bool:
        """Tell whether a key that was renewed has nothing left to publish lists for.

        Its last certificate ended, and stood in one more list after that (RFC 5280 3.3). A root
        goes on until its own end, since it certified authorities up to then.
        """
        if ca.generation == self._hierarchy.current(ca).generation:
            return False
        end = ca.not_after
        if not ca.is_root:
            last = self._records.last_end(ca.common_name, ca.serial_prefix)
            end = min(end, last or end)
        return end < _oldest_end(ca, self._now())

    def _make_delta(self, ca: CaFacts, base: CrlRecord) -> DeltaRecord:
        signer = self._hierarchy.signer(ca)
        now = self._now()
        period = igc.ROOT_DELTA_PERIOD if ca.is_root else igc.DELTA_PERIOD
        number = self._records.next_crl_number(ca.common_name)
        # What stands in the base is taken from the base itself: no clock decides what is new.
        known = {item.serial_number for item in x509.load_der_x509_crl(base.der)}
        revoked = self._records.revoked(ca.common_name, _oldest_end(ca, now))
        news = [item for item in revoked if item.serial not in known]
        if not news and base.this_update == now:
            # Made at the same moment, with the same content: the same number (RFC 5280 5.2.3).
            number = base.number
        der = build_crl(signer, number, (now, now + period), news, base=base.number)
        made = _SignedDelta(number, now, now + period, der, base.number)
        self._records.record_delta(ca.common_name, made, generation=ca.generation)
        return made

    def _holds(self, record: CrlRecord, every: dt.timedelta) -> bool:
        return record.this_update <= self._now() < record.this_update + every

    def _lives(self, record: CrlRecord) -> bool:
        return record.this_update <= self._now() < record.next_update

    def _now(self) -> dt.datetime:
        return self._clock.now().replace(microsecond=0)


def _oldest_end(ca: CaFacts, now: dt.datetime) -> dt.datetime:
    """Return since when a certificate must have ended to leave the lists.

    RFC 5280 3.3: an entry stays until it stood in a list after the certificate's end.
    """
    return now - (igc.ROOT_CRL_PERIOD if ca.is_root else igc.CRL_PERIOD)
