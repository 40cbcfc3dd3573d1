# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names in certificates, as people read them."""

from typing import Final

from cryptography import x509

from caducee.spec import oids

__all__ = ["readable_name"]

_SHORT_NAMES: Final = {
    x509.ObjectIdentifier(oids.SURNAME): "SN",
    x509.ObjectIdentifier(oids.GIVEN_NAME): "GN",
    x509.ObjectIdentifier(oids.TITLE): "T",
}


def readable_name(name: x509.Name) -> str:
    """Return a name as RFC 4514 has it, with SN, GN and T by their letters.

    ``?`` stands for a name that cannot be read.
    """
    try:
        return name.rfc4514_string(_SHORT_NAMES)
    except ValueError:
        return "?"
