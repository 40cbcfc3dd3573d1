# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Redirect URIs: which may be registered, how they are compared, and what is added to them.

>>> with_query("https://a.test/?page=1", {"code": "x y"})
'https://a.test/?page=1&code=x+y'
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.parameters import encode_parameters

__all__ = ["check_redirect_uri", "is_registered", "with_fragment", "with_query"]


def check_redirect_uri(uri: str) -> None:
    """Refuse a URI that must not be registered.

    It is absolute, without fragment and user, of printable ASCII, and ``https``; ``http`` only on
    this machine (RFC 9700 2.1, RFC 8252 7.3). Raises `OidcError` (``invalid_request``).
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise _refused("cannot be read") from None
    if not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri:
        raise _refused("has characters that no URI has")
    if port == 0 or not parts.hostname:
        raise _refused("names no host")
    if "@" in parts.netloc or "#" in uri:
        raise _refused("has a user or a fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(parts.hostname)):
        raise _refused("is not https")


def is_registered(uri: str, registered: Iterable[str]) -> bool:
    """Tell whether a URI is one of those registered, character by character (RFC 9700 2.1)."""
    return any(uri == item for item in registered)


def with_query(uri: str, values: Mapping[str, str]) -> str:
    """Return a URI with parameters added to its query, which may have some already."""
    between = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return uri + between + encode_parameters(values)


def with_fragment(uri: str, values: Mapping[str, str]) -> str:
    """Return a URI with parameters in its fragment."""
    return f"{uri}#{encode_parameters(values)}"


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(why: str) -> OidcError:
    return OidcError(OidcErrorCode.INVALID_REQUEST, f"the redirect URI {why}")
