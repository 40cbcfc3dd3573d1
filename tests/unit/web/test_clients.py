# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The network of a client."""

import pytest

from caducee.services.web.clients import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("192.0.2.250", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_addresses_of_one_client_network_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
