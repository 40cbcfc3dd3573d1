# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The differences to the issuer's module: the page of the documentation lists the table."""

from pathlib import Path

from caducee.middleware.pkcs11.compat import NOT_IN_ORIGINAL, Deviation
from caducee.spec.pkcs11.functions import by_name

PAGE = Path(__file__).parents[4] / "docs" / "guide" / "pkcs11-tokens.md"
HEADING = "## Differences to the issuer's module"


def test_the_documentation_lists_every_difference_and_no_other() -> None:
    part = PAGE.read_text(encoding="utf-8").partition(HEADING)[2]
    rows = [line for line in part.splitlines() if line.startswith("|")][2:]
    assert rows == [
        f"| {member.functions} | {member.ours} | {member.original} |" for member in Deviation
    ]


def test_functions_that_the_original_lacks_have_the_standard_s_names() -> None:
    assert {by_name(item).name for item in NOT_IN_ORIGINAL} == NOT_IN_ORIGINAL
