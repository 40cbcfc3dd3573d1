# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of what is on the card: certificates, keys, chain, codes."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from caducee.base.i18n import N_
from caducee.diagnosis.checks import observations
from caducee.diagnosis.checks.card import SOON
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.facts import CertificateFacts
from caducee.diagnosis.model import Check, Finding, found

__all__ = ["CHECKS"]

_LEAST_BITS = 2048
_CLOCK_AHEAD: Final = dt.timedelta(days=3 * 366)
"""A certificate of a card holds three years."""

_UNKNOWN_ISSUER: Final = frozenset({"trust.chain_not_found", "trust.chain_not_searched"})
_REVOKED: Final = frozenset({"trust.revoked", "trust.revoked_by_bundle"})


def _readable(context: CheckContext) -> Iterator[Finding]:
    for certificate in context.card.certificates:
        if certificate.code in ("cryptolib.certificate_missing", "cryptolib.key_missing"):
            yield found("diag.certificate_missing", use=certificate.use)
        elif certificate.code:
            yield found("diag.certificate_damaged", use=certificate.use)


def _keys(context: CheckContext) -> Iterator[Finding]:
    good = _good(context)
    for item in good:
        yield from _key(item)
    if len({entry.holder for entry in good if entry.holder}) > 1:
        yield found("diag.certificate_holders")
    if context.card.pin.there and any(not entry.proof for entry in good):
        yield found("diag.keys_untried")


def _good(context: CheckContext) -> list[CertificateFacts]:
    return [certificate for certificate in context.card.certificates if not certificate.code]


def _key(facts: CertificateFacts) -> Iterator[Finding]:
    if not facts.linked:
        yield found("diag.certificate_unlinked", use=facts.use)
    elif facts.key_bits and facts.key_bits != facts.bits:
        yield found(
            "diag.certificate_key_size", use=facts.use, bits=facts.bits, key_bits=facts.key_bits
        )
    elif facts.proof == "wrong":
        yield found("diag.certificate_other_key", use=facts.use)
    elif facts.proof not in ("", "right"):
        yield found("diag.certificate_swapped", use=facts.use, other=facts.proof)
    if not facts.purpose_right:
        yield found("diag.certificate_purpose", use=facts.use)
    if facts.bits < _LEAST_BITS or facts.sha1:
        yield found("diag.certificate_weak", use=facts.use, bits=facts.bits)


def _dates(context: CheckContext) -> Iterator[Finding]:
    now = context.clock.now
    if (doubt := _clock_in_doubt(context)) is not None:
        yield doubt
        return
    for certificate in _good(context):
        begin, end = certificate.not_before, certificate.not_after
        if begin is not None and now < begin:
            yield found("diag.certificate_early", use=certificate.use, date=_day(begin))
        elif end is not None and now > end:
            yield found("diag.certificate_expired", use=certificate.use, date=_day(end))
        elif end is not None and end - now <= SOON:
            days = (end - now).days
            yield found("diag.certificate_soon", use=certificate.use, days=days, date=_day(end))


def _clock_in_doubt(context: CheckContext) -> Finding | None:
    """Return that the clock is probably ahead, where every certificate of the card has expired and
    nothing that bears a date is less than some years old: then the card is not blamed.
    """
    clock = context.clock
    if clock.offset is not None or clock.synchronised:
        return None
    starts = [mark.since for mark in clock.marks]
    starts += [
        certificate.not_before
        for certificate in _good(context)
        if certificate.not_before is not None
    ]
    ends = [
        certificate.not_after for certificate in _good(context) if certificate.not_after is not None
    ]
    if not ends or any(end >= clock.now for end in ends):
        return None
    if clock.now - max(starts, default=clock.now) <= _CLOCK_AHEAD:
        return None
    facts = {"now": _day(clock.now), "date": _day(max(starts))}
    return found("diag.clock_after_dates", **facts)


def _day(when: dt.datetime) -> str:
    return when.astimezone().date().isoformat()


def _chain(context: CheckContext) -> Iterator[Finding]:
    judged = context.probes.authorities(context.reader.name)
    if not judged:
        yield found("diag.chain_untold")
    for item in judged:
        if item.code in _REVOKED:
            yield found("diag.certificate_revoked", use=item.use)
        elif item.code in _UNKNOWN_ISSUER:
            yield found("diag.chain_unknown", use=item.use)
        elif item.unknown:
            yield found("diag.revocation_unknown", use=item.use, reason=item.code)
        elif item.code:
            yield found("diag.chain_broken", use=item.use, reason=item.code)
        elif not item.revocation:
            yield found("diag.revocation_unchecked", use=item.use)


def _codes(context: CheckContext) -> Iterator[Finding]:
    pin, puk = context.card.pin, context.card.puk
    if not pin.there:
        yield found("diag.code_absent")
        return
    if pin.left is None:
        yield found("diag.code_untold")
    elif pin.left == 0 and puk.left == 0:
        yield found("diag.code_dead")
    elif pin.left == 0:
        yield found("diag.code_blocked", puk="?" if puk.left is None else puk.left)
    elif pin.left == 1:
        yield found("diag.code_last")
    elif pin.most is not None and pin.left < pin.most:
        yield found("diag.code_fewer", left=pin.left, most=pin.most)
    if pin.left and puk.there and puk.left == 0:
        yield found("diag.puk_blocked")
    elif puk.left and puk.most is not None and puk.left < puk.most:
        yield found("diag.puk_fewer", left=puk.left)


CHECKS: Final = (
    Check(
        name="certificates",
        title=N_("Readable certificates"),
        needs=("card-state",),
        look=_readable,
        observe=observations.certificates,
        codes=("diag.certificate_missing", "diag.certificate_damaged"),
    ),
    Check(
        name="keys",
        title=N_("Certificates matching the keys"),
        needs=("certificates",),
        look=_keys,
        codes=(
            "diag.certificate_unlinked",
            "diag.certificate_key_size",
            "diag.certificate_other_key",
            "diag.certificate_swapped",
            "diag.certificate_purpose",
            "diag.certificate_holders",
            "diag.certificate_weak",
            "diag.keys_untried",
        ),
    ),
    Check(
        name="dates",
        title=N_("Certificate validity"),
        needs=("certificates", "clock"),
        look=_dates,
        codes=(
            "diag.clock_after_dates",
            "diag.certificate_early",
            "diag.certificate_expired",
            "diag.certificate_soon",
        ),
    ),
    Check(
        name="chain",
        title=N_("Chain and revocation"),
        needs=("dates",),
        look=_chain,
        codes=(
            "diag.chain_untold",
            "diag.chain_unknown",
            "diag.chain_broken",
            "diag.certificate_revoked",
            "diag.revocation_unknown",
            "diag.revocation_unchecked",
        ),
    ),
    Check(
        name="codes",
        title=N_("PIN and PUK status"),
        needs=("card-state",),
        look=_codes,
        observe=observations.codes,
        codes=(
            "diag.code_absent",
            "diag.code_untold",
            "diag.code_dead",
            "diag.code_blocked",
            "diag.code_last",
            "diag.code_fewer",
            "diag.puk_blocked",
            "diag.puk_fewer",
        ),
    ),
)
