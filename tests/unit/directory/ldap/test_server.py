# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The server on real sockets: bounds for hostile clients, and the others stay served."""

import asyncio
import socket
import ssl
import time
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caducee.base.errors import ConfigError, DirectoryError
from caducee.codec.ldap import filters
from caducee.codec.ldap.messages import Message, message_size
from caducee.codec.ldap.operations import (
    BindRequest,
    ExtendedRequest,
    ExtendedResponse,
    Result,
    SearchDone,
    SearchRequest,
)
from caducee.directory.ldap.client import DirectoryClient, LdapLimits
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.server import LdapAddresses, LdapServer, _Connection, running
from caducee.directory.ldap.tree import Tree
from caducee.spec.ldap import Oid, SearchScope
from caducee.testing import pki

WHO = Message(1, ExtendedRequest(Oid.WHO_AM_I)).to_bytes()
ALL = SearchRequest("c=FR")


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server for 127.0.0.1, and of a client that trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    root = pki.authority("LDAP TLS ROOT")
    name = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
    issued = root.issue("localhost", extensions=((name, False), (usage, False)))
    certificate, key = folder / "server.pem", folder / "key.pem"
    certificate.write_bytes(issued.certificate.public_bytes(Encoding.PEM))
    key.write_bytes(issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    authority = root.certificate.public_bytes(Encoding.PEM).decode()
    return server, ssl.create_default_context(cadata=authority)


@contextmanager
def serving(
    tree: Tree, context: ssl.SSLContext | None = None, **options: object
) -> Iterator[LdapAddresses]:
    server = LdapServer(lambda: tree, LdapOptions(**options), context)  # type: ignore[arg-type]
    with running(server) as addresses:
        yield addresses


def served(addresses: LdapAddresses) -> None:
    with DirectoryClient(*addresses.plain, bounds=LdapLimits(seconds=20)) as client:
        found = client.search(SearchRequest("o=TEST,c=FR", filter=filters.Present("sn")))
        assert len(found.entries) == 30


def open_raw(addresses: LdapAddresses) -> socket.socket:
    raw = socket.create_connection(addresses.plain)
    raw.settimeout(20)
    return raw


def rest(raw: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    pieces = []
    try:
        while piece := raw.recv(1 << 20):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def said_goodbye(data: bytes) -> bool:
    return Oid.NOTICE_OF_DISCONNECTION.encode() in data


def test_a_client_is_served_in_the_clear_by_start_tls_and_by_ldaps(
    tree: Tree, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, trusting = contexts
    with serving(tree, server) as addresses:
        served(addresses)
        assert addresses.secure is not None
        for port, secure in ((addresses.plain[1], False), (addresses.secure[1], True)):
            with DirectoryClient("localhost", port, context=trusting, secure=secure) as client:
                if not secure:
                    client.start_tls()
                assert len(client.search(ALL).entries) == len(tree)
                with pytest.raises(DirectoryError, match="OPERATIONS_ERROR"):
                    client.start_tls()


def test_a_request_right_behind_the_handshake_is_answered(
    tree: Tree, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, trusting = contexts
    bind = Message(2, BindRequest()).to_bytes()
    with serving(tree, server) as addresses:
        for _ in range(30):
            with open_raw(addresses) as raw:
                raw.sendall(Message(1, ExtendedRequest(Oid.START_TLS)).to_bytes())
                assert raw.recv(1000)
                with trusting.wrap_socket(raw, server_hostname="localhost") as inside:
                    inside.sendall(bind)
                    assert inside.recv(1000)[4] == 2


def test_without_a_certificate_there_is_no_tls(tree: Tree) -> None:
    with serving(tree) as addresses:
        assert addresses.secure is None
        with DirectoryClient(*addresses.plain) as client:
            with pytest.raises(DirectoryError, match="PROTOCOL_ERROR"):
                client.start_tls()
            assert client.who_am_i() == ""


def test_a_newer_tree_takes_the_place_of_the_older_at_once(tree: Tree) -> None:
    now = [Tree()]
    with (
        running(LdapServer(lambda: now[0])) as addresses,
        DirectoryClient(*addresses.plain) as client,
    ):
        with pytest.raises(DirectoryError, match="NO_SUCH_OBJECT"):
            client.search(ALL)
        now[0] = tree
        assert len(client.search(ALL).entries) == len(tree)


def test_a_port_that_is_taken_is_said(tree: Tree) -> None:
    async def start(port: int) -> None:
        server = LdapServer(lambda: tree)
        try:
            await server.start(port=port)
        finally:
            await server.stop()

    with serving(tree) as addresses, pytest.raises(ConfigError) as caught:
        asyncio.run(start(addresses.plain[1]))
    assert caught.value.code == "ldap.address_taken"


# Hostile and slow clients


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", bytes.fromhex("30847FFFFFFF"), b"\x16\x03\x01\x02\x00"]
)
def test_bytes_that_are_no_ldap_end_that_connection_alone(tree: Tree, data: bytes) -> None:
    with serving(tree) as addresses, open_raw(addresses) as raw:
        raw.sendall(data)
        assert said_goodbye(rest(raw))
        served(addresses)


def test_a_client_that_does_not_finish_a_request_is_let_go(tree: Tree) -> None:
    with serving(tree, message_seconds=0.1) as addresses, open_raw(addresses) as raw:
        raw.sendall(WHO[:-1])
        assert said_goodbye(rest(raw))
        served(addresses)


def test_a_client_that_sends_byte_by_byte_is_let_go(tree: Tree) -> None:
    request = Message(1, SearchRequest("cn=" + "x" * 1000)).to_bytes()
    with serving(tree, message_seconds=0.2) as addresses, open_raw(addresses) as raw:
        raw.settimeout(0.02)
        said = b""
        for byte in request:
            try:
                raw.sendall(bytes((byte,)))
                said += raw.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                break
            if said:
                break
        assert said_goodbye(said)
        served(addresses)


def test_a_client_that_says_nothing_is_let_go(tree: Tree) -> None:
    with serving(tree, idle_seconds=0.1) as addresses, open_raw(addresses) as raw:
        assert said_goodbye(rest(raw))


def test_a_client_that_asks_and_does_not_listen_is_let_go(tree: Tree) -> None:
    asked = Message(1, ALL).to_bytes() * 300
    with serving(tree, write_seconds=0.1) as addresses, open_raw(addresses) as raw:
        raw.sendall(asked)
        time.sleep(0.5)  # five times what the server bears
        served(addresses)
        answer = rest(raw)
        assert answer.count(Message(1, SearchDone(Result(0))).to_bytes()) < 300


class Recorder(asyncio.Transport):
    """A transport that counts how often reading was paused."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = 0

    def pause_reading(self) -> None:
        self.paused += 1

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class Shaking(LdapServer):
    """A server whose handshakes never end."""

    def keep(self, work: Coroutine[None, None, None]) -> None:
        work.close()


def test_while_the_handshake_goes_on_the_transport_below_is_not_stopped(
    tree: Tree, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    async def paused() -> tuple[int, int]:
        connection = _Connection(Shaking(lambda: tree, context=contexts[0]), False)
        transport = Recorder()
        connection.connection_made(transport)
        connection.data_received(Message(1, ExtendedRequest(Oid.START_TLS)).to_bytes())
        before = transport.paused
        connection.data_received(WHO)
        return before, transport.paused

    before, after = asyncio.run(paused())
    assert before == after > 0


def test_a_handshake_that_does_not_end_is_let_go(
    tree: Tree, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    with serving(tree, contexts[0], message_seconds=0.2) as addresses:
        assert addresses.secure is not None
        with socket.create_connection(addresses.secure) as raw:
            raw.settimeout(20)
            raw.sendall(b"\x16\x03\x01")
            assert rest(raw) == b""
        with socket.create_connection(addresses.secure) as raw:
            raw.settimeout(20)
            raw.sendall(WHO * 10)  # no TLS at all
            assert not said_goodbye(rest(raw))
        served(addresses)


def test_a_client_that_leaves_in_the_middle_of_an_answer_harms_nobody(tree: Tree) -> None:
    with serving(tree) as addresses:
        for _ in range(20):
            with open_raw(addresses) as raw:
                raw.sendall(Message(1, ALL).to_bytes() * 20)
                raw.recv(100)
        served(addresses)


@pytest.mark.parametrize("limit", ["connections", "connections_of_one"])
def test_too_many_connections_are_sent_away_and_room_is_made_again(tree: Tree, limit: str) -> None:
    options = LdapOptions(spare_seconds=600, **{limit: 5})  # type: ignore[arg-type]
    with running(LdapServer(lambda: tree, options)) as addresses:
        with ExitStack() as stack:
            for _ in range(5):
                context = stack.enter_context(open_raw(addresses))
                context.sendall(WHO)
                assert context.recv(1000)
            with open_raw(addresses) as raw:
                assert said_goodbye(rest(raw))
        end = time.monotonic() + 20
        while True:  # the server notices in its own time that the five are gone
            try:
                return served(addresses)
            except DirectoryError:
                assert time.monotonic() < end


@pytest.mark.parametrize("limit", ["connections", "connections_of_one"])
def test_connections_that_ask_nothing_make_room(tree: Tree, limit: str) -> None:
    options = LdapOptions(spare_seconds=0, **{limit: 5})  # type: ignore[arg-type]
    with running(LdapServer(lambda: tree, options)) as addresses, ExitStack() as stack:
        opened = [stack.enter_context(open_raw(addresses)) for _ in range(40)]
        served(addresses)
        assert rest(opened[0]) == b""
        opened[-1].sendall(WHO)
        assert opened[-1].recv(1000)


def test_a_thousand_connections_that_say_nothing_keep_nobody_out(tree: Tree) -> None:
    with serving(tree, spare_seconds=0.2) as addresses, ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(open_raw(addresses))
        end = time.monotonic() + 60
        while True:
            try:
                return served(addresses)
            except DirectoryError:  # too many came in the last moment
                assert time.monotonic() < end


def test_a_search_without_end_leaves_the_others_served(tree: Tree) -> None:
    heavy = filters.And(tuple(filters.parse(f"(!(sn=*{index}*))") for index in range(100)))
    asked = Message(1, SearchRequest("c=FR", SearchScope.SUBTREE, heavy)).to_bytes()
    with serving(tree, time_limit=30) as addresses, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(open_raw(addresses)).sendall(asked * 30)
        served(addresses)


def test_a_burst_of_requests_is_answered_completely(tree: Tree) -> None:
    with serving(tree, message_bytes=1000, outstanding=3) as addresses:
        with open_raw(addresses) as raw:
            raw.sendall(WHO * 5000 + b"the end")
            to_bytes = Message(1, ExtendedResponse(Result(0), value=b"")).to_bytes()
            answer = rest(raw)
            assert answer.startswith(to_bytes * 5000)
            assert said_goodbye(answer)


def test_a_client_that_listens_slowly_gets_everything_in_the_end(tree: Tree) -> None:
    with serving(tree) as addresses, open_raw(addresses) as raw:
        raw.sendall(Message(1, ALL).to_bytes() * 80 + b"the end")
        time.sleep(0.2)
        answer = rest(raw)
        assert answer.count(Message(1, SearchDone(Result(0))).to_bytes()) == 80


def test_answers_of_one_client_keep_their_order_beside_others(tree: Tree) -> None:
    """Quick answers leave together with those of other clients; what comes after comes after."""
    quick = filters.Equal("sn", b"nobody")
    with serving(tree) as addresses, ExitStack() as stack:
        clients = [stack.enter_context(open_raw(addresses)) for _ in range(5)]
        for number in range(1, 61):
            for raw in clients:
                wanted = SearchRequest("c=FR", filter=quick) if number % 3 else ALL
                raw.sendall(Message(number, wanted).to_bytes())
        for raw in clients:
            raw.sendall(b"the end")
            assert [item for item in ended(rest(raw)) if item] == list(range(1, 61))


def ended(answer: bytes) -> Iterator[int]:
    """Yield the numbers of the requests whose end was reported."""
    while size := message_size(answer[:6]):
        message = Message.from_bytes(answer[:size])
        if isinstance(message.operation, SearchDone):
            yield message.id
        answer = answer[size:]
