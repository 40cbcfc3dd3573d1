# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The errors that the standards name, and the exception that carries one."""

from enum import StrEnum, unique
from typing import Any

from caducee.base.errors import FormatError

__all__ = ["OidcError", "OidcErrorCode"]


@unique
class OidcErrorCode(StrEnum):
    """The value of ``error`` in an answer."""

    INVALID_REQUEST = "invalid_request"
    """RFC 6749 4.1.2.1 and 5.2, as those below it."""
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    ACCESS_DENIED = "access_denied"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    INVALID_SCOPE = "invalid_scope"
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 (the name of an error)
    """RFC 6750 3.1."""
    LOGIN_REQUIRED = "login_required"
    """OpenID Connect Core 3.1.2.6, as those below it."""
    REQUEST_NOT_SUPPORTED = "request_not_supported"
    REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported"
    UNMET_AUTHENTICATION_REQUIREMENTS = "unmet_authentication_requirements"
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""


class OidcError(FormatError):
    """A request that is answered with an error of the standard.

    ``description`` is for the developer of the client: English, and never a value from the request.
    """

    def __init__(self, error: OidcErrorCode, description: str) -> None:
        super().__init__("codec.oidc_refused", error=error.value, description=description)
        self.error = error
        self.description = description

    def __reduce__(self) -> Any:  # noqa: ANN401 (as object.__reduce__)
        return type(self), (self.error, self.description)
