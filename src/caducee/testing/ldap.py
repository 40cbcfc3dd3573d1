# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A directory of any size for tests and benchmarks, and the slapd of the system fed with it."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Self

from caducee.base.secret import Secret
from caducee.codec.identifiers import Rpps
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.ldap.entries import LdapEntry
from caducee.directory.ldap.publication import PublishedAuthority, PublishedPerson
from caducee.directory.ldap.slapd import Slapd
from caducee.directory.ldap.store import StoredEntry
from caducee.directory.model import Card, Person, Structure
from caducee.directory.registry import Registry
from caducee.spec.igc import TEST_CAS
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing import pki

__all__ = ["TemporarySlapd", "sample_authorities", "sample_card", "sample_persons"]

_GIVEN = ("KIT", "GÉRALDINE", "ROBERT", "ANNE-MARIE")
_PROFESSIONS = ("10", "21", "40", "50", "60")
_SERIAL = bytes.fromhex("63DAFFCFC8034BDC 0123456789ABCDEF")


def sample_authorities() -> list[PublishedAuthority]:
    """Return the TEST hierarchy with certificates and lists, keys of the tests."""
    found = []
    for facts in TEST_CAS:
        item = pki.authority(facts.common_name)
        delta = None if facts.is_root else item.crl(2)
        found.append(PublishedAuthority(facts, (item.der,), item.crl(1, 2, 3), delta))
    return found


@cache
def _template(use: str) -> bytes:
    issuer = pki.authority("TEST AC IGC-SANTE FORT PERSONNES")
    return issuer.issue(use, serial=int.from_bytes(_SERIAL)).der


def _certificate(use: str, number: int) -> bytes:
    """Return a certificate of its own serial number; nobody checks its signature here."""
    serial = _SERIAL[:8] + bytes((0x40 + (use == "signature"),)) + number.to_bytes(7)
    return _template(use).replace(_SERIAL, serial, 1)


def sample_persons(count: int) -> Iterator[PublishedPerson]:
    """Yield fictional persons with two certificates each; every tenth is staff of a structure."""
    hospital = Structure("10B0041968", "ÉTABLISSEMENT DE SANTÉ DE TEST", "75")
    for number in range(1, count + 1):
        staff = number % 10 == 0
        person = Person(
            ps_idnat=f"310B0041968/CPET{number:07}" if staff else f"8{Rpps.test(number)}",
            family_name=f"{'ADMINISTRATIF' if staff else 'DOC'}{number:07}",
            given_name=_GIVEN[number % len(_GIVEN)],
            profession=None if staff else _PROFESSIONS[number % len(_PROFESSIONS)],
        )
        yield PublishedPerson(
            person,
            hospital if staff else None,
            (_certificate("authentication", number),),
            (_certificate("signature", number),),
        )


def sample_card(registry: Registry, ps_idnat: str, number: str, serial: int) -> None:
    """Enter a card of a person with two certificates, of that serial number and the next."""
    issuer = "TEST AC IGC-SANTE FORT PERSONNES"
    times = pki.NOW - pki.YEAR, pki.NOW + pki.YEAR
    registry.cards.put(Card(number, CardFamily.CPS, ProductCategory.TEST_CARD, ps_idnat, *times))
    for use, item in (("authentication", serial), ("signature", serial + 1)):
        certificate = pki.authority(issuer).issue(use, serial=item).certificate
        records = RegistryRecords(registry)
        records.record_issued(issuer, certificate, card_number=number, use=use)


def _in_memory() -> str | None:
    """Return a folder that no disk keeps waiting, where the system has one.

    slapd writes each change through to the disk, which takes seconds while others fill it.
    """
    shared = "/dev/shm"  # noqa: S108 (a folder of its own is made there)
    return shared if os.access(shared, os.W_OK | os.X_OK) else None


class TemporarySlapd:
    """The system's slapd for the length of a ``with`` block, with entries of ours.

    ``certificate`` and ``key`` are PEM files that it may read as root; with a ``password`` it takes
    changes of `caducee.directory.ldap.openldap.WRITER`.
    """

    def __init__(
        self,
        entries: Iterable[LdapEntry | StoredEntry],
        *,
        size_limit: int = 0,
        certificate: Path | None = None,
        key: Path | None = None,
        password: Secret | None = None,
    ) -> None:
        self._entries = entries
        self._size_limit = size_limit
        self._tls = (certificate, key) if certificate is not None and key is not None else None
        self._password = password

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="caducee-slapd-", dir=_in_memory()))
        try:
            self._slapd = Slapd(
                self._folder, size_limit=self._size_limit, tls=self._tls, password=self._password
            )
            self._slapd.fill(self._entries)
            self._slapd.start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._slapd.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def port(self) -> int:
        """Where it speaks LDAP, with StartTLS."""
        return self._slapd.port

    @property
    def secure_port(self) -> int:
        """Where it speaks LDAPS."""
        return self._slapd.secure_port
