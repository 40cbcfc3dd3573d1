# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect: paths, scopes, claims, lifetimes and constants.

Sources, named behind each group:

- [connector] the issuer's connector for Keycloak (github.com/ansforge/keycloak-prosanteconnect)
- [proxy] the issuer's sample proxy (github.com/ansforge/psc-edc-proxy-esante), whose tests hold a
  copy of the discovery document of the test environment
- [transport] the issuer's interoperability framework, synchronous transport for thick clients 1.2.0
- [tokens] tokens and userinfo of the test environment that the issuer or its partners published

What nobody published is ours and stands in ``data/ours.toml`` (``psc``).
"""

from typing import Final

from caducee.spec import oids

__all__ = [
    "ACCESS_TOKEN_SECONDS",
    "ACR_VALUES",
    "AUTHORIZATION_PATH",
    "AUTH_METHODS",
    "AUTH_MODE_CARD",
    "CLAIMS",
    "CONSTANT_CLAIMS",
    "DEFAULT_ACR",
    "DEFAULT_SCOPES",
    "DISCOVERY_PATHS",
    "GRANT_TYPES",
    "PROFESSION_SYSTEM",
    "REALM_PATH",
    "REFRESH_TOKEN_SECONDS",
    "RESPONSE_MODES",
    "RESPONSE_TYPES",
    "SCOPES",
    "SECTOR_SYSTEM",
    "SESSION_IDLE_SECONDS",
    "SESSION_SECONDS",
    "SIGNING_ALGORITHMS",
    "SUB_PREFIX",
    "Path",
]

REALM_PATH: Final = "/auth/realms/esante-wallet"
"""Path of the issuer. [connector]"""

DISCOVERY_PATHS: Final = (
    "/.well-known/wallet-openid-configuration",
    "/.well-known/openid-configuration",
)
"""Below the issuer: where the true service has its discovery document [connector], and where the
standard has it (OpenID Connect Discovery 1.0, 4)."""

AUTHORIZATION_PATH: Final = "/auth"
"""The authorization endpoint; it is not below the issuer. [connector]"""


class Path:
    """Endpoints below the issuer. [connector] for the first five, [proxy] for the others."""

    TOKEN: Final = "/protocol/openid-connect/token"  # noqa: S105 (a path)
    USERINFO: Final = "/protocol/openid-connect/userinfo"
    INTROSPECTION: Final = "/protocol/openid-connect/token/introspect"
    END_SESSION: Final = "/protocol/openid-connect/logout"
    CERTS: Final = "/protocol/openid-connect/certs"
    REVOCATION: Final = "/protocol/openid-connect/revoke"
    CIBA: Final = "/protocol/openid-connect/ext/ciba/auth"
    PUSHED: Final = "/protocol/openid-connect/ext/par/request"
    DEVICE: Final = "/protocol/openid-connect/auth/device"


GRANT_TYPES: Final = (
    "authorization_code",
    "implicit",
    "refresh_token",
    "password",
    "client_credentials",
    "urn:openid:params:grant-type:ciba",
    "urn:ietf:params:oauth:grant-type:device_code",
)
"""As the discovery document lists them. [proxy]"""

RESPONSE_TYPES: Final = (
    "code",
    "none",
    "id_token",
    "token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
)
"""As the discovery document lists them. [proxy]"""

RESPONSE_MODES: Final = (
    "query",
    "fragment",
    "form_post",
    "query.jwt",
    "fragment.jwt",
    "form_post.jwt",
    "jwt",
)
"""As the discovery document lists them. [proxy]"""

SCOPES: Final = tuple(
    "openid microprofile-jwt rpps referentiel web-origins basic identity acr offline_access eidas1 "
    "eidas2 profile roles email scope_all scope_1 scope_2 phone address interop".split()
)
"""As the discovery document lists them. [proxy]"""

DEFAULT_SCOPES: Final = ("profile", "identity")
"""Granted beside ``openid`` and ``scope_all`` in the published access token. [tokens]"""

AUTH_METHODS: Final = (
    "private_key_jwt",
    "client_secret_basic",
    "client_secret_post",
    "tls_client_auth",
    "client_secret_jwt",
)
"""How clients authenticate, as the discovery document lists them. [proxy]"""

SIGNING_ALGORITHMS: Final = tuple(
    "PS384 RS384 EdDSA ES384 HS256 HS512 ES256 RS256 HS384 ES512 PS256 PS512 RS512".split()
)
"""Of ID tokens, as the discovery document lists them [proxy]; RS256 in every published token."""

CLAIMS: Final = tuple(
    "aud sub iss auth_time name given_name family_name preferred_username email acr".split()
)
"""``claims_supported``, as the discovery document lists them. [proxy]"""

DEFAULT_ACR: Final = "eidas1"
"""What clients ask for, and the one value that the issuer's connector admits. [connector]"""

ACR_VALUES: Final = ("eidas1", "eidas2", "eidas3")
"""Every value met: asked for (eidas1, eidas2), and in tokens of a card (eidas3). [tokens]"""

AUTH_MODE_CARD: Final = "CARD"
"""The claim ``authMode`` after a login by card, the only value published. [tokens]"""

ACCESS_TOKEN_SECONDS: Final = 120
REFRESH_TOKEN_SECONDS: Final = 30 * 60
SESSION_SECONDS: Final = 4 * 3600
SESSION_IDLE_SECONDS: Final = 30 * 60
"""Lifetimes. [transport]"""

SUB_PREFIX: Final = "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:"
"""Before the national identifier in ``sub``. [tokens]"""

PROFESSION_SYSTEM: Final = "1.2.250.1.213.1.1.5.5"
"""Behind ``^`` in ``SubjectRole``. [tokens]"""

SECTOR_SYSTEM: Final = oids.SECTOR
"""Behind ``^`` in ``Secteur_Activite``. [tokens]"""

CONSTANT_CLAIMS: Final = {
    "UITVersion": "1.0",
    "Mode_Acces_Raison": "",
    "Acces_Regulation_Medicale": "FAUX",
    "PSI_Locale": "1.2.250.1.213.1.3.1.1",
    "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
}
"""Claims of userinfo that were the same in every published answer. [tokens]"""
