# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the server says, without a network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.secret import Secret
from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import And, Filter, Not, Present, Substrings
from caducee.codec.ldap.messages import Control, Message, PagedResults, message_size
from caducee.codec.ldap.operations import (
    AbandonRequest,
    BindRequest,
    BindResponse,
    CompareRequest,
    CompareResponse,
    ExtendedRequest,
    ExtendedResponse,
    Operation,
    OtherOperation,
    Result,
    SearchDone,
    SearchEntry,
    SearchRequest,
    UnbindRequest,
)
from caducee.directory.ldap.dialogue import Close, Continue, LdapDialogue, Send, Upgrade, Wait
from caducee.directory.ldap.entries import SUBSCHEMA
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.tree import Tree
from caducee.spec.ldap import Oid, OperationTag, ResultCode, SearchScope
from caducee.testing.strategies import spoiled

EVERYBODY = SearchRequest("o=TEST,c=FR", filter=Present("sn"), attributes=("cn",))


class Talk:
    """A dialogue with a clock that stands until it is moved."""

    def __init__(
        self,
        tree: Tree,
        options: LdapOptions | None = None,
        *,
        secure: bool = False,
        can_upgrade: bool = False,
    ) -> None:
        self.time = 0.0
        self.dialogue = LdapDialogue(
            lambda: tree,
            options or LdapOptions(),
            lambda: self.time,
            secure=secure,
            can_upgrade=can_upgrade,
        )
        self.closed = False
        self.upgrade = False

    def say(self, *messages: Message) -> None:
        self.dialogue.receive(b"".join(message.to_bytes() for message in messages))

    def begin(self) -> bytes:
        """Let the dialogue go on until it says something."""
        while isinstance(action := self.dialogue.advance(), Continue):
            pass
        assert isinstance(action, Send)
        return action.data

    def hear(self) -> list[Message]:
        """Let the dialogue go on until it waits; return all that it said."""
        said = b""
        while not isinstance(action := self.dialogue.advance(), Wait):
            said += b"" if isinstance(action, Continue) else action.data
            self.upgrade = isinstance(action, Upgrade)
            self.closed = isinstance(action, Close)
            if self.upgrade or self.closed:
                break
        return split(said)

    def ask(self, operation: Operation, *controls: Control) -> list[Message]:
        self.say(Message(1, operation, controls))
        return self.hear()


def split(data: bytes) -> list[Message]:
    found = []
    while data:
        size = message_size(data)
        assert size is not None
        found.append(Message.from_bytes(data[:size]))
        data = data[size:]
    return found


def code(messages: list[Message]) -> int:
    last = messages[-1].operation
    assert isinstance(last, SearchDone | BindResponse | ExtendedResponse)
    return last.result.code


def names(messages: list[Message]) -> list[str]:
    return [
        message.operation.name for message in messages if isinstance(message.operation, SearchEntry)
    ]


def joined(found: list[list[str]]) -> list[str]:
    return [name for page in found for name in page]


# Searches


def test_a_search_gives_entries_then_its_end(tree: Tree) -> None:
    said = Talk(tree).ask(EVERYBODY)
    assert (len(names(said)), code(said)) == (30, ResultCode.SUCCESS)
    assert all(isinstance(item.operation, SearchEntry) for item in said[:-1])
    assert {item.id for item in said} == {1}


def test_the_server_describes_itself_and_its_schema(tree: Tree) -> None:
    root = Talk(tree).ask(SearchRequest("", SearchScope.BASE, attributes=("+",)))[0].operation
    assert isinstance(root, SearchEntry)
    published = {attribute.description: attribute.values for attribute in root.attributes}
    assert published["namingContexts"] == (b"c=FR",)
    assert published["supportedLDAPVersion"] == (b"3",)
    assert Oid.PAGED_RESULTS.encode() in published["supportedControl"]
    assert Oid.START_TLS.encode() in published["supportedExtension"]
    assert published["subschemaSubentry"] == (SUBSCHEMA.encode(),)
    asked = SearchRequest(
        SUBSCHEMA, SearchScope.BASE, filters.parse("(objectClass=subschema)"), ("objectClasses",)
    )
    schema = Talk(tree).ask(asked)[0].operation
    assert isinstance(schema, SearchEntry)
    assert any(b"'cpsPersonne'" in value for value in schema.attributes[0].values)
    assert len(Talk(tree).ask(SearchRequest(SUBSCHEMA, SearchScope.ONE_LEVEL))) == 1
    assert len(Talk(tree).ask(SearchRequest(SUBSCHEMA))) == 2


