# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The CapabilityStatement: what this server can do, as FHIR tells it."""

import datetime as dt

from caducee import __version__
from caducee.services.annuaire.outcomes import MEDIA_TYPE, Resource
from caducee.services.annuaire.parameters import PARAMETERS
from caducee.spec import annuaire

__all__ = ["capability"]

_STRINGS = {"family", "given", "name", "address", "address-city", "address-postalcode"}
_REFERENCES = {"organization", "partof", "practitioner"}


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
        "format": [MEDIA_TYPE, "json"],
        "rest": [{"mode": "server", "resource": [_resource(kind) for kind in PARAMETERS]}],
    }


def _resource(kind: str) -> Resource:
    found: Resource = {
        "type": kind,
        "supportedProfile": [annuaire.PROFILES[kind]],
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [
            {"name": "_lastUpdated", "type": "date"},
            *({"name": name, "type": _type(name)} for name in PARAMETERS[kind]),
        ],
    }
    if kind == "Practitioner":
        found["searchRevInclude"] = ["PractitionerRole:practitioner"]
    return found


def _type(name: str) -> str:
    if name in _REFERENCES:
        return "reference"
    return "string" if name in _STRINGS else "token"
