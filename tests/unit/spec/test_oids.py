# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Object identifiers: well-formed, each once, each with a name for people."""

import re

from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from caducee.spec import oids

VALUES = {
    name: value for name, value in vars(oids).items() if isinstance(value, str) and name.isupper()
}
ATTRIBUTES = {
    "COMMON_NAME",
    "SURNAME",
    "COUNTRY",
    "STATE",
    "ORGANIZATION",
    "ORGANIZATIONAL_UNIT",
    "TITLE",
    "GIVEN_NAME",
}


def test_every_oid_is_dotted_and_stands_once() -> None:
    assert all(re.fullmatch(r"[0-2](\.(0|[1-9][0-9]*))+", value) for value in VALUES.values())
    assert len(set(VALUES.values())) == len(VALUES)


def test_every_oid_but_attributes_has_a_name_for_people() -> None:
    assert set(oids.NAMES) == {v for name, v in VALUES.items() if name not in ATTRIBUTES}


def test_standard_oids_agree_with_the_cryptography_package() -> None:
    known = {
        var.dotted_string
        for group in (ExtensionOID, ExtendedKeyUsageOID, NameOID)
        for var in vars(group).values()
        if hasattr(var, "dotted_string")
    }
    standard = {value for value in VALUES.values() if value.startswith(("2.5.", "1.3.6.1.5"))}
    assert standard - known <= {oids.PRIVATE_KEY_USAGE_PERIOD, oids.ANY_POLICY}
