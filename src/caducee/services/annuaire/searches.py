# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads and searches of the registry, and the pages that their answers come in.

The address of a further page is opaque: it holds the search and where to go on, sealed with a
secret of this server. After a restart old addresses are gone (410), and the search begins anew.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import msgspec

from caducee.base.clock import Clock
from caducee.directory import search
from caducee.directory.reading import persons_with
from caducee.directory.registry import Registry
from caducee.directory.search import Subject
from caducee.services.annuaire import ids, resources
from caducee.services.annuaire.outcomes import Refusal, Resource
from caducee.services.annuaire.parameters import Parameters, conditions
from caducee.services.annuaire.settings import AnnuaireSettings

__all__ = ["Searches"]

type _Key = tuple[str, ...]

_SUBJECTS = {
    "Practitioner": Subject.PERSON,
    "PractitionerRole": Subject.ACTIVITY,
    "Organization": Subject.STRUCTURE,
}
_SEAL_BYTES = 16


class _Place(msgspec.Struct, array_like=True):
    """What the address of a page holds."""

    kind: str
    query: str
    behind: list[str]


class Searches:
    """Answers from a registry. Its methods wait for the database."""

    def __init__(self, registry: Registry, settings: AnnuaireSettings, clock: Clock) -> None:
        self._registry = registry
        self._limits = (settings.page_size, settings.most_on_page, settings.delta_days)
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def read(self, kind: str, name: str) -> Resource:
        """Return one resource. Raises `Refusal` (404)."""
        found = self._resources(kind, [_key_of(kind, name)]) if name.isprintable() else []
        if not found:
            raise Refusal(404, "not-found", f"There is no such {kind}.")
        return found[0]

    def search(self, kind: str, parameters: Parameters, base: str) -> Resource:
        """Return the first page of what meets the parameters. Raises `Refusal`."""
        return self._page(_Place(kind, urlencode(parameters), []), base)

    def page(self, token: str, base: str) -> Resource:
        """Return a further page. Raises `Refusal` (410)."""
        return self._page(self._unsealed(token), base)

    def _page(self, place: _Place, base: str) -> Resource:
        parameters = parse_qsl(place.query, keep_blank_values=True)
        wanted = conditions(place.kind, parameters, self._clock.now(), self._limits)
        subject = _SUBJECTS[place.kind]
        with self._registry.reading():
            found = search.find(
                self._registry,
                subject,
                wanted.conditions,
                behind=tuple(place.behind),
                limit=wanted.count,
            )
            entries = _entries(self._resources(place.kind, found.keys), base, "match")
            if wanted.roles_too:
                keys = [key[0] for key in found.keys]
                entries += _entries(self._roles_of(keys), base, "include")
        query = f"?{place.query}" if place.query else ""
        links = [{"relation": "self", "url": f"{base}/{place.kind}{query}"}]
        if found.more:
            token = self._sealed(_Place(place.kind, place.query, list(found.keys[-1])))
            links.append({"relation": "next", "url": f"{base}/_page?id={token}"})
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": links,
            **({"entry": entries} if entries else {}),
        }

    def _resources(self, kind: str, keys: Sequence[_Key]) -> list[Resource]:
        if kind == "Practitioner":
            return self._practitioners([key[0] for key in keys])
        if kind == "Organization":
            return self._organizations([key[0] for key in keys])
        at = search.updated_at(self._registry, Subject.ACTIVITY, [key[0] for key in keys])
        found = search.activities_with(self._registry, keys)
        return [resources.role(one, at[one.ps_idnat, f"{one.number:02}"]) for one in found]

    def _practitioners(self, keys: Sequence[str]) -> list[Resource]:
        registry = self._registry
        at = search.updated_at(registry, Subject.PERSON, keys)
        shown = search.published_certificates(registry, keys, self._clock.now())
        return [
            resources.practitioner(
                one.person,
                one.cards,
                shown.get(one.person.ps_idnat, []),
                at[(one.person.ps_idnat,)],
            )
            for one in persons_with(registry, keys)
        ]

    def _organizations(self, keys: Sequence[str]) -> list[Resource]:
        at = search.updated_at(self._registry, Subject.STRUCTURE, keys)
        found = search.structures_with(self._registry, keys)
        return [resources.organization(one, at[(one.struct_idnat,)]) for one in found]

    def _roles_of(self, persons: Sequence[str]) -> list[Resource]:
        at = search.updated_at(self._registry, Subject.ACTIVITY, persons)
        return self._resources("PractitionerRole", sorted(at))

    def _sealed(self, place: _Place) -> str:
        data = msgspec.json.encode(place)
        return base64.urlsafe_b64encode(self._seal(data) + data).rstrip(b"=").decode()

    def _unsealed(self, token: str) -> _Place:
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        data = raw[_SEAL_BYTES:]
        if not hmac.compare_digest(raw[:_SEAL_BYTES], self._seal(data)):
            raise Refusal(410, "expired", "This page is not known any more; search again.")
        return msgspec.json.decode(data, type=_Place)

    def _seal(self, data: bytes) -> bytes:
        return hmac.digest(self._secret, data, hashlib.sha256)[:_SEAL_BYTES]


def _key_of(kind: str, name: str) -> _Key:
    return ids.activity_key(name) if kind == "PractitionerRole" else (ids.key(name),)


def _entries(found: list[Resource], base: str, mode: str) -> list[Resource]:
    return [
        {
            "fullUrl": f"{base}/{one['resourceType']}/{one['id']}",
            "resource": one,
            "search": {"mode": mode},
        }
        for one in found
    ]
