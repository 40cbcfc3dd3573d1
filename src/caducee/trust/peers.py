# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a certificate names the peer that was expected (RFC 9525, RFC 5280 4.2.1.6).

Only alternative names count, and for a directory name the subject too: a host name in the common
name has not counted for years.
"""

from collections.abc import Callable, Sequence

from cryptography import x509

from caducee.base.errors import FormatError
from caducee.trust.names import UNREADABLE, GeneralName, general, subject_names
from caducee.trust.x509 import ParsedCertificate

__all__ = ["bears_one_of"]

_FEWEST_LABELS = 2
"""Labels after the star of ``*.example.fr``: a star never stands for a whole top-level domain."""


def bears_one_of(
    leaf: ParsedCertificate, expected: Sequence[x509.GeneralName], stopped: Callable[[], bool]
) -> bool:
    """Tell whether a certificate bears one of some names; no when the time is over before."""
    try:
        wanted = [general(item) for item in expected]
        for name in subject_names(leaf.certificate, leaf.subject):
            if stopped():
                return False
            if any(_same(name, item) for item in wanted):
                return True
    except (FormatError, *UNREADABLE):
        return False
    return False


def _same(name: GeneralName, wanted: GeneralName) -> bool:
    form, value = name
    if form != wanted[0]:
        return False
    if form == "dns":
        return _same_host(str(value), str(wanted[1]))
    if form == "mail":
        return _mailbox(str(value)) == _mailbox(str(wanted[1]))
    return value == wanted[1]


def _same_host(pattern: str, host: str) -> bool:
    """Compare a host name with one of a certificate, whose first label may be a star alone
    (RFC 9525 6.3)."""
    pattern, host = (item.lower().removesuffix(".") for item in (pattern, host))
    first, _, rest = pattern.partition(".")
    if first != "*":
        return bool(host) and pattern == host
    label, _, others = host.partition(".")
    return bool(label) and rest.count(".") + 1 >= _FEWEST_LABELS and rest == others


def _mailbox(address: str) -> tuple[str, str]:
    """Return the two parts of an address: the host has no case (RFC 5280 7.5)."""
    local, _, host = address.rpartition("@")
    return local, host.lower()
