# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Hostile chains end in a refusal that says why; `./run bench trust` times them."""

import pytest

from caducee.testing.hostile import FAMILIES
from caducee.testing.pki import NOW
from caducee.trust import CertificatePurpose, CrlSource, PathLimits, validate


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("lists", [False, True], ids=["without lists", "with lists"])
def test_a_hostile_chain_is_refused_by_its_own_code(family: str, lists: bool) -> None:
    made = FAMILIES[family]()
    result = validate(
        made.leaf,
        made.between,
        anchors=made.anchors,
        at=NOW,
        purpose=CertificatePurpose.ANY,
        revocation=CrlSource([*made.anchors, *made.between]) if lists else None,
        limits=PathLimits(seconds=60),  # on a busy machine the usual time would end it sooner
    )
    found = {failure.code for failure in result.failures()}
    allowed = made.codes | {"trust.crl_missing"} if lists else made.codes
    assert found <= allowed
    assert found & made.codes or family == "hundreds of distribution points"
    for check in result.checks:
        assert "{" not in check.sentence()
