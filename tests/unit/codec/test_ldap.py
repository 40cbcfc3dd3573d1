# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.codec.ldap import encoded, filters, messages
from caducee.codec.ldap.filters import And, Equal, Extensible, Filter, Not, Or, Present, Substrings
from caducee.codec.ldap.messages import (
    Control,
    Message,
    PagedResults,
    message_size,
    notice_of_disconnection,
    refusal,
)
from caducee.codec.ldap.operations import (
    AbandonRequest,
    Attribute,
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
    SearchReference,
    SearchRequest,
    UnbindRequest,
)
from caducee.spec.ldap import Dereference, FilterTag, Oid, OperationTag, ResultCode, SearchScope
from caducee.testing.strategies import spoiled

NUMBERS = st.integers(0, 0x7FFFFFFF)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
OCTETS = st.binary(max_size=20) | st.binary(min_size=120, max_size=300)
DESCRIPTIONS = st.from_regex(r"\A[a-z][a-z0-9]{0,8}(;binary)?\Z")
PIECES = st.binary(min_size=1, max_size=6)
TAGS = st.integers(1, 255).filter(lambda tag: tag & 0x1F != 0x1F)
# After the known parts only tags that no optional part has: else they would be that part.
EXTRA = st.lists(st.tuples(st.sampled_from((0x9E, 0xBE)), OCTETS), max_size=2).map(tuple)


@st.composite
def substrings(draw: st.DrawFn) -> Substrings:
    initial = draw(st.none() | PIECES)
    middle = draw(st.lists(PIECES, max_size=2, min_size=0 if initial else 1))
    return Substrings(draw(DESCRIPTIONS), initial, tuple(middle), draw(st.none() | PIECES))


def leaves(unknown: bool) -> st.SearchStrategy[Filter]:
    compared = [
        st.builds(kind, DESCRIPTIONS, OCTETS)
        for kind in (
            Equal,
            filters.GreaterOrEqual,
            filters.LessOrEqual,
            filters.Approximate,
        )
    ]
    rules = st.from_regex(r"\A[0-9](\.[0-9]){1,3}\Z")
    extensible = st.builds(
        Extensible, OCTETS, DESCRIPTIONS, st.none() | rules, st.booleans()
    ) | st.builds(Extensible, OCTETS, st.none(), rules, st.booleans())
    others = TAGS.filter(lambda tag: tag not in FilterTag)
    extra = [st.builds(filters.UnknownFilter, others, OCTETS)] if unknown else []
    return st.one_of(*compared, st.builds(Present, DESCRIPTIONS), substrings(), extensible, *extra)


def conditions(unknown: bool = True) -> st.SearchStrategy[Filter]:
    def around(inside: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        parts = st.lists(inside, max_size=3).map(tuple)
        return st.builds(And, parts) | st.builds(Or, parts) | st.builds(Not, inside)

    return st.recursive(leaves(unknown), around, max_leaves=6)


RESULTS = st.builds(Result, NUMBERS, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple))
ATTRIBUTES = st.builds(Attribute, DESCRIPTIONS, st.lists(OCTETS, max_size=2).map(tuple))
UNREAD = {OperationTag.MODIFY_REQUEST, OperationTag.ADD_REQUEST}
OTHER = st.sampled_from(sorted(UNREAD)) | TAGS.filter(lambda tag: tag not in OperationTag)