def test_operational_attributes_are_given_when_asked_for(tree: Tree) -> None:
    base = "o=TEST,c=FR"
    found = Talk(tree).ask(SearchRequest(base, SearchScope.BASE, attributes=("+",)))[0].operation
    assert isinstance(found, SearchEntry)
    published = {attribute.description: attribute.values for attribute in found.attributes}
    assert published == {
        "entryDN": (base.encode(),),
        "hasSubordinates": (b"TRUE",),
        "structuralObjectClass": (b"organization",),
        "subschemaSubentry": (SUBSCHEMA.encode(),),
    }
    plain = Talk(tree).ask(SearchRequest(base, SearchScope.BASE))[0].operation
    assert isinstance(plain, SearchEntry)
    assert {attribute.description for attribute in plain.attributes} == {"objectClass", "o"}


@pytest.mark.parametrize(
    ("base", "expected", "matched"),
    [
        ("cn=x,ou=y,o=TEST,c=FR", ResultCode.NO_SUCH_OBJECT, "o=TEST,c=FR"),
        ("o=nowhere", ResultCode.NO_SUCH_OBJECT, ""),
        ("", ResultCode.NO_SUCH_OBJECT, ""),
        ("no name", ResultCode.INVALID_DN_SYNTAX, ""),
    ],
)
def test_a_base_that_is_not_there_is_said(
    tree: Tree, base: str, expected: ResultCode, matched: str
) -> None:
    said = Talk(tree).ask(SearchRequest(base))
    assert code(said) == expected
    assert isinstance(said[0].operation, SearchDone)
    assert said[0].operation.result.matched_name == matched


@pytest.mark.parametrize(
    ("server", "client", "given"), [(10, 0, 10), (10, 20, 10), (10, 4, 4), (0, 4, 4)]
)
def test_the_smaller_size_limit_cuts_off(tree: Tree, server: int, client: int, given: int) -> None:
    asked = SearchRequest("o=TEST,c=FR", filter=Present("sn"), size_limit=client)
    said = Talk(tree, LdapOptions(size_limit=server)).ask(asked)
    assert (len(names(said)), code(said)) == (given, ResultCode.SIZE_LIMIT_EXCEEDED)


def test_a_limit_that_is_just_reached_cuts_nothing_off(tree: Tree) -> None:
    said = Talk(tree, LdapOptions(size_limit=30)).ask(EVERYBODY)
    assert (len(names(said)), code(said)) == (30, ResultCode.SUCCESS)


def test_users_with_a_name_have_a_limit_of_their_own(tree: Tree) -> None:
    options = LdapOptions(size_limit=1, user_size_limit=7, users={"cn=A": Secret.of("hush")})
    talk = Talk(tree, options, secure=True)
    assert len(names(talk.ask(EVERYBODY))) == 1
    assert code(talk.ask(BindRequest("CN=a", Secret.of("hush")))) == ResultCode.SUCCESS
    assert len(names(talk.ask(EVERYBODY))) == 7


@pytest.mark.parametrize(("server", "client"), [(5, 0), (5, 9), (9, 5)])
def test_a_search_ends_at_the_smaller_time_limit(tree: Tree, server: int, client: int) -> None:
    for moment, expected in ((5, ResultCode.SUCCESS), (5.1, ResultCode.TIME_LIMIT_EXCEEDED)):
        talk = Talk(tree, LdapOptions(time_limit=server))
        talk.say(Message(1, SearchRequest("c=FR", time_limit=client)))
        talk.begin()
        talk.time = moment
        assert code(talk.hear()) == expected


def test_a_filter_of_too_many_parts_is_refused(tree: Tree) -> None:
    many = And((Present("cn"),) * 20)
    talk = Talk(tree, LdapOptions(filter_terms=20))
    assert code(talk.ask(SearchRequest("c=FR", filter=many))) == ResultCode.ADMIN_LIMIT_EXCEEDED


