# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One HTTP exchange: what a server may not do to us."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from caducee.base.http import HttpAnswer, HttpRequest, ResponseTooLargeError, exchange

HEAD = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\n\r\n"
ASKED = HttpRequest("POST", "/path", {"Accept": "text/plain"}, b"question")


class Server:
    """The other end of a connection, which has answered already."""

    def __init__(self) -> None:
        self.connection = http.client.HTTPConnection("server.test")
        self.connection.sock, self.link = socket.socketpair()

    def ask(self, answer: bytes, *, seconds: float = 60, most: int | None = 99) -> HttpAnswer:
        self.link.sendall(answer)
        return exchange(self.connection, ASKED, seconds=seconds, most_bytes=most)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    with made.link:
        yield made
        made.connection.close()


def test_the_request_is_sent_and_the_answer_read(server: Server) -> None:
    answer = server.ask(HEAD + b"hello")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]
    sent = server.link.recv(4096)
    assert sent.startswith(b"POST /path HTTP/1.1\r\nHost: server.test\r\n")
    assert sent.endswith(b"\r\n\r\nquestion")


def test_a_connection_serves_several_exchanges(server: Server) -> None:
    assert server.ask(HEAD + b"hello").body == b"hello"
    assert server.ask(HEAD + b"again").body == b"again"


def test_a_body_of_the_allowed_size_is_taken(server: Server) -> None:
    assert server.ask(HEAD + b"hello", most=5).body == b"hello"


def test_a_larger_body_is_refused(server: Server) -> None:
    with pytest.raises(ResponseTooLargeError):
        server.ask(HEAD + b"hello", most=4)


def test_a_body_that_nobody_asked_for_is_left_unread(server: Server) -> None:
    answer = server.ask(HEAD, most=None)
    assert (answer.status, answer.body) == (200, b"")


def test_a_server_that_never_ends_is_cut_off(server: Server) -> None:
    with pytest.raises(TimeoutError):
        server.ask(HEAD + b"hell", seconds=0.05)


def test_a_server_that_never_answers_is_cut_off(server: Server) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        server.ask(b"", seconds=0.05)


def test_a_body_that_is_cut_short_is_refused(server: Server) -> None:
    server.link.sendall(HEAD + b"hell")
    server.link.shutdown(socket.SHUT_WR)
    with pytest.raises(http.client.IncompleteRead):
        exchange(server.connection, ASKED, seconds=60, most_bytes=99)


def test_a_connection_is_made_where_there_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
    connection = http.client.HTTPConnection(host, port)
    with pytest.raises(ConnectionRefusedError):
        exchange(connection, ASKED, seconds=60)
