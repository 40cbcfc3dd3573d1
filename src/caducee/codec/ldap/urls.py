# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""LDAP URLs (RFC 4516), as they stand in certificates as distribution points.

>>> url = LdapUrl.parse("ldap://host/cn=A%20B,c=FR?certificaterevocationlist;binary?base?cn=*")
>>> url.dn.text(), url.attributes, url.scope.name, url.text()
('cn=A B,c=FR', ('certificaterevocationlist;binary',), 'BASE', \
'ldap://host/cn=A%20B,c=FR?certificaterevocationlist;binary?base?(cn=*)')
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from caducee.base.errors import FormatError
from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import EVERYTHING, Filter
from caducee.codec.ldap.names import Dn
from caducee.spec.ldap import PORT, SECURE_PORT, SearchScope

__all__ = ["MAX_SIZE", "LdapUrl"]

MAX_SIZE = 8192
"""Characters of a URL that are taken."""

_URL = re.compile(
    r"(ldaps?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]*)(?::([0-9]{1,5}))?(?:/(.*))?", re.IGNORECASE
)
_SCOPES = {
    "": SearchScope.BASE,
    "base": SearchScope.BASE,
    "one": SearchScope.ONE_LEVEL,
    "sub": SearchScope.SUBTREE,
}
_NAMES = {SearchScope.BASE: "base", SearchScope.ONE_LEVEL: "one", SearchScope.SUBTREE: "sub"}
_ROOT = Dn()
_SAFE = "=,;:+*()&|!<>~@$'\\#"


@dataclass(frozen=True, slots=True)
class LdapUrl:
    """Where an entry is, and what of it is meant."""

    host: str
    """Empty: the client knows which server to ask."""

    dn: Dn = _ROOT
    attributes: tuple[str, ...] = ()
    scope: SearchScope = SearchScope.BASE
    filter: Filter = EVERYTHING
    port: int | None = None
    """``None``: the usual one."""

    secure: bool = False
    """``ldaps``: TLS from the first byte."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host.strip("[]"), self.port or (SECURE_PORT if self.secure else PORT)

    @classmethod
    def parse(cls, written: str) -> "LdapUrl":
        """Read a URL; spaces need no escape, a filter no parentheses (so certificates have it).

        A critical extension (``!``) is refused. Raises `FormatError` (``ldap.*``).
        """
        found = _URL.fullmatch(written) if len(written) <= MAX_SIZE else None
        if found is None:
            raise FormatError("ldap.url", part="host")
        scheme, host, port, rest = found.groups()
        if port is not None and not 0 < int(port) < 0x10000:
            raise FormatError("ldap.url", part="port")
        parts = (rest or "").split("?")
        if len(parts) > 5:
            raise FormatError("ldap.url", part="extensions")
        name, attributes, scope, condition, extensions = parts + [""] * (5 - len(parts))
        if scope.lower() not in _SCOPES:
            raise FormatError("ldap.url", part="scope")
        if any(word.startswith("!") for word in extensions.split(",")):
            raise FormatError("ldap.url", part="extensions")
        return cls(
            host=host,
            dn=Dn.parse(_unquoted(name, "name")),
            attributes=tuple(filter(None, _unquoted(attributes, "attributes").split(","))),
            scope=_SCOPES[scope.lower()],
            filter=_filter(_unquoted(condition, "filter")),
            port=int(port) if port else None,
            secure=scheme.lower() == "ldaps",
        )

    def text(self) -> str:
        """Return the URL. Raises `FormatError` for a filter of an unknown kind."""
        port = f":{self.port}" if self.port else ""
        parts = [
            quote(self.dn.text(), safe=_SAFE),
            quote(",".join(self.attributes), safe=_SAFE),
            _NAMES[self.scope],
            quote(filters.text(self.filter), safe=_SAFE),
        ]
        return f"ldap{'s' * self.secure}://{self.host}{port}/{'?'.join(parts)}"


def _unquoted(written: str, part: str) -> str:
    try:
        return unquote(written, errors="strict")
    except UnicodeDecodeError:
        raise FormatError("ldap.url", part=part) from None


def _filter(written: str) -> Filter:
    if not written:
        return EVERYTHING
    return filters.parse(written if written.startswith("(") else f"({written})")
