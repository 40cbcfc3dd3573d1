# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""pkcs11-tool and pkcs11-check judge the PKCS#11 module with each face of the card."""

import subprocess

import pytest
from tools import conformance

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def judge() -> None:
    """Install the judge, once for all tests of this file."""
    conformance.program()


@pytest.mark.parametrize("card", conformance.CARDS)
@pytest.mark.xdist_group("pkcs11-check")
def test_pkcs11_check_finds_nothing_that_is_not_known(judge: None, card: str) -> None:
    with conformance.served(card) as (module, environment):
        found = conformance.judged(module, environment, "--marker", "smoke")
    assert found.counts["crashed"] == found.counts["timeout"] == found.counts["error"] == 0
    assert found.counts["passed"] > 110
    assert found.failed <= conformance.known().keys()


@pytest.mark.parametrize("card", conformance.CARDS)
def test_pkcs11_tool_tests_the_card_and_finds_no_error(card: str) -> None:
    with conformance.served(card) as (module, environment):
        code = environment.get("P11TEST_PIN")
        login = ["--login", "--pin", code] if code else []
        done = subprocess.run(
            ["pkcs11-tool", "--module", str(module), "--test", *login],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0 and done.stdout.rstrip().endswith("No errors"), done.stdout
    assert "RSA-PKCS: OK" in done.stdout
