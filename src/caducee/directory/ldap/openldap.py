# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The same entries for OpenLDAP: LDIF for slapadd, the schema of our classes, a configuration."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from caducee.base.secret import Secret
from caducee.codec.ldif import VERSION_LINE, write_entry
from caducee.directory.ldap import schema
from caducee.directory.ldap.entries import LdapEntry
from caducee.directory.ldap.publication import CONTEXT
from caducee.directory.ldap.store import StoredEntry

__all__ = ["WRITER", "configuration", "ldif", "schema_text"]

WRITER: Final = f"cn=caducee,{CONTEXT}"
"""Who may change the directory."""

_MOST_BYTES = 256 << 20
"""Of one change: a revocation list of a million entries has some 35 MB."""

_MOST_DATA = 64 << 30
"""Of the database; a file with holes, that takes what it holds."""


def ldif(entries: Iterable[LdapEntry | StoredEntry], *, version: bool = False) -> Iterator[str]:
    """Yield the pieces of an LDIF file (RFC 2849); parents come before what is below them.

    With ``version`` it begins with the line that the standard asks for; slapadd 2.6 takes that line
    for an attribute and refuses the file.
    """
    if version:
        yield VERSION_LINE
    for entry in entries:
        lines = [
            (attribute.description, value)
            for attribute in entry.attributes
            for value in attribute.values
        ]
        yield write_entry(entry.name, lines)


def schema_text() -> str:
    """Return our attribute types and classes as a schema file of slapd.

    It comes after ``core``, ``cosine`` and ``inetorgperson``, which have the rest.
    """
    lines = [f"attributetype {kind.text()}" for kind in schema.OUR_ATTRIBUTE_TYPES]
    lines += [f"objectclass {kind.text()}" for kind in schema.OUR_OBJECT_CLASSES]
    return "\n".join(lines) + "\n"


def configuration(
    folder: Path,
    *,
    schemas: Path = Path("/etc/ldap/schema"),
    modules: Path = Path("/usr/lib/ldap"),
    size_limit: int = 0,
    tls: tuple[Path, Path] | None = None,
    password: Secret | None = None,
) -> str:
    """Return a ``slapd.conf`` for a directory of ours in a folder.

    The folder holds ``caducee.schema`` (`schema_text`) and ``data``, where slapadd puts the
    entries. ``tls``, a certificate and its key (PEM), give StartTLS and LDAPS. With a ``password``
    of `WRITER` the directory can be kept current, and the text is a secret; without, it is read
    only.
    """
    includes = [schemas / f"{name}.schema" for name in ("core", "cosine", "inetorgperson")]
    includes.append(folder / "caducee.schema")
    lines = [f"include {path}" for path in includes]
    lines += [f"modulepath {modules}", "moduleload back_mdb", f"pidfile {folder}/slapd.pid"]
    if tls is not None:
        lines += [f"TLSCertificateFile {tls[0]}", f"TLSCertificateKeyFile {tls[1]}"]
    lines += [
        "loglevel 0",  # else it writes several lines to the system's log for each search
        f"sizelimit {size_limit or 'unlimited'}",
        f"sockbuf_max_incoming_auth {_MOST_BYTES}",
        "database mdb",
        f'suffix "{CONTEXT}"',
        f"directory {folder}/data",
        f"maxsize {_MOST_DATA}",
    ]
    if password is None:
        lines.append("readonly on")
    else:
        lines += [f'rootdn "{WRITER}"', f'rootpw "{password.reveal().decode()}"']
    lines += [
        "index objectClass eq",
        "index cn,sn,givenName eq,sub",
        "index userCertificate,certauth,certsign eq",
    ]
    return "\n".join(lines) + "\n"
