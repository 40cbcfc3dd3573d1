# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec.ldap import names, urls
from caducee.codec.ldap.filters import EVERYTHING, Equal, Present
from caducee.codec.ldap.names import MAX_SIZE, Ava, Dn
from caducee.codec.ldap.urls import LdapUrl
from caducee.spec.igc import ALL_CAS
from caducee.spec.ldap import SearchScope

TYPES = st.from_regex(r"\A([A-Za-z][A-Za-z0-9-]{0,6}|[0-9](\.[0-9]{1,3}){1,3})\Z")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
AVAS = st.builds(Ava, TYPES, TEXTS) | st.builds(Ava, TYPES, st.just(bytes.fromhex("020101")))
LEVELS = st.lists(AVAS, min_size=1, max_size=3).map(tuple)
NAMES = st.lists(LEVELS, max_size=3).map(lambda levels: Dn(tuple(levels)))


@pytest.mark.parametrize("module", [names, urls])
def test_examples_of_the_documentation_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(NAMES)
def test_a_name_comes_back_from_its_text(name: Dn) -> None:
    assert Dn.parse(name.text()) == name
    assert Dn.parse(name.text()).same(name)


@given(st.text('abc=,+;\\" #0AF<>é\n', max_size=20))
def test_any_text_is_a_name_or_a_format_error(written: str) -> None:
    try:
        name = Dn.parse(written)
    except FormatError as error:
        assert error.code == "ldap.name"
    else:
        assert Dn.parse(name.text()) == name


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("CN=A,C=FR", "cn=a , c=fr"),
        ("2.5.4.3=A", "commonName=a"),
        ("OID.2.5.4.10=x", "o=X"),
        ("cn=a  b", "cn= A B "),
        ("cn=é", "cn=\\C3\\A9"),
        ("cn=É", "cn=E\u0301"),
        ("cn=a+sn=b,c=fr", "sn=B+cn=A,c=fr"),
        ("cn=a;c=fr", "cn=a,c=fr"),
        ("cn=#0C0141", "cn=A"),
        ("cn=#1E020041", "cn=A"),
        ("cn=straße", "cn=STRASSE"),
    ],
)
def test_names_are_compared_as_people_read_them(name: str, other: str) -> None:
    assert Dn.parse(name).same(Dn.parse(other))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("cn=a,c=fr", "cn=a"),
        ("cn=a,sn=b", "cn=a+sn=b"),
        ("cn=a\\,c\\=fr", "cn=a,c=fr"),
        ("cn=#020101", "cn=\\#020101"),
        ("cn=a", "sn=a"),
        ("cn=a+sn=b", "cn=a\\+sn=b"),
        ("cn=a\\\\+sn=b", "cn=a\\\\\\+sn=b"),
    ],
)
def test_other_names_are_not_the_same(name: str, other: str) -> None:
    assert not Dn.parse(name).same(Dn.parse(other))


@pytest.mark.parametrize(
    "written",
    [
        "cn",
        "=a",
        "cn=a,",
        "cn=a,,c=fr",
        "cn=a+",
        "cn=a\\",
        "cn=a\\zz",
        'cn=a"b',
        "cn=#0",
        "cn=#0C01",
        "cn=#0C01FF",
        "cn=\\FF",
        "cn=a<b",
        "cn=#0C0141x",
        "c n=a",
        "cn=" + "a" * MAX_SIZE,
    ],
)
def test_other_texts_are_no_names(written: str) -> None:
    with pytest.raises(FormatError, match=r"ldap\.name"):
        Dn.parse(written)


def test_spaces_count_at_the_ends_only_when_they_are_escaped() -> None:
    assert Dn.parse("cn= a b , c=fr").levels[0][0].value == "a b"
    assert Dn.parse("cn=\\ a\\ ,c=fr").levels[0][0].value == " a "
    assert Dn.parse("cn=a\\  ").levels[0][0].value == "a "


def test_a_name_has_a_parent_up_to_the_root() -> None:
    name = Dn.parse("cn=a,o=b,c=fr")
    assert name.parent.text() == "o=b,c=fr"
    assert Dn().parent == Dn() == Dn.parse("  ")
    assert name.parent.below("cn", "a") == name


# URLs


@pytest.mark.parametrize("ca", ALL_CAS, ids=lambda ca: ca.file)
def test_the_distribution_points_of_the_twin_are_read(ca: object) -> None:
    for written, attribute in (
        (ca.crl_ldap_url, "certificaterevocationlist;binary"),  # type: ignore[attr-defined]
        (ca.delta_ldap_url, "deltarevocationlist;binary"),  # type: ignore[attr-defined]
    ):
        url = LdapUrl.parse(written)
        assert url.dn.same(Dn.parse(ca.directory_name))  # type: ignore[attr-defined]
        assert (url.attributes, url.scope) == ((attribute,), SearchScope.BASE)
        assert isinstance(url.filter, Equal) and url.filter.value.lower() == b"pkica"
        assert url.address == ("annuaire-igc.esante.gouv.fr", 389)
        assert LdapUrl.parse(url.text()) == url


def test_the_distribution_points_of_the_older_authorities_are_read() -> None:
    url = LdapUrl.parse(
        "ldap://annuaire.gip-cps.fr/cn=test classe-1,ou=test professionnel,o=test,c=fr"
        "?certificaterevocationlist;binary"
    )
    assert url.dn.same(Dn.parse("CN=TEST CLASSE-1,OU=TEST PROFESSIONNEL,O=TEST,C=FR"))
    assert url.filter == EVERYTHING


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ldap:///", LdapUrl("")),
        ("LDAPS://h", LdapUrl("h", secure=True)),
        ("ldap://[::1]:1389/", LdapUrl("[::1]", port=1389)),
        ("ldap://h/??sub", LdapUrl("h", scope=SearchScope.SUBTREE)),
        (
            "ldap://h/??one?(cn=*)?bindname=cn%3da",
            LdapUrl("h", Dn(), (), SearchScope(1), Present("cn")),
        ),
    ],
)
def test_the_forms_of_rfc_4516_are_read(written: str, expected: LdapUrl) -> None:
    url = LdapUrl.parse(written)
    assert url == expected
    assert LdapUrl.parse(url.text()) == url


def test_an_address_has_the_usual_port_unless_it_says_another() -> None:
    assert LdapUrl.parse("ldaps://h").address == ("h", 636)
    assert LdapUrl.parse("ldap://[::1]:99").address == ("::1", 99)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("http://h/", "ldap.url"),
        ("ldap://h h/", "ldap.url"),
        ("ldap://h:0/", "ldap.url"),
        ("ldap://h:65536/", "ldap.url"),
        ("ldap://h/?????", "ldap.url"),
        ("ldap://h/??deep", "ldap.url"),
        ("ldap://h/????!x", "ldap.url"),
        ("ldap://h/cn=%FF", "ldap.url"),
        ("ldap://h/nothing", "ldap.name"),
        ("ldap://h/???cn", "ldap.filter"),
        ("ldap://h/" + "a" * urls.MAX_SIZE, "ldap.url"),
    ],
)
def test_other_addresses_are_refused(written: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        LdapUrl.parse(written)
    assert caught.value.code == code
