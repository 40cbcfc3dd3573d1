# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee sandbox up`` as its user meets it: a page, an address taken, a kill, two at once."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from caducee.cli.exits import Exit
from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys

KEYS = SharedKeys(card_keys=1)
CRL = "/CRL/ACI-FO-PP-TEST.crl"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose authorities exist before the command needs them."""
    folder = tmp_path_factory.mktemp("up") / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as made:
        made.issue(CardOrder(person=identities.person(1)), keys=KEYS)
    return folder


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "caducee", "sandbox", "--sandbox", str(folder), "up", *options]


@contextlib.contextmanager
def up(folder: Path, *options: str, language: str = "en") -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command(folder, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "LANGUAGE": language, "PYTHONUNBUFFERED": "1"},
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def places(running: subprocess.Popen[str]) -> dict[str, str]:
    assert running.stdout is not None
    found: dict[str, str] = json.loads(running.stdout.readline())
    return found


def number(place: dict[str, str]) -> int:
    with urllib.request.urlopen(place["publication"] + CRL) as answer:
        crl = x509.load_der_x509_crl(answer.read())
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("The sandbox in", "Log in", "Certificates", "Directories", "http://127.0.0.1:")),
        ("fr", ("Le bac à sable de", "Annuaires", "avec une CPS3", "ldap://127.0.0.1:")),
    ],
)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_page_says_where_everything_is_and_an_interruption_ends_it(
    world: Path, language: str, words: tuple[str, ...], ending: signal.Signals
) -> None:
    with up(world, language=language) as running:
        assert running.stdout is not None
        said = ""
        while "ldaps://" not in said:
            said += running.stdout.readline()
        running.send_signal(ending)
        said += running.stdout.read()
        assert running.wait(60) == 0
    assert [word for word in words if word not in said] == []
    assert "\x1b" not in said


@pytest.mark.system
@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("CURL_CA_BUNDLE", ["curl", "-fsS", "-o", "/dev/null"]),
        (
            "SSL_CERT_FILE",
            [sys.executable, "-c", "import sys, urllib.request as u; u.urlopen(sys.argv[1])"],
        ),
        (
            "REQUESTS_CA_BUNDLE",
            [sys.executable, "-c", "import sys, requests; requests.get(sys.argv[1])"],
        ),
        ("NODE_EXTRA_CA_CERTS", ["node", "-e", "fetch(process.argv[1])"]),
    ],
    ids=["curl", "Python", "requests", "Node.js"],
)
def test_the_lines_about_trust_let_programs_reach_the_portal(
    name: str, program: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("up with space") / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as made:
        made.verifier()
    with up(folder) as running:
        assert running.stdout is not None
        said = ""
        while "NODE_EXTRA_CA_CERTS" not in said:
            said += running.stdout.readline()
        address = re.findall(r"Portal +(https://\S+)", said)[0]
        line = next(line for line in said.splitlines() if f"export {name}=" in line)
        untrusted = {key: value for key, value in os.environ.items() if key not in said}

        def reached(first: str) -> bool:
            done = subprocess.run(
                ["sh", "-c", f'{first}\nexec "$@"', "sh", *program, address],
                env=untrusted,
                capture_output=True,
                check=False,
                timeout=60,
            )
            return done.returncode == 0

        assert reached(line)
        assert not reached("")


def test_a_killed_world_starts_again_and_its_lists_go_on(world: Path) -> None:
    last = 0
    for _ in range(2):
        with up(world, "--json") as running:
            found = number(places(running))
            assert found >= last
            last = found
            running.kill()
            running.wait()


def test_two_worlds_may_run_at_once_and_one_world_once(world: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with Sandbox.create(other, ca_keys=KEYS) as made:
        made.verifier()
    with up(world, "--json") as item, up(other, "--json") as two:
        found = [places(running) for running in (item, two)]
        assert len({place["publication"] for place in found}) == 2
        assert number(found[0]) >= 1 and number(found[1]) >= 1
        again = subprocess.run(
            command(world, "--json"), capture_output=True, text=True, timeout=60, check=False
        )
    assert (again.returncode, again.stdout) == (Exit.FAILURE, "")
    assert json.loads(again.stderr)["error"]["code"] == "sandbox.running"


@pytest.mark.parametrize("section", ["portal", "annuaire", "publication"])
def test_an_address_that_is_taken_ends_the_whole_with_its_name(
    tmp_path: Path, section: str
) -> None:
    folder = tmp_path / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as made:
        made.verifier()
    key = "open_port" if section == "portal" else "port"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / "sandbox.toml").write_text(f"[{section}]\n{key} = {port}\n")
        done = subprocess.run(
            command(folder), capture_output=True, text=True, check=False, timeout=60
        )
    assert done.returncode == Exit.FAILURE
    assert str(port) in done.stderr
    assert "Stop the program that uses" in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