def test_a_long_search_pauses_so_that_others_have_their_turn(tree: Tree) -> None:
    never: Filter = And((Not(Present("objectClass")),) * 100)
    talk = Talk(tree)
    talk.say(Message(1, SearchRequest("c=FR", filter=never)))
    assert isinstance(talk.dialogue.advance(), Continue)
    assert talk.dialogue.busy
    assert code(talk.hear()) == ResultCode.SUCCESS
    assert not talk.dialogue.busy


def test_a_long_answer_is_sent_in_pieces(tree: Tree) -> None:
    talk = Talk(tree)
    talk.say(Message(1, SearchRequest("c=FR")))
    first = talk.begin()
    assert 0 < len(first) < (80 << 10)
    assert len(names(split(first))) + len(names(talk.hear())) == len(tree)


# Pages


def pages(talk: Talk, size: int, asked: SearchRequest = EVERYBODY) -> list[list[str]]:
    found, cookie = [], b""
    while True:
        said = talk.ask(asked, PagedResults(size, cookie).control(critical=True))
        found.append(names(said))
        page = said[-1].paged_results()
        assert page is not None
        cookie = page.cookie
        if not cookie:
            return found


@pytest.mark.parametrize(("size", "counts"), [(7, [7, 7, 7, 7, 2]), (15, [15, 15]), (99, [30])])
def test_results_come_in_pages(tree: Tree, size: int, counts: list[int]) -> None:
    found = pages(Talk(tree), size)
    assert [len(item) for item in found] == counts
    assert joined(found) == names(Talk(tree).ask(EVERYBODY))


def test_the_size_limit_holds_over_all_pages(tree: Tree) -> None:
    found = pages(Talk(tree, LdapOptions(size_limit=10)), 7)
    assert [len(item) for item in found] == [7, 3]


def test_a_cookie_is_good_for_its_own_search_and_once(tree: Tree) -> None:
    talk = Talk(tree)
    page = talk.ask(EVERYBODY, PagedResults(7).control())[-1].paged_results()
    assert page is not None
    control = PagedResults(7, page.cookie).control()
    other = SearchRequest("o=TEST,c=FR", filter=Present("cn"), attributes=("cn",))
    assert code(talk.ask(other, control)) == ResultCode.UNWILLING_TO_PERFORM
    assert code(talk.ask(EVERYBODY, control)) == ResultCode.UNWILLING_TO_PERFORM
    wrong = PagedResults(7, b"guessed").control()
    assert code(talk.ask(EVERYBODY, wrong)) == ResultCode.UNWILLING_TO_PERFORM


def test_a_search_in_pages_is_given_up_by_a_page_of_no_entries(tree: Tree) -> None:
    talk = Talk(tree)
    page = talk.ask(EVERYBODY, PagedResults(7).control())[-1].paged_results()
    assert page is not None
    end = talk.ask(EVERYBODY, PagedResults(0, page.cookie).control())
    assert (names(end), code(end)) == ([], ResultCode.SUCCESS)
    again = talk.ask(EVERYBODY, PagedResults(7, page.cookie).control())
    assert code(again) == ResultCode.UNWILLING_TO_PERFORM


def test_only_so_many_searches_in_pages_stay_open(tree: Tree) -> None:
    talk = Talk(tree, LdapOptions(pages=2))
    cookies = []
    for _ in range(3):
        page = talk.ask(EVERYBODY, PagedResults(7).control())[-1].paged_results()
        assert page is not None
        cookies.append(page.cookie)
    answers = [code(talk.ask(EVERYBODY, PagedResults(7, cooky).control())) for cooky in cookies]
    assert answers[0] == ResultCode.UNWILLING_TO_PERFORM
    assert answers[1:] == [ResultCode.SUCCESS] * 2


def test_a_malformed_control_for_pages_is_a_protocol_error(tree: Tree) -> None:
    said = Talk(tree).ask(EVERYBODY, Control(Oid.PAGED_RESULTS, True, b"\x30"))
    assert code(said) == ResultCode.PROTOCOL_ERROR


