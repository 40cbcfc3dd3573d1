# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A chain of three, like that of the twin."""

import pytest

from caducee.testing.pki import Chain, chain_of_three


@pytest.fixture(scope="session")
def world() -> Chain:
    return chain_of_three()
