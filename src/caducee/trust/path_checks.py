# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The checks of one complete chain (RFC 5280 section 6.1), each written down."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from cryptography import x509

from caducee.base.errors import Fact
from caducee.spec import oids
from caducee.trust import conformity, constraints, peers, policies
from caducee.trust.checks import Check, CheckOutcome
from caducee.trust.dates import day
from caducee.trust.loading import MAX_CERTIFICATE, MAX_NAME
from caducee.trust.names import general, text
from caducee.trust.path_building import SearchBudget
from caducee.trust.revocation import (
    RevocationAnswer,
    RevocationSource,
    RevocationState,
    SourceProblem,
)
from caducee.trust.strength import Strength
from caducee.trust.x509 import ParsedCertificate

__all__ = ["CertificatePurpose", "ValidationInputs", "problem_of", "steps"]


@unique
class CertificatePurpose(StrEnum):
    """What the leaf is to be used for: decides on keyUsage and extended key usage."""

    CLIENT_AUTHENTICATION = "client authentication"
    """TLS client or origin-bound token: digitalSignature and clientAuth."""

    SIGNATURE = "signature"
    """Signature of a document: nonRepudiation, and emailProtection if usages are restricted."""

    SERVER_AUTHENTICATION = "server authentication"
    ANY = "any"
    """Any usage."""


@dataclass(frozen=True, slots=True)
class ValidationInputs:
    """What is asked of a chain."""

    at: dt.datetime
    purpose: CertificatePurpose
    revocation: RevocationSource | None
    policies: policies.PolicyDemand

    strength: Strength
    work: SearchBudget
    """The limits that the checks share with the search."""

    expected_names: tuple[x509.GeneralName, ...] | None = None
    """Names of which the leaf must bear one; ``None``: any name will do."""


_KEY_USAGES: Final = {
    CertificatePurpose.CLIENT_AUTHENTICATION: frozenset({"digital_signature"}),
    CertificatePurpose.SIGNATURE: frozenset({"content_commitment"}),
    CertificatePurpose.SERVER_AUTHENTICATION: frozenset({"digital_signature", "key_encipherment"}),
}
"""Key usages of which the leaf needs one."""

_EXTENDED_USAGES: Final = {
    CertificatePurpose.CLIENT_AUTHENTICATION: oids.CLIENT_AUTH,
    CertificatePurpose.SIGNATURE: oids.EMAIL_PROTECTION,
    CertificatePurpose.SERVER_AUTHENTICATION: oids.SERVER_AUTH,
}


def steps(chain: Sequence[ParsedCertificate], inputs: ValidationInputs) -> Iterator[Check]:
    """Yield the checks of a chain, from the anchor down to the leaf, as far as the time goes."""
    anchor = chain[-1]
    yield _validity(anchor, inputs.at)
    if inputs.strength.strict:
        yield _rules(anchor, None, issues=True)
    for place in range(len(chain) - 2, -1, -1):
        if inputs.work.stopped():
            yield _not_finished(chain[0])
            return
        item, issuer = chain[place], chain[place + 1]
        yield _signature(item, issuer, inputs.strength)
        yield _validity(item, inputs.at)
        yield _extensions(item)
        if inputs.strength.strict:
            yield _rules(item, issuer, issues=place > 0)
        if place:
            yield _authority(item, inputs.purpose)
        yield from _revocation(item, issuer, inputs)
    if inputs.work.stopped():
        yield _not_finished(chain[0])
        return
    yield _depth(chain)
    yield _names(chain, inputs.work)
    yield _policies(policies.process(chain, inputs.policies), chain[0])
    yield _usage(chain[0], inputs)
    if inputs.expected_names is not None:
        yield _peer(chain[0], inputs.expected_names, inputs.work)


def _passed(name: str, code: str, /, **facts: Fact) -> Check:
    return Check(name, CheckOutcome.PASSED, code, MappingProxyType(facts))


def _failed(name: str, code: str, /, **facts: Fact) -> Check:
    return Check(name, CheckOutcome.FAILED, code, MappingProxyType(facts))


def _not_finished(leaf: ParsedCertificate) -> Check:
    facts: dict[str, Fact] = {"certificate": leaf.label}
    return Check("time", CheckOutcome.UNKNOWN, "trust.checks_not_finished", MappingProxyType(facts))


