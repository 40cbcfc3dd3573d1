# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from caducee.directory.ldap.publication import (
    PublishedAuthority,
    PublishedPerson,
    published_tree,
)
from caducee.directory.ldap.tree import Tree
from caducee.testing.ldap import sample_authorities, sample_persons


@pytest.fixture(scope="session")
def authorities() -> list[PublishedAuthority]:
    return sample_authorities()


@pytest.fixture(scope="session")
def people() -> list[PublishedPerson]:
    return list(sample_persons(30))


@pytest.fixture(scope="session")
def tree(authorities: list[PublishedAuthority], people: list[PublishedPerson]) -> Tree:
    return published_tree(authorities, people)
