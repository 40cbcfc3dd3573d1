# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The credentials of a client by HTTP Basic (RFC 6749 2.3.1), and bearer tokens (RFC 6750 2.1).

>>> ClientCredentials("app", "a:b").to_header()
'Basic YXBwOmElM0Fi'
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote_plus, unquote_plus

from caducee.codec.oidc.errors import OidcError, OidcErrorCode

__all__ = ["ClientCredentials", "bearer_token"]


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Identifier and secret of a client."""

    client_id: str
    secret: str = field(repr=False)

    @classmethod
    def from_header(cls, header: str) -> Self:
        """Read an ``Authorization`` header. Raises `OidcError` (``invalid_client``).

        Both parts are form-encoded before they are joined, so that either may have a colon.
        """
        scheme, _, text = header.partition(" ")
        try:
            if scheme.lower() != "basic":
                raise ValueError
            joined = base64.b64decode(text.strip(), validate=True).decode()
            client_id, colon, secret = joined.partition(":")
            if not colon:
                raise ValueError
            return cls(unquote_plus(client_id, errors="strict"), unquote_plus(secret, "utf-8"))
        except (ValueError, binascii.Error):
            raise OidcError(
                OidcErrorCode.INVALID_CLIENT, "the Authorization header cannot be read"
            ) from None

    def to_header(self) -> str:
        """Return the ``Authorization`` header."""
        joined = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return f"Basic {base64.b64encode(joined.encode()).decode()}"


def bearer_token(header: str) -> str | None:
    """Return the token of an ``Authorization`` header; none when it holds none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
