# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The headers of every answer."""

import pytest

from caducee.services.web.headers import is_public_name


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("cards.hospital.example", True),
        ("localhost", False),
        ("LOCALHOST.", False),
        ("orders.localhost", False),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_only_names_of_their_own_are_bound_to_tls(host: str, public: bool) -> None:
    assert is_public_name(host) is public
