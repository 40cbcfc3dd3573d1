# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates are linted before they are signed: what is signed once cannot be taken back.

As public authorities do, the content is signed by a key that is thrown away, and that certificate
is given to the linter; only then does the authority sign. pkilint judges it (RFC 5280), where it is
installed (``pip install caducee[lint]``).
"""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import count
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.keys import CaKey, signing_hash
from caducee.base.errors import IssueError

__all__ = ["Linter", "PkixLinter", "SampledLinter", "installed_linter", "sign_linted"]

_MOST_FINDINGS: Final = 5
"""Findings that an error names."""


class Linter(Protocol):
    """Finds faults in a certificate."""

    def faults(self, certificate: x509.Certificate) -> Sequence[str]:
        """Return what is wrong, as codes of the linter; nothing when it may be signed."""


class PkixLinter:
    """pkilint with its rules of RFC 5280; its notices and warnings are no faults.

    It is loaded with the first certificate. Raises ``ImportError`` then where it is not installed.
    Findings with an ``exempt`` code are left out.
    """

    def __init__(self, exempt: Collection[str] = ()) -> None:
        self._exempt = frozenset(exempt)

    def faults(self, certificate: x509.Certificate) -> Sequence[str]:
        """Return the findings that are errors."""
        load, validate, worst = _pkilint()
        document = load(certificate.public_bytes(Encoding.DER), "certificate")
        return tuple(
            each.finding.code
            for result in validate(document.root)
            for each in result.finding_descriptions
            if each.finding.severity <= worst and each.finding.code not in self._exempt
        )


type _Loaded = tuple[Callable[[bytes, str], Any], Callable[[Any], list[Any]], Any]


@cache
def _pkilint() -> _Loaded:
    """Load the linter once in a process: it takes half a second."""
    from pkilint import loader, validation
    from pkilint.pkix import certificate, extension, name

    container = certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )
    # A fatal finding has a smaller number than an error, a warning a larger one.
    worst = validation.ValidationFindingSeverity.ERROR
    return loader.load_certificate, container.validate, worst


class SampledLinter:
    """A linter that judges the first certificates of a run, and then one in some.

    pkilint takes four milliseconds for a certificate, more than it takes to sign two: a renewal of
    67,000 cards is not for linting each.
    """

    def __init__(self, linter: Linter, *, first: int = 200, then_every: int = 50) -> None:
        self._linter = linter
        self._first = first
        self._every = then_every
        self._count = count()

    def faults(self, certificate: x509.Certificate) -> Sequence[str]:
        """Return what is wrong with a certificate; nothing when its turn has not come."""
        number = next(self._count)
        if number >= self._first and number % self._every:
            return ()
        return self._linter.faults(certificate)


def installed_linter(exempt: Collection[str] = ()) -> Linter | None:
    """Return pkilint, sampled in bulk, or ``None`` where it is not installed."""
    return SampledLinter(PkixLinter(exempt)) if find_spec("pkilint") else None


def sign_linted(
    builder: x509.CertificateBuilder, key: CaKey, linter: Linter | None
) -> x509.Certificate:
    """Sign a certificate once the linter, if there is one, has found no fault in it.

    Raises `IssueError` (``authority.lint_failed``).
    """
    if linter is not None:
        draft = builder.sign(_thrown_away(), hashes.SHA256())
        found = sorted(set(linter.faults(draft)))
        if found:
            subject = draft.subject.rfc4514_string()[:256]
            listed = ", ".join(found[:_MOST_FINDINGS])
            raise IssueError("authority.lint_failed", subject=subject, findings=listed)
    return builder.sign(key, signing_hash(key))


def _thrown_away() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