def _signature(view: ParsedCertificate, issuer: ParsedCertificate, strength: Strength) -> Check:
    """Judge how a certificate was signed; that it was signed is known from the search."""
    algorithm = strength.weak_hash(view)
    if algorithm is not None:
        return _failed(
            "signature", "trust.signature_weak", certificate=view.label, algorithm=algorithm
        )
    key = strength.weak_key(issuer)
    if key is not None:
        return _failed("signature", "trust.key_weak", certificate=issuer.label, key=key)
    return _passed(
        "signature", "trust.signature_right", certificate=view.label, issuer=issuer.label
    )


def _validity(view: ParsedCertificate, at: dt.datetime) -> Check:
    if at < view.not_before:
        return _failed(
            "validity",
            "trust.not_yet_valid",
            certificate=view.label,
            not_before=day(view.not_before),
        )
    ends = day(view.not_after)
    if at > view.not_after:
        return _failed("validity", "trust.expired", certificate=view.label, not_after=ends)
    return _passed("validity", "trust.valid_now", certificate=view.label, not_after=ends)


def _extensions(view: ParsedCertificate) -> Check:
    if view.problem is not None:
        return problem_of(view)
    if view.critical_unknown:
        return _failed(
            "extensions",
            "trust.extension_critical",
            certificate=view.label,
            oid=view.critical_unknown[0],
        )
    return _passed("extensions", "trust.extensions_known", certificate=view.label)


def _rules(view: ParsedCertificate, issuer: ParsedCertificate | None, *, issues: bool) -> Check:
    """Judge what RFC 5280 demands of those who issue; the first rule not kept is written down."""
    for code, facts in conformity.departures(view, issuer, issues=issues):
        return _failed("rules", code, certificate=view.label, **facts)
    return _passed("rules", "trust.rules_kept", certificate=view.label)


def _peer(
    leaf: ParsedCertificate, expected: Sequence[x509.GeneralName], work: SearchBudget
) -> Check:
    """Judge whether the leaf names the peer that was expected."""
    if peers.bears_one_of(leaf, expected, work.stopped):
        return _passed("peer", "trust.peer_named", certificate=leaf.label)
    names = ", ".join(text(general(item)) for item in expected)[:256]
    return _failed("peer", "trust.peer_not_named", certificate=leaf.label, expected=names)


def problem_of(view: ParsedCertificate) -> Check:
    """Say why a certificate that has a problem cannot be used."""
    facts: dict[str, Fact] = {"certificate": view.label}
    if view.problem == "trust.certificate_too_large":
        facts |= {"size": view.size, "most": MAX_CERTIFICATE}
    if view.problem == "trust.name_too_large":
        facts |= {"most": MAX_NAME}
    code = view.problem or "trust.extensions_unreadable"
    return Check("extensions", CheckOutcome.FAILED, code, MappingProxyType(facts))


def _authority(view: ParsedCertificate, purpose: CertificatePurpose) -> Check:
    """Judge whether a certificate inside the chain may issue (RFC 5280 6.1.4 k, n)."""
    usage = view.key_usage
    if not view.is_ca or (usage is not None and "key_cert_sign" not in usage):
        return _failed("ca", "trust.ca_not_allowed", certificate=view.label)
    if not _extended_fits(view, purpose):
        return _failed("ca", "trust.ca_usage", certificate=view.label, purpose=str(purpose))
    return _passed("ca", "trust.ca_allowed", certificate=view.label)


def _depth(chain: Sequence[ParsedCertificate]) -> Check:
    """Judge pathLenConstraint: certificates between a CA and the leaf, self-issued ones apart
    (RFC 5280 6.1.4 l, m). That of the anchor counts as well, and so does its key usage: of the
    two keys of an anchor of IGC-CPS2ter only one is for certificates."""
    usage = chain[-1].key_usage
    if usage is not None and "key_cert_sign" not in usage:
        return _failed("ca", "trust.ca_not_allowed", certificate=chain[-1].label)
    below = 0
    for item in chain[1:]:
        if item.path_length is not None and below > item.path_length:
            return _failed("ca", "trust.ca_depth", certificate=item.label)
        below += 0 if item.self_issued else 1
    return _passed("ca", "trust.ca_depth_kept", count=len(chain))


