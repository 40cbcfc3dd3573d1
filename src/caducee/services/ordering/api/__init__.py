# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The HTTP API of the ordering service, described by an OpenAPI document of its own."""

from caducee.services.ordering.api.app import BASE, create_api
from caducee.services.ordering.api.keys import ApiKey, ApiKeys, Caller
from caducee.services.ordering.api.openapi import document

__all__ = ["BASE", "ApiKey", "ApiKeys", "Caller", "create_api", "document"]
