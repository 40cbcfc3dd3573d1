# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A client of LDAP directories, ours and others: persons, their certificates, revocation lists.

Every wait and every answer is bounded. All failures raise `DirectoryError` (``ldap.*``), or
`FormatError` for an address or filter of the caller that is wrong.
"""

from dataclasses import dataclass

from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import And, Equal, Filter, Not, Or
from caducee.codec.ldap.operations import SearchEntry, SearchRequest
from caducee.spec.ldap import SearchScope
from caducee.trust.fetch.ldap import DirectoryClient, LdapLimits, SearchResult, bare, fetch
from caducee.trust.x509 import load_certificate

__all__ = [
    "CERTIFICATES",
    "PERSONS",
    "DirectoryClient",
    "LdapLimits",
    "PersonFound",
    "SearchResult",
    "certificate_filter",
    "fetch",
    "find_persons",
    "names_begin",
    "persons_where",
]

PERSONS: Filter = Or(
    (
        Equal("objectClass", b"cpsPersonne"),
        And(
            (
                Equal("objectClass", b"cpsStructuralPerson"),
                Not(Equal("objectClass", b"cpsCarteCps")),
            )
        ),
    )
)
"""Which entries of a CPS directory are persons (from a published client of 2015)."""

CERTIFICATES = ("certauth", "certsign", "userCertificate")
"""Where the certificates of a person stand, in the older and the newer directory."""


@dataclass(frozen=True, slots=True)
class PersonFound:
    """A person as a directory shows them."""

    entry: str
    """Name of the entry."""

    ps_idnat: str
    """The ``cn``."""

    family_name: str
    given_name: str
    certificates: tuple[bytes, ...]
    """DER, of all uses."""

    title: str = ""
    """The profession, in words."""


def find_persons(
    client: DirectoryClient,
    base: str,
    *,
    ps_idnat: str | None = None,
    family_name: str | None = None,
    given_name: str | None = None,
    certificate: bytes | None = None,
) -> tuple[PersonFound, ...]:
    """Return the persons of a directory with that number, name or certificate (DER).

    ``*`` at an end of a text stands for anything. What the server cuts off is left out: a
    directory may give ten entries at most. Raises `TrustError` for a certificate that is none.
    """
    asked = {"cn": ps_idnat, "sn": family_name, "givenName": given_name}
    parts = [_named(key, value) for key, value in asked.items() if value]
    if certificate is not None:
        parts.append(certificate_filter(certificate))
    return persons_where(client, base, *parts)


def persons_where(
    client: DirectoryClient, base: str, *conditions: Filter
) -> tuple[PersonFound, ...]:
    """Return the persons of a directory who meet all conditions; see `find_persons`."""
    request = SearchRequest(base, SearchScope.SUBTREE, And((PERSONS, *conditions)), ())
    return tuple(_person(entry) for entry in client.search(request).entries)


def names_begin(text: str) -> Filter:
    """Return the condition that each word of a text begins a name, or the whole a family name."""
    words = [Or((_starts("sn", word), _starts("givenName", word))) for word in text.split()]
    return Or((And(tuple(words)), _starts("sn", text)))


def _starts(key: str, start: str) -> Filter:
    return filters.Substrings(key, start.encode())


def certificate_filter(certificate: bytes) -> Filter:
    """Return what finds the entry that holds a certificate, by serial number and issuer.

    This is certificateExactMatch (RFC 4523 section 2.6.1). Raises `TrustError`.
    """
    found = load_certificate(certificate)
    issuer = found.issuer.rfc4514_string().replace('"', '""')
    wanted = f'{{ serialNumber {found.serial_number}, issuer rdnSequence:"{issuer}" }}'.encode()
    return Or(tuple(Equal(key, wanted) for key in CERTIFICATES))


def _named(key: str, value: str) -> Filter:
    wanted = value.strip("*")
    if wanted == value or not wanted:
        return Equal(key, wanted.encode()) if wanted else filters.Present(key)
    piece = wanted.encode()
    if not value.startswith("*"):
        return filters.Substrings(key, piece)
    if not value.endswith("*"):
        return filters.Substrings(key, None, (), piece)
    return filters.Substrings(key, None, (piece,))


def _person(entry: SearchEntry) -> PersonFound:
    found: dict[str, list[bytes]] = {}
    for attribute in entry.attributes:
        found.setdefault(bare(attribute.description), []).extend(attribute.values)

    def first(key: str) -> str:
        return next(iter(found.get(key, ())), b"").decode(errors="replace")

    certificates = [item for key in CERTIFICATES for item in found.get(key.lower(), ())]
    return PersonFound(
        entry.name,
        first("cn"),
        first("sn"),
        first("givenname"),
        tuple(certificates),
        first("title"),
    )