def test_a_critical_control_that_is_not_known_is_refused(tree: Tree) -> None:
    talk = Talk(tree)
    refused = ResultCode.UNAVAILABLE_CRITICAL_EXTENSION
    assert code(talk.ask(EVERYBODY, Control("1.2.3", True))) == refused
    assert code(talk.ask(BindRequest(), Control("1.2.3", True))) == refused
    assert code(talk.ask(ExtendedRequest("1.2"), Control("1.2.3", True))) == refused
    assert code(talk.ask(EVERYBODY, Control("1.2.3", False))) == ResultCode.SUCCESS


# Bind


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (BindRequest(), ResultCode.SUCCESS),
        (BindRequest(version=2), ResultCode.PROTOCOL_ERROR),
        (BindRequest("", None, 3, 0xA3), ResultCode.AUTH_METHOD_NOT_SUPPORTED),
        (BindRequest("cn=A"), ResultCode.UNWILLING_TO_PERFORM),
        (BindRequest("cn=A", Secret.of("hush")), ResultCode.SUCCESS),
        (BindRequest("CN = a", Secret.of("hush")), ResultCode.SUCCESS),
        (BindRequest("cn=A", Secret.of("hushh")), ResultCode.INVALID_CREDENTIALS),
        (BindRequest("cn=B", Secret.of("hush")), ResultCode.INVALID_CREDENTIALS),
        (BindRequest("nobody", Secret.of("hush")), ResultCode.INVALID_DN_SYNTAX),
    ],
)
def test_each_bind_has_its_result(tree: Tree, asked: BindRequest, expected: ResultCode) -> None:
    options = LdapOptions(users={"cn=A": Secret.of("hush")})
    assert code(Talk(tree, options, secure=True).ask(asked)) == expected


def test_a_password_in_the_clear_is_refused_unless_it_is_allowed(tree: Tree) -> None:
    users = {"cn=A": Secret.of("hush")}
    asked = BindRequest("cn=A", Secret.of("hush"))
    assert code(Talk(tree, LdapOptions(users=users)).ask(asked)) == (
        ResultCode.CONFIDENTIALITY_REQUIRED
    )
    open_ = LdapOptions(users=users, clear_text_passwords=True)
    assert code(Talk(tree, open_).ask(asked)) == ResultCode.SUCCESS


def test_too_many_wrong_passwords_close_the_connection(tree: Tree) -> None:
    talk = Talk(tree, LdapOptions(failed_binds=2), secure=True)
    wrong = BindRequest("cn=A", Secret.of("x"))
    talk.ask(wrong)
    assert not talk.closed
    assert code(talk.ask(wrong)) == ResultCode.INVALID_CREDENTIALS
    assert talk.closed


def test_who_am_i_returns_the_name_and_a_failed_bind_forgets_it(tree: Tree) -> None:
    talk = Talk(tree, LdapOptions(users={"cn=A": Secret.of("hush")}), secure=True)

    def who() -> bytes | None:
        answer = talk.ask(ExtendedRequest(Oid.WHO_AM_I))[0].operation
        assert isinstance(answer, ExtendedResponse)
        return answer.value

    assert who() == b""
    talk.ask(BindRequest("cn=A", Secret.of("hush")))
    assert who() == b"dn:cn=A"
    talk.ask(BindRequest("cn=A", Secret.of("x")))
    assert who() == b""


# TLS


def test_start_tls_begins_tls_and_forgets_what_was_before(tree: Tree) -> None:
    options = LdapOptions(users={"cn=A": Secret.of("hush")}, clear_text_passwords=True)
    talk = Talk(tree, options, can_upgrade=True)
    talk.ask(BindRequest("cn=A", Secret.of("hush")))
    assert code(talk.ask(ExtendedRequest(Oid.START_TLS))) == ResultCode.SUCCESS
    assert talk.upgrade
    assert not talk.dialogue.hungry
    talk.dialogue.upgraded()
    answer = talk.ask(ExtendedRequest(Oid.WHO_AM_I))[0].operation
    assert isinstance(answer, ExtendedResponse) and answer.value == b""
    assert code(talk.ask(ExtendedRequest(Oid.START_TLS))) == ResultCode.OPERATIONS_ERROR


