# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The hierarchies of IGC-CPS2ter, which certified cards from 2004 to the end of 2020.

Three self-signed roots without a common name, each with classes below it. Every authority has two
keys under one name, each with a certificate of its own: one signs certificates (keyCertSign), the
other lists (cRLSign). Source: the certificates in sante-link/test-cps-certificate, decoded; the
file names of Cryptolib 5. Which class belongs to which cards is inferred.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from caducee.spec import oids

__all__ = ["BEGINS", "ENDS", "PRODUCTION", "TEST", "Cps2terAuthority"]

BEGINS: Final = dt.datetime(2004, 10, 11, 0, 0, 1, tzinfo=dt.UTC)
ENDS: Final = dt.datetime(2020, 12, 31, 21, 59, 59, tzinfo=dt.UTC)
"""When all authorities began and ended; RSA 2048, SHA-1. Cards had RSA 1024."""

_HOST: Final = "annuaire.gip-cps.fr"


@dataclass(frozen=True, slots=True)
class Cps2terAuthority:
    """One authority: a root, or a class below it."""

    organisation: str
    """``GIP-CPS``, of the test hierarchies ``TEST``."""

    unit: str
    """Of the root, e.g. ``GIP-CPS PROFESSIONNEL``."""

    name: str | None
    """Of the class, e.g. ``GIP-CPS CLASSE-1``; ``None`` for the root."""

    serials: tuple[str, str]
    """Of the certificates of its two keys, hex: that for certificates, that for lists."""

    @property
    def is_root(self) -> bool:
        """Whether it signs itself."""
        return self.name is None

    @property
    def path_length(self) -> int:
        """The pathLenConstraint of its certificates."""
        return 1 if self.is_root else 0

    @property
    def subject(self) -> tuple[tuple[str, str], ...]:
        """Subject as (OID, value), in encoding order."""
        above = (
            (oids.COUNTRY, "FR"),
            (oids.ORGANIZATION, self.organisation),
            (oids.ORGANIZATIONAL_UNIT, self.unit),
        )
        return above if self.name is None else (*above, (oids.COMMON_NAME, self.name))

    @property
    def directory_name(self) -> str:
        """DN of its entry in the directory, as the distribution points write it."""
        above = f"ou={self.unit},o={self.organisation},c=fr".lower()
        return above if self.name is None else f"cn={self.name},".lower() + above

    @property
    def crl_ldap_url(self) -> str:
        """LDAP distribution point of its list, with blanks, as the certificates write it."""
        return f"ldap://{_HOST}/{self.directory_name}?certificaterevocationlist;binary"

    @property
    def delta_ldap_url(self) -> str:
        """LDAP distribution point of its delta list."""
        return f"ldap://{_HOST}/{self.directory_name}?deltarevocationlist;binary"

    @property
    def crl_url(self) -> str:
        """HTTP distribution point of its list; seen for a test class only."""
        folder = "crl/test" if self.organisation == "TEST" else "crl"
        return f"http://{_HOST}/{folder}/{self.name or self.unit}.crl"


def _hierarchies(organisation: str, prefix: str) -> tuple[Cps2terAuthority, ...]:
    return tuple(
        Cps2terAuthority(
            organisation,
            f"{organisation} {kind}",
            None if number is None else f"{organisation} CLASSE-{number}",
            (f"{prefix}1{first}", f"{prefix}2{second}"),
        )
        for kind, number, first, second in (
            ("ANONYME", None, "001", "001"),
            ("ANONYME", 0, "012", "011"),
            ("PROFESSIONNEL", None, "101", "101"),
            ("PROFESSIONNEL", 1, "112", "111"),
            ("STRUCTURE", None, "201", "201"),
            ("STRUCTURE", 2, "212", "211"),
            ("STRUCTURE", 3, "222", "221"),
        )
    )


PRODUCTION: Final = _hierarchies("GIP-CPS", "01")
"""The authorities of real cards, each root before its classes. A fourth root, SERVEUR, was for
servers."""

TEST: Final = _hierarchies("TEST", "")
"""The authorities of test cards."""
