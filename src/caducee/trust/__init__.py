# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a verifier needs: reading certificates, validating chains, revocation."""

from caducee.trust.certificate import (
    CardCertificate,
    CertificateUse,
    PrivateExtension,
    StructureInName,
)
from caducee.trust.checks import Check, Outcome
from caducee.trust.index import IndexInfo, IndexSource, RevocationIndex
from caducee.trust.path import Limits, PathResult, PolicyDemand, Purpose, Strength, validate
from caducee.trust.revocation import (
    CrlInfo,
    CrlSource,
    RevocationAnswer,
    RevocationSource,
    RevocationState,
)

__all__ = [
    "CardCertificate",
    "CertificateUse",
    "Check",
    "CrlInfo",
    "CrlSource",
    "IndexInfo",
    "IndexSource",
    "Limits",
    "Outcome",
    "PathResult",
    "PolicyDemand",
    "PrivateExtension",
    "Purpose",
    "RevocationAnswer",
    "RevocationIndex",
    "RevocationSource",
    "RevocationState",
    "Strength",
    "StructureInName",
    "validate",
]