def operations() -> st.SearchStrategy[Operation]:
    return st.one_of(
        st.builds(BindRequest, TEXTS, st.builds(Secret, OCTETS), NUMBERS, extra=EXTRA),
        st.builds(BindRequest, TEXTS, st.none(), NUMBERS, st.just(0xA3), OCTETS, EXTRA),
        st.builds(BindResponse, RESULTS, st.none() | OCTETS, EXTRA),
        st.just(UnbindRequest()),
        st.builds(
            SearchRequest,
            TEXTS,
            st.sampled_from(SearchScope),
            conditions(),
            st.lists(TEXTS, max_size=3).map(tuple),
            NUMBERS,
            NUMBERS,
            st.booleans(),
            st.sampled_from(Dereference),
            EXTRA,
        ),
        st.builds(SearchEntry, TEXTS, st.lists(ATTRIBUTES, max_size=2).map(tuple), EXTRA),
        st.builds(SearchReference, st.lists(TEXTS, max_size=2).map(tuple)),
        st.builds(SearchDone, RESULTS, EXTRA),
        st.builds(CompareRequest, TEXTS, TEXTS, OCTETS, EXTRA),
        st.builds(CompareResponse, RESULTS, EXTRA),
        st.builds(AbandonRequest, NUMBERS),
        st.builds(ExtendedRequest, TEXTS, st.none() | OCTETS, EXTRA),
        st.builds(ExtendedResponse, RESULTS, st.none() | TEXTS, st.none() | OCTETS, EXTRA),
        st.builds(OtherOperation, OTHER, OCTETS),
    )


CONTROLS = st.builds(Control, TEXTS, st.booleans(), st.none() | OCTETS)
MESSAGES = st.builds(
    Message, NUMBERS, operations(), st.lists(CONTROLS, max_size=2).map(tuple), EXTRA
)


@pytest.mark.parametrize("module", [encoded, filters, messages])
def test_examples_of_the_documentation_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(MESSAGES)
def test_what_is_written_is_read_again(message: Message) -> None:
    data = message.to_bytes()
    assert Message.from_bytes(data) == message
    assert message_size(data) == len(data)


@given(conditions(unknown=False))
def test_a_filter_comes_back_from_its_text(condition: Filter) -> None:
    assert filters.parse(filters.text(condition)) == condition


@given(spoiled(MESSAGES.map(Message.to_bytes)) | st.binary(max_size=40))
def test_any_bytes_are_a_message_or_a_format_error(data: bytes) -> None:
    try:
        message = Message.from_bytes(data)
    except FormatError as error:
        assert error.code.startswith("ldap.")
    else:
        assert Message.from_bytes(message.to_bytes()) == message


@given(st.text("(&|!)=<>~*:;.\\ab0dn", max_size=20))
def test_any_text_is_a_filter_or_a_format_error(written: str) -> None:
    try:
        found = filters.parse(written)
    except FormatError as error:
        assert error.code in ("ldap.filter", "ldap.depth")
    else:
        assert filters.parse(filters.text(found)) == found


@given(TEXTS, st.lists(ATTRIBUTES, max_size=3), NUMBERS)
def test_an_entry_that_is_kept_as_it_is_sent_is_the_same(
    name: str, attributes: list[Attribute], number: int
) -> None:
    kept = [encoded.attribute(attribute) for attribute in attributes]
    sent = encoded.entry(number, encoded.octets(name.encode()), kept)
    assert sent == Message(number, SearchEntry(name, tuple(attributes))).to_bytes()
    assert encoded.text(encoded.octets(name.encode())) == name
    for item, data in zip(attributes, kept, strict=True):
        assert (encoded.description(data), encoded.values(data)) == (item.description, item.values)
        bare = encoded.bare(data)
        assert (encoded.description(bare), encoded.values(bare)) == (item.description, ())


