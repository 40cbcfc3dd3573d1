# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The numbers of PKCS#11 against the header of p11-kit, where it is installed for other judges."""

import re
from pathlib import Path

import pytest

from caducee.spec.pkcs11 import Ckm, Ckr, name_of
from caducee.spec.pkcs11.names import PREFIXES

_HEADER = Path("/usr/include/p11-kit-1/p11-kit/pkcs11.h")
_LINE = re.compile(
    r"^#define\s+(CK[A-Z]_\w+)\s+\(?(CKF_ARRAY_ATTRIBUTE \| )?(0x[0-9a-fA-F]+|\d+)U?L"
)


def _of_header() -> dict[str, int]:
    found = {}
    for line in _HEADER.read_text().splitlines():
        hit = _LINE.match(line)
        if hit and "<<" not in line:
            found[hit[1]] = int(hit[3], 0) | (0x4000_0000 if hit[2] else 0)
    return found


@pytest.mark.system
def test_every_number_is_that_of_the_standard_header() -> None:
    header = _of_header()
    names = {prefix + item.name: item for kind, prefix in PREFIXES.items() for item in kind}
    shared = names.keys() & header.keys()
    assert len(shared) > 500
    assert {name: int(names[name]) for name in shared} == {name: header[name] for name in shared}


@pytest.mark.system
def test_no_return_code_of_the_standard_header_is_missing() -> None:
    header = {number for name, number in _of_header().items() if name.startswith("CKR_")}
    assert header <= {int(member) for member in Ckr}


def test_a_number_without_a_name_is_shown_as_a_number() -> None:
    assert name_of(Ckm, 0x43) == "CKM_SHA256_RSA_PKCS_PSS"
    assert name_of(Ckr, 0x80000002) == "CKR_ASIP_REINIT_NEEDED"
    assert name_of(Ckr, 0x7777) == "CKR_0x00007777"
