# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The directory of a world, by LDAP: its authorities with their lists, and its persons.

The entries lie in ``ldap/entries.db`` and follow the world, looked at every second by a thread of
their own; our server reads them there, and an OpenLDAP follows them by LDAP.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.base.clock import Clock
from caducee.base.errors import CpsError
from caducee.base.files import make_folder, write_atomic
from caducee.base.secret import Secret
from caducee.directory.ldap.follower import Address, Follower, Following
from caducee.directory.ldap.projection import Projection
from caducee.directory.ldap.publication import PublishedAuthority
from caducee.directory.ldap.slapd import Slapd
from caducee.directory.ldap.store import EntryStore
from caducee.directory.registry import Registry

__all__ = ["WorldAuthorities", "WorldEntries"]

_LOG = logging.getLogger(__name__)
_PAUSE = 1.0
_PATIENCE = 10.0
"""Seconds that a beginning waits for the entries; those of a larger world come afterwards."""


class WorldAuthorities:
    """The authorities of a world as its directory publishes them."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def authorities(self) -> Iterator[PublishedAuthority]:
        """Yield every authority that exists, with the lists that hold now.

        All keys of an authority share one entry; what belongs to the newest comes first.
        """
        authority = self._authority
        for newest in authority.existing():
            if newest != authority.current(newest):
                continue
            keys = authority.generations(newest)[::-1]
            certificates = [authority.certificate(key) for key in keys]
            certificates += [link for key in keys for link in authority.links(key)]
            living = [key for key in keys if authority.publishes(key)]
            lists = [authority.crl(item) for item in living]
            deltas = [authority.delta_crl(item) for item in living if not item.is_root]
            yield PublishedAuthority(
                newest,
                tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates),
                lists[0],
                deltas[0] if deltas else None,
                tuple(lists[1:]),
                tuple(deltas[1:]),
            )


@dataclass(frozen=True, slots=True)
class WorldEntries:
    """The entries of a world in a file, and what follows them."""

    folder: Path
    """``ldap`` in the folder of the world."""

    authority: Authority
    registry: Registry
    clock: Clock

    @property
    def path(self) -> Path:
        """The file of the entries."""
        return self.folder / "entries.db"

    def open(self) -> tuple[EntryStore, Projection]:
        """Return the file, and what brings the world into it. The caller closes the file."""
        make_folder(self.folder)
        store = EntryStore(self.path)
        authorities = WorldAuthorities(self.authority)
        return store, Projection(store, self.registry, authorities, self.clock.now)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the file current for the length of a ``with`` block."""
        store, projection = self.open()
        with store:
            _begin(projection)
            with _repeated(projection.catch_up):
                yield

    @contextmanager
    def openldap(self, slapd: Slapd, host: str, port: int, secure_port: int) -> Iterator[Slapd]:
        """Run an OpenLDAP that is kept current for the length of a ``with`` block.

        ``slapd`` takes changes with the password of `password`. Its database is made by slapadd
        the first time.
        """
        store, projection = self.open()
        progress = slapd.folder / "progress.json"
        with store:
            _begin(projection)
            version = store.version
            new = not (slapd.filled and progress.exists())
            if new:
                slapd.fill(store.all())
            slapd.start(host, port, secure_port)
            follower = Follower(store, progress)
            address = Address(host, slapd.port, password=self.password())
            following = Following(follower, address)
            try:
                if new:
                    following.loaded(version)

                def work() -> None:
                    projection.catch_up()
                    following.turn()

                with _repeated(work):
                    yield slapd
            finally:
                following.close()
                slapd.stop()

    def password(self) -> Secret:
        """Return the password of who may change the world's OpenLDAP; made the first time."""
        path = self.folder / "password"
        make_folder(self.folder)
        if not path.exists():
            write_atomic(path, secrets.token_urlsafe(24).encode())
        return Secret(path.read_bytes())


def _begin(projection: Projection) -> None:
    end = time.monotonic() + _PATIENCE
    while projection.step() and time.monotonic() < end:
        pass


@contextmanager
def _repeated(work: Callable[[], None]) -> Iterator[None]:
    """Do something again and again in a thread, whatever becomes of it each time."""
    ended = threading.Event()

    def run() -> None:
        reported = ""
        while not ended.wait(_PAUSE):
            try:
                work()
                reported = ""
            except CpsError as error:
                if str(error) != reported:
                    reported = str(error)
                    _LOG.warning("the LDAP directory is not current: %s", error)

    thread = threading.Thread(target=run, name="ldap-entries", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