@pytest.mark.parametrize(
    "operation",
    [
        BindRequest("cn=A", None, 3, 0xA3, b"sasl"),
        BindResponse(Result(0, "", "", ("ldap://h/",)), b"more"),
        BindResponse(Result(49)),
        SearchRequest("", filter=filters.UnknownFilter(0xAB, b"x"), extra=((0x9E, b"y"),)),
        SearchEntry("cn=A", (Attribute("cn", (b"A", b"B")), Attribute("sn"))),
        SearchReference(("ldap://h/",)),
        SearchDone(Result(4, "c=FR", "no more")),
        AbandonRequest(7),
        ExtendedRequest("1.2", b"v"),
        ExtendedResponse(Result(0), "1.2", b"v", ((0x9E, b"y"),)),
        ExtendedResponse(Result(0)),
        OtherOperation(OperationTag.DELETE_REQUEST, b"cn=A"),
        OtherOperation(0x7E, b""),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_every_operation_is_read_again(operation: Operation) -> None:
    message = Message(5, operation, (Control("1.2", True, b"x"), Control("1.3")), ((0xBE, b""),))
    assert Message.from_bytes(message.to_bytes()) == message


def test_a_password_is_read_as_a_secret_and_never_shown() -> None:
    sent = Message(1, BindRequest("cn=A", Secret.of("hush")))
    read = Message.from_bytes(sent.to_bytes()).operation
    assert isinstance(read, BindRequest) and read.password is not None
    assert read.password.reveal() == b"hush"
    assert "hush" not in repr(read) + repr(sent)
    sasl = BindRequest("", None, 3, 0xA3, b"hush")
    assert "hush" not in repr(sasl)


def test_a_search_is_written_as_openldap_writes_it() -> None:
    """The bytes of ``ldapsearch -x -b o=T -s one (cn=a) cn`` (OpenLDAP 2.6)."""
    asked = SearchRequest("o=T", SearchScope.ONE_LEVEL, Equal("cn", b"a"), ("cn",))
    data = bytes.fromhex(
        "3028 020102 6323 04036f3d54 0a0101 0a0100 020100 020100 010100"
        "a307 0402636e 040161 3004 0402636e"
    )
    assert Message(2, asked).to_bytes() == data
    assert Message.from_bytes(data) == Message(2, asked)


def test_what_may_not_be_written_is_refused() -> None:
    for make in (
        lambda: Substrings("cn"),
        lambda: Substrings("cn", b""),
        lambda: Extensible(b"x"),
        lambda: filters.UnknownFilter(FilterTag.AND, b""),
        lambda: filters.UnknownFilter(0xBF, b""),
        lambda: filters.UnknownFilter(0x1FF, b""),
        lambda: OtherOperation(OperationTag.BIND_REQUEST, b""),
        lambda: OtherOperation(0xBF, b""),
        lambda: Message(-1, UnbindRequest()).to_bytes(),
        lambda: Message(1 << 31, UnbindRequest()).to_bytes(),
        lambda: Message(1, AbandonRequest(-1)).to_bytes(),
    ):
        with pytest.raises(FormatError, match=r"ldap\.structure"):
            make()
    with pytest.raises(FormatError, match=r"ldap\.structure"):
        filters.text(filters.UnknownFilter(0xAB, b""))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31 00",  # no SEQUENCE
        "30 03 020101",  # no operation
        "30 06 040101 420000",  # the number is not an INTEGER
        "30 06 0201FF 4200 00",  # negative number; and a cut element
        "30 05 0201FF 4200",
        "30 09 02050100000000 4200",  # number above maxInt
        "30 0A 0206000000000001 4200",  # number too long
        "30 80 020101 4200 0000",  # indefinite length
        "30 85 0000000005 0201014200",  # length of five bytes
        "30 84 0000",  # cut length
        "30 06 020101 4201",  # cut value
        "30 04 02 0101 42",  # lone tag
        "30 06 020101 5F8100",  # tag of several bytes
        "30 06 020101 420100",  # unbind with content
        "30 05 020101 6000",  # empty bind
        "30 05 020101 6300",  # empty search
        "30 05 020101 6400",  # empty entry
        "30 05 020101 6500",  # empty result
        "30 05 020101 7700",  # empty extended request
        "30 09 020101 6404 0400 3100",  # attributes are no SEQUENCE
        "30 0B 020101 6406 0400 3002 0400",  # an attribute is not a SEQUENCE
        "30 0D 020101 6408 0400 3004 3002 0400",  # an attribute without values
        "30 11 020101 640C 0400 3008 3006 0400 3102 0201",  # cut value
        "30 12 020101 640D 0400 3009 3007 0400 3103 020101",  # a value is not an OCTET STRING
        "30 0A 020101 7705 8003 FFFFFF",  # text that is not UTF-8
        "30 07 020101 5002 0101 00",  # trailing byte
        "30 05 020101 4200 00",
        "30 0B 020101 4200 A004 3002 3100",  # a control without OID
        "30 09 020101 4200 A002 3000",  # an empty control
        "30 09 020101 4200 A002 0400",  # a control that is not a SEQUENCE
        "30 0E 020101 4200 A007 3005 0400 020101",  # something unknown in a control
        "30 0F 020101 4200 A008 3006 0400 0102FFFF",  # a BOOLEAN of two bytes
    ],
)
def test_a_malformed_message_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"ldap\.(element|structure)"):
        Message.from_bytes(bytes.fromhex(text))


