# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card show``, ``report`` and ``certificate`` on cards that a socket reader holds."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from pypdf import PdfReader
from tests.unit.cli.card_reader import Insert, Run, insert, pin_file, run, sockets

from caducee.cli.exits import Exit

__all__ = ["insert", "pin_file", "run", "sockets"]

PIN = "1234"


@pytest.mark.parametrize("card", ["cps3", "cps4"])
def test_the_card_is_shown_without_a_code(insert: Insert, run: Run, card: str) -> None:
    insert(card)
    status, out, err = run("card", "show", "--json")
    result = json.loads(out)
    assert (status, err) == (Exit.OK, "")
    assert result["card"]["test"] is True and result["holder"]["ps_idnat"]
    assert result["codes"]["holder"]["tries_left"] == 3
    assert result["activities"] is None
    uses = [item["use"] for item in result["certificates"]]
    assert uses == ["authentication", "signature"]
    assert "This is a test card" in run("card", "show")[1]


def test_with_the_code_the_rest_is_shown(
    insert: Insert, run: Run, pin_file: Callable[..., str]
) -> None:
    insert()
    status, out, _err = run("card", "show", "--rest", "--json", "--pin-file", pin_file(PIN))
    result = json.loads(out)
    assert status == Exit.OK
    assert result["activities"][0]["structure_name"]
    assert PIN not in [result["holder"]["ps_idnat"], *map(str, result["codes"].values())]


def test_a_wrong_code_shows_nothing(insert: Insert, run: Run, pin_file: Callable[..., str]) -> None:
    insert()
    status, out, err = run("card", "show", "--rest", "--pin-file", pin_file("9999"))
    assert (status, out) == (Exit.WRONG_PIN, "")
    assert "tries left: 2" in err


def test_the_last_try_is_spared(insert: Insert, run: Run, pin_file: Callable[..., str]) -> None:
    insert()
    for _number in range(2):
        run("card", "show", "--rest", "--pin-file", pin_file("9999"))
    status, _, err = run("card", "show", "--rest", "--pin-file", pin_file("9999"))
    assert status == Exit.FAILURE and "[cryptolib.last_try]" in err
    result = json.loads(run("card", "show", "--json")[1])
    assert result["codes"]["holder"]["tries_left"] == 1


def test_the_technical_side_has_its_own_certificate_and_no_code(insert: Insert, run: Run) -> None:
    insert(face="contactless")
    result = json.loads(run("card", "show", "--json")[1])
    assert [item["use"] for item in result["certificates"]] == ["technical"]
    assert result["codes"]["holder"] is None


def test_the_certificates_of_a_world_are_judged_by_it(
    insert: Insert, run: Run, sockets: Path, tmp_path: Path
) -> None:
    status, out, _ = run("card", "issue", "cps-medecin", "--json")
    assert status == Exit.OK
    made = json.loads(out)["cards"][0]
    from caducee.virtualcard.card import VirtualCard
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.plug.socket import SocketPlug
    from caducee.virtualcard.store import MemoryStore

    store = MemoryStore(CardImage.load(Path(made["image"])))
    plug = SocketPlug(VirtualCard(store), sockets / "own.sock")
    plug.start()
    try:
        result = json.loads(run("card", "show", "--json")[1])
        assert [item["trusted"] for item in result["certificates"]] == [True, True]
        run("sandbox", "revoke", made["card"])
        result = json.loads(run("card", "show", "--json")[1])
        assert [item["trusted"] for item in result["certificates"]] == [False, False]
        assert "diag.certificate_revoked" in [item["code"] for item in result["findings"]]
    finally:
        plug.stop()


@pytest.mark.parametrize("ending", [".pdf", ".json", ".txt"])
def test_a_report_is_written_in_the_form_of_its_ending(
    insert: Insert, run: Run, tmp_path: Path, ending: str
) -> None:
    insert()
    file = tmp_path / f"card{ending}"
    if ending == ".pdf":  # Qt lives in a process of its own
        command = [sys.executable, "-m", "caducee", "card", "report", str(file)]
        keep = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(command, check=False, env=keep, timeout=120, capture_output=True)
        assert done.returncode == 0, done.stderr
        words = "".join(page.extract_text() for page in PdfReader(file, strict=True).pages)
    else:
        assert run("card", "report", str(file))[0] == Exit.OK
        words = file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    number = json.loads(run("card", "show", "--json")[1])["card"]["number"]
    assert number in words


def test_a_report_of_another_form_is_refused(insert: Insert, run: Run, tmp_path: Path) -> None:
    insert()
    status, _, err = run("card", "report", str(tmp_path / "card.doc"))
    assert status == Exit.FAILURE and "[cli.report_form]" in err
    assert not (tmp_path / "card.doc").exists()


@pytest.mark.parametrize("der", [False, True])
def test_a_certificate_is_saved(insert: Insert, run: Run, tmp_path: Path, der: bool) -> None:
    insert()
    file = tmp_path / "signature.crt"
    more = ["--der"] if der else []
    assert run("card", "certificate", "signature", str(file), *more)[0] == Exit.OK
    load = x509.load_der_x509_certificate if der else x509.load_pem_x509_certificate
    result = json.loads(run("card", "show", "--json")[1])
    assert load(file.read_bytes()).serial_number == int(result["certificates"][1]["serial"], 16)


def test_a_file_that_is_there_is_not_replaced_unasked(
    insert: Insert, run: Run, tmp_path: Path
) -> None:
    insert()
    file = tmp_path / "mine.crt"
    file.write_text("mine")
    status, _, err = run("card", "certificate", "signature", str(file))
    assert status == Exit.FAILURE and "[cli.file_there]" in err
    assert file.read_text() == "mine"
    assert run("card", "certificate", "signature", str(file), "--force")[0] == Exit.OK
    assert "BEGIN CERTIFICATE" in file.read_text()


def test_without_a_card_it_says_so(sockets: Path, run: Run) -> None:
    status, _, err = run("card", "show")
    assert status == Exit.NO_CARD and "[reader.no_reader]" in err


def test_the_network_is_not_asked_where_no_root_is_trusted(
    insert: Insert, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert()
    monkeypatch.delenv("CADUCEE_SANDBOX")
    status, out, err = run("card", "show", "--online")
    assert (status, out) == (Exit.FAILURE, "")
    assert "[cli.online_rootless]" in err and "--anchors" in err
