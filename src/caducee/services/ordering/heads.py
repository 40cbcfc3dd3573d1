# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Heads of the trail, signed by the authority: they tell how long it was at a moment.

The signer has a certificate of an organisation for seals (SIGN), issued by the authority to the
service itself; its key stands in the folder of the service, under a passphrase beside it.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
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
from caducee.services.ordering.audit import TrailLine, check_trail
from caducee.services.ordering.tools import Tools
from caducee.spec.igc import OrganisationUse

__all__ = ["Head", "Heads", "TrailReport"]

_HEAD = schema.trail_head
_STEM = "seal"
_NAME = "caducee ordering trail"
_BODY = 9999
"""Test body that is the service itself; no order gets a certificate in its name."""


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head: how long the chain was at a moment, and its last hash."""

    number: int
    at: dt.datetime
    digest: bytes
    signature: bytes
    """CMS SignedData, DER, detached, over what `said` returns."""

    def said(self) -> bytes:
        """Return what is signed."""
        told = ("caducee trail head", self.number, self.at.isoformat(), self.digest.hex())
        return msgspec.json.encode(told)


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

    def sign(self) -> Head | None:
        """Check the trail and have its head signed; none when nothing was added since."""
        tools = self._tools
        report = self.check()
        last, digest = tools.trail.check()
        if last == report.signed_to:
            return None
        # The database first, then what authorities lock: as the making of cards does it, too.
        with tools.registry.transaction():
            seal = self._seal()
        bare = Head(last, tools.registry.now(), digest, b"")
        head = Head(bare.number, bare.at, bare.digest, cms.sign(bare.said(), seal))
        row = {name: getattr(head, name) for name in Head.__slots__}
        with tools.registry.writing() as connection:
            insert = tools.registry.insert(_HEAD).values(row)
            connection.execute(insert.on_conflict_do_nothing())
        return head

    def heads(self) -> tuple[Head, ...]:
        """Return all heads, oldest first."""
        query = sa.select(_HEAD).order_by(_HEAD.c.number)
        with self._tools.registry.reading() as connection:
            return tuple(Head(**row) for row in connection.execute(query).mappings())

    def check(self) -> TrailReport:
        """Check the whole trail against its signed heads.

        Raises `StateError`: ``ordering.trail_broken``, ``ordering.head_broken``.
        """
        heads = self.heads()
        for one in heads:
            self._check(one)
        wanted = {one.number: one.digest for one in heads}
        count = 0

        def seen() -> Iterator[TrailLine]:
            nonlocal count
            for line in self._tools.trail.lines():
                count = line.number
                if wanted.pop(line.number, line.digest) != line.digest:
                    raise StateError("ordering.head_broken", number=line.number)
                yield line

        check_trail(seen())
        if wanted:
            raise StateError("ordering.head_broken", number=min(wanted))
        return TrailReport(count, len(heads), heads[-1].number if heads else 0)

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
    names = {str(one.value) for one in made.subject}
    return {_NAME, identities.body(_BODY).struct_idnat} <= names
