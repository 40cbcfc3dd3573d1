# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds in a trace who it is about: names and numbers in files, certificates, fields and texts."""

import base64
import contextlib
import getpass
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from caducee.base.errors import FormatError
from caducee.codec.carddata import text_of
from caducee.codec.tlv import Tlv, parse_padded
from caducee.middleware.tracing.anonymise.pseudonyms import Pseudonyms
from caducee.middleware.tracing.anonymise.streams import Stream
from caducee.middleware.tracing.record import TraceRecord
from caducee.spec.files import FileId

__all__ = ["harvest"]

_CODE = re.compile(r"[A-Z]{1,2}[0-9]{2}|[0-9]{1,4}|[a-z]{2}|[A-Z]{1,2}")
"""Codes of tables (SM26, SA07, 10, fr): they tell what somebody is, not who."""

_WORD = re.compile(r"[^\W\d_]+|\d+")
_PRINTABLE = re.compile(rb"[0-9A-Za-z\xc0-\xff][0-9A-Za-z .'\-\xc0-\xff]{3,}[0-9A-Za-z\xc0-\xff]")
_NUMBER = re.compile(r"\d{8,}")
_HOME = re.compile(r"/(?:home|Users)/([^/\x00\s\"]+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{200,}={0,2}")
_LEAST_WORD = 4
_LONG = 7
"""Characters from which on the serial number of a certificate is looked for in texts."""

_STRUCTURE = frozenset(
    {
        FileId.DIR,
        FileId.ATR,
        FileId.ODF,
        FileId.AODF,
        FileId.PRIVATE_KEYS,
        FileId.PUBLIC_KEYS,
        FileId.CERTIFICATES,
        FileId.DATA_OBJECTS,
        FileId.CONTACTLESS_PRIVATE_KEYS,
        FileId.CONTACTLESS_PUBLIC_KEYS,
        FileId.CONTACTLESS_CERTIFICATES,
        FileId.CONTACTLESS_DATA_OBJECTS,
        FileId.ACTUA,
    }
)
"""Files that hold labels and references, the same on every card."""

_PUBLIC_HOSTS = ("localhost", "127.0.0.1", "::1")
_KEPT_ATTRIBUTES = frozenset({NameOID.COUNTRY_NAME, NameOID.TITLE})


def harvest(
    records: Sequence[TraceRecord], streams: Iterable[Stream], known: Iterable[str] = ()
) -> Pseudonyms:
    """Return pseudonyms for everybody that a trace names; ``known`` are names to look for too."""
    found = Pseudonyms()
    for name in known:
        _name(found, name)
    for stream in streams:
        _stream(found, stream)
    for record in records:
        _record(found, record)
    _place(found)
    return found


def _place(found: Pseudonyms) -> None:
    """Note who sits at this machine, and what it is called."""
    for user in _users():
        found.add(user)
        with contextlib.suppress(KeyError):
            _name(found, _account(user).partition(",")[0])
    host = os.uname().nodename if hasattr(os, "uname") else ""
    label, _, domain = host.partition(".")
    for name in (host, label, domain):
        if name not in ("localhost", "localdomain"):
            found.add(name)


def _users() -> Iterator[str]:
    """Yield the user, and for whom root works: sudo and pkexec tell."""
    names = [os.environ.get("SUDO_USER", "")]
    with contextlib.suppress(OSError, KeyError):
        names.append(getpass.getuser())
    with contextlib.suppress(ImportError, KeyError, ValueError):
        import pwd

        names.append(pwd.getpwuid(int(os.environ["PKEXEC_UID"])).pw_name)
    yield from (name for name in names if name not in ("", "root"))


def _account(user: str) -> str:
    """Return the full name of an account, with what stands beside it. Raises `KeyError`."""
    try:
        import pwd
    except ImportError:
        return ""
    return pwd.getpwnam(user).pw_gecos


def _record(found: Pseudonyms, record: TraceRecord) -> None:
    _name(found, record.holder)
    for number in _NUMBER.findall(record.card):
        _number(found, number)
    for text in (record.program, record.text, record.site):
        for user in _HOME.findall(text):
            found.add(user)
    host = urlsplit(record.site).hostname or ""
    if host and host not in _PUBLIC_HOSTS and not host.endswith((".test", ".example")):
        found.add(host)
    for run in _BASE64.findall(record.text):
        with contextlib.suppress(ValueError):
            _certificate(found, base64.b64decode(run + "=" * (-len(run) % 4)))


def _stream(found: Pseudonyms, stream: Stream) -> None:
    data = bytes(stream.data)
    if stream.made:
        found.add_bytes(data)
        return
    if not stream.path or not data:
        return
    last = stream.path[-4:]
    if last == f"{FileId.SERIAL:04X}":
        _serial(found, data)
    elif last == f"{FileId.TOKEN_INFO:04X}":
        for number in _NUMBER.findall(data.decode("latin-1")):
            _number(found, number)
    elif last not in {f"{item:04X}" for item in _STRUCTURE} and not _certificate(found, data):
        _content(found, data)


