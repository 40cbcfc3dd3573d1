# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A directory of any size for tests and benchmarks, and the slapd of the system fed with it."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Self

from caducee.codec.identifiers import Rpps
from caducee.directory.ldap import openldap
from caducee.directory.ldap.publication import PublishedAuthority, PublishedPerson
from caducee.directory.ldap.entries import Entry
from caducee.directory.model import Person, Structure
from caducee.spec.igc import TEST_CAS
from caducee.testing import pki

__all__ = ["TemporarySlapd", "sample_authorities", "sample_persons"]

_GIVEN = ("KIT", "GÉRALDINE", "ROBERT", "ANNE-MARIE")
_PROFESSIONS = ("10", "21", "40", "50", "60")
_SERIAL = bytes.fromhex("63DAFFCFC8034BDC 0123456789ABCDEF")
_PATIENCE = 30.0
_SLAPD = "/usr/sbin/slapd"


def sample_authorities() -> list[PublishedAuthority]:
    """Return the TEST hierarchy with certificates and lists, keys of the tests."""
    found = []
    for facts in TEST_CAS:
        one = pki.authority(facts.common_name)
        delta = None if facts.is_root else one.crl(2)
        found.append(PublishedAuthority(facts, (one.der,), one.crl(1, 2, 3), delta))
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


class TemporarySlapd:
    """The system's slapd for the length of a ``with`` block, with entries of ours.

    ``certificate`` and ``key`` are PEM files that it may read as root.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        *,
        size_limit: int = 0,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        self._entries = entries
        self._size_limit = size_limit
        self._tls = certificate, key

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="caducee-slapd-"))
        try:
            self._prepare()
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self) -> None:
        (self._folder / "data").mkdir()
        certificate, key = self._tls
        text = openldap.configuration(
            self._folder, size_limit=self._size_limit, certificate=certificate, key=key
        )
        (self._folder / "slapd.conf").write_text(text)
        (self._folder / "caducee.schema").write_text(openldap.schema_text())
        with (self._folder / "entries.ldif").open("w") as file:
            file.writelines(openldap.ldif(self._entries))
        # Ubuntu lets /usr/sbin/slapd, under that name, read and write at its usual places alone.
        self._program = shutil.copy(_SLAPD, self._folder / "slapd")
        command = ["slapadd", "-q", "-f", "slapd.conf", "-l", "entries.ldif"]
        done = subprocess.run(
            command,
            executable=self._program,  # it is slapadd by the name that it is called with
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"slapadd: {done.stderr}")

    def _start(self) -> subprocess.Popen[bytes]:
        self.port, self.secure_port = _free_port(), _free_port()
        urls = f"ldap://127.0.0.1:{self.port}/"
        if self._tls[0] is not None:
            urls += f" ldaps://127.0.0.1:{self.secure_port}/"
        command = [str(self._program), "-d", "0", "-f", "slapd.conf", "-h", urls]
        with (self._folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return process
            except OSError:
                time.sleep(0.05)
        process.kill()
        raise RuntimeError(f"slapd: {(self._folder / 'log').read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
