# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The CapabilityStatement: the functions of this server, as FHIR defines them."""

import datetime as dt

from caducee import __version__
from caducee.services.annuaire.forms import Media
from caducee.services.annuaire.outcomes import Resource
from caducee.services.annuaire.tables import INCLUDES, PARAMETERS
from caducee.spec import annuaire

__all__ = ["capability"]


def capability(base: str, now: dt.datetime) -> Resource:
    """Return the statement of a server at an address."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.date().isoformat(),
        "kind": "instance",
        "software": {"name": "caducee", "version": __version__},
        "implementation": {"description": "Annuaire Santé (fictional)", "url": base},
        "fhirVersion": annuaire.FHIR_VERSION,
        "format": [*Media, "json", "xml"],
        "rest": [{"mode": "server", "resource": [_resource(kind) for kind in PARAMETERS]}],
    }


def _resource(kind: str) -> Resource:
    include = [f"{source}:{name}" for source, name in INCLUDES if source == kind]
    revinclude = [f"{source}:{name}" for (source, name), to in INCLUDES.items() if to == kind]
    return {
        "type": kind,
        "supportedProfile": [annuaire.PROFILES[kind]],
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        **({"searchInclude": ["*", *include]} if include else {}),
        **({"searchRevInclude": ["*", *revinclude]} if revinclude else {}),
        "searchParam": [
            {"name": "_lastUpdated", "type": "date"},
            *({"name": name, "type": item.type.value} for name, item in PARAMETERS[kind].items()),
        ],
    }
