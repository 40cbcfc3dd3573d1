# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The API on a real socket, and a key of everybody."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import msgspec
import pytest
import sqlalchemy as sa
from tests.unit.ordering.api.serving import serving

from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.api import ApiKeys, create_api
from caducee.services.ordering.service import Ordering

type Ask = Callable[..., httpx2.Response]

ROLES = {
    "reviewer": "reviewer",
    "maker": "production",
    "support": "support",
    "auditor": "auditor",
}


@pytest.fixture
def api_keys(registry: Registry, accounts: dict[str, str]) -> dict[str, str]:
    """An API key of each account, by its name; each of the staff has one role."""
    with registry.writing() as connection:
        for account, role in ROLES.items():
            connection.execute(sa.insert(schema.account_role).values(account=account, role=role))
    made = ApiKeys(registry)
    return {name: made.make(name).reveal().decode() for name in accounts}


@pytest.fixture
def address(ordering: Ordering) -> Iterator[str]:
    """Where the API runs."""
    with serving(create_api(ordering, calls_per_second=0)) as found:
        yield found


@pytest.fixture
def ask(address: str, api_keys: dict[str, str]) -> Iterator[Ask]:
    """Ask the API as somebody: ``ask("zoe", "GET", "/orders")``."""
    with httpx2.Client() as client:

        def send(who: str, method: str, path: str, body: object = None, **headers: str) -> Any:
            headers["Authorization"] = f"Bearer {api_keys.get(who, who)}"
            if body is not None:
                headers["Content-Type"] = "application/json"
            content = None if body is None else msgspec.json.encode(body)
            url = f"{address}/api/v1{path}"
            return client.request(method, url, content=content, headers=headers)

        yield send