def _serial(found: Pseudonyms, data: bytes) -> None:
    """Note the serial number: what follows the issuer number, which is everybody's."""
    digits = data[7:].hex().rstrip("f")
    _number(found, digits)
    _number(found, digits[:-1])
    _number(found, digits[:8])


def _number(found: Pseudonyms, digits: str) -> None:
    if digits.isdigit() and len(digits) >= _LEAST_WORD:
        found.add(digits)


def _name(found: Pseudonyms, text: str) -> None:
    """Note a name, and each word of it."""
    if not text:
        return
    found.add(text)
    for part in re.split(r"[\s]+", text):
        found.add(part)
    for word in _WORD.findall(text):
        if len(word) >= _LEAST_WORD or (len(word) == _LEAST_WORD - 1 and text == word):
            found.add(word)


def _identifier(found: Pseudonyms, text: str) -> None:
    """Note an identifier, and the national number inside it."""
    found.add(text)
    for number in _NUMBER.findall(text):
        found.add(number)
        if len(number) > 11:
            found.add(number[1:12])
            found.add(number[1:])


# --- content of a card ----------------------------------------------------------------------------


def _content(found: Pseudonyms, data: bytes) -> None:
    """Note the texts and numbers of a data object; without a known form, all that is readable."""
    try:
        leaves = list(_leaves(parse_padded(data)))
    except FormatError:
        leaves = []
    if not leaves:
        for run in _PRINTABLE.findall(data):
            _reported(found, text_of(run))
    for leaf in leaves:
        _leaf(found, leaf)


def _leaves(items: Iterable[Tlv], depth: int = 6) -> Iterator[Tlv]:
    for item in items:
        inner: tuple[Tlv, ...] = ()
        if item.constructed and depth:
            with contextlib.suppress(FormatError):
                inner = item.children()
        if inner:
            yield from _leaves(inner, depth - 1)
        elif item.value:
            yield item


def _leaf(found: Pseudonyms, leaf: Tlv) -> None:
    text = text_of(leaf.value)
    if text.isprintable():
        _reported(found, text)
        return
    digits = leaf.value.hex().rstrip("f")
    if digits.isdigit() and not _is_date(digits):
        _number(found, digits)
    else:
        for run in _PRINTABLE.findall(leaf.value):
            _reported(found, text_of(run))


def _is_date(digits: str) -> bool:
    return len(digits) == 8 and digits[:2] in ("19", "20")


def _reported(found: Pseudonyms, text: str) -> None:
    if _CODE.fullmatch(text):
        return
    if re.search(r"\d{5}", text) and " " not in text:
        _identifier(found, text)
    _name(found, text)


# --- certificates ---------------------------------------------------------------------------------


def _certificate(found: Pseudonyms, data: bytes) -> bool:
    """Note whom a certificate names, and what states it and its key from all others."""
    if data[:1] != b"\x30" or len(data) < 200:
        return False
    try:
        certificate = x509.load_der_x509_certificate(data[: _der_size(data)])
    except ValueError:
        return False
    for attribute in certificate.subject:
        value = attribute.value
        if attribute.oid not in _KEPT_ATTRIBUTES and isinstance(value, str):
            _reported(found, value)
    _alternatives(found, certificate)
    serial = certificate.serial_number
    found.add_bytes(serial.to_bytes((serial.bit_length() + 8) // 8))
    for text in (f"{serial:X}", str(serial)):
        if len(text) >= _LONG:
            found.add(text)
    found.add_bytes(certificate.signature)
    _key(found, certificate)
    return True


def _der_size(data: bytes) -> int:
    if data[1] == 0x82:
        return 4 + int.from_bytes(data[2:4])
    return 3 + data[2] if data[1] == 0x81 else len(data)


def _alternatives(found: Pseudonyms, certificate: x509.Certificate) -> None:
    with contextlib.suppress(x509.ExtensionNotFound, ValueError):
        names = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        ).value
        assert isinstance(names, x509.SubjectAlternativeName)  # noqa: S101 (by its OID)
        for name in names:
            value = name.value
            if isinstance(name, x509.OtherName):
                for run in _PRINTABLE.findall(value):
                    _identifier(found, text_of(run))
            elif isinstance(value, str):
                _identifier(found, value)


def _key(found: Pseudonyms, certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        found.add_bytes(numbers.n.to_bytes((key.key_size + 7) // 8))
    elif isinstance(key, ec.EllipticCurvePublicKey):
        size = (key.key_size + 7) // 8
        point = key.public_numbers()
        found.add_bytes(point.x.to_bytes(size) + point.y.to_bytes(size))
    with contextlib.suppress(x509.ExtensionNotFound, ValueError):
        identifier = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_KEY_IDENTIFIER
        ).value
        assert isinstance(identifier, x509.SubjectKeyIdentifier)  # noqa: S101 (by its OID)
        found.add_bytes(identifier.digest)
