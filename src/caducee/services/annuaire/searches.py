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
from typing import cast
from urllib.parse import parse_qsl, urlencode

import msgspec

from caducee.base.clock import Clock
from caducee.directory import search
from caducee.directory.person_records import persons_with
from caducee.directory.registry import Registry
from caducee.directory.search import Condition, Page, SearchTarget
from caducee.services.annuaire import ids, resources
from caducee.services.annuaire.outcomes import OutcomeError, Resource
from caducee.services.annuaire.parameters import Parameters, Search, Total, conditions
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.services.annuaire.tables import PARAMETERS, SUBJECTS

__all__ = ["Searches"]

type _Key = tuple[str, ...]

_SEAL_BYTES = 16
_REFERENCES = {"practitioner": "practitioner", "organization": "organization", "partof": "partOf"}
"""The element of each reference that can be followed."""

_SUBSETTED: Resource = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "Resource encoded in summary mode",
}


class _Place(msgspec.Struct, array_like=True):
    """What the address of a page holds."""

    kind: str
    query: str
    behind: list[str]
    total: int | None = None


class Searches:
    """Answers from a registry. Its methods wait for the database."""

    def __init__(self, registry: Registry, settings: AnnuaireSettings, clock: Clock) -> None:
        self._registry = registry
        self._limits = (settings.page_size, settings.most_on_page, settings.delta_days)
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def read(self, kind: str, name: str) -> Resource:
        """Return one resource. Raises `OutcomeError` (404)."""
        found = self._resources(kind, [_key_of(kind, name)]) if name.isprintable() else []
        if not found:
            raise OutcomeError(404, "not-found", f"{kind} not found.")
        return found[0]

    def search(self, kind: str, parameters: Parameters, base: str) -> Resource:
        """Return the first page of what meets the parameters. Raises `OutcomeError`."""
        return self._page(_Place(kind, urlencode(parameters), []), base)

    def page(self, token: str, base: str) -> Resource:
        """Return a further page. Raises `OutcomeError` (410)."""
        return self._page(self._unsealed(token), base)

    def _page(self, place: _Place, base: str) -> Resource:
        parameters = parse_qsl(place.query, keep_blank_values=True)
        wanted = conditions(place.kind, parameters, self._clock.now(), self._limits)
        with self._registry.reading():
            found = self._find(place, wanted)
            total = place.total if place.behind else self._total(place.kind, wanted, found)
            matches = self._resources(place.kind, found.keys)
            included = self._included(matches, wanted)
        entries = _entries(_reduced(matches, wanted.elements), base, "match")
        entries += _entries(included, base, "include")
        query = f"?{place.query}" if place.query else ""
        links = [{"relation": "self", "url": f"{base}/{place.kind}{query}"}]
        if found.more:
            token = self._sealed(_Place(place.kind, place.query, list(found.keys[-1]), total))
            links.append({"relation": "next", "url": f"{base}/_page?id={token}"})
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            **({"total": total} if total is not None else {}),
            "link": links,
            **({"entry": entries} if entries else {}),
        }

    def _find(self, place: _Place, wanted: Search) -> Page:
        subject = SUBJECTS.get(place.kind)
        if subject is None:
            return Page((), more=False)
        return search.find(
            self._registry,
            subject,
            wanted.conditions,
            behind=tuple(place.behind),
            limit=wanted.count,
        )

    def _total(self, kind: str, wanted: Search, first: Page) -> int | None:
        """Count what matches; texts on many pages are counted only when that is asked for."""
        if wanted.total is Total.NONE:
            return None
        if not first.more:
            return len(first.keys)
        if wanted.total is None and wanted.by_text:
            return None
        return search.count(self._registry, SUBJECTS[kind], wanted.conditions)

    def _included(self, matches: list[Resource], wanted: Search) -> list[Resource]:
        """Return what the matches refer to, then what refers to them; each resource once."""
        found: list[Resource] = []
        for name in wanted.include:
            references = [_reference(match, _REFERENCES[name]) for match in matches]
            found += self._read_all(
                [reference for reference in dict.fromkeys(references) if reference]
            )
        keys = [str(match["id"]) for match in matches]
        for kind, name in wanted.revinclude:
            if keys and kind in SUBJECTS:
                found += self._referring(kind, PARAMETERS[kind][name].build(keys, ""))
        return list({(item["resourceType"], item["id"]): item for item in found}.values())

    def _read_all(self, references: Sequence[str]) -> list[Resource]:
        kinds = dict.fromkeys(reference.partition("/")[0] for reference in references)
        found: list[Resource] = []
        for kind in kinds:
            names = [
                reference.partition("/")[2]
                for reference in references
                if reference.startswith(f"{kind}/")
            ]
            found += self._resources(kind, [_key_of(kind, name) for name in names])
        return found

    def _referring(self, kind: str, condition: Condition) -> list[Resource]:
        page = search.find(self._registry, SUBJECTS[kind], [condition], limit=self._limits[1])
        return self._resources(kind, page.keys)

    def _resources(self, kind: str, keys: Sequence[_Key]) -> list[Resource]:
        if kind == "Practitioner":
            return self._practitioners([key[0] for key in keys])
        if kind == "Organization":
            return self._organizations([key[0] for key in keys])
        if kind not in SUBJECTS:
            return []
        at = search.updated_at(self._registry, SearchTarget.ACTIVITY, [key[0] for key in keys])
        found = search.activities_with(self._registry, keys)
        return [resources.role(item, at[item.ps_idnat, f"{item.number:02}"]) for item in found]

    def _practitioners(self, keys: Sequence[str]) -> list[Resource]:
        registry = self._registry
        at = search.updated_at(registry, SearchTarget.PERSON, keys)
        shown = search.published_certificates(registry, keys, self._clock.now())
        return [
            resources.practitioner(
                item.person,
                item.cards,
                shown.get(item.person.ps_idnat, []),
                at[(item.person.ps_idnat,)],
            )
            for item in persons_with(registry, keys)
        ]

    def _organizations(self, keys: Sequence[str]) -> list[Resource]:
        at = search.updated_at(self._registry, SearchTarget.STRUCTURE, keys)
        sectors = search.sectors_of(self._registry, keys)
        return [
            resources.organization(
                item, sectors.get(item.struct_idnat, []), at[(item.struct_idnat,)]
            )
            for item in search.structures_with(self._registry, keys)
        ]

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
            raise OutcomeError(410, "expired", "This page is not known any more; search again.")
        return msgspec.json.decode(data, type=_Place)

    def _seal(self, data: bytes) -> bytes:
        return hmac.digest(self._secret, data, hashlib.sha256)[:_SEAL_BYTES]


def _key_of(kind: str, name: str) -> _Key:
    return ids.activity_key(name) if kind == "PractitionerRole" else (ids.key(name),)


def _reference(resource: Resource, element: str) -> str | None:
    value = resource.get(element)
    return str(value["reference"]) if isinstance(value, dict) else None


def _reduced(found: list[Resource], elements: tuple[str, ...]) -> list[Resource]:
    """Return resources with these elements alone, marked as such (FHIR R4, 3.1.1.5.9)."""
    if not elements:
        return found
    kept = {"resourceType", "id", "meta", *elements}
    reduced = []
    for item in found:
        meta = cast("Resource", item["meta"])
        some = {name: value for name, value in item.items() if name in kept}
        reduced.append(some | {"meta": meta | {"tag": [_SUBSETTED]}})
    return reduced


def _entries(found: list[Resource], base: str, mode: str) -> list[Resource]:
    return [
        {
            "fullUrl": f"{base}/{item['resourceType']}/{item['id']}",
            "resource": item,
            "search": {"mode": mode},
        }
        for item in found
    ]
