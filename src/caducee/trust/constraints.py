# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Name constraints (RFC 5280 section 4.2.1.10): which names the certificates below may bear."""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from caducee.base.errors import FormatError
from caducee.trust.names import UNREADABLE, GeneralName, general, subject_names, text
from caducee.trust.x509 import ParsedCertificate

__all__ = ["NameFinding", "process"]

MOST: Final = 20_000
"""Most comparisons of a name with a constraint for one chain, each RDN of a constraint counted;
real ones need a few dozen."""


@dataclass(frozen=True, slots=True)
class NameFinding:
    """What the name constraints of a chain came to, when they refuse it."""

    code: str
    certificate: ParsedCertificate
    """The certificate that is refused."""

    name: str = ""
    """The name that may not stand there, for a person."""


@dataclass(slots=True)
class _Limits:
    """The constraints that are in force (RFC 5280 6.1.2 b, c)."""

    permitted: list[tuple[GeneralName, ...]] = field(default_factory=list)
    """For each certificate that permits some: all its subtrees."""

    excluded: list[GeneralName] = field(default_factory=list)
    stopped: Callable[[], bool] = field(kw_only=True)
    """Whether the time is over."""

    compared: int = 0

    def add(self, constraints: x509.NameConstraints) -> None:
        """Narrow what is allowed (6.1.4 g)."""
        if constraints.permitted_subtrees is not None:
            self.permitted.append(
                tuple(general(subtree) for subtree in constraints.permitted_subtrees)
            )
        self.excluded.extend(general(subtree) for subtree in constraints.excluded_subtrees or ())

    def refused(self, names: Iterable[GeneralName]) -> GeneralName | None:
        """Return the first name that is not allowed (6.1.3 b, c). Raises `OverflowError` and
        `TimeoutError`."""
        for name in names:
            if self.stopped():
                raise TimeoutError
            if self._within(name, self.excluded, excluding=True):
                return name
            for subtrees in self.permitted:
                alike = [subtree for subtree in subtrees if subtree[0] == name[0]]
                if alike and not self._within(name, alike, excluding=False):
                    return name
        return None

    def _within(
        self, name: GeneralName, subtrees: Sequence[GeneralName], *, excluding: bool
    ) -> bool:
        for subtree in subtrees:
            self.compared += max(1, len(subtree[1])) if isinstance(subtree[1], tuple) else 1
            if self.compared > MOST:
                raise OverflowError
            if subtree[0] == name[0] and _fits(name, subtree, excluding):
                return True
        return False


def process(chain: Sequence[ParsedCertificate], stopped: Callable[[], bool]) -> NameFinding | None:
    """Judge the names of a chain, leaf first and anchor last; ``None`` when all are allowed.

    Constraints of the anchor count too (RFC 5937). A self-issued certificate inside the chain
    does not have to keep them (6.1.3 b). ``stopped`` returns whether the time is over.
    """
    if all(entry.name_constraints is None for entry in chain[1:]):
        return None
    limits = _Limits(stopped=stopped)
    for place in range(len(chain) - 1, -1, -1):
        item = chain[place]
        try:
            if place != len(chain) - 1 and not (place and item.self_issued):
                name = limits.refused(subject_names(item.certificate, item.subject))
                if name is not None:
                    return NameFinding("trust.name_refused", item, text(name))
            if item.name_constraints is not None:
                limits.add(item.name_constraints)
        except TimeoutError:
            return NameFinding("trust.checks_not_finished", item)
        except OverflowError:
            return NameFinding("trust.name_constraints_many", item)
        except (FormatError, *UNREADABLE):
            return NameFinding("trust.extensions_unreadable", item)
    return None


def _fits(name: GeneralName, subtree: GeneralName, excluding: bool) -> bool:
    """Tell whether a name lies within a subtree of its form.

    Where it is unknown, the answer refuses: a form that is not compared is within what is
    excluded, and not within what is permitted.
    """
    form, value = name
    limit = subtree[1]
    if form == "directory":
        assert isinstance(value, tuple) and isinstance(limit, tuple)  # noqa: S101
        return value[: len(limit)] == limit
    if form == "ip":
        return _address_fits(value, limit, excluding)
    if isinstance(value, str) and isinstance(limit, str):
        if form == "dns":
            return _dns_fits(value, limit, excluding)
        if form == "mail":
            return _mail_fits(value, limit, excluding)
        if form == "uri":
            return _uri_fits(value, limit, excluding)
    return excluding


def _address_fits(value: object, limit: object, excluding: bool) -> bool:
    if not isinstance(value, ipaddress.IPv4Address | ipaddress.IPv6Address):
        return excluding
    if not isinstance(limit, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return excluding
    return value.version == limit.version and value in limit


def _dns_fits(value: str, limit: str, excluding: bool) -> bool:
    """``example.fr`` holds itself and every name that adds labels on its left."""
    host, base = value.lower().rstrip("."), limit.lower().rstrip(".")
    if not base:
        return True
    bare = base.removeprefix(".")
    if host.endswith("." + bare) or (host == bare and (excluding or bare == base)):
        return True
    # A name with a star stands for what is below it: it may meet what is excluded there.
    return excluding and host.startswith("*.") and ("." + bare).endswith(host[1:])


def _mail_fits(value: str, limit: str, excluding: bool) -> bool:
    """A mailbox, a host, or with a leading point all hosts of a domain."""
    local, at, host = value.rpartition("@")
    if not at:
        return excluding
    if "@" in limit:
        box, _, domain = limit.rpartition("@")
        return box == local and domain.lower() == host.lower()
    return _host_fits(host, limit)


def _uri_fits(value: str, limit: str, excluding: bool) -> bool:
    """A host, or with a leading point all hosts of a domain; a URI without a host is refused."""
    try:
        host = urlsplit(value).hostname
    except ValueError:
        return excluding
    if not host or "." not in host or host.replace(".", "").isdigit() or ":" in host:
        return excluding
    return _host_fits(host, limit)


def _host_fits(host: str, limit: str) -> bool:
    host, limit = host.lower().rstrip("."), limit.lower()
    if not limit:
        return True
    return host.endswith(limit) if limit.startswith(".") else host == limit