SEARCH = "0400 0A010{scope} 0A010{deref} 020100 020100 {types} {filter} {wanted}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scope", "4"),
        ("deref", "4"),
        ("types", "020100"),
        ("filter", "A200"),  # not without a part
        ("filter", "A204 87008700"),  # not with two parts
        ("filter", "8701FF"),  # no UTF-8
        ("filter", "A302 0400"),  # equality without a value
        ("filter", "A304 0400 0200"),
        ("filter", "A402 0400"),  # substrings without pieces
        ("filter", "A404 0400 3100"),
        ("filter", "A404 0400 3000"),
        ("filter", "A406 0400 3002 8000"),  # an empty piece
        ("filter", "A40A 0400 3006 820141 800141"),  # the end before the start
        ("filter", "A902 8200"),  # extensible without a value
        ("filter", "A902 8300"),  # and without a type or rule
        ("filter", "A904 8300 8200"),  # parts in the wrong order
        ("filter", "A906 8200 8200 8300"),
        ("filter", "A904 8500 8300"),
        ("filter", "A906 8200 8300 8400"),  # a BOOLEAN of no byte
        ("wanted", "3100"),
        ("wanted", "3003 020101"),
    ],
)
def test_a_malformed_search_is_refused(field: str, value: str) -> None:
    good = {"scope": "0", "deref": "0", "types": "010100", "filter": "8700", "wanted": "3000"}
    assert Message.from_bytes(search(good)).id == 1
    with pytest.raises(FormatError, match=r"ldap\.structure"):
        Message.from_bytes(search({**good, field: value}))


def search(parts: dict[str, str]) -> bytes:
    body = bytes.fromhex(SEARCH.format(**parts))
    return bytes((0x30, len(body) + 5, 2, 1, 1, 0x63, len(body))) + body


def test_filters_may_stand_inside_each_other_only_so_deep() -> None:
    deepest: Filter = Present("cn")
    for _ in range(filters.MAX_DEPTH - 1):
        deepest = Not(deepest)
    message = Message(1, SearchRequest("", filter=deepest))
    assert Message.from_bytes(message.to_bytes()) == message
    assert filters.parse(filters.text(deepest)) == deepest
    assert filters.terms(And((deepest, Or(())))) == filters.MAX_DEPTH + 2
    deeper = Message(1, SearchRequest("", filter=Not(deepest)))
    for read in (
        lambda: Message.from_bytes(deeper.to_bytes()),
        lambda: filters.parse(filters.text(Not(deepest))),
        lambda: filters.parse("(!" * 100_000),
    ):
        with pytest.raises(FormatError, match=r"ldap\.depth"):
            read()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("(cn=*)", Present("cn")),
        ("(cn=)", Equal("cn", b"")),
        ("(&)", And(())),
        ("(|(a=b)(!(c=d)))", Or((Equal("a", b"b"), Not(Equal("c", b"d"))))),
        ("(cn=a*b*c)", Substrings("cn", b"a", (b"b",), b"c")),
        ("(cn=*b*)", Substrings("cn", None, (b"b",), None)),
        ("(cn=\\2a\\28é)", Equal("cn", "*(é".encode())),
        ("(userCertificate;binary=\\30\\ff)", Equal("userCertificate;binary", b"0\xff")),
        ("(cn:dn:2.5.13.5:=x)", Extensible(b"x", "cn", "2.5.13.5", True)),
        ("(cn:=x)", Extensible(b"x", "cn")),
        ("(:caseExactMatch:=x)", Extensible(b"x", None, "caseExactMatch")),
        ("(o>=a)", filters.GreaterOrEqual("o", b"a")),
        ("(o<=a)", filters.LessOrEqual("o", b"a")),
        ("(o~=a)", filters.Approximate("o", b"a")),
    ],
)
def test_the_forms_of_rfc_4515_are_read(written: str, expected: Filter) -> None:
    assert filters.parse(written) == expected
    asked = SearchRequest("", filter=expected)
    assert Message.from_bytes(Message(1, asked).to_bytes()).operation == asked


