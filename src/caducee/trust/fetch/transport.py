# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Transports for the URLs in certificates: HTTP, HTTPS and LDAP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from caducee.base.errors import CpsError, TrustError
from caducee.trust.fetch import ldap
from caducee.trust.fetch.http import (
    NOWHERE,
    OCSP,
    Addresses,
    HttpLimits,
    HttpResponse,
    get,
    post_ocsp,
)

__all__ = ["FetchTransport", "NetworkTransport"]

LISTS: Final = HttpLimits(seconds=10.0)
_OK: Final = 200
_LDAP: Final = ("ldap", "ldaps")


class FetchTransport(Protocol):
    """Fetches URLs."""

    def send(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        """Fetch an address. Raises `TrustError` (``trust.fetch_*``)."""

    def post(self, url: str, request: bytes) -> bytes:
        """Send an OCSP request, return the answer, DER. Raises `TrustError`."""


@dataclass(frozen=True, slots=True)
class NetworkTransport:
    """Fetches over the network; a `FetchTransport`."""

    addresses: Addresses = NOWHERE
    """Where some hosts really are."""

    lists: HttpLimits = LISTS
    """What fetching one list may cost."""

    answers: HttpLimits = OCSP
    """What one OCSP answer may cost."""

    def send(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        """Fetch an address by HTTP, HTTPS or LDAP; of LDAP all values, one after the other."""
        if urlsplit(url).scheme not in _LDAP:
            return get(url, headers, self.lists, self.addresses)
        bounds = ldap.LdapLimits(self.lists.seconds, self.lists.most_bytes)
        try:
            values = ldap.fetch_all(url, bounds=bounds, addresses=self.addresses)
        except CpsError as error:
            raise TrustError(
                "trust.fetch_failed", url=url[:256], reason=error.sentence()[:256]
            ) from None
        return HttpResponse(_OK, {}, b"".join(values))

    def post(self, url: str, request: bytes) -> bytes:
        """Send an OCSP request by HTTP and return the answer, DER."""
        return post_ocsp(url, request, self.answers, self.addresses)
