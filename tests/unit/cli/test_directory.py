# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The same commands ask the registry, the Annuaire Santé and an LDAP directory."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.directory.ldap.persons import RegistryPersons
from caducee.directory.ldap.publication import PublishedAuthority, published_tree
from caducee.directory.ldap.server import LdapServer, running
from caducee.issuance import CardOrder, Practice, identities
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

type Run = Callable[..., tuple[int, str, str]]

KEYS = SharedKeys(card_keys=1)
KIT = "899700427885"
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
SOURCES = ("registry", "fhir", "ldap")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("directory") / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as made:
        person = identities.person(42788, qualifications=("SM26",))
        practice = Practice(identities.practice_of(person), "SA07", "00")
        made.issue(CardOrder(person=person, practices=(practice,)), keys=KEYS)
        made.registry.set_consent(KIT, True)
        made.authority.crl(FORT_PP)
        yield made


@pytest.fixture(scope="module")
def addresses(world: Sandbox) -> Iterator[dict[str, tuple[str, ...]]]:
    """Give the options for each source; the servers run meanwhile."""
    with world.annuaire() as fhir, ldap_of(world) as ldap:
        yield {"registry": (), "fhir": ("--fhir", fhir), "ldap": ("--ldap", ldap)}


@contextmanager
def ldap_of(world: Sandbox) -> Iterator[str]:
    persons = RegistryPersons(world.registry, world.clock.now)
    authority = PublishedAuthority(FORT_PP, revocation_list=world.authority.crl(FORT_PP))
    tree = published_tree([authority], persons.persons())
    with running(LdapServer(lambda: tree)) as where:
        host, port = where.plain
        yield f"ldap://{host}:{port}/c=FR"


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


def told(run: Run, *arguments: str) -> Any:
    status, out, err = run(*arguments, "--json")
    assert status == Exit.OK, err
    return json.loads(out)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("text", [KIT, "doc0042", "kit doc"])
def test_a_person_is_found_in_every_directory(
    run: Run, addresses: dict[str, tuple[str, ...]], source: str, text: str
) -> None:
    (one,) = told(run, *addresses[source], "find", *text.split())["persons"]
    assert (one["ps_idnat"], one["family_name"], one["given_name"]) == (KIT, "DOC0042788", "KIT")
    assert KIT in run(*addresses[source], "find", *text.split())[1]


@pytest.mark.parametrize("source", SOURCES)
def test_who_is_not_there_is_not_found(
    run: Run, addresses: dict[str, tuple[str, ...]], source: str
) -> None:
    assert told(run, *addresses[source], "find", "nobody") == {"persons": []}
    status, _, err = run(*addresses[source], "show", "899700366240")
    assert status == Exit.FAILURE
    assert "directory.person_unknown" in err


@pytest.mark.parametrize("source", SOURCES)
def test_certificates_are_the_same_in_every_directory(
    run: Run, addresses: dict[str, tuple[str, ...]], source: str
) -> None:
    found = told(run, *addresses[source], "certificate", KIT)["certificates"]
    wanted = told(run, "certificate", KIT)["certificates"]
    assert {one["serial"] for one in found} == {one["serial"] for one in wanted}
    assert len(found) == 2
    out = run(*addresses[source], "certificate", KIT)[1]
    assert len(x509.load_pem_x509_certificates(out.encode())) == 2


@pytest.mark.parametrize("source", ["registry", "fhir"])
def test_practice_and_cards_are_shown(
    run: Run, addresses: dict[str, tuple[str, ...]], world: Sandbox, source: str
) -> None:
    one = told(run, *addresses[source], "show", KIT)
    (card,) = world.registry.cards()
    assert [(at["structure"], at["sector"]) for at in one["practices"]] == [
        ("499700427885006", "SA07")
    ]
    assert [held["number"] for held in one["cards"]] == [card.number]
    assert one["cards"][0]["expires_at"] == card.expires_at.isoformat()
    assert (one["profession"], one["specialties"], one["certificates"]) == ("10", ["SM26"], 2)
    out = run(*addresses[source], "show", KIT)[1]
    assert card.number in out
    assert "Médecin" in out


@pytest.mark.parametrize("source", ["registry", "ldap"])
def test_a_revocation_list_is_shown_and_written(
    run: Run, addresses: dict[str, tuple[str, ...]], tmp_path: Path, source: str
) -> None:
    out = tmp_path / "list.crl"
    found = told(run, *addresses[source], "crl", FORT_PP.common_name, "--out", str(out))
    assert (found["number"], found["entries"]) == (1, 0)
    assert found["size"] == len(out.read_bytes())
    assert "Number 1, 0 entries" in run(*addresses[source], "crl", FORT_PP.common_name)[1]


def test_a_list_that_is_not_there_is_told(run: Run, addresses: dict[str, tuple[str, ...]]) -> None:
    for options, name in (
        ((), "NO SUCH CA"),
        ((), igc.ca(igc.Range.STANDARD).common_name),
        (addresses["fhir"], FORT_PP.common_name),
    ):
        status, _, err = run(*options, "crl", name)
        assert status == Exit.FAILURE
        assert "directory.no_list" in err


def test_a_directory_that_does_not_answer_is_told(run: Run) -> None:
    for option, url in (
        ("--fhir", "http://127.0.0.1:1/fhir/v2"),
        ("--fhir", "http://[::1/"),
        ("--ldap", "ldap://127.0.0.1:1/c=FR"),
    ):
        status, out, err = run(option, url, "find", "doc")
        assert (status, out) == (Exit.FAILURE, "")
        assert "directory.fhir_failed" in err or "ldap.unreachable" in err
    assert run("--fhir", "http://x", "--ldap", "ldap://x", "find", "doc")[0] == Exit.USAGE


def test_a_population_is_made_and_goes_through_flat_files(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = str(tmp_path / "first")
    made = told(run, "--sandbox", first, "populate", "--persons", "12", "--seed", "3")
    assert made == {"persons": 12, "new": 12, "issued": 0}
    more = told(run, "--sandbox", first, "populate", "--persons", "15", "--seed", "3")
    assert (more["persons"], more["new"]) == (15, 3)
    assert run("--sandbox", first, "populate", "--persons", "15")[0] == Exit.FAILURE
    activities, holders = told(run, "--sandbox", first, "export", str(tmp_path))["files"]
    second = tmp_path / "second"
    Sandbox.create(second).close()
    count = told(run, "--sandbox", str(second), "import", activities)["entered"]
    assert 0 < count <= 15
    assert told(run, "--sandbox", str(second), "import", holders)["entered"] == 0


def test_certificates_of_a_population_are_issued_once(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "world")
    command = ("--sandbox", folder, "populate", "--persons", "4", "--certificates")
    assert told(run, *command)["issued"] == 4
    assert told(run, *command)["issued"] == 0
