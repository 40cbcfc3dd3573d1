# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An LDAP directory of the CPS, by its URL: ``ldap://host:port/c=FR``."""

from urllib.parse import urlsplit

from caducee.codec.ldap.urls import LdapUrl
from caducee.directory.ldap.client import DirectoryClient, PersonFound, fetch, find_persons
from caducee.directory.sources.model import FoundPerson, is_number
from caducee.spec.igc import CaFacts

__all__ = ["LdapSource"]

_BASE = "c=FR"


class LdapSource:
    """An LDAP directory; each question is a connection of its own."""

    def __init__(self, url: str) -> None:
        """Raises `FormatError` (``ldap.url``)."""
        self._url = LdapUrl.parse(url)
        self._base = self._url.dn.text() or _BASE

    def find(self, text: str, most: int) -> list[FoundPerson]:
        """Return persons by PS_IdNat or beginnings of names; the server may give fewer."""
        if is_number(text):
            found = self._ask(ps_idnat=text)
        else:
            first, _, second = text.partition(" ")
            other = f"{second.strip()}*" if second.strip() else None
            found = self._ask(family_name=f"{first}*", given_name=other)
            found += self._ask(given_name=f"{first}*", family_name=other)
        return _merged(found)[:most]

    def person(self, ps_idnat: str) -> FoundPerson | None:
        """Return a person with the certificates that are published."""
        return next(iter(_merged(self._ask(ps_idnat=ps_idnat))), None)

    def revocation_list(self, ca: CaFacts, *, delta: bool) -> bytes:
        """Return the list in the entry of a CA. Raises `DirectoryError` (``ldap.*``)."""
        url = ca.delta_ldap_url if delta else ca.crl_ldap_url
        host = urlsplit(url).hostname or ""
        return fetch(url, addresses={host: self._url.address})

    def _ask(self, **named: str | None) -> tuple[PersonFound, ...]:
        host, port = self._url.address
        with DirectoryClient(host, port, secure=self._url.secure) as client:
            return find_persons(
                client,
                self._base,
                ps_idnat=named.get("ps_idnat"),
                family_name=named.get("family_name"),
                given_name=named.get("given_name"),
            )


def _merged(found: tuple[PersonFound, ...]) -> list[FoundPerson]:
    """Return each person once: a directory shows them in the older and in the newer tree."""
    persons: dict[str, FoundPerson] = {}
    for one in found:
        before = persons.get(one.ps_idnat)
        held = before.certificates if before else ()
        persons[one.ps_idnat] = FoundPerson(
            ps_idnat=one.ps_idnat,
            family_name=one.family_name,
            given_name=one.given_name,
            certificates=tuple(dict.fromkeys((*held, *one.certificates))),
        )
    return list(persons.values())
