# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation by OCSP, and by several sources one after the other."""

import datetime as dt
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from caducee.base.errors import CpsError, Fact, TrustError
from caducee.trust import ocsp
from caducee.trust.crl_entry import CrlEntry
from caducee.trust.names import UNREADABLE
from caducee.trust.ocsp import USUAL, OcspAnswer, OcspRules
from caducee.trust.revocation import (
    RevocationAnswer,
    RevocationSource,
    RevocationState,
    SourceProblem,
    not_revoked,
    revoked,
    unknown,
)
from caducee.trust.x509 import ParsedCertificate, view

__all__ = ["CombinedSource", "OcspSettings", "OcspSource"]

type Post = Callable[[str, bytes], bytes]
"""Sends a request, DER, to the address of a responder and returns the answer, DER. Raises
`CpsError` when there is none."""

_MOST_REMEMBERED: Final = 10_000
_NONCE: Final = 32


@dataclass(frozen=True, slots=True)
class OcspSettings:
    """How an `OcspSource` behaves."""

    rules: OcspRules = USUAL
    nonce: bool = False
    """Whether a nonce is sent, and an answer that is remembered never used instead."""

    late: dt.timedelta = dt.timedelta()
    """How long after its end a good answer still counts when no newer can be had."""

    pause: dt.timedelta = dt.timedelta(minutes=1)
    """How long a responder that failed is left alone, so that logins do not wait for it."""

    address: str | None = None
    """Address of the responder, in place of the one in the certificate."""


class OcspSource:
    """Revocation by an OCSP responder, its answers remembered as long as they are good.

    Safe to use from several threads.
    """

    def __init__(
        self,
        post: Post,
        settings: OcspSettings | None = None,
        *,
        responders: RevocationSource | None = None,
    ) -> None:
        """Take the function that sends requests, and who knows of revoked responders."""
        self._post = post
        self._settings = settings or OcspSettings()
        self._responders = responders
        self._known: OrderedDict[bytes, OcspAnswer] = OrderedDict()
        self._failed: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell what the responder says of a certificate; ask it if nothing current is known."""
        own, above = view(certificate), view(issuer)
        key = hashlib.sha256(above.spki + above.subject + own.serial_content).digest()
        known = self._known.get(key)
        if known is not None and not self._settings.nonce and known.this_update <= at <= known.ends:
            return self._answer(known, at)
        try:
            found = self._asked(own, above, at)
        except TrustError as error:
            return self._instead(own, known, at, error)
        except UNREADABLE:
            return unknown("trust.extensions_unreadable")
        if found.state is RevocationState.UNKNOWN:
            return self._answer(found, at)  # not remembered: a new certificate is known soon
        with self._lock:
            if known is not None and found.this_update < known.this_update:
                found = known  # an old answer, sent again
            self._known[key] = found
            self._known.move_to_end(key)
            while len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        return self._answer(found, at)

    def _asked(
        self, own: ParsedCertificate, issuer: ParsedCertificate, at: dt.datetime
    ) -> OcspAnswer:
        """Ask the responder. Raises `TrustError`."""
        address = self._settings.address or _address(own)
        failed = self._failed.get(address)
        if failed is not None and failed <= at < failed + self._settings.pause:
            raise TrustError("trust.ocsp_unreachable", address=address)
        nonce = os.urandom(_NONCE) if self._settings.nonce else None
        request = ocsp.ask(own.certificate, issuer.certificate, nonce)
        try:
            data = self._post(address, request)
        except CpsError:
            with self._lock:
                self._failed[address] = at
            raise TrustError("trust.ocsp_unreachable", address=address) from None
        with self._lock:
            self._failed.pop(address, None)
        return ocsp.read(
            data,
            own,
            issuer,
            at,
            nonce=nonce,
            rules=self._settings.rules,
            responders=self._responders,
        )

    def _instead(
        self, own: ParsedCertificate, known: OcspAnswer | None, at: dt.datetime, error: TrustError
    ) -> RevocationAnswer:
        """Return what was known before, within the bound, when nothing newer can be had."""
        if error.code == "trust.ocsp_none":
            return RevocationAnswer(RevocationState.UNKNOWN, error.code, error.facts)
        problems = (SourceProblem(self._settings.address or _address(own), error.code),)
        if known is not None and known.this_update <= at <= known.ends + self._settings.late:
            return replace(self._answer(known, at), problems=problems)
        if known is not None and known.state is RevocationState.REVOKED:
            return replace(self._answer(known, at), problems=problems)
        return RevocationAnswer(RevocationState.UNKNOWN, error.code, error.facts, problems=problems)

    def _answer(self, found: OcspAnswer, at: dt.datetime) -> RevocationAnswer:
        if found.state is RevocationState.REVOKED:
            return revoked(CrlEntry(found.revoked_at, found.reason))
        facts: dict[str, Fact] = {"responder": found.responder}
        if found.state is RevocationState.UNKNOWN:
            return RevocationAnswer(
                RevocationState.UNKNOWN, "trust.ocsp_unknown", MappingProxyType(facts)
            )
        return not_revoked(at, found.this_update, found.ends, late=self._settings.late, **facts)


def _address(own: ParsedCertificate) -> str:
    """Return the address of the responder that a certificate names. Raises `TrustError`."""
    try:
        found = own.certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        raise TrustError("trust.ocsp_none", certificate=own.label) from None
    for item in found.value:
        place = item.access_location
        if item.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            place, x509.UniformResourceIdentifier
        ):
            return place.value
    raise TrustError("trust.ocsp_none", certificate=own.label)


class CombinedSource:
    """Several sources, asked in their order until one knows; fails closed.

    Usually OCSP first, then lists. A certificate that any source which is asked calls revoked is
    revoked; one that is good only by what has ended, or by what stands in for a source that does
    not answer, is asked about at the next source too.
    """

    def __init__(self, *sources: RevocationSource) -> None:
        self._sources = sources

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Return the first answer that is certain, else the newest good one, else an unknown.

        It names the sources that gave nothing new until then.
        """
        good: list[RevocationAnswer] = []
        first: RevocationAnswer | None = None
        problems: tuple[SourceProblem, ...] = ()
        for source in self._sources:
            answer = source.status(certificate, issuer, at)
            certain = not answer.problems and not answer.is_late
            problems += answer.problems
            if answer.state is RevocationState.UNKNOWN:
                first = first or answer
            elif answer.state is RevocationState.REVOKED or certain:
                return replace(answer, problems=problems)
            else:
                good.append(answer)
        if good:
            return replace(min(good, key=_standing), problems=problems)
        found = first or unknown("trust.crl_missing", issuer=view(issuer).label)
        return replace(found, problems=problems)


def _standing(answer: RevocationAnswer) -> tuple[bool, float]:
    """Order good answers: those that still hold first, then the newest."""
    return answer.is_late, -answer.since.timestamp() if answer.since else 0.0