def test_start_tls_is_refused_where_it_cannot_be(tree: Tree) -> None:
    assert code(Talk(tree).ask(ExtendedRequest(Oid.START_TLS))) == ResultCode.PROTOCOL_ERROR
    valued = ExtendedRequest(Oid.START_TLS, b"x")
    assert code(Talk(tree, can_upgrade=True).ask(valued)) == ResultCode.PROTOCOL_ERROR


@pytest.mark.parametrize("behind", [Message(2, EVERYBODY).to_bytes(), b"\x30"])
def test_what_was_sent_behind_start_tls_in_the_clear_prevents_it(tree: Tree, behind: bytes) -> None:
    talk = Talk(tree, can_upgrade=True)
    talk.dialogue.receive(Message(1, ExtendedRequest(Oid.START_TLS)).to_bytes() + behind)
    first = talk.dialogue.advance()
    assert isinstance(first, Send)
    assert code(split(first.data)) == ResultCode.OPERATIONS_ERROR


# The course of a connection


def test_an_abandoned_search_is_not_answered(tree: Tree) -> None:
    talk = Talk(tree)
    talk.say(Message(1, SearchRequest("c=FR")), Message(2, EVERYBODY), Message(3, BindRequest()))
    talk.begin()
    talk.say(Message(4, AbandonRequest(1)), Message(5, AbandonRequest(2)))
    talk.say(Message(6, AbandonRequest(3)), Message(7, AbandonRequest(99)))
    assert [item.id for item in talk.hear()] == [3]


def test_requests_are_answered_in_their_order(tree: Tree) -> None:
    talk = Talk(tree)
    talk.say(*(Message(number, ExtendedRequest(Oid.WHO_AM_I)) for number in range(1, 100)))
    assert [item.id for item in talk.hear()] == list(range(1, 100))


def test_unbind_closes_at_once(tree: Tree) -> None:
    talk = Talk(tree)
    talk.say(Message(1, EVERYBODY), Message(2, UnbindRequest()))
    assert talk.dialogue.advance() == Close()


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (OperationTag.MODIFY_REQUEST, 0x67),
        (OperationTag.ADD_REQUEST, 0x69),
        (OperationTag.DELETE_REQUEST, 0x6B),
        (OperationTag.MODIFY_DN_REQUEST, 0x6D),
    ],
)
def test_changes_are_refused_each_in_its_form(tree: Tree, asked: OperationTag, answer: int) -> None:
    said = Talk(tree).ask(OtherOperation(asked, b""))[0].operation
    assert isinstance(said, OtherOperation)
    assert (said.tag, said.value[:3]) == (answer, bytes((10, 1, ResultCode.UNWILLING_TO_PERFORM)))


@pytest.mark.parametrize(
    ("name", "attribute", "value", "expected"),
    [
        ("O=test,c=FR", "o", b"tEST", ResultCode.COMPARE_TRUE),
        ("o=TEST,c=FR", "name", b"TEST", ResultCode.COMPARE_TRUE),
        ("o=TEST,c=FR", "o", b"other", ResultCode.COMPARE_FALSE),
        ("o=TEST,c=FR", "mail", b"x", ResultCode.NO_SUCH_ATTRIBUTE),
        ("o=TEST,c=FR", "unknown", b"x", ResultCode.UNDEFINED_ATTRIBUTE_TYPE),
        ("o=TEST,c=FR", "certificateRevocationList", b"x", ResultCode.INAPPROPRIATE_MATCHING),
        ("o=TEST,c=FR", "o", b"\xff", ResultCode.INVALID_ATTRIBUTE_SYNTAX),
        ("o=TEST,c=FR", "hasSubordinates", b"TRUE", ResultCode.COMPARE_TRUE),
        ("o=none,c=FR", "o", b"none", ResultCode.NO_SUCH_OBJECT),
        ("cn=Subschema", "cn", b"subschema", ResultCode.COMPARE_TRUE),
        ("no name", "o", b"x", ResultCode.INVALID_DN_SYNTAX),
    ],
)
def test_a_value_is_compared_with_those_of_an_entry(
    tree: Tree, name: str, attribute: str, value: bytes, expected: ResultCode
) -> None:
    said = Talk(tree).ask(CompareRequest(name, attribute, value))[0].operation
    assert isinstance(said, CompareResponse)
    assert said.result.code == expected


