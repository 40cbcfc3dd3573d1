# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Heads of the trail, signed by the authority: they tell how long it was at a moment.

They are kept in the database and outside it; what either of them knows must fit the trail. The
newest line is noted outside as well, so that not even lines after the last head can be removed
unseen.

The signer has a certificate of an organisation for seals (SIGN), issued by the authority to the
service itself; its key stands in the folder of the service, under a passphrase beside it.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.keys import KeyFolder, KeyKind, SignedKey
from caducee.base.errors import CpsError, StateError
from caducee.directory.model import Certificate
from caducee.issuance import identities
from caducee.issuance.organisations import OrganisationOrder, issue_organisation
from caducee.services.ordering import cms, schema
from caducee.services.ordering.audit import Head, TrailLine
from caducee.services.ordering.tools import Tools
from caducee.services.ordering.witness import Note, Witness
from caducee.spec import ours
from caducee.spec.igc import OrganisationUse

__all__ = ["Heads", "TrailReport"]

_HEAD = schema.trail_head
_STEM = "seal"
_NAME = "caducee ordering trail"
_BODY = 9999
"""Test body that is the service itself; no order gets a certificate in its name."""


@dataclass(frozen=True, slots=True)
class TrailReport:
    """A trail that was checked and is whole."""

    lines: int
    heads: int
    signed_to: int
    """Number of the last line that a signed head covers."""


class Heads:
    """The signed heads of one trail."""

    def __init__(self, tools: Tools, folder: Path) -> None:
        self._tools = tools
        self._keys = KeyFolder(folder / "seal")
        self._witness = Witness(folder / "heads")

    def sign(self) -> Head | None:
        """Check the trail and have its head signed; none when nothing was added since."""
        tools = self._tools
        report, digest = self._checked()
        self._witness.keep(self._kept_heads())
        if report.lines == report.signed_to:
            return None
        # The database first, then what authorities lock: as the making of cards does it, too.
        with tools.registry.transaction():
            seal = self._seal()
        bare = Head(report.lines, tools.registry.now(), digest, b"")
        head = Head(bare.number, bare.at, bare.digest, cms.sign(bare.said(), seal))
        self._witness.keep([head])
        row = {name: getattr(head, name) for name in Head.__slots__}
        with tools.registry.writing() as connection:
            insert = tools.registry.insert(_HEAD).values(row)
            connection.execute(insert.on_conflict_do_nothing())
        return head

    def note(self) -> None:
        """Note the newest line outside the database; quick enough for every second.

        A note that the trail no longer fits stays, as evidence for `check`.
        """
        newest, noted = self._tools.trail.newest(), self._witness.newest()
        if newest is None or (noted is not None and noted.number >= newest.number):
            return
        if noted is not None:
            line = self._tools.trail.line(noted.number)
            if line is None or line.digest != noted.digest:
                return
        self._witness.note(Note(newest.number, newest.digest))

    def check(self, copy: Path | None = None) -> TrailReport:
        """Check the whole trail against its counter, its signed heads and what was noted.

        ``copy``: a folder of heads that was kept elsewhere, checked too.

        Raises `StateError`: ``ordering.trail_broken``, ``ordering.trail_counter``,
        ``ordering.head_broken``, ``ordering.head_unreadable``, and ``ordering.head_overdue`` when
        lines wait for a signature longer than they may.
        """
        report, _ = self._checked(copy)
        first = self._tools.trail.line(report.signed_to + 1)
        hours = ours.table("ordering").integer("head_hours")
        late = dt.timedelta(hours=hours)
        if first is not None and self._tools.registry.now() - first.at > late:
            raise StateError("ordering.head_overdue", number=first.number, hours=hours)
        return report

    def _checked(self, copy: Path | None = None) -> tuple[TrailReport, bytes]:
        """Check all but the age of what is not signed; return the last hash, too."""
        places = [self._witness, *([Witness(copy)] if copy is not None else [])]
        heads = {*self._kept_heads(), *(head for place in places for head in place.heads())}
        for item in sorted(heads, key=lambda head: head.number):
            self._check(item)
        notes = [note for place in places if (note := place.newest()) is not None]
        known = [(entry.number, entry.digest) for entry in heads]
        known += [(entry.number, entry.digest) for entry in notes]
        wanted: dict[int, set[bytes]] = {}
        for number, digest in known:
            wanted.setdefault(number, set()).add(digest)

        def seen(line: TrailLine) -> None:
            if wanted.pop(line.number, {line.digest}) != {line.digest}:
                raise StateError("ordering.head_broken", number=line.number)

        lines, last = self._tools.trail.check(seen)
        if wanted:
            raise StateError("ordering.head_broken", number=min(wanted))
        signed = max((entry.number for entry in heads), default=0)
        return TrailReport(lines, len({entry.number for entry in heads}), signed), last

    def _kept_heads(self) -> tuple[Head, ...]:
        """Return the heads of the database, oldest first."""
        query = sa.select(_HEAD).order_by(_HEAD.c.number)
        with self._tools.registry.reading() as connection:
            return tuple(Head(**row) for row in connection.execute(query).mappings())

    def _check(self, head: Head) -> None:
        """Refuse a head that the service's own seal, valid at its moment, did not sign."""
        try:
            made = cms.signer(head.said(), head.signature)
            made.verify_directly_issued_by(self._tools.authority.chain_of(made)[0])
        except (CpsError, InvalidSignature, ValueError, TypeError) as error:
            raise StateError("ordering.head_broken", number=head.number) from error
        valid = made.not_valid_before_utc <= head.at <= made.not_valid_after_utc
        if not valid or not _is_own(made) or self._revoked(made, head.at):
            raise StateError("ordering.head_broken", number=head.number)

    def _revoked(self, made: x509.Certificate, at: dt.datetime) -> bool:
        kept = self._kept(made)
        return kept is None or (kept.revoked_at is not None and kept.revoked_at <= at)

    def _signs(self, made: x509.Certificate, now: dt.datetime) -> bool:
        """Tell whether a seal can be used: whoever was killed may have left a key alone."""
        return now < made.not_valid_after_utc and not self._revoked(made, now)

    def _kept(self, made: x509.Certificate) -> Certificate | None:
        """Return what the registry keeps of this very certificate; none when it has another."""
        names = made.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        kept = self._tools.registry.certificate(str(names[0].value), made.serial_number)
        return kept if kept and kept.der == made.public_bytes(Encoding.DER) else None

    def _seal(self) -> SignedKey:
        """Return what signs now; made when there is none, or when its end has come."""
        tools = self._tools
        now = tools.registry.now()
        with self._keys.locked():
            found = self._keys.load(_STEM)
            if found is not None and self._signs(found.certificate, now):
                return found
            key = KeyKind.RSA_2048.make()
            order = OrganisationOrder(
                structure=identities.body(_BODY), name=_NAME, use=OrganisationUse.SIGN
            )
            made = issue_organisation(tools.registry, tools.authority, order, key.public_key())
            self._keys.save(_STEM, SignedKey(key, made))
            return SignedKey(key, made)


def _is_own(made: x509.Certificate) -> bool:
    """Tell whether a certificate is one of the service itself."""
    names = {str(item.value) for item in made.subject}
    return {_NAME, identities.body(_BODY).struct_idnat} <= names
