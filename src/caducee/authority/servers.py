# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates for the web servers of a sandbox, under a root apart from the twin's.

The root may be given to a browser: it can certify nothing but ``localhost``, names that end with
``.test`` and loopback addresses (name constraints, RFC 5280 4.2.1.10).
"""

import contextlib
import datetime as dt
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from caducee.authority.keys import KeyFolder, SignedKey
from caducee.authority.linting import Linter, sign_linted
from caducee.base.clock import Clock
from caducee.base.errors import IssueError
from caducee.base.files import write_atomic
from caducee.base.secret import Secret

__all__ = ["LINT_EXEMPT", "ServerAuthority", "ServerIdentity", "machine_name"]

_MOST_COMMON_NAME = 64
"""Characters (RFC 5280 appendix A.1, ub-common-name)."""

_STEM = "tls-servers"
_ROOT_NAME = "SANDBOX caducee TLS servers"
_ROOT_YEARS = 10
_SERVER_DAYS = 199
"""Within the 200 days that the CA/Browser Forum allows since March 2026."""

_RENEWED = dt.timedelta(30)
"""How long before its end the certificate of a server is made anew."""

_SINCE = dt.timedelta(hours=1)
"""How far back validity begins, for clocks that are a little behind."""

_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"localhost|({_LABEL}\.)*{_LABEL}\.test")


@dataclass(frozen=True, slots=True, repr=False)
class ServerIdentity:
    """What a web server needs: its certificate and its key."""

    certificate: x509.Certificate
    """The certificate."""

    key: ec.EllipticCurvePrivateKey
    """The key, on P-256."""

    root: x509.Certificate
    """The root that browsers must know."""

    def chain_pem(self) -> bytes:
        """Return the certificate as PEM; the root is not sent."""
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self) -> bytes:
        """Return the key as PEM, PKCS#8, not encrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


# pkilint requires two labels in a DNS name: not a rule of RFC 5280 4.2.1.6; localhost has one.
LINT_EXEMPT: Final = ("pkix.invalid_domain_name_syntax",)


class ServerAuthority:
    """The root of the web servers of one sandbox, in a folder; made when first needed."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        passphrase: Secret | None = None,
        linter: Linter | None = None,
    ) -> None:
        self._folder = KeyFolder(folder, passphrase)
        self._clock = clock
        self._linter = linter

    def root(self) -> x509.Certificate:
        """Return the root certificate (made if need be)."""
        return self._signer().certificate

    def issue(self, hosts: Iterable[str], common_name: str = "") -> ServerIdentity:
        """Return a new key and certificate for host names and addresses.

        A common name is for clients that look for one, as OpenLDAP's does (`machine_name`).

        Raises `IssueError` (``authority.host_not_allowed``) for anything but ``localhost``, names
        that end with ``.test`` and loopback addresses.
        """
        names = [_general_name(host) for host in hosts]
        if not names:
            raise IssueError("authority.host_not_allowed", host="")
        signer = self._signer()
        key = ec.generate_private_key(ec.SECP256R1())
        start = self._clock.now().replace(microsecond=0) - _SINCE
        end = min(start + dt.timedelta(_SERVER_DAYS), signer.certificate.not_valid_after_utc)
        builder = (
            _builder(_subject(common_name), signer.certificate.subject, key, (start, end))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer.key_id), False
            )
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            # The subject may be empty: the alternative names are critical (RFC 5280 4.2.1.6).
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
        )
        certificate = sign_linted(builder, signer.key, self._linter)
        return ServerIdentity(certificate, key, signer.certificate)

    def keep(self, path: Path, hosts: Iterable[str], common_name: str = "") -> None:
        """Keep certificate and key of a server in one PEM file (0600), for host names.

        What is there stays until a month before its end, so that several processes that run one
        world use the same. Raises what `issue` raises, and `StateError`.
        """
        names = list(hosts)
        signer = self._signer()
        with self._folder.locked():
            if not self._serves(path, names, common_name, signer):
                made = self.issue(names, common_name)
                write_atomic(path, made.chain_pem() + made.key_pem())

    def _serves(
        self, path: Path, hosts: Iterable[str], common_name: str, signer: SignedKey
    ) -> bool:
        """Tell whether a file holds a certificate of ours for these hosts that lives on."""
        try:
            content = path.read_bytes()
            found = x509.load_pem_x509_certificate(content)
            load_pem_private_key(content, None)
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            found.verify_directly_issued_by(signer.certificate)
        except (OSError, ValueError, TypeError, x509.ExtensionNotFound, InvalidSignature):
            return False
        now = self._clock.now()
        lives = found.not_valid_before_utc <= now < found.not_valid_after_utc - _RENEWED
        same = found.subject == _subject(common_name)
        return lives and same and set(names) == {_general_name(host) for host in hosts}

    def _signer(self) -> SignedKey:
        found = self._folder.load(_STEM)
        if found is not None and found.certificate.not_valid_after_utc > self._clock.now():
            return found
        with self._folder.locked():
            found = self._folder.load(_STEM)
            if found is None or found.certificate.not_valid_after_utc <= self._clock.now():
                found = self._make()
                self._folder.save(_STEM, found)
            return found

    def _make(self) -> SignedKey:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _ROOT_NAME)])
        start = self._clock.now().replace(microsecond=0) - _SINCE
        end = start + dt.timedelta(365 * _ROOT_YEARS)
        builder = (
            _builder(name, name, key, (start, end))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False
            )
            .add_extension(_usage(key_cert_sign=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(_constraints(), critical=True)
        )
        return SignedKey(key, sign_linted(builder, key, self._linter))


def machine_name() -> str:
    """Return the name that OpenLDAP's client looks for in a certificate of ``localhost``.

    It takes the canonical name of the machine in its place (``ldap_int_hostname`` of libldap), and
    finds it as the common name, which no browser looks at.
    """
    name = socket.gethostname()
    with contextlib.suppress(OSError):
        found = socket.getaddrinfo(name, None, flags=socket.AI_CANONNAME)
        name = found[0][3] or name
    return name[:_MOST_COMMON_NAME]


def _subject(common_name: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    return x509.Name(parts)


def _constraints() -> x509.NameConstraints:
    allowed = [x509.DNSName("localhost"), x509.DNSName("test")]
    return x509.NameConstraints(
        permitted_subtrees=[*allowed, *(x509.IPAddress(network) for network in _NETWORKS)],
        excluded_subtrees=None,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _HOST.fullmatch(host) and len(host) <= 253:
            return x509.DNSName(host)
    else:
        if address.is_loopback and any(address in network for network in _NETWORKS):
            return x509.IPAddress(address)
    shown = "".join(item if item.isprintable() else "?" for item in host[:100])
    raise IssueError("authority.host_not_allowed", host=shown)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    validity: tuple[dt.datetime, dt.datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
