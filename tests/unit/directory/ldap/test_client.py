# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The client, with our server, and with servers that misbehave."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from caducee.base.errors import DirectoryError, FormatError, TrustError
from caducee.base.secret import Secret
from caducee.codec.ldap.messages import (
    Control,
    Message,
    PagedResults,
    notice_of_disconnection,
)
from caducee.codec.ldap.operations import (
    Attribute,
    BindResponse,
    ExtendedResponse,
    Operation,
    Result,
    SearchDone,
    SearchEntry,
    SearchReference,
    SearchRequest,
)
from caducee.directory.ldap.client import (
    DirectoryClient,
    LdapLimits,
    certificate_filter,
    fetch,
    find_persons,
)
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.publication import PublishedAuthority, PublishedPerson
from caducee.directory.ldap.server import LdapAddresses, LdapServer, running
from caducee.directory.ldap.tree import Tree
from caducee.spec.ldap import Oid, ResultCode

HOST = "annuaire-igc.esante.gouv.fr"
SEARCH = SearchRequest("c=FR")


@pytest.fixture(scope="module")
def directory(tree: Tree) -> Iterator[LdapAddresses]:
    with running(LdapServer(lambda: tree)) as addresses:
        yield addresses


@contextmanager
def misbehaving(*answers: bytes, close: bool = True) -> Iterator[tuple[str, int]]:
    """A server that says these bytes, one piece for each piece that it hears."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        peer, _ = listening.accept()
        with peer:
            for answer in answers:
                peer.recv(65536)
                peer.sendall(answer)
            if not close:
                done.wait(20)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        done.set()
        thread.join()
        listening.close()


def wire(*operations: Operation, number: int = 1) -> bytes:
    return b"".join(Message(number, operation).to_bytes() for operation in operations)


def refused_with(code: str, *answers: bytes, close: bool = True, **bounds: float) -> None:
    with (
        misbehaving(*answers, close=close) as address,
        DirectoryClient(*address, bounds=LdapLimits(**bounds)) as client,  # type: ignore[arg-type]
        pytest.raises(DirectoryError) as caught,
    ):
        client.search(SEARCH)
    assert caught.value.code == code


# With our server


def test_a_revocation_list_is_fetched_by_the_address_in_a_certificate(
    directory: LdapAddresses, authorities: list[PublishedAuthority]
) -> None:
    addresses = {HOST: directory.plain}
    for authority in authorities:
        assert fetch(authority.facts.crl_ldap_url, addresses=addresses) == authority.revocation_list
    with pytest.raises(DirectoryError) as caught:
        fetch(authorities[0].facts.delta_ldap_url, addresses=addresses)
    assert caught.value.code == "ldap.no_value"


@pytest.mark.parametrize("url", ["ldap://h/c=FR", "ldap://h/c=FR?a,b", "http://h/c=FR?a"])
def test_an_address_that_means_no_one_value_is_refused(url: str) -> None:
    with pytest.raises(FormatError, match=r"ldap\.url"):
        fetch(url)


def test_persons_are_found_by_number_name_and_certificate(
    directory: LdapAddresses, people: list[PublishedPerson]
) -> None:
    doctor = people[4]
    with DirectoryClient(*directory.plain) as client:

        def count(**asked: str) -> int:
            return len(find_persons(client, "o=TEST,c=FR", **asked))  # type: ignore[arg-type]

        (found,) = find_persons(client, "o=TEST,c=FR", ps_idnat=doctor.person.ps_idnat)
        assert (found.family_name, found.given_name) == ("DOC0000005", "GÉRALDINE")
        assert found.certificates == (*doctor.authentication, *doctor.signature)
        by = find_persons(client, "o=TEST,c=FR", certificate=doctor.signature[0])
        assert by == (found,)
        assert count(family_name="DOC*") == 27
        assert count(family_name="*5") == 3
        assert count(family_name="*000002*") == 11
        assert count(family_name="*") == 30
        assert count(family_name="doc*", given_name="kit") == 6
        assert count(family_name="(*)") == 0
        with pytest.raises(TrustError):
            certificate_filter(b"no certificate")


def test_pages_give_everything_in_pieces(directory: LdapAddresses, tree: Tree) -> None:
    with DirectoryClient(*directory.plain) as client:
        sizes = [len(page.entries) for page in client.pages(SEARCH, 50)]
        assert (sizes[0], sum(sizes)) == (50, len(tree))


def test_what_a_limit_cut_off_is_marked(tree: Tree) -> None:
    options = LdapOptions(
        size_limit=10, users={"cn=A": Secret.of("hush")}, clear_text_passwords=True
    )
    with (
        running(LdapServer(lambda: tree, options)) as addresses,
        DirectoryClient(*addresses.plain) as client,
    ):
        found = client.search(SEARCH)
        assert (len(found.entries), found.complete) == (10, False)
        client.bind("cn=A", Secret.of("hush"))
        assert client.who_am_i() == "dn:cn=A"
        assert client.search(SEARCH).complete
        client.bind()
        assert client.who_am_i() == ""
        with pytest.raises(DirectoryError) as caught:
            client.bind("cn=A", Secret.of("wrong"))
        assert caught.value.facts["result"] == "INVALID_CREDENTIALS"
        assert "wrong" not in str(caught.value)


# With others


def test_references_are_reported_and_not_followed() -> None:
    said = wire(SearchReference(("ldap://elsewhere/",)), SearchDone(Result(0)))
    with misbehaving(said) as address, DirectoryClient(*address) as client:
        assert client.search(SEARCH).references == ("ldap://elsewhere/",)


def test_nobody_at_the_address_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as item:
        address = item.getsockname()
    with pytest.raises(DirectoryError) as caught:
        DirectoryClient(*address)
    assert caught.value.code == "ldap.unreachable"


def test_a_server_that_does_not_answer_is_waited_for_so_long_and_no_longer() -> None:
    refused_with("ldap.slow", b"", close=False, seconds=0.2)
    refused_with("ldap.slow", wire(SearchEntry("c=FR")), close=False, seconds=0.2)


def test_a_server_that_answers_without_end_is_not_heard_to_the_end() -> None:
    entries = wire(*[SearchEntry("c=FR", (Attribute("cn", (b"x" * 1000,)),))] * 100)
    refused_with("ldap.too_much", entries, most_bytes=50_000)
    refused_with("ldap.too_much", bytes.fromhex("308400FFFFFF"), most_bytes=1000)


def test_a_server_that_goes_away_is_said() -> None:
    refused_with("ldap.closed", b"")
    refused_with("ldap.closed", wire(SearchEntry("c=FR")))


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes.fromhex("3003020101"),
        wire(SearchDone(Result(0)), number=7),
        wire(BindResponse(Result(0))),
        Message(0, SearchDone(Result(0))).to_bytes(),
        Message(1, SearchDone(Result(0)), (Control(Oid.PAGED_RESULTS, False, b"x"),)).to_bytes(),
    ],
)
def test_an_answer_that_was_not_asked_for_is_refused(said: bytes) -> None:
    refused_with("ldap.answer", said)


def test_other_operations_want_their_own_answers() -> None:
    done = wire(SearchDone(Result(0)))
    with misbehaving(done) as address, DirectoryClient(*address) as client:
        with pytest.raises(DirectoryError, match=r"ldap\.answer"):
            client.bind()
    with misbehaving(done) as address, DirectoryClient(*address) as client:
        with pytest.raises(DirectoryError, match=r"ldap\.answer"):
            client.who_am_i()


def test_a_refusal_bears_the_words_of_the_server() -> None:
    refused = Result(ResultCode.UNWILLING_TO_PERFORM, "", "not today")
    for said in (
        wire(SearchDone(refused)),
        notice_of_disconnection(ResultCode.UNWILLING_TO_PERFORM, "not today").to_bytes(),
    ):
        with misbehaving(said) as address, DirectoryClient(*address) as client:
            with pytest.raises(DirectoryError) as caught:
                client.search(SEARCH)
        assert caught.value.code == "ldap.refused"
        assert "not today" in str(caught.value)


def test_what_stands_behind_the_answer_to_start_tls_ends_the_connection() -> None:
    begun = wire(ExtendedResponse(Result(0), Oid.START_TLS))
    with misbehaving(begun + wire(SearchDone(Result(0)))) as address:
        with DirectoryClient(*address) as client:
            with pytest.raises(DirectoryError, match=r"ldap\.answer"):
                client.start_tls()


def test_a_handshake_that_fails_is_said() -> None:
    begun = wire(ExtendedResponse(Result(0), Oid.START_TLS))
    with misbehaving(begun, b"no TLS") as address, DirectoryClient(*address) as client:
        with pytest.raises(DirectoryError) as caught:
            client.start_tls()
    assert caught.value.code == "ldap.unreachable"


def test_attributes_without_values_and_foreign_bytes_are_no_persons_name() -> None:
    entry = SearchEntry("cn=x", (Attribute("cn"), Attribute("sn", (b"\xff",))))
    with misbehaving(wire(entry, SearchDone(Result(0)))) as address:
        with DirectoryClient(*address) as client:
            (found,) = find_persons(client, "c=FR", family_name="*")
    assert (found.ps_idnat, found.family_name, found.certificates) == ("", "\ufffd", ())


def test_a_page_without_its_control_is_the_last() -> None:
    with misbehaving(wire(SearchDone(Result(0)))) as address, DirectoryClient(*address) as client:
        assert client.search(SEARCH, page=PagedResults(5)).cookie == b""
