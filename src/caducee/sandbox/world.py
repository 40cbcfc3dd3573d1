# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`Sandbox`: a folder that holds one offline world.

::

    world/
    ├── sandbox.toml      settings
    ├── clock             by how much the world's clock is moved; absent: not at all
    ├── registry.db       persons, cards, certificates (unless the settings name a database)
    ├── authority/        keys and certificates of the CAs, created when first needed
    ├── server/           the portal's TLS certificate, under a root of its own
    ├── ldap/             the entries of the LDAP directory, rebuilt if removed
    ├── openldap/         what OpenLDAP needs, if the settings want it
    ├── ordering/         what the ordering service keeps outside the registry
    ├── status/           revocation lists that the services fetched
    └── cards/            one image a card, named by its number
"""

import datetime as dt
import os
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.authority.keys import FreshKeys, KeySource
from caducee.authority.linting import installed_linter
from caducee.authority.servers import LINT_EXEMPT, ServerAuthority, machine_name
from caducee.base.clock import Clock, SystemClock
from caducee.base.closing import Closing
from caducee.base.config import load
from caducee.base.errors import StateError
from caducee.base.files import keep_out_of_git, make_folder, write_atomic, write_new
from caducee.base.secret import Secret
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.holder_registry import DirectoryHolderRegistry
from caducee.directory.registry import Registry
from caducee.issuance import (
    CardKeySource,
    CardOrder,
    IssuedCard,
    issue_card,
    issue_cards,
    revoke_card,
)
from caducee.relying.policy import CardPolicy
from caducee.relying.verifier import Verifier
from caducee.sandbox.clock import SandboxClock
from caducee.sandbox.revocation import OwnAuthorities, at_once
from caducee.sandbox.settings import DEFAULT_TOML, SandboxSettings
from caducee.services.web.settings import PortalAddresses, PortalSettings
from caducee.spec import igc
from caducee.spec.igc import CaFacts
from caducee.trust.fetch import FetchSchedule, FetchTransport, NetworkTransport
from caducee.trust.status import StatusClient, StatusRules
from caducee.virtualcard.image import CardImage

if TYPE_CHECKING:
    from caducee.authority.token import TokenKeys
    from caducee.directory.ldap.server import LdapAddresses
    from caducee.sandbox.ldap import WorldEntries

__all__ = ["Sandbox"]

_VARIABLE = "CADUCEE_SANDBOX"
_PATIENT = FetchSchedule(between=dt.timedelta())
"""How authorities of the same process are asked: they need no pause between two requests."""


def _is_there(path: Path) -> bool:
    """Tell whether a file is there; also where it, or its folder, may not be looked at."""
    try:
        path.stat()
    except PermissionError:
        return True  # reading it reports the reason
    except OSError:
        return False
    return True


class Sandbox(Closing):
    """An offline world: its registry, authorities, cards, clock and services.

    Nothing is created before it is needed. A context manager; `close` gives the registry back.
    """

    def __init__(
        self, folder: Path | str, *, machine: Clock | None = None, ca_keys: KeySource | None = None
    ) -> None:
        """Open the world in ``folder``.

        ``machine``: the clock that the world's clock follows; ``ca_keys``: where keys of new CAs
        come from (tests). Raises `StateError` (``sandbox.missing``), `ConfigError`.
        """
        self.folder = folder = Path(folder)
        if not _is_there(folder / "sandbox.toml"):
            raise StateError("sandbox.missing", folder=str(folder))
        self.settings = load(folder / "sandbox.toml", SandboxSettings)
        self._machine = machine or SystemClock()
        self.clock = SandboxClock(folder / "clock", self._machine)
        self._ca_keys = ca_keys

    @classmethod
    def create(
        cls, folder: Path | str, *, machine: Clock | None = None, ca_keys: KeySource | None = None
    ) -> "Sandbox":
        """Make a new world in a new or empty folder.

        Raises `StateError` (``sandbox.exists``, ``sandbox.not_empty``).
        """
        folder = Path(folder)
        if (folder / "sandbox.toml").exists():
            raise StateError("sandbox.exists", folder=str(folder))
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StateError("sandbox.not_empty", folder=str(folder))
        keep_out_of_git(folder)
        write_atomic(folder / "sandbox.toml", DEFAULT_TOML.encode())
        return cls(folder, machine=machine, ca_keys=ca_keys)

    @staticmethod
    def default_folder() -> Path:
        """Return the folder that ``CADUCEE_SANDBOX`` names, else ``sandbox`` here."""
        return Path(os.environ.get(_VARIABLE) or "sandbox")

    def close(self) -> None:
        """Give the registry's connections back, and close the token of the authorities."""
        if "registry" in self.__dict__:
            self.registry.close()
        token = self.__dict__.pop("_token", None)
        if token is not None:
            token.close()

    # What the world consists of

    @cached_property
    def registry(self) -> Registry:
        """The registry of this world."""
        return Registry(
            self.settings.registry or f"sqlite:///{(self.folder / 'registry.db').absolute()}",
            clock=self.clock,
        )

    @cached_property
    def authority(self) -> Authority:
        """The authorities of this world."""
        records = RegistryRecords(self.registry)
        folder, token = self.folder / "authority", self._token
        keys = self._ca_keys or token or FreshKeys(self.settings.authority.keys)
        return Authority(
            folder, records, self.clock, keys=keys, store=token, linter=installed_linter()
        )

    @cached_property
    def _token(self) -> "TokenKeys | None":
        """The token that the settings name, opened."""
        named = self.settings.authority.token
        if named is None:
            return None
        from caducee.authority.token import TokenKeys

        path = self.folder / named.pin_file
        try:
            pin = Secret(path.read_bytes().strip())
        except OSError as error:
            raise StateError("authority.key_unreadable", path=str(path), reason=error) from error
        kind, folder = self.settings.authority.keys, self.folder / "authority"
        return TokenKeys(Path(named.module), named.label, pin, folder, kind=kind)

    @property
    def holders(self) -> DirectoryHolderRegistry:
        """The holders and cards as relying parties see them."""
        return DirectoryHolderRegistry(self.registry)

    def renew_key(self, ca: CaFacts, keys: KeySource | None = None) -> CaFacts:
        """Give an authority another key, and return its new generation.

        ``keys``: where the key comes from (default: as the settings say; with a token in the
        settings, always there).
        """
        return self.authority.renew_key(ca, None if self._token else keys)

    # Cards

    def issue(self, order: CardOrder, *, keys: CardKeySource | None = None) -> IssuedCard:
        """Issue a card; its image stands in ``cards/`` before the registry knows of it."""
        return issue_card(self.registry, self.authority, order, keys=keys, deliver=self._deliver)

    def issue_all(
        self,
        orders: Iterable[CardOrder],
        *,
        keys: CardKeySource | None = None,
        folder: Path | None = None,
        on_issued: Callable[[IssuedCard], None] | None = None,
    ) -> Iterator[IssuedCard]:
        """Issue many cards, as they are asked for; their images go into ``cards/``.

        ``folder``: where the images go instead; ``on_issued`` is called for each card once
        its image exists, before it is in the registry.
        """

        def deliver(issued: IssuedCard) -> None:
            self._deliver(issued, folder)
            if on_issued is not None:
                on_issued(issued)

        return issue_cards(self.registry, self.authority, orders, keys=keys, deliver=deliver)

    def revoke(self, number: str, reason: x509.ReasonFlags = x509.ReasonFlags.unspecified) -> bool:
        """Stop a card and publish the list that says so; false when it was stopped before."""
        return revoke_card(self.registry, self.authority, number, reason)

    def card_path(self, number: str) -> Path:
        """Return where the image of a card lies. Raises `StateError` (``sandbox.card_unknown``)."""
        path = self._image(number)
        if not path.is_file():
            raise StateError("sandbox.card_unknown", name=number)
        return path

    def card_paths(self) -> tuple[Path, ...]:
        """Return the images of all cards, by number."""
        return tuple(sorted((self.folder / "cards").glob("*.json")))

    def keep(self, number: str, image: CardImage) -> Path:
        """Keep the image of a card that comes from elsewhere; one that is there stays as it is."""
        path = self._image(number)
        if not path.exists():
            make_folder(path.parent)
            write_new(path, image.to_json())
        return path

    def _image(self, number: str, folder: Path | None = None) -> Path:
        return (folder or self.folder / "cards") / f"{Path(number).name}.json"

    def _deliver(self, issued: IssuedCard, folder: Path | None = None) -> None:
        path = self._image(issued.card.number, folder)
        make_folder(path.parent)
        image: CardImage = issued.image
        image.save(path)

    # Services

    def verifier(
        self, policy: CardPolicy | None = None, transport: FetchTransport | None = None
    ) -> Verifier:
        """Return what judges logins in this world (default: test cards of every family).

        It knows the authorities that exist now, and that of CPS cards, created if needed;
        ``transport`` leads to OCSP and lists, as in `status`.
        """
        authority = self.authority
        authority.chain(igc.ca(igc.Range.FORT, igc.Domain.PERSONNES))
        return Verifier(
            authority.anchors(),
            authority.intermediates(),
            self.status(transport),
            self.holders,
            policy or CardPolicy.test_cards(),
            self.clock,
        )

    def status(self, transport: FetchTransport | None = None) -> StatusClient:
        """Return the revocation source of the services of this world.

        It asks the OCSP responder at each login, and falls back on lists. ``transport`` leads
        there by the addresses in the certificates (see `network`); without it, the authorities
        are asked directly.
        """
        authority = self.authority
        known = (*authority.anchors(), *authority.intermediates())
        late = dt.timedelta(hours=self.settings.status.late_hours)
        place = self.folder / "status"
        if transport is None:
            own = OwnAuthorities(authority, RegistryRecords(self.registry))
            rules = StatusRules(late=late, lists=_PATIENT, deltas=_PATIENT)
            return StatusClient(known, place, self.clock, own, rules, start=at_once)
        return StatusClient(known, place, self.clock, transport, StatusRules(late=late))

    @staticmethod
    def network(published: str, ldap: "LdapAddresses") -> NetworkTransport:
        """Return a transport that reaches this world's servers instead of the real ones."""
        ours = urlsplit(published)
        web = (ours.hostname or "", ours.port or 80)
        hosts = {urlsplit(item).hostname: web for item in (igc.HTTP_BASE, igc.OCSP_URL)}
        hosts[urlsplit(igc.LDAP_BASE).hostname] = ldap.plain
        return NetworkTransport({name: place for name, place in hosts.items() if name is not None})

    def portal_settings(self, front_socket: Path | None = None) -> PortalSettings:
        """Return the settings of this world's portal; its TLS material is created if needed."""
        folder = self.folder / "server"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._servers().keep(folder / "portal.pem", ["localhost", self.settings.portal.bind])
        known = (*self.authority.anchors(), *self.authority.intermediates())
        authorities = b"".join(item.public_bytes(Encoding.PEM) for item in known)
        write_atomic(folder / "card-authorities.pem", authorities, mode=0o644)
        ports = self.settings.portal
        return PortalSettings(
            server_certificate=str(folder / "portal.pem"),
            server_key=str(folder / "portal.pem"),
            client_authorities=str(folder / "card-authorities.pem"),
            bind=ports.bind,
            open_port=ports.open_port,
            tls12_port=ports.tls12_port,
            tls13_port=ports.tls13_port,
            keep_alive_seconds=ports.keep_alive_seconds,
            session_policy=ports.session_policy,
            trial_certificate=True,
            front_socket=str(front_socket) if front_socket else None,
        )

    def server_root(self) -> Path:
        """Return where the root of the world's web servers lies (PEM), for clients to trust."""
        path = self.folder / "server" / "root.pem"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomic(path, self._servers().root().public_bytes(Encoding.PEM), mode=0o644)
        return path

    def keep_server(self, path: Path, hosts: Iterable[str]) -> None:
        """Keep certificate and key of a web server of one's own in a PEM file (0600).

        Raises `IssueError` (``authority.host_not_allowed``) for hosts that are not of this machine.
        """
        self._servers().keep(path, hosts)

    def _servers(self) -> ServerAuthority:
        # Clients of the portal look at the machine's clock, not at the world's.
        return ServerAuthority(
            self.folder / "server", self._machine, linter=installed_linter(LINT_EXEMPT)
        )

    @contextmanager
    def portal(
        self,
        policy: CardPolicy | None = None,
        *,
        front_socket: Path | None = None,
        transport: FetchTransport | None = None,
    ) -> Iterator[PortalAddresses]:
        """Run the portal for the length of a ``with`` block; gives its addresses.

        ``transport`` leads it to OCSP and lists, as in `status`.
        """
        from caducee.services.portal.server import running

        verifier = self.verifier(policy, transport)
        settings = self.portal_settings(front_socket)
        with running(settings, verifier, self.holders, self.clock) as addresses:
            yield addresses

    @contextmanager
    def order_site(self, *, transport: FetchTransport | None = None) -> Iterator[PortalAddresses]:
        """Run the pages where test cards are ordered, and what makes them, for a ``with`` block.

        Gives their addresses; ``transport`` leads to OCSP and lists, as in `status`.
        """
        from caducee.sandbox.ordering import running_site

        with running_site(self, transport=transport) as addresses:
            yield addresses

    @contextmanager
    def ldap(self) -> "Iterator[LdapAddresses]":
        """Run the directory by LDAP for the length of a ``with`` block; gives its addresses.

        It shows the authorities with their lists, and the persons, and follows the world; StartTLS
        and LDAPS work with a certificate of the world's root of servers.
        """
        from caducee.directory.ldap.options import LdapOptions
        from caducee.directory.ldap.publication import CONTEXT
        from caducee.directory.ldap.server import LdapServer, running
        from caducee.directory.ldap.stored import StoredTree
        from caducee.directory.ldap.workers import WorkerSettings, running_workers

        own = self.settings.ldap
        certificate = self.folder / "ldap" / "server.pem"
        make_folder(certificate.parent)
        self._servers().keep(certificate, ["localhost", own.bind], machine_name())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options = LdapOptions(size_limit=own.size_limit)
        entries = self.entries()
        if own.processes > 1:
            tls = certificate, certificate
            several = WorkerSettings(entries.path, (CONTEXT,), options, *tls)
            ports = own.bind, own.port, own.secure_port
            with entries.kept(), running_workers(several, own.processes, *ports) as addresses:
                yield addresses
            return
        with entries.kept(), StoredTree(entries.path, (CONTEXT,)) as tree:
            server = LdapServer(lambda: tree, options, context)
            with running(server, own.bind, own.port, own.secure_port) as addresses:
                yield addresses

    @contextmanager
    def openldap(self) -> "Iterator[LdapAddresses]":
        """Run OpenLDAP's slapd with the same entries, kept current, for a ``with`` block."""
        from caducee.directory.ldap.server import LdapAddresses
        from caducee.directory.ldap.slapd import Slapd

        own, entries = self.settings.ldap.openldap, self.entries()
        folder = self.folder / "openldap"
        make_folder(folder)
        served = self._servers().issue(["localhost", own.bind], machine_name())
        tls = folder / "server.pem", folder / "key.pem"
        write_atomic(tls[0], served.chain_pem(), mode=0o644)
        write_atomic(tls[1], served.key_pem())
        slapd = Slapd(
            folder,
            size_limit=self.settings.ldap.size_limit,
            tls=(tls[0].absolute(), tls[1].absolute()),
            password=entries.password(),
            program=Path(own.program),
        )
        with entries.openldap(slapd, own.bind, own.port, own.secure_port):
            host = own.bind
            yield LdapAddresses((host, slapd.port), (host, slapd.secure_port))

    def entries(self) -> "WorldEntries":
        """Return the entries of this world's directory, and what follows them."""
        from caducee.sandbox.ldap import WorldEntries

        return WorldEntries(self.folder / "ldap", self.authority, self.registry, self.clock)

    @contextmanager
    def annuaire(self) -> Iterator[str]:
        """Run the Annuaire Santé (FHIR) for the length of a ``with`` block; gives its address."""
        from caducee.services.annuaire.server import running

        with running(self.settings.annuaire, self.registry, self.clock) as address:
            yield address

    @contextmanager
    def publication(self) -> Iterator[str]:
        """Run the publication points for the length of a ``with`` block; gives their address.

        They publish certificates of authorities, revocation lists, OCSP and a page for people.
        """
        from caducee.services.publication.server import running

        settings = self.settings.publication
        with running(settings, self.authority, self.registry, self.clock) as address:
            yield address
