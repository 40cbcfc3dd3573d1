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
from caducee.trust.checks import Check, Outcome
from caducee.trust.index import IndexInfo, IndexSource, RevocationIndex
from caducee.trust.ocsp import OcspAnswer, OcspRules
from caducee.trust.path import (
    STRICT,
    Limits,
    PathResult,
    PolicyDemand,
    Purpose,
    Strength,
    validate,
)
from caducee.trust.revocation import (
    CrlInfo,
    CrlSource,
    RevocationAnswer,
    RevocationSource,
    RevocationState,
    Trouble,
)
from caducee.trust.sources import Combined, OcspSettings, OcspSource
from caducee.trust.status import StatusClient, StatusRules

__all__ = [
    "STRICT",
    "BundleSource",
    "CardCertificate",
    "CertificateUse",
    "Check",
    "Combined",
    "CrlInfo",
    "CrlSource",
    "IndexInfo",
    "IndexSource",
    "Limits",
    "OcspAnswer",
    "OcspRules",
    "OcspSettings",
    "OcspSource",
    "Outcome",
    "PathResult",
    "PolicyDemand",
    "PrivateExtension",
    "Purpose",
    "RevocationAnswer",
    "RevocationIndex",
    "RevocationSource",
    "RevocationState",
    "StatusClient",
    "StatusRules",
    "Strength",
    "StructureInName",
    "Trouble",
    "validate",
]
