# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The checks of one complete chain (RFC 5280 section 6.1), each written down.

Name constraints, policy mappings, policy constraints and inhibitAnyPolicy are not processed: a
chain that has one of them, critical or not, is refused.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from caducee.base.errors import Fact
from caducee.spec import oids
from caducee.trust.checks import Check, Outcome
from caducee.trust.dates import day
from caducee.trust.revocation import RevocationSource, RevocationState
from caducee.trust.x509 import UNREADABLE, View

__all__ = ["Purpose", "Question", "Strength", "steps"]


@unique
class Purpose(StrEnum):
    """What the leaf is to be used for: decides on keyUsage and extended key usage."""

    CLIENT_AUTHENTICATION = "client authentication"
    """TLS client or origin-bound token: digitalSignature and clientAuth."""

    SIGNATURE = "signature"
    """Signature of a document: nonRepudiation, and emailProtection if usages are restricted."""

    SERVER_AUTHENTICATION = "server authentication"
    ANY = "any"
    """No question about usage."""


@dataclass(frozen=True, slots=True)
class Strength:
    """What counts as safe."""

    hashes: frozenset[str] = frozenset({"sha256", "sha384", "sha512"})
    """Hashes of signatures; without SHA-1, which only the CPS2ter generation used."""

    rsa_bits: tuple[int, int] = (2048, 8192)
    """Shortest and longest RSA modulus; longer ones only cost time."""

    curve_bits: int = 256


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a chain."""

    at: dt.datetime
    purpose: Purpose
    revocation: RevocationSource | None
    policies: frozenset[str] | None
    """Policies of which the leaf needs one; ``None``: any will do."""

    strength: Strength


_KEY_USAGES: Final = {
    Purpose.CLIENT_AUTHENTICATION: frozenset({"digital_signature"}),
    Purpose.SIGNATURE: frozenset({"content_commitment"}),
    Purpose.SERVER_AUTHENTICATION: frozenset({"digital_signature", "key_encipherment"}),
}
"""Key usages of which the leaf needs one."""

_EXTENDED_USAGES: Final = {
    Purpose.CLIENT_AUTHENTICATION: oids.CLIENT_AUTH,
    Purpose.SIGNATURE: oids.EMAIL_PROTECTION,
    Purpose.SERVER_AUTHENTICATION: oids.SERVER_AUTH,
}


def steps(chain: Sequence[View], question: Question) -> Iterator[Check]:
    """Yield the checks of a chain, from the anchor down to the leaf."""
    anchor = chain[-1]
    yield _validity(anchor, question.at)
    for place in range(len(chain) - 2, -1, -1):
        one, issuer = chain[place], chain[place + 1]
        yield _signature(one, issuer, question.strength)
        yield _validity(one, question.at)
        yield _extensions(one)
        if place:
            yield _authority(one, question.purpose)
        yield _revocation(one, issuer, question)
    yield _depth(chain)
    if question.policies is not None:
        yield _policies(chain, question.policies)
    yield _usage(chain[0], question)


def _passed(name: str, code: str, **facts: Fact) -> Check:
    return Check(name, Outcome.PASSED, code, MappingProxyType(facts))


def _failed(name: str, code: str, **facts: Fact) -> Check:
    return Check(name, Outcome.FAILED, code, MappingProxyType(facts))


def _signature(one: View, issuer: View, strength: Strength) -> Check:
    """Judge how a certificate was signed; that it was signed is known from the search."""
    algorithm = _hash_name(one)
    if algorithm is not None and algorithm not in strength.hashes:
        return _failed(
            "signature", "trust.signature_weak", certificate=one.label, algorithm=algorithm
        )
    key = _weak_key(issuer, strength)
    if key is not None:
        return _failed("signature", "trust.key_weak", certificate=issuer.label, key=key)
    return _passed("signature", "trust.signature_right", certificate=one.label, issuer=issuer.label)


def _hash_name(one: View) -> str | None:
    """Return the hash of a signature; ``None`` for a scheme that has no choice of it."""
    try:
        digest = one.certificate.signature_hash_algorithm
    except UNREADABLE:
        return "?"
    return None if digest is None else digest.name


def _weak_key(one: View, strength: Strength) -> str | None:
    """Return what is wrong with a key, ``None`` if nothing."""
    try:
        key = one.certificate.public_key()
    except UNREADABLE:
        return "?"
    if isinstance(key, rsa.RSAPublicKey):
        least, most = strength.rsa_bits
        return None if least <= key.key_size <= most else f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.key_size >= strength.curve_bits else key.curve.name
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return None
    return type(key).__name__


def _validity(one: View, at: dt.datetime) -> Check:
    if at < one.not_before:
        return _failed(
            "validity",
            "trust.not_yet_valid",
            certificate=one.label,
            not_before=day(one.not_before),
        )
    ends = day(one.not_after)
    if at > one.not_after:
        return _failed("validity", "trust.expired", certificate=one.label, not_after=ends)
    return _passed("validity", "trust.valid_now", certificate=one.label, not_after=ends)


def _extensions(one: View) -> Check:
    if one.problem is not None:
        return _failed("extensions", one.problem, certificate=one.label)
    if one.critical_unknown:
        return _failed(
            "extensions",
            "trust.extension_critical",
            certificate=one.label,
            oid=one.critical_unknown[0],
        )
    return _passed("extensions", "trust.extensions_known", certificate=one.label)


def _authority(one: View, purpose: Purpose) -> Check:
    """Judge whether a certificate inside the chain may issue (RFC 5280 6.1.4 k, n)."""
    usage = one.key_usage
    if not one.is_ca or (usage is not None and "key_cert_sign" not in usage):
        return _failed("ca", "trust.ca_not_allowed", certificate=one.label)
    if not _extended_fits(one, purpose):
        return _failed("ca", "trust.ca_usage", certificate=one.label, purpose=str(purpose))
    return _passed("ca", "trust.ca_allowed", certificate=one.label)


def _depth(chain: Sequence[View]) -> Check:
    """Judge pathLenConstraint: certificates between a CA and the leaf, self-issued ones apart
    (RFC 5280 6.1.4 l, m). That of the anchor counts as well."""
    below = 0
    for one in chain[1:]:
        if one.path_length is not None and below > one.path_length:
            return _failed("ca", "trust.ca_depth", certificate=one.label)
        below += 0 if one.self_issued else 1
    return _passed("ca", "trust.ca_depth_kept", count=len(chain))


def _revocation(one: View, issuer: View, question: Question) -> Check:
    if question.revocation is None:
        facts: dict[str, Fact] = {"certificate": one.label}
        return Check(
            "revocation", Outcome.SKIPPED, "trust.revocation_not_asked", MappingProxyType(facts)
        )
    answer = question.revocation.status(one.certificate, issuer.certificate, question.at)
    outcome = _OUTCOMES[answer.state]
    facts = {"certificate": one.label, "issuer": issuer.label, **answer.facts}
    return Check("revocation", outcome, answer.code, MappingProxyType(facts))


_OUTCOMES: Final = {
    RevocationState.GOOD: Outcome.PASSED,
    RevocationState.REVOKED: Outcome.FAILED,
    RevocationState.UNKNOWN: Outcome.UNKNOWN,
}


def _policies(chain: Sequence[View], wanted: frozenset[str]) -> Check:
    """Judge whether a wanted policy stands in every certificate below the anchor."""
    allowed = wanted
    for one in chain[-2::-1]:
        own = one.policies or frozenset()
        if oids.ANY_POLICY not in own:
            allowed &= own
    facts: dict[str, Fact] = {"certificate": chain[0].label}
    if allowed:
        return _passed("policies", "trust.policies_allowed", **facts)
    return _failed("policies", "trust.policy_refused", **facts)


def _usage(leaf: View, question: Question) -> Check:
    facts: dict[str, Fact] = {"certificate": leaf.label, "purpose": str(question.purpose)}
    key = _weak_key(leaf, question.strength)
    if key is not None:
        return _failed("usage", "trust.key_weak", certificate=leaf.label, key=key)
    wanted = _KEY_USAGES.get(question.purpose)
    usage = leaf.key_usage
    if wanted is not None and usage is not None and not usage & wanted:
        return _failed("usage", "trust.usage_refused", **facts)
    if question.purpose is Purpose.SIGNATURE and usage is None:
        return _failed("usage", "trust.usage_refused", **facts)
    if not _extended_fits(leaf, question.purpose):
        return _failed("usage", "trust.usage_refused", **facts)
    return _passed("usage", "trust.usage_allowed", **facts)


def _extended_fits(one: View, purpose: Purpose) -> bool:
    """Tell whether the extended key usages, if there are any, include the purpose."""
    wanted = _EXTENDED_USAGES.get(purpose)
    found = one.extended_usage
    if wanted is None or found is None:
        return True
    return wanted in found or oids.EXTENDED_KEY_USAGE_ANY in found
