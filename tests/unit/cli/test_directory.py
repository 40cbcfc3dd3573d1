# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The same commands ask the registry, the Annuaire Santé, LDAP directories and flat files."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.directory.extraction.cards import card_lines
from caducee.directory.extraction.lines import ACTIVITIES, HOLDERS, write
from caducee.directory.extraction.persons import person_lines
from caducee.directory.ldap.slapd import Slapd
from caducee.directory.model import Person
from caducee.directory.schema import person
from caducee.issuance import CardOrder, Practice, identities
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.spec.nomenclatures import CardFamily
from caducee.testing.keys import SharedKeys

type Run = Callable[..., tuple[int, str, str]]

KEYS = SharedKeys(card_keys=1)
KIT = "899700427885"
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
OPENLDAP = pytest.param("openldap", marks=pytest.mark.system)
SOURCES = ("registry", "fhir", "ldap", "ldaps", "starttls", OPENLDAP, "files")
WITH_CERTIFICATES = SOURCES[:-1]

type Options = Callable[[str], tuple[str, ...]]
"""Gives the options of the command for a source."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("directory") / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as made:
        person = identities.person(42788, qualifications=("SM26",))
        practice = Practice(identities.practice_of(person), "SA07", "00")
        made.issue(CardOrder(person=person, practices=(practice,)), keys=KEYS)
        made.registry.consents.set(KIT, True)
        made.authority.crl(FORT_PP)
        yield made


@pytest.fixture(scope="module")
def options(world: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Options]:
    """Give the options for each source; the servers run meanwhile, slapd when it is needed."""
    root = ("--trust", str(world.server_root()))
    flat = tmp_path_factory.mktemp("flat")
    with contextlib.ExitStack() as stack:
        ldap = stack.enter_context(world.ldap())
        assert ldap.secure is not None
        where = {
            "registry": (),
            "fhir": ("--fhir", stack.enter_context(world.annuaire())),
            "ldap": ("--ldap", "ldap://{}:{}/c=FR".format(*ldap.plain)),
            "starttls": ("--ldap", "ldap://{}:{}/c=FR".format(*ldap.plain), "--start-tls", *root),
            "ldaps": ("--ldap", "ldaps://{}:{}/o=TEST,c=FR".format(*ldap.secure), *root),
            "files": ("--files", str(flat)),
        }
        lines = person_lines(world.registry), card_lines(world.registry, world.clock.now())
        for file, found in zip((ACTIVITIES, HOLDERS), lines, strict=True):
            write(file, found, flat, "202611250000")

        def of(source: str) -> tuple[str, ...]:
            if source == "openldap" and source not in where:
                slapd = stack.enter_context(world.openldap())
                where[source] = ("--ldap", "ldap://{}:{}/".format(*slapd.plain))
            return where[source]

        yield of


@pytest.fixture
def run(world: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in English on the world of these tests; gives status, output, errors."""
    monkeypatch.setenv("CADUCEE_SANDBOX", str(world.folder))
    monkeypatch.setenv("LANGUAGE", "en")
    original = Sandbox.__init__

    def with_shared_keys(self: Sandbox, folder: Path, **options: object) -> None:
        original(self, folder, ca_keys=KEYS)

    monkeypatch.setattr(Sandbox, "__init__", with_shared_keys)

    def do(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["directory", *arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


def result(run: Run, *arguments: str) -> Any:
    status, out, err = run(*arguments, "--json")
    assert status == Exit.OK, err
    return json.loads(out)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("text", [KIT, KIT[1:], "doc0042", "kit doc", "dôc kît"])
def test_a_person_is_found_in_every_directory(
    run: Run, options: Options, source: str, text: str
) -> None:
    (item,) = result(run, *options(source), "find", *text.split())["persons"]
    assert (item["ps_idnat"], item["family_name"], item["given_name"]) == (KIT, "DOC0042788", "KIT")
    assert KIT in run(*options(source), "find", *text.split())[1]


@pytest.mark.parametrize("source", SOURCES)
def test_who_is_not_there_is_not_found(run: Run, options: Options, source: str) -> None:
    assert result(run, *options(source), "find", "nobody") == {"persons": []}
    status, _, err = run(*options(source), "show", "899700366240")
    assert status == Exit.FAILURE
    assert "directory.person_unknown" in err


@pytest.mark.parametrize("source", WITH_CERTIFICATES)
def test_certificates_are_the_same_in_every_directory(
    run: Run, options: Options, source: str
) -> None:
    found = result(run, *options(source), "certificate", KIT)["certificates"]
    wanted = result(run, "certificate", KIT)["certificates"]
    assert {item["serial"] for item in found} == {item["serial"] for item in wanted}
    assert len(found) == 2
    out = run(*options(source), "certificate", KIT)[1]
    assert len(x509.load_pem_x509_certificates(out.encode())) == 2


@pytest.mark.parametrize("source", ["registry", "fhir", "files"])
def test_practice_and_cards_are_shown(
    run: Run, options: Options, world: Sandbox, source: str
) -> None:
    item = result(run, *options(source), "show", KIT)
    (card,) = world.registry.cards.of(KIT)
    assert [(at["structure"], at["sector"]) for at in item["practices"]] == [
        ("499700427885006", "SA07")
    ]
    assert [held["number"] for held in item["cards"]] == [card.number]
    ends = card.expires_at.isoformat()
    assert item["cards"][0]["expires_at"][:10] == ends[:10]  # flat files have no time of day
    count = 0 if source == "files" else 2
    assert (item["profession"], item["specialties"], item["certificates"]) == (
        "10",
        ["SM26"],
        count,
    )
    out = run(*options(source), "show", KIT)[1]
    assert card.number in out
    assert "Médecin" in out


@pytest.mark.parametrize("source", ["registry", "fhir"])
@pytest.mark.parametrize(("family", "called"), [(CardFamily.CPE, "CDE"), (CardFamily.CPA, "CDA")])
def test_cards_of_those_who_are_responsible_bear_their_own_name(
    run: Run, options: Options, world: Sandbox, source: str, family: CardFamily, called: str
) -> None:
    holder = identities.person(42790)
    (known,) = world.registry.cards.of(KIT)
    number = f"295000000{family.value}"
    world.registry.persons.put(holder)
    card = replace(known, number=number, family=family, ps_idnat=holder.ps_idnat)
    world.registry.cards.put(replace(card, responsibility="01"))
    shown = result(run, *options(source), "show", holder.ps_idnat)["cards"]
    assert {item["number"]: item["family"] for item in shown}[number] == called


@pytest.mark.parametrize("source", ["registry", "ldap", "ldaps", "starttls", OPENLDAP])
def test_a_revocation_list_is_shown_and_written(
    run: Run, options: Options, tmp_path: Path, source: str
) -> None:
    out = tmp_path / "list.crl"
    found = result(run, *options(source), "crl", FORT_PP.common_name, "--out", str(out))
    assert (found["number"], found["entries"]) == (1, 0)
    assert found["size"] == len(out.read_bytes())
    assert "Number 1, 0 entries" in run(*options(source), "crl", FORT_PP.common_name)[1]


def test_a_list_that_is_not_there_is_reported(run: Run, options: Options) -> None:
    for source, name in (
        ((), "NO SUCH CA"),
        ((), igc.ca(igc.Range.STANDARD).common_name),
        (options("fhir"), FORT_PP.common_name),
        (options("files"), FORT_PP.common_name),
    ):
        status, _, err = run(*source, "crl", name)
        assert status == Exit.FAILURE
        assert "directory.no_list" in err


def test_a_directory_that_does_not_answer_is_reported(run: Run) -> None:
    for option, url in (
        ("--fhir", "http://127.0.0.1:1/fhir/v2"),
        ("--fhir", "http://[::1/"),
        ("--ldap", "ldap://127.0.0.1:1/c=FR"),
    ):
        status, out, err = run(option, url, "find", "doc")
        assert (status, out) == (Exit.FAILURE, "")
        assert "directory.fhir_failed" in err or "ldap.unreachable" in err
    assert run("--fhir", "http://x", "--files", "/", "find", "doc")[0] == Exit.USAGE
    assert run("--fhir", "http://x", "--ldap", "ldap://x", "find", "doc")[0] == Exit.USAGE


@pytest.mark.parametrize("source", ["ldap", "openldap"])
def test_the_profession_is_read_from_the_title(run: Run, options: Options, source: str) -> None:
    assert result(run, *options(source), "show", KIT)["profession"] == "10"


def test_a_card_finds_its_holder_where_cards_are_reported(run: Run, options: Options) -> None:
    card = result(run, "show", KIT)["cards"][0]["number"]
    for source in ("registry", "fhir", "files"):
        (item,) = result(run, *options(source), "find", card)["persons"]
        assert item["ps_idnat"] == KIT


def test_whom_to_trust_is_an_option(run: Run, options: Options, tmp_path: Path) -> None:
    refused = run(*options("ldaps")[:2], "find", "doc")
    assert refused[0] == Exit.FAILURE and "ldap.unreachable" in refused[2]
    (tmp_path / "none.pem").write_text("no certificate")
    wrong = run(*options("ldaps")[:2], "--trust", str(tmp_path / "none.pem"), "find", "doc")
    assert wrong[0] == Exit.USAGE


def test_files_that_are_none_are_reported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "else.txt").write_text("x")
    for path in (tmp_path, tmp_path / "else.txt"):
        status, _, err = run("--files", str(path), "find", "doc")
        assert status == Exit.FAILURE
        assert "directory.flat_unreadable" in err


@pytest.mark.system
def test_an_openldap_is_made_and_kept_current(run: Run, world: Sandbox, tmp_path: Path) -> None:
    made = result(run, "openldap", str(tmp_path / "slapd"))
    assert made["entries"] > 10 and "slapd.conf" in made["start"]
    slapd = Slapd(tmp_path / "slapd", password=world.entries().password())
    slapd.start()
    try:
        url = f"ldap://127.0.0.1:{slapd.port}"
        assert result(run, "follow", url, "--once") == {"changed": 0}
        world.registry.persons.put(Person("899700366240", "NEW", "ONE", "10"))
        assert result(run, "follow", url, "--once") == {"changed": 2}
        assert result(run, "--ldap", url, "find", "new")["persons"][0]["given_name"] == "ONE"
        assert result(run, "follow", url, "--once", "--compare") == {"changed": 0}
        (tmp_path / "wrong").write_text("wrong")
        wrong = run("follow", url, "--once", "--password-file", str(tmp_path / "wrong"))
        assert wrong[0] == Exit.FAILURE and "INVALID_CREDENTIALS" in wrong[2]
    finally:
        slapd.stop()
        with world.registry.writing() as connection:
            connection.execute(person.delete().where(person.c.family_name == "NEW"))


def test_a_password_is_never_sent_in_the_clear_to_another_machine(run: Run) -> None:
    status, _, err = run("follow", "ldap://directory.test", "--once")
    assert status == Exit.FAILURE and "ldap.password_in_clear" in err


def test_the_holder_says_what_is_published_and_the_history_says(run: Run, options: Options) -> None:
    count = len(result(run, "history", KIT)["changes"])
    assert result(run, "consent", KIT, "no") == {"ps_idnat": KIT, "consent": False}
    assert result(run, *options("fhir"), "certificate", KIT)["certificates"] == []
    assert "are published" in run("consent", KIT, "yes")[1]
    assert len(result(run, *options("fhir"), "certificate", KIT)["certificates"]) == 2
    changes = result(run, "history", KIT)["changes"][count:]
    assert [(change["subject"], change["state"]["given"]) for change in changes] == [
        ("consent", False),
        ("consent", True),
    ]
    assert "consent   changed" in run("history", KIT)[1]
    assert "Nothing is kept" in run("history", "899700366259")[1]
    assert "directory.person_unknown" in run("consent", "899700366259", "yes")[2]


def test_a_population_is_made_and_goes_through_flat_files(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = str(tmp_path / "first")
    made = result(run, "--sandbox", first, "populate", "--persons", "12", "--seed", "3")
    assert made == {"persons": 12, "new": 12, "issued": 0}
    more = result(run, "--sandbox", first, "populate", "--persons", "15", "--seed", "3")
    assert (more["persons"], more["new"]) == (15, 3)
    assert run("--sandbox", first, "populate", "--persons", "15")[0] == Exit.FAILURE
    activities, holders = result(run, "--sandbox", first, "export", str(tmp_path))["files"]
    second = tmp_path / "second"
    Sandbox.create(second).close()
    count = result(run, "--sandbox", str(second), "import", activities)["entered"]
    assert 0 < count <= 15
    assert result(run, "--sandbox", str(second), "import", holders)["entered"] == 0


def test_certificates_of_a_population_are_issued_once(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "world")
    command = ("--sandbox", folder, "populate", "--persons", "4", "--certificates")
    assert result(run, *command)["issued"] == 4
    assert result(run, *command)["issued"] == 0
