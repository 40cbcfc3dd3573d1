# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An LDAP directory of the CPS, by its URL: ``ldap://host:port/c=FR``."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from cryptography import x509

from caducee.base.errors import DirectoryError
from caducee.codec.ldap.filters import Equal, Filter
from caducee.codec.ldap.operations import SearchRequest
from caducee.codec.ldap.urls import LdapUrl
from caducee.directory.ldap.client import (
    DirectoryClient,
    PersonFound,
    find_persons,
    names_begin,
    persons_where,
)
from caducee.directory.names import folded
from caducee.directory.sources.model import FoundPerson, is_number
from caducee.spec.igc import CaFacts
from caducee.spec.nomenclatures import PersonIdType, Table, table

__all__ = ["LdapSource"]

_BASE = "c=FR"


class LdapSource:
    """An LDAP directory; each question is a connection of its own."""

    def __init__(
        self, url: str, context: ssl.SSLContext | None = None, *, start_tls: bool = False
    ) -> None:
        """``context`` says whom to trust for TLS. Raises `FormatError` (``ldap.url``)."""
        self._url = LdapUrl.parse(url)
        self._context = context
        self._start_tls = start_tls
        self._base = self._url.dn.text() or _BASE

    def find(self, text: str, most: int) -> list[FoundPerson]:
        """Return persons by PS_IdNat, RPPS, or beginnings of names; the server may give fewer."""
        asked: list[Filter] = [Equal("cn", text.encode())]
        if is_number(text):
            asked += [Equal("cn", (PersonIdType.RPPS + text).encode())]
        else:
            asked = [
                names_begin(entry) for entry in dict.fromkeys((text.strip(), folded(text))) if entry
            ]
        found: tuple[PersonFound, ...] = ()
        with self._connected() as client:
            for item in asked:
                found = found or persons_where(client, self._base, item)
        return _merged(found)[:most]

    def person(self, ps_idnat: str) -> FoundPerson | None:
        """Return a person with the certificates that are published."""
        with self._connected() as client:
            return next(iter(_merged(find_persons(client, self._base, ps_idnat=ps_idnat))), None)

    def revocation_list(self, ca: CaFacts, *, delta: bool) -> bytes:
        """Return the newest list in the entry of a CA. Raises `DirectoryError` (``ldap.*``)."""
        where = LdapUrl.parse(ca.delta_ldap_url if delta else ca.crl_ldap_url)
        asked = SearchRequest(where.dn.text(), where.scope, where.filter, where.attributes)
        with self._connected() as client:
            entries = client.search(asked).entries
        values = [value for entry in entries for kind in entry.attributes for value in kind.values]
        if not values:
            host, attribute = self._url.host, where.attributes[0]
            raise DirectoryError("ldap.no_value", host=host, attribute=attribute)
        return max(values, key=_number)  # an authority with two keys has two lists

    @contextmanager
    def _connected(self) -> Iterator[DirectoryClient]:
        host, port = self._url.address
        secure = self._url.secure
        with DirectoryClient(host, port, secure=secure, context=self._context) as client:
            if self._start_tls:
                client.start_tls()
            yield client


def _number(der: bytes) -> int:
    try:
        extensions = x509.load_der_x509_crl(der).extensions
        return extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except (ValueError, x509.ExtensionNotFound):
        return -1


@cache
def _professions() -> dict[str, str]:
    """Return the codes of professions by their labels, as they stand in ``title``."""
    return {item.label: item.code for item in table(Table.PROFESSIONS)}


def _merged(found: tuple[PersonFound, ...]) -> list[FoundPerson]:
    """Return each person once: a directory shows them in the older and in the newer tree."""
    persons: dict[str, FoundPerson] = {}
    for item in found:
        before = persons.get(item.ps_idnat)
        held = before.certificates if before else ()
        persons[item.ps_idnat] = FoundPerson(
            ps_idnat=item.ps_idnat,
            family_name=item.family_name,
            given_name=item.given_name,
            profession=_professions().get(item.title),
            certificates=tuple(dict.fromkeys((*held, *item.certificates))),
        )
    return list(persons.values())
