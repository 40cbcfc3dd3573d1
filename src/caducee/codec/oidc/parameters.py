# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of queries and forms.

>>> parse_parameters("scope=openid+scope_all&state=")
{'scope': 'openid scope_all'}
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from caducee.codec.oidc.errors import OidcError, OidcErrorCode

__all__ = ["MAX_PARAMETERS", "encode_parameters", "parse_parameters"]

MAX_PARAMETERS: Final = 50
"""Parameters of a request at most."""


def parse_parameters(text: str) -> dict[str, str]:
    """Return the parameters of a query or form; those without a value count as absent.

    Raises `OidcError` (``invalid_request``) for text that is none, and for a parameter that comes
    twice (RFC 6749 3.1): two readers could each believe another one.
    """
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        raise _unreadable("the parameters cannot be read") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise _unreadable("a parameter comes more than once")
    return {name: value for name, value in pairs if value}


def encode_parameters(values: Mapping[str, str]) -> str:
    """Return parameters as the text of a query or form."""
    return urlencode(values)


def _unreadable(description: str) -> OidcError:
    return OidcError(OidcErrorCode.INVALID_REQUEST, description)
