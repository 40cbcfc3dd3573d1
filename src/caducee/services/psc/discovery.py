# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The discovery document (OpenID Connect Discovery 1.0, 3): what the true service states.

It advertises more than it allows; the tables of `requests` and `exchange` say what each of these
is answered with. The end-session endpoint is advertised and not built yet. ``strict`` advertises
what is allowed and built.
"""

from collections.abc import Mapping
from typing import Final

from caducee.codec.oidc.pkce import S256
from caducee.services.psc.keys import ALGORITHM
from caducee.spec import psc
from caducee.spec.psc import Path

__all__ = ["discovery"]

_ENDPOINTS: Final = {
    "token_endpoint": Path.TOKEN,
    "userinfo_endpoint": Path.USERINFO,
    "introspection_endpoint": Path.INTROSPECTION,
    "revocation_endpoint": Path.REVOCATION,
    "jwks_uri": Path.CERTS,
}
_ADVERTISED_ENDPOINTS: Final = {
    "end_session_endpoint": Path.END_SESSION,
    "device_authorization_endpoint": Path.DEVICE,
    "backchannel_authentication_endpoint": Path.CIBA,
    "pushed_authorization_request_endpoint": Path.PUSHED,
}
_AUTHENTICATED: Final = ("token", "introspection", "revocation")
"""Endpoints where a client authenticates."""

_BOTH: Final[Mapping[str, object]] = {
    "claims_supported": psc.CLAIMS,
    "claim_types_supported": ("normal",),
    "scopes_supported": psc.SCOPES,
    "authorization_response_iss_parameter_supported": True,
    "require_pushed_authorization_requests": False,
}
_TRUE_SERVICE: Final[Mapping[str, object]] = {
    "grant_types_supported": psc.GRANT_TYPES,
    "acr_values_supported": ("0", "0"),
    "response_types_supported": psc.RESPONSE_TYPES,
    "subject_types_supported": ("public", "pairwise"),
    "id_token_signing_alg_values_supported": psc.SIGNING_ALGORITHMS,
    "response_modes_supported": psc.RESPONSE_MODES,
    "claims_parameter_supported": True,
    "request_parameter_supported": True,
    "request_uri_parameter_supported": True,
    "require_request_uri_registration": True,
    "code_challenge_methods_supported": ("plain", S256),
    "tls_client_certificate_bound_access_tokens": True,
    "backchannel_token_delivery_modes_supported": ("poll", "ping"),
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "frontchannel_logout_supported": True,
    "frontchannel_logout_session_supported": True,
}
_STRICT: Final[Mapping[str, object]] = {
    "grant_types_supported": ("authorization_code", "refresh_token"),
    "acr_values_supported": psc.ACR_VALUES,
    "response_types_supported": ("code",),
    "subject_types_supported": ("public",),
    "id_token_signing_alg_values_supported": (ALGORITHM,),
    "response_modes_supported": ("query", "fragment", "form_post"),
    "claims_parameter_supported": False,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "code_challenge_methods_supported": (S256,),
}
_STRICT_METHODS: Final = ("client_secret_basic", "client_secret_post")


def discovery(issuer: str, authorization: str, *, strict: bool = False) -> dict[str, object]:
    """Return the document of an issuer; ``authorization`` is the whole URL of that endpoint."""
    endpoints = _ENDPOINTS if strict else _ENDPOINTS | _ADVERTISED_ENDPOINTS
    urls = {name: issuer + path for name, path in endpoints.items()}
    methods = _STRICT_METHODS if strict else psc.AUTH_METHODS
    return {
        "issuer": issuer,
        "authorization_endpoint": authorization,
        **urls,
        **{f"{name}_endpoint_auth_methods_supported": methods for name in _AUTHENTICATED},
        **_BOTH,
        **(_STRICT if strict else _TRUE_SERVICE),
        # The true service names the same host as for its ordinary endpoints.
        **({} if strict else {"mtls_endpoint_aliases": urls}),
    }
