# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Annuaire Santé (FHIR R4), ours or another, as a directory.

What a server sends is read as far as it is known; a misplaced element counts as absent.
"""

import base64
import binascii
import datetime as dt
import ssl
from collections.abc import Iterator, Mapping

import httpx2
import msgspec

from caducee.base.errors import DirectoryError
from caducee.directory.sources.model import FoundCard, FoundPerson, FoundPractice, is_number
from caducee.spec import annuaire
from caducee.spec.igc import CaFacts

__all__ = ["FhirSource"]

_SECONDS = 15.0
_MOST_BYTES = 16 << 20


class _Coding(msgspec.Struct):
    system: str = ""
    code: str = ""


class _Concept(msgspec.Struct):
    coding: list[_Coding] = []


class _Period(msgspec.Struct):
    start: dt.datetime | None = None
    end: dt.datetime | None = None


class _Part(msgspec.Struct, rename="camel"):
    url: str = ""
    value_string: str = ""
    value_period: _Period = msgspec.field(default_factory=_Period)
    value_codeable_concept: _Concept = msgspec.field(default_factory=_Concept)
    value_date_time: dt.datetime | None = None
    value_base64_binary: str = msgspec.field(default="", name="valueBase64Binary")


class _Extension(msgspec.Struct):
    url: str = ""
    extension: list[_Part] = []


class _Identifier(msgspec.Struct):
    system: str = ""
    value: str = ""


class _Name(msgspec.Struct):
    family: str = ""
    given: list[str] = []


class _Qualification(msgspec.Struct):
    code: _Concept = msgspec.field(default_factory=_Concept)


class _Reference(msgspec.Struct):
    reference: str = ""


class _Resource(msgspec.Struct, rename={"kind": "resourceType"}):
    kind: str = ""
    active: bool | None = None
    extension: list[_Extension] = []
    identifier: list[_Identifier] = []
    name: list[_Name] | str = []
    qualification: list[_Qualification] = []
    organization: _Reference = msgspec.field(default_factory=_Reference)
    code: list[_Concept] = []


class _Entry(msgspec.Struct):
    resource: _Resource = msgspec.field(default_factory=_Resource)


class _Bundle(msgspec.Struct):
    entry: list[_Entry] = []


class FhirSource:
    """A FHIR directory at an address, e.g. ``http://127.0.0.1:8080/fhir/v2``, with an API key."""

    def __init__(self, address: str, key: str, context: ssl.SSLContext | None = None) -> None:
        """``context`` says whom to trust for TLS; none: those whom this machine trusts."""
        self._address = address.rstrip("/")
        self._key = key
        self._context = context

    def find(self, text: str, most: int) -> list[FoundPerson]:
        """Return persons by PS_IdNat, RPPS or card number, or by beginnings of names."""
        if is_number(text):
            for name in ("identifier", "number-smartcard"):
                if found := [*self._persons({name: text}, most)]:
                    return found
            return []
        return [*self._persons([("name", word) for word in text.split()], most)]

    def person(self, ps_idnat: str) -> FoundPerson | None:
        """Return a person with practices, cards, and the certificates that are published."""
        return next(
            self._persons(
                {
                    "identifier": f"{annuaire.IDNPS_SYSTEM}|{ps_idnat}",
                    "_revinclude": "PractitionerRole:practitioner",
                },
                1,
            ),
            None,
        )

    def revocation_list(self, ca: CaFacts, *, delta: bool) -> bytes:
        """Raise `DirectoryError` (``directory.no_list``): this directory has none."""
        raise DirectoryError("directory.no_list", ca=ca.common_name)

    def _persons(
        self, parameters: Mapping[str, str] | list[tuple[str, str]], most: int
    ) -> Iterator[FoundPerson]:
        pairs = [*(parameters.items() if isinstance(parameters, Mapping) else parameters)]
        bundle = self._search([*pairs, ("_count", str(most))])
        roles = [
            entry.resource for entry in bundle.entry if entry.resource.kind == "PractitionerRole"
        ]
        practices = tuple(_practice(role) for role in roles)
        for item in bundle.entry:
            if item.resource.kind == "Practitioner":
                yield _person(item.resource, practices)

    def _search(self, pairs: list[tuple[str, str]]) -> _Bundle:
        headers = {annuaire.API_KEY_HEADER: self._key, "accept": "application/fhir+json"}
        url = f"{self._address}/Practitioner"
        data = b""
        try:
            with (
                httpx2.Client(
                    timeout=_SECONDS, headers=headers, verify=self._context or True
                ) as client,
                client.stream("GET", url, params=tuple(pairs)) as answer,
            ):
                for part in answer.iter_bytes():
                    data += part
                    if len(data) > _MOST_BYTES:
                        raise self._failed(f"> {_MOST_BYTES} bytes")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._failed(str(error) or type(error).__name__) from None
        if answer.status_code != 200:
            raise self._failed(f"HTTP {answer.status_code}")
        try:
            return msgspec.json.decode(data, type=_Bundle)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._failed("no FHIR bundle") from None

    def _failed(self, reason: str) -> DirectoryError:
        return DirectoryError("directory.fhir_failed", address=self._address, reason=reason)


def _person(resource: _Resource, practices: tuple[FoundPractice, ...]) -> FoundPerson:
    numbers = {number.system: number.value for number in resource.identifier}
    name = resource.name[0] if isinstance(resource.name, list) and resource.name else _Name()
    codes = [coding for known in resource.qualification for coding in known.code.coding]
    professions = {annuaire.nomenclature("G15"), annuaire.nomenclature("G16")}
    return FoundPerson(
        ps_idnat=numbers.get(annuaire.IDNPS_SYSTEM, ""),
        family_name=name.family,
        given_name=" ".join(name.given),
        profession=next((code.code for code in codes if code.system in professions), None),
        specialties=tuple(
            code.code for code in codes if code.system == annuaire.nomenclature("R01")
        ),
        active=resource.active,
        practices=practices,
        cards=tuple(_cards(resource)),
        certificates=tuple(_certificates(resource)),
    )


def _practice(role: _Resource) -> FoundPractice:
    sectors = (
        coding.code
        for concept in role.code
        for coding in concept.coding
        if coding.system == annuaire.nomenclature("R02")
    )
    structure = role.organization.reference.rpartition("/")[2]
    return FoundPractice(structure, "", next(sectors, ""), role.active is not False)


def _parts(resource: _Resource, url: str) -> Iterator[dict[str, _Part]]:
    for extension in resource.extension:
        if extension.url == url:
            yield {part.url: part for part in extension.extension}


def _cards(resource: _Resource) -> Iterator[FoundCard]:
    for parts in _parts(resource, annuaire.SMARTCARD_EXTENSION):
        kind = parts.get("type", _Part()).value_codeable_concept.coding
        period = parts.get("period", _Part()).value_period
        if period.start is not None and period.end is not None:
            yield FoundCard(
                number=parts.get("number", _Part()).value_string,
                family=kind[0].code if kind else "",
                issued_at=period.start,
                expires_at=period.end,
                opposed_at=parts.get("oppositionDate", _Part()).value_date_time,
            )


def _certificates(resource: _Resource) -> Iterator[bytes]:
    for parts in _parts(resource, annuaire.CERTIFICATE_EXTENSION):
        try:
            yield base64.b64decode(parts.get("value", _Part()).value_base64_binary, validate=True)
        except (binascii.Error, ValueError):
            continue
