# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every test of the registry runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from caducee.directory.registry import Registry


@pytest.fixture
def registry(registry_url: str) -> Iterator[Registry]:
    with Registry(registry_url) as opened:
        yield opened
