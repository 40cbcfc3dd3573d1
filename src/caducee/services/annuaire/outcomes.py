# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers that are no resource: an OperationOutcome says what is wrong (FHIR R4, 3.1.0)."""

import msgspec
from starlette.responses import Response

__all__ = ["MEDIA_TYPE", "Refusal", "Resource", "fhir"]

type Resource = dict[str, object]

MEDIA_TYPE = "application/fhir+json"


class Refusal(Exception):
    """A request that is not answered as it wishes."""

    def __init__(
        self, status: int, code: str, text: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.headers = headers

    def response(self) -> Response:
        """Return the answer."""
        issue = {"severity": "error", "code": self.code, "diagnostics": str(self)}
        outcome: Resource = {"resourceType": "OperationOutcome", "issue": [issue]}
        return fhir(outcome, self.status, self.headers)


def fhir(resource: Resource, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a resource as an answer."""
    return Response(msgspec.json.encode(resource), status, headers, f"{MEDIA_TYPE};charset=utf-8")
