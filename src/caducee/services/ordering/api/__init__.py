# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The HTTP API of the ordering service, described by an OpenAPI document of its own."""

from caducee.services.ordering.api.app import BASE, api_routes, create_api
from caducee.services.ordering.api.keys import ApiKey, ApiKeys, Caller
from caducee.services.ordering.api.openapi import document
from caducee.services.ordering.api.operation import Call, Operation
from caducee.services.ordering.api.table import operation

__all__ = [
    "BASE",
    "ApiKey",
    "ApiKeys",
    "Call",
    "Caller",
    "Operation",
    "api_routes",
    "create_api",
    "document",
    "operation",
]
