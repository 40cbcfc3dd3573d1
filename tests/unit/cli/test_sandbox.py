# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import json
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.image import CardImage

type Run = Callable[..., tuple[int, str, str]]

KEYS = SharedKeys()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in English on the world of this test; gives status, output, errors."""
    monkeypatch.setenv("CADUCEE_SANDBOX", str(tmp_path / "world"))
    monkeypatch.setenv("LANGUAGE", "en")
    original = Sandbox.__init__

    def with_shared_keys(self: Sandbox, folder: Path, **options: object) -> None:
        original(self, folder, ca_keys=KEYS)

    monkeypatch.setattr(Sandbox, "__init__", with_shared_keys)

    def do(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


def test_a_card_is_issued_listed_and_stopped(run: Run) -> None:
    assert run("sandbox", "new")[0] == Exit.OK
    issued = json.loads(run("sandbox", "issue", "--specialty", "SM26", "--json")[1])
    assert (issued["pin"], issued["puk"]) == ("1234", "12345678")
    CardImage.load(Path(issued["image"]))
    (listed,) = json.loads(run("sandbox", "show", "--json")[1])["cards"]
    assert (listed["card"], listed["status"]) == (issued["card"], "active")
    assert run("sandbox", "revoke", issued["card"])[0] == Exit.OK
    (listed,) = json.loads(run("sandbox", "show", "--json")[1])["cards"]
    assert listed["status"] == "opposed"


def test_a_card_that_ended_is_not_called_active(run: Run) -> None:
    run("sandbox", "new")
    run("sandbox", "issue")
    run("sandbox", "clock", "--days", "1200")
    (listed,) = json.loads(run("sandbox", "show", "--json")[1])["cards"]
    assert listed["status"] == "expired"


def test_random_codes_differ_from_those_of_test_cards(run: Run) -> None:
    run("sandbox", "new")
    found = [
        json.loads(run("sandbox", "issue", "--random-pins", "--json")[1])["puk"] for _ in range(2)
    ]
    assert found[0] != found[1]


def test_the_clock_moves_and_comes_back(run: Run) -> None:
    run("sandbox", "new")
    before = run("sandbox", "clock")[1]
    moved = run("sandbox", "clock", "--days", "400")[1]
    assert before[:30] != moved[:30]
    assert run("sandbox", "clock", "--reset")[1][:30] == before[:30]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("sandbox", "show"), Exit.FAILURE, "[sandbox.missing]"),
        (("sandbox", "show", "extra"), Exit.USAGE, "Usage"),
        (("sandbox",), Exit.USAGE, "Usage"),
        (("nonsense",), Exit.USAGE, "Usage"),
    ],
)
def test_a_failure_ends_with_its_status_and_says_what_to_do(
    run: Run, arguments: tuple[str, ...], status: int, said: str
) -> None:
    code, _, errors = run(*arguments)
    assert code == status
    assert said in errors


def test_a_card_is_named_as_verdicts_name_it_and_taken_so_too(run: Run) -> None:
    run("sandbox", "new")
    issued = json.loads(run("sandbox", "issue", "--json")[1])
    assert issued["card_id"] == f"8025000001/{issued['card']}"
    (shown,) = json.loads(run("sandbox", "show", "--json")[1])["cards"]
    assert shown["card_id"] == issued["card_id"]
    assert run("sandbox", "revoke", issued["card_id"])[0] == Exit.OK


def test_an_export_says_how_to_use_it(run: Run, tmp_path: Path) -> None:
    run("sandbox", "new")
    run("sandbox", "issue")
    code, out, _ = run("sandbox", "export", str(tmp_path / "trust"))
    assert code == Exit.OK
    assert f'Verifier.from_folder("{tmp_path / "trust"}", policy=CardPolicy.test_cards())' in out


def test_an_export_has_a_certificate_for_a_web_server_of_this_machine_alone(
    run: Run, tmp_path: Path
) -> None:
    run("sandbox", "new")
    run("sandbox", "export", str(tmp_path / "trust"), "--server", "localhost")
    server = tmp_path / "trust" / "server.pem"
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(server)
    assert server.stat().st_mode & 0o777 == 0o600
    code, _, errors = run("sandbox", "export", str(tmp_path / "other"), "--server", "a.example")
    assert (code, "[authority.host_not_allowed]" in errors) == (Exit.FAILURE, True)


def test_an_unknown_profession_is_refused_with_advice(run: Run) -> None:
    run("sandbox", "new")
    code, out, errors = run("sandbox", "issue", "--profession", "77")
    assert code == Exit.FAILURE
    assert not out
    assert "[issuance.code_unknown]" in errors
    assert "->" in errors


def test_the_version_is_reported_without_loading_a_noun(run: Run) -> None:
    code, out, _ = run("--version")
    assert (code, out.split()[0]) == (Exit.OK, "caducee")


def test_help_lists_every_noun(run: Run) -> None:
    out = run("--help")[1]
    assert all(noun in out for noun in ("card", "demo", "sandbox"))


def test_up_runs_portal_and_publication_points_and_says_where(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as world:
        world.verifier()  # the authorities exist before the command needs them
    command = [sys.executable, "-m", "caducee", "sandbox", "--sandbox", str(folder), "up", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        try:
            assert running.stdout is not None
            places = json.loads(running.stdout.readline())
            with urllib.request.urlopen(f"{places['publication']}/CRL/ACI-FO-PP-TEST.crl") as found:
                assert x509.load_der_x509_crl(found.read()).issuer
            assert places["tls12"].startswith("https://localhost:")
            assert Path(places["server_root"]).is_file()
        finally:
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
