# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeps the entries in a file as the registry and the authorities have them now.

A new file is filled person by person; after that, only whom a change concerns is looked at. Where
the work stands is kept in the transaction that does it: killed at any moment, it goes on there.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence

from caducee.codec.ldap.names import Dn
from caducee.directory import feed
from caducee.directory.feed import Changed
from caducee.directory.ldap.batch import Batch
from caducee.directory.ldap.entries import plain
from caducee.directory.ldap.persons import PAGE, RegistryPersons
from caducee.directory.ldap.publication import (
    CONTEXT,
    AuthoritySource,
    authority_entry,
    person_entries,
)
from caducee.directory.ldap.store import EntryStore
from caducee.directory.registry import Registry
from caducee.spec.igc import World

__all__ = ["Projection"]

_AUTHORITY, _PERSON = "authority ", "person "
_KEPT = dt.timedelta(minutes=1)
"""How long it may be until the moment is kept that was looked at last."""

_MOST_SEEN = 1_000_000
"""Changes that a start knows again; one that finds more looks at them again."""

_MODULUS = 1 << 128
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def _seen_of(stream: str) -> str:
    return f"{stream} seen"


class _Seen(set[Changed]):
    """Changes of one stream that were looked at, and a sum over them that can be kept."""

    def __init__(self, changes: Iterable[Changed] = ()) -> None:
        super().__init__(changes)
        self._sum = sum(map(_number, self))

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._sum = 0

    def after(self, oldest: dt.datetime, new: Iterable[Changed]) -> "_Seen":
        """Return what is known after new changes, without those from before a moment."""
        added = set(new)
        again = {(item.ps_idnat, item.part) for item in added}  # each is known by its last moment
        made = _Seen()
        made.update(
            item
            for item in self
            if item.moment >= oldest and (item.ps_idnat, item.part) not in again
        )
        gone = self - made
        made |= added
        made._sum = self._sum - sum(map(_number, gone)) + sum(map(_number, added))
        return made

    def mark(self) -> str:
        """Return what distinguishes this set from others, and until when its changes go."""
        until = max((item.moment for item in self), default=_NEVER)
        return f"{until.isoformat()} {len(self)} {self._sum % _MODULUS:x}"


def _number(changed: Changed) -> int:
    said = f"{changed.moment.isoformat()}\x00{changed.ps_idnat}\x00{changed.part}".encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=16).digest())


