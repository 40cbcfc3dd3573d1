# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a verifier needs: reading certificates, validating chains, revocation."""

from caducee.trust.bundle import BundleSource
from caducee.trust.certificate import (
    CardCertificate,
    CertificateUse,
    PrivateExtension,
    StructureInName,
)
from caducee.trust.checks import Check, CheckOutcome
from caducee.trust.index import IndexInfo, IndexSource, RevocationIndex
from caducee.trust.ocsp import OcspAnswer, OcspRules
from caducee.trust.path import (
    STRICT,
    CertificatePurpose,
    PathLimits,
    PathResult,
    PolicyDemand,
    Strength,
    validate,
)
from caducee.trust.revocation import (
    CrlInfo,
    CrlSource,
    RevocationAnswer,
    RevocationSource,
    RevocationState,
    SourceProblem,
)
from caducee.trust.sources import CombinedSource, OcspSettings, OcspSource
from caducee.trust.status import StatusClient, StatusRules

__all__ = [
    "STRICT",
    "BundleSource",
    "CardCertificate",
    "CertificatePurpose",
    "CertificateUse",
    "Check",
    "CheckOutcome",
    "CombinedSource",
    "CrlInfo",
    "CrlSource",
    "IndexInfo",
    "IndexSource",
    "OcspAnswer",
    "OcspRules",
    "OcspSettings",
    "OcspSource",
    "PathLimits",
    "PathResult",
    "PolicyDemand",
    "PrivateExtension",
    "RevocationAnswer",
    "RevocationIndex",
    "RevocationSource",
    "RevocationState",
    "SourceProblem",
    "StatusClient",
    "StatusRules",
    "Strength",
    "StructureInName",
    "validate",
]
