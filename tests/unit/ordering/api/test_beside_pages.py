# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The API stands beside the pages of a sandbox, and neither answers for the other."""

import ssl
from pathlib import Path

import httpx2

from caducee.sandbox.ordering import LOCAL, enter_account, open_ordering
from caducee.sandbox.world import Sandbox
from caducee.services.ordering.api import BASE, ApiKeys
from caducee.testing.keys import SharedKeys


def test_the_api_of_a_sandbox_answers_beside_its_pages(tmp_path: Path, keys: SharedKeys) -> None:
    with Sandbox.create(tmp_path / "world", ca_keys=keys) as world:
        open_ordering(world)
        enter_account(world, LOCAL)
        key = ApiKeys(world.registry).make(LOCAL).reveal().decode()
        context = ssl.create_default_context(cafile=str(world.server_root()))
        with (
            world.order_site() as addresses,
            httpx2.Client(base_url=addresses.open, verify=context) as client,
        ):
            mine = {"Authorization": f"Bearer {key}"}
            assert client.get(f"{BASE}/orders", headers=mine).json() == {"orders": []}
            assert client.get(f"{BASE}/orders").json()["code"] == "api.key_wrong"
            assert client.get(f"{BASE}/nothing").json()["code"] == "api.path_unknown"
            made = client.post(f"{BASE}/orders", headers=mine, json={})
            assert made.status_code == 201, "no token of a form is asked of programs"
            page = client.get("/catalogue")
            assert page.headers["content-type"].startswith("text/html")
            assert client.get("/orders", headers=mine).status_code != 200