def test_a_comparison_with_a_critical_control_is_refused(tree: Tree) -> None:
    said = Talk(tree).ask(CompareRequest("c=FR", "c", b"FR"), Control("1.2.3", True))[0].operation
    assert isinstance(said, CompareResponse)
    assert said.result.code == ResultCode.UNAVAILABLE_CRITICAL_EXTENSION


def test_an_extended_operation_that_is_not_known_is_a_protocol_error(tree: Tree) -> None:
    assert code(Talk(tree).ask(ExtendedRequest("1.2.3"))) == ResultCode.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        bytes.fromhex("3084FFFFFFFF"),
        bytes.fromhex("3080"),
        bytes.fromhex("3003020101"),
        Message(0, SearchRequest("")).to_bytes(),
        Message(1, OtherOperation(0x7E, b"")).to_bytes(),
        Message(1, SearchDone(Result(ResultCode.SUCCESS))).to_bytes(),
    ],
)
def test_what_is_no_request_ends_the_connection_with_a_notice(tree: Tree, data: bytes) -> None:
    talk = Talk(tree)
    talk.say(Message(1, ExtendedRequest(Oid.WHO_AM_I)))
    talk.dialogue.receive(data)
    first, last = talk.hear()
    assert first.id == 1  # what came before is still answered
    assert isinstance(last.operation, ExtendedResponse)
    assert (last.id, last.operation.oid) == (0, Oid.NOTICE_OF_DISCONNECTION)
    assert talk.closed


def test_an_answer_of_a_client_ends_the_connection(tree: Tree) -> None:
    talk = Talk(tree)
    said = talk.ask(SearchEntry("cn=A"))
    assert talk.closed and said[-1].id == 0


def test_a_client_that_asks_faster_than_it_is_answered_is_not_read(tree: Tree) -> None:
    options = LdapOptions(outstanding=2, message_bytes=1000)
    talk = Talk(tree, options)
    to_bytes = Message(1, ExtendedRequest(Oid.WHO_AM_I)).to_bytes()
    talk.dialogue.receive(to_bytes * 100)
    assert not talk.dialogue.hungry
    assert talk.dialogue.partial_since is None  # it waits for us, not we for it
    assert len(talk.hear()) == 100
    assert talk.dialogue.hungry


def test_the_time_of_an_unfinished_request_is_known(tree: Tree) -> None:
    talk = Talk(tree)
    data = Message(1, BindRequest()).to_bytes()
    talk.time = 5.0
    talk.dialogue.receive(data[:4])
    talk.time = 9.0
    talk.dialogue.receive(data[4:6])
    assert (talk.dialogue.partial_since, talk.dialogue.last_request) == (5.0, 0.0)
    talk.dialogue.receive(data[6:])
    assert (talk.dialogue.partial_since, talk.dialogue.last_request) == (None, 9.0)


def test_the_server_says_goodbye_of_its_own_accord(tree: Tree) -> None:
    talk = Talk(tree)
    (notice,) = split(talk.dialogue.farewell(ResultCode.BUSY, "too many"))
    assert notice.id == 0
    assert talk.dialogue.advance() == Close()


REQUESTS = [
    Message(1, SearchRequest("o=TEST,c=FR", filter=Substrings("sn", b"DOC"))),
    Message(2, BindRequest("cn=A", Secret.of("x"))),
    Message(3, ExtendedRequest(Oid.START_TLS)),
    Message(
        4, SearchRequest("", SearchScope.BASE, attributes=("+",)), (PagedResults(1).control(),)
    ),
    Message(5, AbandonRequest(4)),
]
GOOD = b"".join(request.to_bytes() for request in REQUESTS)


@given(spoiled(st.just(GOOD)) | st.binary(max_size=60), st.integers(1, 40))
def test_any_bytes_are_answered_with_messages_or_the_end(data: bytes, piece: int) -> None:
    talk = Talk(Tree(), can_upgrade=True)
    for place in range(0, len(data), piece):
        if not (talk.closed or talk.upgrade):
            talk.dialogue.receive(data[place : place + piece])
            talk.hear()
