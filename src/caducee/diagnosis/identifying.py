# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What in answers identifies a person beside names: chips, readers, services and who runs them."""

import re
import secrets
import string
from collections.abc import Iterator, Mapping
from typing import Any, Final

from caducee.diagnosis.facts import CardFacts, ReaderFacts, ServiceFacts

__all__ = ["identifiers", "services_without_names"]

_READER_SERIAL: Final = re.compile(r"\(([0-9A-Za-z]*\d[0-9A-Za-z]*)\)")
"""pcsc-lite puts the serial number of a reader into its name."""

_LEAST_SERIAL: Final = 6
_IDENTIFIER: Final = re.compile(r"[0-9A-Fa-f]{8,}")
_USUAL: Final = re.compile(
    r"(portal|portail|annuaire|psc|insi|dmp|crl|ocsp|ldap|igc)( \([0-9.]+\))?", re.IGNORECASE
)
"""Names of services that tell nobody apart; the second form is of the portals' own addresses."""

_KEPT: Final = frozenset(
    "ca root proxy ssl tls inspection inspector authority certificate untrusted web gateway "
    "avast avg bitdefender bluecoat blue coat check point cisco umbrella eset fortinet fortigate "
    "kaspersky mcafee mitmproxy netskope olfeo palo alto sophos squid stormshield symantec "
    "trellix trend micro watchguard zscaler".split()
)
"""Words of an issuer's name that tell which product opens TLS, and not whose."""

_VALUE: Final = re.compile(r"(?<==)(?:\\.|[^,+\\])*")
_WORD: Final = re.compile(r"[^\W_]+")
_COUNTRY: Final = re.compile(r"C=$")


def identifiers(answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield the identifiers of chips, and the serial numbers of readers."""
    for question, answer in answers.items():
        if isinstance(answer, CardFacts):
            yield from _of_card(answer)
        elif question == "readers":
            yield from _of_readers(answer)


def _of_card(card: CardFacts) -> Iterator[str]:
    for name, value in card.facts.items():
        if name != "atr" and isinstance(value, str) and _IDENTIFIER.fullmatch(value):
            yield value


def _of_readers(readers: tuple[ReaderFacts, ...]) -> Iterator[str]:
    for reader in readers:
        yield from (
            serial for serial in _READER_SERIAL.findall(reader.name) if len(serial) >= _LEAST_SERIAL
        )


def services_without_names(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what stands in the place of services' names, and of who issued their certificates."""
    found: dict[str, str] = {}
    for number, item in enumerate(answers.get("services", ()), 1):
        if not isinstance(item, ServiceFacts):
            continue
        if not _USUAL.fullmatch(item.name):
            found[item.name] = f"service {number}"
        if item.issuer:
            found[item.issuer] = _nobodys(item.issuer)
    return found


def _nobodys(issuer: str) -> str:
    """Return a distinguished name with random words, but for those that name a product."""

    def value(match: re.Match[str]) -> str:
        country = _COUNTRY.search(issuer[: match.start()])
        return match[0] if country else _WORD.sub(_random, match[0])

    return _VALUE.sub(value, issuer)


def _random(match: re.Match[str]) -> str:
    if match[0].lower() in _KEPT:
        return match[0]
    letters = "".join(
        secrets.choice(string.digits if item.isdigit() else string.ascii_lowercase)
        for item in match[0]
    )
    return letters.capitalize() if match[0][0].isupper() else letters
