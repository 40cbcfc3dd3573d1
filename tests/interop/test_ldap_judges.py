# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Third-party programs judge our LDAP server: ldapsearch, python-ldap, slapd with the same data.

What slapd answers to a question, ours answers too: the same entries, the same attributes, the same
result.
"""

import ipaddress
import json
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caducee.base.secret import Secret
from caducee.codec import ldif
from caducee.codec.ldap import filters
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap.client import (
    DirectoryClient,
    certificate_filter,
    fetch,
    find_persons,
)
from caducee.directory.ldap.entries import Searchable
from caducee.directory.ldap.options import DOCUMENTED_SIZE_LIMIT, LdapOptions
from caducee.directory.ldap.publication import CONTEXT, entries
from caducee.directory.ldap.server import LdapServer, running
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.ldap.tree import Tree
from caducee.spec.igc import TEST_CAS, Domain, Range, ca
from caducee.testing import pki
from caducee.testing.ldap import TemporarySlapd, sample_authorities, sample_persons

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("ldap")]

PERSONS = list(sample_persons(30))
AUTHORITIES = sample_authorities()
ENTRIES = list(entries(AUTHORITIES, PERSONS))
USER = "cn=reader,c=FR"


@dataclass(frozen=True)
class Server:
    port: int
    secure_port: int


@dataclass(frozen=True)
class Both:
    ours: Server
    slapd: Server
    authority: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A certificate for loopback, its key and its authority, in PEM."""
    from cryptography import x509

    folder = tmp_path_factory.mktemp("ldap-tls")
    root = pki.authority("LDAP TLS ROOT")
    address = ipaddress.IPv4Address("127.0.0.1")  # libldap takes localhost for the machine's name
    names = x509.SubjectAlternativeName([x509.IPAddress(address)])
    usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
    issued = root.issue("localhost", extensions=((names, False), (usage, False)))
    key = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    paths = folder / "server.pem", folder / "key.pem", folder / "root.pem"
    contents = (
        issued.certificate.public_bytes(Encoding.PEM),
        key,
        root.certificate.public_bytes(Encoding.PEM),
    )
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


@pytest.fixture(scope="module", params=["in memory", "in a file"])
def tree(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Searchable]:
    """Our entries, both ways."""
    if request.param == "in memory":
        yield Tree(ENTRIES, (CONTEXT,))
        return
    path = tmp_path_factory.mktemp("entries") / "entries.db"
    with EntryStore(path) as store, store.changes() as batch:
        for entry in ENTRIES:
            batch.put(entry.name, [entry])
    with StoredTree(path, (CONTEXT,)) as stored:
        yield stored


def both(tree: Searchable, certificate: tuple[Path, Path, Path], size_limit: int) -> Iterator[Both]:
    server, key, root = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server, key)
    options = LdapOptions(size_limit=size_limit, users={USER: Secret.of("hush")})
    ours = LdapServer(lambda: tree, options, context)
    with (
        running(ours) as at,
        TemporarySlapd(ENTRIES, size_limit=size_limit, certificate=server, key=key) as slapd,
    ):
        assert at.secure is not None
        yield Both(Server(at.plain[1], at.secure[1]), Server(slapd.port, slapd.secure_port), root)


@pytest.fixture(scope="module")
def servers(tree: Searchable, certificate: tuple[Path, Path, Path]) -> Iterator[Both]:
    yield from both(tree, certificate, 0)


@pytest.fixture(scope="module")
def limited(tree: Searchable, certificate: tuple[Path, Path, Path]) -> Iterator[Both]:
    yield from both(tree, certificate, DOCUMENTED_SIZE_LIMIT)


type Answer = tuple[int, set[str], list[str]]
"""Status of ldapsearch, the entries each as text in one order, and the result lines."""