@pytest.mark.parametrize(
    "written",
    [
        "",
        "cn=a",
        "(cn=a",
        "(cn=a))",
        "(cn)",
        "(=a)",
        "(&(cn=a)",
        "(!)",
        "(!(a=b)(c=d))",
        "(cn=a**b)",
        "(cn>=a*)",
        "(cn=\\zz)",
        "(cn=\\2)",
        "(cn=\\)",
        "(:dn:=x)",
        "(cn=\ud800)",
        "(cn =a)",
    ],
)
def test_other_texts_are_no_filters(written: str) -> None:
    with pytest.raises(FormatError, match=r"ldap\.filter"):
        filters.parse(written)


def test_the_size_of_a_message_is_known_from_its_head() -> None:
    data = Message(1, ExtendedRequest("1.2", bytes(300))).to_bytes()
    assert [message_size(data[:count]) for count in range(5)] == [None] * 4 + [len(data)]
    with pytest.raises(FormatError, match=r"ldap\.size"):
        message_size(data, 300)
    for wrong in ("31", "3080", "3085"):
        with pytest.raises(FormatError, match=r"ldap\.element"):
            message_size(bytes.fromhex(wrong))


def test_pages_are_asked_for_by_a_control() -> None:
    control = PagedResults(500, b"where").control(critical=True)
    message = Message(1, SearchRequest(""), (Control("1.2"), control))
    assert Message.from_bytes(message.to_bytes()).paged_results() == PagedResults(500, b"where")
    assert Message(1, SearchRequest("")).paged_results() is None


@pytest.mark.parametrize("text", ["", "3000", "3003020101", "31050201010400", "30050201FF0400"])
def test_a_malformed_control_for_pages_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"ldap\.structure"):
        PagedResults.from_bytes(bytes.fromhex(text))
    message = Message(1, SearchRequest(""), (Control(Oid.PAGED_RESULTS, False, None),))
    with pytest.raises(FormatError, match=r"ldap\.structure"):
        message.paged_results()


def test_the_notice_of_disconnection_is_an_unasked_answer() -> None:
    notice = notice_of_disconnection(ResultCode.BUSY, "too many")
    assert notice.id == 0
    assert isinstance(notice.operation, ExtendedResponse)
    assert notice.operation.oid == Oid.NOTICE_OF_DISCONNECTION
    assert not notice.operation.result.ok


def test_a_request_that_is_not_read_is_refused_in_its_form() -> None:
    result = Result(ResultCode.UNWILLING_TO_PERFORM, "", "no")
    asked = OtherOperation(OperationTag.DELETE_REQUEST, b"cn=A")
    answer = refusal(asked, result)
    assert answer == OtherOperation(0x6B, bytes.fromhex("0A0135 0400 04026E6F"))
    assert refusal(OtherOperation(0x7E, b""), result) is None


def test_a_result_code_has_a_name_or_stays_a_number() -> None:
    assert ResultCode.name_of(4) == "SIZE_LIMIT_EXCEEDED"
    assert ResultCode.name_of(4096) == "4096"


@pytest.mark.parametrize(
    "content",
    ["", "0400", "0400 3100", "0400 3000", "0400 3004 0400 0100", "0400 3006 0400 0400 0400"],
)
def test_a_malformed_comparison_is_refused(content: str) -> None:
    value = bytes.fromhex(content)
    data = bytes.fromhex("020101") + bytes((OperationTag.COMPARE_REQUEST, len(value))) + value
    with pytest.raises(FormatError, match=r"ldap\.structure"):
        Message.from_bytes(bytes((0x30, len(data))) + data)
