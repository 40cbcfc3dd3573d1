# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Signed checkpoints of the trail: its length and last hash at a moment.

They are kept in the database and outside it; both must fit the trail. The newest line is noted
outside as well, so that lines after the last checkpoint cannot be removed unseen either.

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
from caducee.services.ordering.audit import Checkpoint, TrailLine
from caducee.services.ordering.tools import Tools
from caducee.services.ordering.witness import Note, Witness
from caducee.spec import ours
from caducee.spec.igc import OrganisationUse

__all__ = ["Checkpoints", "TrailReport"]

_CHECKPOINT = schema.trail_checkpoint
_STEM = "seal"
_NAME = "caducee ordering trail"
_BODY = 9999
"""Test body that is the service itself; no order gets a certificate in its name."""


@dataclass(frozen=True, slots=True)
class TrailReport:
    """A trail that was checked and is whole."""

    lines: int
    checkpoints: int
    signed_to: int
    """Number of the last line that a signed checkpoint covers."""


class Checkpoints:
    """The signed checkpoints of one trail."""

    def __init__(self, tools: Tools, folder: Path) -> None:
        self._tools = tools
        self._keys = KeyFolder(folder / "seal")
        self._witness = Witness(folder / "heads")

    def sign(self) -> Checkpoint | None:
        """Check the trail and have its checkpoint signed; none when nothing was added since."""
        tools = self._tools
        report, digest = self._checked()
        self._witness.keep(self._kept_checkpoints())
        if report.lines == report.signed_to:
            return None
        # The database first, then what authorities lock: as the making of cards does it, too.
        with tools.registry.transaction():
            seal = self._seal()
        bare = Checkpoint(report.lines, tools.registry.now(), digest, b"")
        checkpoint = Checkpoint(bare.number, bare.at, bare.digest, cms.sign(bare.said(), seal))
        self._witness.keep([checkpoint])
        row = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
        with tools.registry.writing() as connection:
            insert = tools.registry.insert(_CHECKPOINT).values(row)
            connection.execute(insert.on_conflict_do_nothing())
        return checkpoint

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
        """Check the whole trail against its counter, its signed checkpoints and what was noted.

        ``copy``: a folder of checkpoints that was kept elsewhere, checked too.

        Raises `StateError`: ``ordering.trail_broken``, ``ordering.trail_counter``,
        ``ordering.checkpoint_broken``, ``ordering.checkpoint_unreadable``, and
        ``ordering.checkpoint_overdue`` when lines wait for a signature longer than they may.
        """
        report, _ = self._checked(copy)
        first = self._tools.trail.line(report.signed_to + 1)
        hours = ours.table("ordering").integer("checkpoint_hours")
        late = dt.timedelta(hours=hours)
        if first is not None and self._tools.registry.now() - first.at > late:
            raise StateError("ordering.checkpoint_overdue", number=first.number, hours=hours)
        return report

    def _checked(self, copy: Path | None = None) -> tuple[TrailReport, bytes]:
        """Check all but the age of what is not signed; return the last hash, too."""
        places = [self._witness, *([Witness(copy)] if copy is not None else [])]
        checkpoints = {
            *self._kept_checkpoints(),
            *(checkpoint for place in places for checkpoint in place.checkpoints()),
        }
        for item in sorted(checkpoints, key=lambda checkpoint: checkpoint.number):
            self._check(item)
        notes = [note for place in places if (note := place.newest()) is not None]
        known = [(entry.number, entry.digest) for entry in checkpoints]
        known += [(entry.number, entry.digest) for entry in notes]
        wanted: dict[int, set[bytes]] = {}
        for number, digest in known:
            wanted.setdefault(number, set()).add(digest)

        def seen(line: TrailLine) -> None:
            if wanted.pop(line.number, {line.digest}) != {line.digest}:
                raise StateError("ordering.checkpoint_broken", number=line.number)

        lines, last = self._tools.trail.check(seen)
        if wanted:
            raise StateError("ordering.checkpoint_broken", number=min(wanted))
        signed = max((entry.number for entry in checkpoints), default=0)
        return TrailReport(lines, len({entry.number for entry in checkpoints}), signed), last

    def _kept_checkpoints(self) -> tuple[Checkpoint, ...]:
        """Return the checkpoints of the database, oldest first."""
        query = sa.select(_CHECKPOINT).order_by(_CHECKPOINT.c.number)
        with self._tools.registry.reading() as connection:
            return tuple(Checkpoint(**row) for row in connection.execute(query).mappings())

    def _check(self, checkpoint: Checkpoint) -> None:
        """Refuse a checkpoint that the service's own seal, valid at its moment, did not sign."""
        try:
            made = cms.signer(checkpoint.said(), checkpoint.signature)
            made.verify_directly_issued_by(self._tools.authority.chain_of(made)[0])
        except (CpsError, InvalidSignature, ValueError, TypeError) as error:
            raise StateError("ordering.checkpoint_broken", number=checkpoint.number) from error
        valid = made.not_valid_before_utc <= checkpoint.at <= made.not_valid_after_utc
        if not valid or not _is_own(made) or self._revoked(made, checkpoint.at):
            raise StateError("ordering.checkpoint_broken", number=checkpoint.number)

    def _revoked(self, made: x509.Certificate, at: dt.datetime) -> bool:
        kept = self._kept(made)
        return kept is None or (kept.revoked_at is not None and kept.revoked_at <= at)

    def _signs(self, made: x509.Certificate, now: dt.datetime) -> bool:
        """Tell whether a seal can be used: whoever was killed may have left a key alone."""
        return now < made.not_valid_after_utc and not self._revoked(made, now)

    def _kept(self, made: x509.Certificate) -> Certificate | None:
        """Return what the registry keeps of this very certificate; none when it has another."""
        names = made.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        kept = self._tools.registry.certificates.get(str(names[0].value), made.serial_number)
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