def _revocation(
    view: ParsedCertificate, issuer: ParsedCertificate, inputs: ValidationInputs
) -> Iterator[Check]:
    """Ask whether a certificate was revoked, and say which sources gave nothing new."""
    if inputs.revocation is None:
        facts: dict[str, Fact] = {"certificate": view.label}
        yield Check(
            "revocation",
            CheckOutcome.SKIPPED,
            "trust.revocation_not_asked",
            MappingProxyType(facts),
        )
        return
    with inputs.work.waiting():
        answer = inputs.revocation.status(view.certificate, issuer.certificate, inputs.at)
    facts = {"certificate": view.label, "issuer": issuer.label, **answer.facts}
    yield Check("revocation", _OUTCOMES[answer.state], answer.code, MappingProxyType(facts))
    if answer.state is not RevocationState.REVOKED:
        for problem in answer.problems:
            yield _source(problem, answer, view.label, inputs.at)


def _source(problem: SourceProblem, answer: RevocationAnswer, label: str, at: dt.datetime) -> Check:
    """Say that a source gave nothing new: passed when something that still holds stood in."""
    facts: dict[str, Fact] = {"certificate": label, "source": problem.source, "why": problem.code}
    if answer.since is None or answer.until is None:
        return Check(
            "sources", CheckOutcome.UNKNOWN, "trust.source_missed", MappingProxyType(facts)
        )
    minutes = max(0, int((at - answer.since).total_seconds() // 60))
    facts |= {
        "this_update": day(answer.since),
        "age": f"{minutes // 60} h {minutes % 60:02} min",
        "until": day(answer.until),
    }
    return Check("sources", CheckOutcome.PASSED, "trust.source_replaced", MappingProxyType(facts))


_OUTCOMES: Final = {
    RevocationState.GOOD: CheckOutcome.PASSED,
    RevocationState.REVOKED: CheckOutcome.FAILED,
    RevocationState.UNKNOWN: CheckOutcome.UNKNOWN,
}


def _names(chain: Sequence[ParsedCertificate], work: SearchBudget) -> Check:
    """Judge the names of the chain by the name constraints in it (RFC 5280 6.1.3 b, c)."""
    found = constraints.process(chain, work.stopped)
    if found is None:
        return _passed("names", "trust.names_allowed", certificate=chain[0].label)
    return _failed("names", found.code, certificate=found.certificate.label, name=found.name)


def _policies(found: policies.PolicyFinding, leaf: ParsedCertificate) -> Check:
    """Judge the policies of the chain (RFC 5280 6.1.3 d to f, 6.1.5 g)."""
    if found.mapping_to_any is not None:
        item = found.mapping_to_any
        return _failed("policies", "trust.policy_mapping_any", certificate=item.label)
    if found.refused_by is not None:
        return _failed("policies", "trust.policy_refused", certificate=found.refused_by.label)
    return _passed("policies", "trust.policies_allowed", certificate=leaf.label)


def _usage(leaf: ParsedCertificate, inputs: ValidationInputs) -> Check:
    facts: dict[str, Fact] = {"certificate": leaf.label, "purpose": str(inputs.purpose)}
    key = inputs.strength.weak_key(leaf)
    if key is not None:
        return _failed("usage", "trust.key_weak", certificate=leaf.label, key=key)
    wanted = _KEY_USAGES.get(inputs.purpose)
    usage = leaf.key_usage
    if wanted is not None and usage is not None and not usage & wanted:
        return _failed("usage", "trust.usage_refused", **facts)
    if inputs.purpose is CertificatePurpose.SIGNATURE and usage is None:
        return _failed("usage", "trust.usage_refused", **facts)
    if not _extended_fits(leaf, inputs.purpose):
        return _failed("usage", "trust.usage_refused", **facts)
    return _passed("usage", "trust.usage_allowed", **facts)


def _extended_fits(view: ParsedCertificate, purpose: CertificatePurpose) -> bool:
    """Tell whether the extended key usages, if there are any, include the purpose."""
    wanted = _EXTENDED_USAGES.get(purpose)
    found = view.extended_usage
    if wanted is None or found is None:
        return True
    return wanted in found or oids.EXTENDED_KEY_USAGE_ANY in found