def ldapsearch(
    url: str, *arguments: str, authority: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {"LDAPTLS_CACERT": str(authority)} if authority else {}
    return subprocess.run(
        ["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", url, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin", **environment},
    )


def answer(url: str, *arguments: str, authority: Path | None = None) -> Answer:
    done = ldapsearch(url, *arguments, authority=authority)
    found = {
        ldif.write_entry(item.name.lower(), sorted(item.attributes))
        for item in ldif.read(done.stdout)
    }
    matched = [line for line in done.stderr.split("\n") if line.startswith("Matched")]
    return done.returncode, found, matched


def same(servers: Both, *arguments: str) -> Answer:
    """Ask both, and return the answer that they share."""
    ours = answer(f"ldap://127.0.0.1:{servers.ours.port}", *arguments)
    theirs = answer(f"ldap://127.0.0.1:{servers.slapd.port}", *arguments)
    assert ours == theirs
    return ours


CERTIFICATE = filters.text(certificate_filter(PERSONS[3].authentication[0]))
FILTERS = [
    "(objectClass=*)",
    "(objectclass=CPSPERSONNE)",
    "(objectClass=inetOrgPerson)",
    "(2.5.4.0=pkiCA)",
    "(|(objectClass=cpsPersonne)(&(objectClass=cpsStructuralPerson)(!(objectClass=cpsCarteCps))))",
    "(cn=899700000013)",
    "(commonName=899700000013)",
    "(2.5.4.3=899700000013)",
    "(sn=doc0000001)",
    "(sn=  DOC0000001  )",
    "(givenName=Géraldine)",
    "(givenName=ge\\CC\\81raldine)",
    "(givenName=ANNE-MARIE)",
    "(title=sage-femme)",
    "(sn=DOC*)",
    "(sn=*7)",
    "(sn=*000*1)",
    "(sn=D*C*0*7)",
    "(sn=*C0*)",
    "(sn=DOC0000001*)",
    "(givenName=*mari*)",
    "(&(sn=DOC*)(givenName=KIT))",
    "(&(sn=DOC*)(!(givenName=KIT)))",
    "(|(sn=DOC0000001)(sn=DOC0000002)(sn=NOBODY))",
    "(!(objectClass=person))",
    "(!(sn=DOC0000001))",
    "(&)",
    "(|)",
    "(!(|))",
    "(certauth=*)",
    "(certauth;binary=*)",
    "(userCertificate=*)",
    "(userCertificate;binary=*)",
    "(cACertificate;binary=*)",
    "(certificateRevocationList=*)",
    "(deltaRevocationList;binary=*)",
    "(!(deltaRevocationList=*))",
    "(name=KIT)",
    "(name=*hôpital*)",
    "(unknown=x)",
    "(!(unknown=x))",
    "(unknown=*)",
    "(!(unknown=*))",
    "(|(unknown=x)(sn=DOC0000001))",
    "(&(!(unknown=x))(sn=DOC0000001))",
    "(cn;binary=*)",
    "(!(cn;binary=*))",
    "(cn>=8)",
    "(!(cn>=8))",
    "(cn<=8)",
    "(objectClass=nothing)",
    "(!(objectClass=nothing))",
    "(certauth=nonsense)",
    "(!(certauth=nonsense))",
    "(givenName:=KIT)",
    "(givenName:caseIgnoreMatch:=kit)",
    "(givenName:2.5.13.2:=kit)",
    "(givenName:caseExactMatch:=kit)",
    "(givenName:caseExactMatch:=KIT)",
    "(!(givenName:2.5.13.5:=KIT))",
    "(mail:caseExactIA5Match:=x)",
    "(!(mail:caseExactIA5Match:=x))",
    "(!(mail:caseExactMatch:=x))",
    "(!(sn:caseIgnoreIA5Match:=x))",
    "(!(sn:unknownMatch:=x))",
    "(c:caseExactMatch:=FR)",
    "(o:dn:=test)",
    "(o:dn:caseExactMatch:=TEST)",
    "(o:dn:caseExactMatch:=test)",
    "(!(name:dn:=TEST))",
    "(:caseExactMatch:=KIT)",
    "(:dn:caseIgnoreMatch:=test)",
    "(!(:dn:2.5.13.2:=test))",
    "(structuralObjectClass=cpsPersonne)",
    "(!(structuralObjectClass=cpsPersonne))",
    "(structuralObjectClass=*)",
    "(hasSubordinates=TRUE)",
    "(entryDN=ou=Médecin,o=TEST,c=FR)",
    "(sn=*zz*)",
    "(&(!(sn=DOC*))(!(sn=*7)))",
    "(!" * 100 + "(sn=DOC0000001)" + ")" * 100,
    "(!" * 151 + "(unknown=x)" + ")" * 151,
    CERTIFICATE,
    "(certsign=1$cn=nobody)",
    "(ou=10B0041968)",
    "(l=paris*)",
]


@pytest.mark.parametrize("condition", FILTERS)
def test_each_filter_finds_the_same_as_in_slapd(servers: Both, condition: str) -> None:
    same(servers, "-b", "c=FR", condition)
    same(servers, "-b", "o=TEST,c=FR", "-s", "one", condition)


def test_the_filters_of_the_judges_find_something_and_not_everything(servers: Both) -> None:
    found = [len(same(servers, "-b", "c=FR", item)[1]) for item in FILTERS]
    assert sum(0 < item < len(ENTRIES) for item in found) > 25
    assert len(ENTRIES) in found and 0 in found


@pytest.mark.parametrize(
    "wanted",
    [
        (),
        ("*",),
        ("1.1",),
        ("cn",),
        ("CN", "SN"),
        ("2.5.4.42",),
        ("surname",),
        ("name",),
        ("certauth",),
        ("certauth;binary",),
        ("CertAuth;Binary", "cn"),
        ("cn;binary",),
        ("nothing",),
        ("nothing", "sn"),
        ("1.1", "sn"),
        ("entryDN", "subschemaSubentry", "hasSubordinates", "structuralObjectClass"),
        ("@person",),
        ("@cpsPersonne",),
        ("@2.5.6.6", "givenName"),
        ("@pkiCA", "cn"),
        ("@unknown",),
    ],
)
def test_each_selection_gives_the_same_attributes_as_slapd(
    servers: Both, wanted: tuple[str, ...]
) -> None:
    condition = "(|(sn=DOC0000001)(objectClass=pkiCA))"
    if "subschemaSubentry" in wanted:
        condition = "(sn=DOC0000001)"
    same(servers, "-b", "o=TEST,c=FR", condition, *wanted)
    same(servers, "-A", "-b", "o=TEST,c=FR", condition, *wanted)


@pytest.mark.parametrize("scope", ["base", "one", "sub", "children"])
@pytest.mark.parametrize(
    "base",
    [
        "c=FR",
        "C=fr",
        "o=TEST,c=FR",
        "O = test ; C = fr",
        "ou=Médecin,o=TEST,c=FR",
        "ou=nobody,o=TEST,c=FR",
        "cn=x,ou=nobody,o=TEST,c=FR",
        "o=nowhere",
        "not a name",
        ca(Range.FORT, Domain.PERSONNES).directory_name,
        ca(Range.FORT).directory_name,
    ],
)
def test_each_base_and_scope_gives_the_same_as_slapd(servers: Both, base: str, scope: str) -> None:
    same(servers, "-b", base, "-s", scope, "(objectClass=*)")


@pytest.mark.parametrize(
    "asserted",
    [
        "sn:doc0000001",
        "sn:other",
        "name:GÉRALDINE",
        "unknown:x",
        "mail:x",
        "cn;binary:x",
        "certauth:x",
        "certauth;binary:x",
        "objectClass:PERSON",
        "objectClass:unknown",
        "certificateRevocationList:x",
        "structuralObjectClass:cpsPersonne",
        "hasSubordinates:FALSE",
        "sn::/w==",
    ],
)
@pytest.mark.parametrize(
    "name", ["the person", "o=TEST,c=FR", "cn=nobody,o=TEST,c=FR", "not a name", "cn=Subschema", ""]
)
def test_ldapcompare_hears_the_same_from_both(servers: Both, name: str, asserted: str) -> None:
    if "structural" in asserted and name in ("cn=Subschema", ""):
        asserted = "cn:x"  # slapd has classes of its own for these two
    if "Subordinates" in asserted and "nobody" in name:
        asserted = "cn:x"  # slapd answers success, which a comparison never ends with
    written = ENTRIES[-1].name if name == "the person" else name
    codes = [
        subprocess.run(
            ["ldapcompare", "-x", "-H", f"ldap://127.0.0.1:{item.port}", written, asserted],
            capture_output=True,
            check=False,
            timeout=60,
        ).returncode
        for item in (servers.ours, servers.slapd)
    ]
    assert codes[0] == codes[1]


@pytest.mark.parametrize("size", [1, 7, 30, 1000])
def test_results_in_pages_are_the_same_as_in_slapd(servers: Both, size: int) -> None:
    status, found, _ = same(
        servers, "-E", f"pr={size}/noprompt", "-b", "o=TEST,c=FR", "(sn=*)", "cn"
    )
    assert (status, len(found)) == (0, len(PERSONS))


@pytest.mark.parametrize("size", [1, 5])
def test_a_size_limit_of_the_client_cuts_off_as_in_slapd(servers: Both, size: int) -> None:
    arguments = "-z", str(size), "-b", "o=TEST,c=FR", "(sn=*)", "cn"
    for server in (servers.ours, servers.slapd):
        status, found, _ = answer(f"ldap://127.0.0.1:{server.port}", *arguments)
        assert (status, len(found)) == (4, size)


def test_no_more_entries_are_given_than_the_directory_of_the_cps_gave(limited: Both) -> None:
    for more in ((), ("-E", "pr=3/noprompt"), ("-z", "20")):
        for server in (limited.ours, limited.slapd):
            status, found, _ = answer(
                f"ldap://127.0.0.1:{server.port}", *more, "-b", "o=TEST,c=FR", "(sn=*)", "cn"
            )
            assert (status, len(found)) == (4, DOCUMENTED_SIZE_LIMIT)
    assert len(same(limited, "-b", "o=TEST,c=FR", "(sn=DOC000000*)", "cn")[1]) == 9


def test_tls_is_begun_or_there_from_the_start(servers: Both) -> None:
    wanted = "-b", "c=FR", "(sn=DOC*)", "cn"
    plain = same(servers, *wanted)
    for server in (servers.ours, servers.slapd):
        for url, more in (
            (f"ldap://127.0.0.1:{server.port}", ("-ZZ",)),
            (f"ldaps://127.0.0.1:{server.secure_port}", ()),
        ):
            assert answer(url, *more, *wanted, authority=servers.authority) == plain


def test_a_unrelated_without_our_authority_refuses_the_tls_of_both(servers: Both) -> None:
    for server in (servers.ours, servers.slapd):
        url = f"ldaps://127.0.0.1:{server.secure_port}"
        assert ldapsearch(url, "-b", "c=FR").returncode == 255


def test_a_password_is_taken_inside_tls_alone(servers: Both) -> None:
    url = f"ldap://127.0.0.1:{servers.ours.port}"
    arguments = "-D", USER, "-w", "hush", "-b", "c=FR", "-s", "base"
    assert ldapsearch(url, *arguments).returncode == 13
    inside = ldapsearch(url, "-ZZ", *arguments, authority=servers.authority)
    assert inside.returncode == 0 and "dn: c=FR" in inside.stdout
    wrong = "-D", USER, "-w", "wrong", "-b", "c=FR", "-s", "base"
    assert ldapsearch(url, "-ZZ", *wrong, authority=servers.authority).returncode == 49


def test_ldapwhoami_learns_who_it_is(servers: Both) -> None:
    def ask(*arguments: str) -> str:
        return subprocess.run(
            ["ldapwhoami", "-x", "-H", f"ldap://127.0.0.1:{servers.ours.port}", *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={"PATH": "/usr/bin", "LDAPTLS_CACERT": str(servers.authority)},
        ).stdout.strip()

    assert ask() == "anonymous"
    assert ask("-ZZ", "-D", USER, "-w", "hush") == f"dn:{USER}"


def test_changes_are_refused(servers: Both) -> None:
    change = "dn: o=TEST,c=FR\nchangetype: delete\n"
    done = subprocess.run(
        ["ldapmodify", "-x", "-H", f"ldap://127.0.0.1:{servers.ours.port}"],
        input=change,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "read only" in done.stderr) == (53, True)


def test_the_revocation_lists_are_where_the_certificates_say(servers: Both) -> None:
    published = {authority.facts.file: authority for authority in AUTHORITIES}
    for server in (servers.ours, servers.slapd):
        addresses = {"annuaire-igc.esante.gouv.fr": ("127.0.0.1", server.port)}
        for facts in TEST_CAS:
            item = published[facts.file]
            assert fetch(facts.crl_ldap_url, addresses=addresses) == item.revocation_list
            if item.delta:
                assert fetch(facts.delta_ldap_url, addresses=addresses) == item.delta


def test_our_client_finds_the_same_persons_in_both(servers: Both) -> None:
    answers = []
    for server in (servers.ours, servers.slapd):
        with DirectoryClient("127.0.0.1", server.port) as client:
            asked = SearchRequest("o=TEST,c=FR", filter=filters.Present("sn"))
            by_name = find_persons(client, "o=TEST,c=FR", family_name="DOC0000003")
            certificate = PERSONS[3].signature[0]
            by_certificate = find_persons(client, "c=FR", certificate=certificate)
            paged = [entry.name for page in client.pages(asked, 7) for entry in page.entries]
            answers.append(
                (
                    [item.certificates for item in by_name],
                    sorted(item.entry.lower() for item in by_certificate),
                    sorted(item.lower() for item in paged),
                    client.who_am_i(),
                )
            )
    assert answers[0] == answers[1]
    assert [len(item) for item in answers[0]] == [1, 2, len(PERSONS), 0]


PYTHON_LDAP = """
import json, sys, ldap
from ldap.controls import SimplePagedResultsControl

def ask(url):
    client = ldap.initialize(url)
    client.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
    client.set_option(ldap.OPT_X_TLS_CACERTFILE, sys.argv[5])
    client.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    if url.startswith("ldap://"):
        client.start_tls_s()
    client.simple_bind_s()
    found, cookie = [], ""
    while True:
        page = SimplePagedResultsControl(True, size=8, cookie=cookie)
        number = client.search_ext("c=FR", ldap.SCOPE_SUBTREE, serverctrls=[page])
        _, entries, _, controls = client.result3(number)
        found += [[name.lower(), sorted((key, sorted(value.hex() for value in values))
                   for key, values in attributes.items())] for name, attributes in entries]
        cookie = controls[0].cookie
        if not cookie:
            break
    schema = client.read_subschemasubentry_s(client.search_subschemasubentry_s())
    from ldap.schema import SubSchema, ObjectClass
    person = SubSchema(schema).get_obj(ObjectClass, "cpsPersonne")
    return [sorted(found), list(person.may)]

print(json.dumps([ask(url) for url in sys.argv[1:5]]))
"""


def test_python_ldap_reads_the_same_from_both_page_by_page(servers: Both) -> None:
    both = servers.ours, servers.slapd
    urls = [f"ldap://127.0.0.1:{item.port}" for item in both]  # it begins TLS with these
    urls += [f"ldaps://127.0.0.1:{item.secure_port}" for item in both]
    done = subprocess.run(
        ["/usr/bin/python3", "-c", PYTHON_LDAP, *urls, str(servers.authority)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    ours, *others = json.loads(done.stdout)
    assert others == [ours] * 3
    assert len(ours[0]) == len(ENTRIES)
