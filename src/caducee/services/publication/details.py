# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Everything about one certificate: its content, its status, and the sources of the status."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from caducee.authority.authority import Authority
from caducee.base.i18n import N_, gettext
from caducee.directory.certificates import find_certificates
from caducee.directory.history import Action, HistorySubject
from caducee.directory.model import Certificate
from caducee.directory.registry import Registry
from caducee.services.publication.explained import ExtensionView, explain
from caducee.services.publication.views import CertificateView, Views, key_text
from caducee.spec import igc

__all__ = ["REASONS", "Details", "DetailsView", "Event"]

REASONS: Final = {
    "unspecified": N_("no reason given"),
    "key_compromise": N_("somebody else may have the key"),
    "ca_compromise": N_("somebody else may have the key of the authority"),
    "affiliation_changed": N_("the data of the holder changed"),
    "superseded": N_("another takes its place"),
    "cessation_of_operation": N_("it is not needed any more"),
    "certificate_hold": N_("it is suspended"),
    "privilege_withdrawn": N_("the holder lost the right to it"),
}
"""What the reasons of RFC 5280 5.3.1 mean here, by their name in the registry."""

_MOST_OTHERS = 20

_CARD_EVENTS: Final = {
    Action.ENTERED: N_("The card was entered into the registry"),
    Action.CHANGED: N_("What is known of the card changed"),
    Action.OPPOSED: N_("The card was stopped"),
    Action.REMOVED: N_("The card was removed from the registry"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a certificate, or will."""

    at: dt.datetime
    what: str
    coming: bool
    """Whether it is still to come."""


@dataclass(frozen=True, slots=True)
class DetailsView:
    """One certificate with all that is known of it."""

    view: CertificateView
    key: str
    """Kind and size of its key."""

    fingerprint: str
    """SHA-256, hexadecimal."""

    extensions: tuple[ExtensionView, ...]
    events: tuple[Event, ...]
    """Oldest first."""

    others: tuple[CertificateView, ...]
    """The other certificates of its card."""

    reason: str
    """Why it was revoked, in words; empty when it was not."""

    full_list: int | None
    """Number of the full list that holds now, when it stands in it."""

    delta_list: int | None
    """Number of the delta list that holds now, when it stands in it."""


class Details:
    """Gathers what the page of a certificate shows."""

    def __init__(self, authority: Authority, registry: Registry, views: Views) -> None:
        self._authority = authority
        self._registry = registry
        self._views = views

    def of(self, found: Certificate) -> DetailsView:
        """Return all that is known of a certificate, in the language in use."""
        certificate = x509.load_der_x509_certificate(found.der)
        full, delta = self._lists(found) if found.revoked_at else (None, None)
        return DetailsView(
            view=self._views.certificate(found),
            key=key_text(certificate),
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex().upper(),
            extensions=explain(certificate),
            events=tuple(sorted(self._events(found), key=lambda event: event.at)),
            others=tuple(self._others(found)),
            reason=gettext(REASONS.get(found.reason or "", "")) if found.reason else "",
            full_list=full,
            delta_list=delta,
        )

    def _events(self, found: Certificate) -> Iterator[Event]:
        now = self._authority.now()
        yield Event(found.not_before, gettext("Valid from now on"), found.not_before > now)
        if found.revoked_at is not None:
            yield Event(found.revoked_at, gettext("Revoked"), coming=False)
        yield Event(found.not_after, gettext("End of its validity"), found.not_after > now)
        if found.card_number is not None:
            for change in self._registry.history(HistorySubject.CARD, found.card_number):
                yield Event(change.at, gettext(_CARD_EVENTS[change.action]), coming=False)

    def _others(self, found: Certificate) -> Iterator[CertificateView]:
        if found.card_number is None:
            return
        for other in find_certificates(self._registry, found.card_number, _MOST_OTHERS):
            same = (other.issuer, other.serial) == (found.issuer, found.serial)
            if other.card_number == found.card_number and not same:
                yield self._views.certificate(other)

    def _lists(self, found: Certificate) -> tuple[int | None, int | None]:
        """Return the numbers of the lists that hold now and have it."""
        ca = igc.by_name(found.issuer)
        full = delta = None
        for generation in self._authority.generations(ca) if ca else ():
            known = self._authority.crl_record(generation)
            if _has(known.der, found.serial):
                full = known.number
            changes = self._authority.delta_record(generation)
            if _has(changes.der, found.serial):
                delta = changes.number
        return full, delta


def _has(der: bytes, serial: int) -> bool:
    crl = x509.load_der_x509_crl(der)
    return crl.get_revoked_certificate_by_serial_number(serial) is not None
