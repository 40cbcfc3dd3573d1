# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A client that changes a directory."""

from caducee.base.errors import DirectoryError
from caducee.codec.ldap import changes
from caducee.codec.ldap.operations import OtherOperation, Result
from caducee.directory.ldap.client import DirectoryClient

__all__ = ["DirectoryWriter"]


class DirectoryWriter(DirectoryClient):
    """A connection that may add, replace and take away entries."""

    def change(self, asked: OtherOperation) -> Result:
        """Ask for a change (`caducee.codec.ldap.changes`), and return how it ended."""
        self._ask(asked)
        operation = self._answer().operation
        if not isinstance(operation, OtherOperation):
            raise DirectoryError("ldap.answer", host=self.host)
        return changes.answer(operation)

    def require(self, result: Result) -> None:
        """Raise `DirectoryError` (``ldap.refused``) unless it succeeded."""
        self._require(result)
