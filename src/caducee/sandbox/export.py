# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What programs outside a world need to judge its cards, as files (`Verifier.from_folder`)."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.files import keep_out_of_git, make_folder, write_atomic
from caducee.relying.registry import MemoryHolders
from caducee.relying.trust_folder import ANCHORS, AUTHORITIES, HOLDERS, LISTS
from caducee.spec import igc

if TYPE_CHECKING:
    from caducee.sandbox.world import Sandbox

__all__ = ["CLIENT_AUTHORITIES", "SERVER", "SERVER_ROOT", "export"]

CLIENT_AUTHORITIES: Final = "card-authorities.pem"
"""Every authority of cards in one file, as web servers want it for client certificates."""

SERVER_ROOT: Final = "server-root.pem"
"""The root of the world's own web servers, for their clients to trust."""

_PUBLIC: Final = 0o644


SERVER: Final = "server.pem"
"""Certificate and key of a web server that trusts the cards, for its development."""


def export(world: "Sandbox", folder: Path, servers: Iterable[str] = ()) -> None:
    """Write the trust folder of a world; files of an earlier export are replaced.

    ``servers``: host names of a web server of one's own; without any, it gets no certificate.
    Raises `StateError` (``base.file_unwritable``), `IssueError` (``authority.host_not_allowed``).
    """
    world.authority.chain(igc.ca(igc.Range.FORT, igc.Domain.PERSONNES))
    keep_out_of_git(folder)
    anchors, authorities = world.authority.anchors(), world.authority.intermediates()
    _fill(folder / ANCHORS, _named(anchors))
    _fill(folder / AUTHORITIES, _named(authorities))
    lists = {f"{ca.file}.crl": world.authority.crl(ca) for ca in world.authority.existing()}
    _fill(folder / LISTS, lists)
    whole = b"".join(item.public_bytes(Encoding.PEM) for item in (*anchors, *authorities))
    write_atomic(folder / CLIENT_AUTHORITIES, whole, _PUBLIC)
    write_atomic(folder / SERVER_ROOT, world.server_root().read_bytes(), _PUBLIC)
    write_atomic(folder / HOLDERS, _holders(world).to_json(), _PUBLIC)
    hosts = list(servers)
    if hosts:
        world.keep_server(folder / SERVER, hosts)


def _named(certificates: tuple[x509.Certificate, ...]) -> dict[str, bytes]:
    return {
        f"{number:02}-{_common_name(item)}.pem": item.public_bytes(Encoding.PEM)
        for number, item in enumerate(certificates, 1)
    }


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return "".join(it if it.isalnum() else "-" for it in str(found[0].value)) if found else "ca"


def _fill(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a folder, and remove those of an earlier export."""
    make_folder(folder)
    for name, content in files.items():
        write_atomic(folder / name, content, _PUBLIC)
    for path in folder.iterdir():
        if path.name not in files and path.suffix in {".pem", ".crl"}:
            path.unlink()


def _holders(world: "Sandbox") -> MemoryHolders:
    known, found = world.holders, MemoryHolders()
    for card in world.registry.cards.all():
        found.put_card(card.card_id, active=known.card_active(card.card_id) is True)
        holder = known.holder(card.ps_idnat)
        if holder is not None:
            found.put(holder)
    return found