class Projection:
    """Brings a registry and authorities into an `EntryStore`; one writer at a time."""

    def __init__(
        self,
        store: EntryStore,
        registry: Registry,
        authorities: AuthoritySource,
        now: Callable[[], dt.datetime],
        world: World = World.TEST,
    ) -> None:
        self._store = store
        self._registry = registry
        self._authorities = authorities
        self._now = now
        self._world = world
        self._persons = RegistryPersons(registry, now)
        self._seen = {stream: _Seen() for stream in feed.STREAMS}
        self._restored = set[str]()
        self._until: dt.datetime | None = None

    def catch_up(self, on_step: Callable[[int], None] | None = None) -> None:
        """Work until all is as it is now; ``on_step`` gets how many persons each step looked at."""
        while count := self.step():
            if on_step is not None:
                on_step(count)

    def again(self) -> None:
        """Look at everything once more, whatever was done before."""
        with self._store.changes() as batch:
            self._begin(batch, self._now())

    def step(self) -> int:
        """Do a piece of the work; returns how many persons it looked at, 0 when all is done."""
        now = self._now()
        with self._store.changes() as batch:
            self._put_authorities(batch)
            moment = self._until or self._moment("moment")
            if moment is None or now < moment:  # a new file, or a clock that was put back
                self._begin(batch, now)
        behind = self._store.meta("behind")
        if behind is not None and (count := self._all(behind)):
            return count
        return self._turned(now) or sum(self._stream(stream, now) for stream in feed.STREAMS)

    # Everybody

    def _begin(self, batch: Batch, now: dt.datetime) -> None:
        for seen in self._seen.values():
            seen.clear()
        self._until = None
        batch.note("behind", "")
        batch.note("moment", now.isoformat())
        for stream in feed.STREAMS:
            batch.note(stream, now.isoformat())
            batch.forget(_seen_of(stream))

    def _all(self, behind: str) -> int:
        keys = self._persons.keys(behind)
        with self._store.changes() as batch:
            if keys:
                self._put(batch, keys, behind + "\x00")
                batch.note("behind", keys[-1])
            else:
                batch.put_all({}, _PERSON + behind + "\x00", _PERSON + chr(0x10FFFF))
                batch.forget("behind")
        return len(keys)

    # Who has changed

    def _turned(self, now: dt.datetime) -> int:
        """Look at whose certificates began or ended since the last time."""
        kept = self._moment("moment") or now
        found = sorted(feed.turned(self._registry, self._until or kept, now))
        if found or now - kept > _KEPT:  # not every second, for the sake of the disk
            with self._store.changes() as batch:
                for place in range(0, len(found), PAGE):
                    self._put_some(batch, found[place : place + PAGE])
                batch.note("moment", now.isoformat())
        self._until = now
        return len(found)

    def _stream(self, stream: str, now: dt.datetime) -> int:
        """Look at the next who changed; what was seen before is known again by its moment."""
        self._restore(stream)
        seen = self._seen[stream]
        behind = Changed(self._since(stream), "")
        while found := feed.changed(self._registry, stream, behind, PAGE):
            behind = found[-1]
            new = [item for item in found if item not in seen]
            if new:
                moment = min(behind.moment, now)
                later = seen.after(self._before(moment), new)
                with self._store.changes() as batch:
                    self._put_some(batch, sorted({item.ps_idnat for item in new}))
                    batch.note(stream, moment.isoformat())
                    batch.note(_seen_of(stream), later.mark())
                self._seen[stream] = later
                return len(new)
        return 0

    def _restore(self, stream: str) -> None:
        """Know again, once, what was seen before this start, if the registry still says just that.

        Everything that was entered in one transaction has one moment; without this each start
        would look at all of it again.
        """
        if stream in self._restored:
            return
        self._restored.add(stream)
        mark = self._store.meta(_seen_of(stream))
        if mark is None or self._seen[stream]:
            return
        until = dt.datetime.fromisoformat(mark.partition(" ")[0])
        behind = Changed(self._since(stream), "")
        found = feed.changed(self._registry, stream, behind, _MOST_SEEN)
        seen = _Seen(item for item in found if item.moment <= until)
        if seen.mark() == mark:
            self._seen[stream] = seen

    def _since(self, stream: str) -> dt.datetime:
        return self._before(self._moment(stream) or _NEVER)

    def _before(self, moment: dt.datetime) -> dt.datetime:
        return moment - feed.look_back(self._registry)

    def _moment(self, key: str) -> dt.datetime | None:
        found = self._store.meta(key)
        return None if found is None else dt.datetime.fromisoformat(found)

    # Into the file

    def _put_authorities(self, batch: Batch) -> None:
        entries = {
            _AUTHORITY + authority.facts.directory_name: (authority_entry(authority),)
            for authority in self._authorities.authorities()
            if authority.facts.world is self._world
        }
        context = {_AUTHORITY: (plain(Dn.parse(CONTEXT)),)}
        batch.put_all(context | entries, _AUTHORITY, _AUTHORITY + chr(0x10FFFF))

    def _put(self, batch: Batch, keys: Sequence[str], first: str) -> None:
        """Put all persons from one on, in order; who is not among them has no entries."""
        wanted = {
            _PERSON + item.person.ps_idnat: person_entries(item, self._world)
            for item in self._persons.of(keys)
        }
        batch.put_all(wanted, _PERSON + first, _PERSON + keys[-1])

    def _put_some(self, batch: Batch, keys: Iterable[str]) -> None:
        wanted = {
            item.person.ps_idnat: person_entries(item, self._world)
            for item in self._persons.of(tuple(keys))
        }
        for key in keys:
            batch.put(_PERSON + key, wanted.get(key, ()))
