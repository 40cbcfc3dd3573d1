# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The same entries for OpenLDAP: LDIF for slapadd, the schema of our classes, a configuration."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from caducee.codec.ldif import VERSION_LINE, write_entry
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import Entry
from caducee.directory.ldap.publication import CONTEXT

__all__ = ["configuration", "ldif", "schema_text"]


def ldif(entries: Iterable[Entry], *, version: bool = False) -> Iterator[str]:
    """Yield the pieces of an LDIF file (RFC 2849); parents come before what is below them.

    With ``version`` it begins with the line that the standard asks for; slapadd 2.6 takes that line
    for an attribute and refuses the file.
    """
    if version:
        yield VERSION_LINE
    for entry in entries:
        lines = [(one.description, value) for one in entry.attributes for value in one.values]
        yield write_entry(entry.name, lines)


def schema_text() -> str:
    """Return our attribute types and classes as a schema file of slapd.

    It comes after ``core``, ``cosine`` and ``inetorgperson``, which have the rest.
    """
    lines = [f"attributetype {one.text()}" for one in schema.OUR_ATTRIBUTE_TYPES]
    lines += [f"objectclass {one.text()}" for one in schema.OUR_OBJECT_CLASSES]
    return "\n".join(lines) + "\n"


def configuration(
    folder: Path,
    *,
    schemas: Path = Path("/etc/ldap/schema"),
    modules: Path = Path("/usr/lib/ldap"),
    size_limit: int = 0,
    certificate: Path | None = None,
    key: Path | None = None,
) -> str:
    """Return a ``slapd.conf`` for a read-only directory of ours in a folder.

    The folder holds ``caducee.schema`` (`schema_text`) and ``data``, where slapadd puts the
    entries. ``certificate`` and ``key`` (PEM) give StartTLS and LDAPS.
    """
    includes = [schemas / f"{name}.schema" for name in ("core", "cosine", "inetorgperson")]
    includes.append(folder / "caducee.schema")
    lines = [f"include {path}" for path in includes]
    lines += [f"modulepath {modules}", "moduleload back_mdb", f"pidfile {folder}/slapd.pid"]
    if certificate is not None and key is not None:
        lines += [f"TLSCertificateFile {certificate}", f"TLSCertificateKeyFile {key}"]
    lines += [
        f"sizelimit {size_limit or 'unlimited'}",
        "database mdb",
        f'suffix "{CONTEXT}"',
        f"directory {folder}/data",
        "maxsize 4294967296",
        "readonly on",
        "index objectClass eq",
        "index cn,sn,givenName eq,sub",
        "index userCertificate,certauth,certsign eq",
    ]
    return "\n".join(lines) + "\n"
