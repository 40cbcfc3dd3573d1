# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from caducee.services.psc.discovery import discovery

ISSUER = "https://auth.psc.example.test/auth/realms/esante-wallet"
AUTHORIZATION = "https://wallet.psc.example.test/auth"


@pytest.mark.parametrize("strict", [False, True])
def test_endpoints_are_where_the_true_service_has_them(strict: bool) -> None:
    found = discovery(ISSUER, AUTHORIZATION, strict=strict)
    base = ISSUER + "/protocol/openid-connect"
    assert found["issuer"] == ISSUER
    assert found["authorization_endpoint"] == AUTHORIZATION
    assert found["token_endpoint"] == f"{base}/token"
    assert found["userinfo_endpoint"] == f"{base}/userinfo"
    assert found["introspection_endpoint"] == f"{base}/token/introspect"
    assert found["revocation_endpoint"] == f"{base}/revoke"
    assert found["jwks_uri"] == f"{base}/certs"


def test_the_document_states_what_the_true_one_does() -> None:
    """services.md 1.2."""
    found = discovery(ISSUER, AUTHORIZATION)
    base = ISSUER + "/protocol/openid-connect"
    assert found["end_session_endpoint"] == f"{base}/logout"
    assert found["backchannel_authentication_endpoint"] == f"{base}/ext/ciba/auth"
    assert found["pushed_authorization_request_endpoint"] == f"{base}/ext/par/request"
    assert found["device_authorization_endpoint"] == f"{base}/auth/device"
    assert found["acr_values_supported"] == ("0", "0")
    assert found["code_challenge_methods_supported"] == ("plain", "S256")
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["require_pushed_authorization_requests"] is False
    assert found["mtls_endpoint_aliases"] == {
        name: value
        for name, value in found.items()
        if (name.endswith("_endpoint") and name != "authorization_endpoint") or name == "jwks_uri"
    }


def test_a_strict_document_advertises_what_is_allowed_alone() -> None:
    found = discovery(ISSUER, AUTHORIZATION, strict=True)
    assert found["grant_types_supported"] == ("authorization_code", "refresh_token")
    assert found["response_types_supported"] == ("code",)
    assert found["response_modes_supported"] == ("query", "fragment", "form_post")
    assert found["code_challenge_methods_supported"] == ("S256",)
    assert found["id_token_signing_alg_values_supported"] == ("RS256",)
    assert found["token_endpoint_auth_methods_supported"] == (
        "client_secret_basic",
        "client_secret_post",
    )
    absent = {"device_authorization_endpoint", "pushed_authorization_request_endpoint"}
    absent |= {"backchannel_authentication_endpoint", "mtls_endpoint_aliases"}
    assert not absent & found.keys()
