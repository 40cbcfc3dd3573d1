# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""schemathesis asks the API everything that its description allows, and much that it does not."""

import subprocess
import sys
from pathlib import Path

from tests.unit.ordering.api.calls import made
from tests.unit.ordering.api.conftest import Ask

from caducee.services.ordering.service import Ordering

CONFIG = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 410, 412]

[parameters]
"path.card" = "{card}"
"""
"""A link that was used, and a version that another call made old, are refused as they should.
Orders are found by the links of the description; a card is one that is there."""


def test_schemathesis_finds_nothing(
    address: str, ask: Ask, api_keys: dict[str, str], ordering: Ordering, tmp_path: Path
) -> None:
    number = made(ask, ordering)
    card = ask("zoe", "GET", f"/orders/{number}/items").json()["items"][0]["card"]
    (tmp_path / "schemathesis.toml").write_text(CONFIG.format(card=card))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        f"{address}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {api_keys['support']}"),
        *("--checks", "all", "--max-examples", "8", "--seed", "7"),
        *("--request-timeout", "20", "--no-color", "--continue-on-failure"),
        *("--generation-database", "none"),
    ]
    judged = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280
    )
    assert judged.returncode == 0, judged.stdout[-20_000:] + judged.stderr
    assert "Tested: 27" in judged.stdout
