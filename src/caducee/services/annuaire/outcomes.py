# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers that are no resource: an OperationOutcome says what is wrong (FHIR R4, 3.1.0)."""

__all__ = ["OutcomeError", "Resource", "wrong"]

type Resource = dict[str, object]


class OutcomeError(Exception):
    """A request that is refused, with its status and issue code."""

    def __init__(
        self, status: int, code: str, text: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.headers = headers

    def outcome(self) -> Resource:
        """Return the OperationOutcome."""
        issue = {"severity": "error", "code": self.code, "diagnostics": str(self)}
        return {"resourceType": "OperationOutcome", "issue": [issue]}


def wrong(name: str, text: str) -> OutcomeError:
    """Return the refusal of a value of a parameter."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[:60])
    return OutcomeError(400, "value", f"The value “{shown}” of {name[:60]} cannot be used.")
