# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The directory of a world, by LDAP: its authorities with their lists, and its persons."""

import time
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.base.clock import Clock
from caducee.directory.ldap.persons import RegistryPersons
from caducee.directory.ldap.publication import (
    PublishedAuthority,
    published_tree,
)
from caducee.directory.ldap.tree import Tree
from caducee.directory.registry import Registry

__all__ = ["WorldTree"]

_FRESH_SECONDS = 2.0
"""How old the tree may be; a world is small, and building its tree takes milliseconds."""


class WorldTree:
    """Gives the tree of the world as it is now, or was two seconds ago; for one server."""

    def __init__(
        self,
        authority: Authority,
        registry: Registry,
        clock: Clock,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authority = authority
        self._persons = RegistryPersons(registry, clock.now)
        self._timer = timer
        self._tree: Tree | None = None
        self._made = 0.0

    def __call__(self) -> Tree:
        """Return the tree."""
        now = self._timer()
        if self._tree is None or now - self._made > _FRESH_SECONDS:
            self._tree = published_tree(self.authorities(), self._persons.persons())
            self._made = now
        return self._tree

    def authorities(self) -> Iterator[PublishedAuthority]:
        """Yield every authority that exists, with the lists that hold now.

        All keys of an authority share one entry; what belongs to the newest comes first.
        """
        authority = self._authority
        for newest in authority.existing():
            if newest != authority.current(newest):
                continue
            keys = authority.generations(newest)[::-1]
            certificates = [authority.certificate(one) for one in keys]
            certificates += [link for one in keys for link in authority.links(one)]
            living = [one for one in keys if authority.publishes(one)]
            lists = [authority.crl(one) for one in living]
            deltas = [authority.delta_crl(one) for one in living if not one.is_root]
            yield PublishedAuthority(
                newest,
                tuple(one.public_bytes(Encoding.DER) for one in certificates),
                lists[0],
                deltas[0] if deltas else None,
                tuple(lists[1:]),
                tuple(deltas[1:]),
            )
