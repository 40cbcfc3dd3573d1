# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates of organisations: clients, seals, servers (IGC-Santé ELEMENTAIRE ORGANISATIONS)."""

import re
from dataclasses import dataclass

from cryptography import x509

from caducee.authority.authority import Authority
from caducee.authority.keys import PublicKey
from caducee.authority.names import OrganisationName, StructureName
from caducee.authority.requests import OrganisationRequest
from caducee.base.errors import FormatError, IssueError
from caducee.codec.identifiers import StructIdNat
from caducee.directory.model import Structure
from caducee.directory.registry import Registry
from caducee.issuance.name_text import as_registers
from caducee.spec.cards import MAX_ORGANIZATION_NAME
from caducee.spec.igc import OrganisationUse, World
from caducee.spec.nomenclatures import Table, label

__all__ = ["LONGEST_NAME", "OrganisationOrder", "check_hosts", "issue_organisation"]

LONGEST_NAME = 64
"""ub-common-name (RFC 5280 A.1)."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)+{_LABEL}")
_LONGEST_HOST = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationOrder:
    """The order of one certificate of an organisation."""

    structure: Structure
    """Whose; entered into the registry, or brought up to date there."""

    name: str
    """The CN: of a server its host name, else the name of the application."""

    use: OrganisationUse
    """What for."""

    hosts: tuple[str, ...] = ()
    """Further names of a server (dNSName)."""

    world: World = World.TEST
    """Which hierarchy."""


def issue_organisation(
    registry: Registry, authority: Authority, order: OrganisationOrder, public_key: PublicKey
) -> x509.Certificate:
    """Certify a key of an organisation; recorded, and the structure with it.

    Raises `FormatError` (``codec.identifier_*``, ``issuance.structure_name``,
    ``issuance.application_name``, ``issuance.host_name``) and `IssueError`
    (``issuance.not_a_test_structure``, ``issuance.code_unknown``,
    ``issuance.hosts_without_server``).
    """
    name, hosts = order.name, order.hosts
    subject = OrganisationName(_structure_name(order.structure), name)
    if order.use is OrganisationUse.SSL:
        hosts = tuple(dict.fromkeys((name, *hosts)))
        check_hosts(hosts)
    elif hosts:
        raise IssueError("issuance.hosts_without_server", use=order.use.value)
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
        raise FormatError("issuance.application_name", length=len(name), most=LONGEST_NAME)
    request = OrganisationRequest(
        use=order.use, subject=subject, public_key=public_key, hosts=hosts, world=order.world
    )
    with registry.transaction():
        registry.structures.put(order.structure)
        return authority.issue(request)


def _structure_name(structure: Structure) -> StructureName:
    """Return how the structure stands in the name, if it may."""
    if not StructIdNat.parse(structure.struct_idnat).is_test:
        raise IssueError("issuance.not_a_test_structure", struct_idnat=structure.struct_idnat)
    name = as_registers(structure.name)
    if not (0 < len(name) <= MAX_ORGANIZATION_NAME and name.isprintable()):
        raise FormatError("issuance.structure_name", length=len(name))
    department = label(Table.DEPARTMENTS, structure.department or "")
    if department is None:
        raise IssueError(
            "issuance.code_unknown", table=Table.DEPARTMENTS.value, code=structure.department
        )
    return StructureName(structure.struct_idnat, name, department)


def check_hosts(hosts: tuple[str, ...]) -> None:
    """Refuse an invalid server name. Raises `FormatError` (``issuance.host_name``)."""
    for host in hosts:
        if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
            shown = "".join(sign if sign.isprintable() else "?" for sign in host[:100])
            raise FormatError("issuance.host_name", host=shown)
