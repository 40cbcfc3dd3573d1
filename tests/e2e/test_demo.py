# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The demonstration as a user runs it: a process, its output, its status, its report."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

STEPS = [
    "sandbox",
    "issue",
    "portal",
    "insert",
    "read",
    "verify",
    "login-certificate",
    "logout",
    "login-token",
]


_UTC_TIME = re.compile("170D(?:3[0-9]){12}5A")
"""A date in a certificate, in hexadecimal: one of 12:34 has the digits of the PIN."""


def _demo(folder: Path, *options: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANGUAGE": language}
    environment.pop("PCSCLITE_CSOCK_NAME", None)
    return subprocess.run(
        [sys.executable, "-m", "caducee", "demo", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _reported(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _judge(reported: dict[str, Any]) -> None:
    assert reported["ok"]
    assert [item["name"] for item in reported["steps"]] == STEPS
    assert all(item["ms"] >= 0 for item in reported["steps"])
    assert reported["identity"]["ps_idnat"]
    assert reported["identity"]["activities"]
    checks = reported["verdict"]["checks"]
    assert {check["method"] for check in checks} == {"certificate", "token"}
    assert all(check["outcome"] == "passed" for check in checks)
    apdus = {item["name"]: item["apdus"] for item in reported["steps"]}
    assert apdus["read"] and apdus["login-certificate"] and apdus["login-token"]
    assert not apdus["issue"]


@pytest.mark.parametrize(
    ("card", "family", "tls"),
    [
        ("cps3", "CPS", "TLSv1.2"),
        ("cps4", "CPS", "TLSv1.3"),
        ("cps", "CPS", "TLSv1.2"),
        ("cpf", "CPF", "TLSv1.2"),
        ("cpe", "CPE", "TLSv1.2"),
        ("cde", "CPE", "TLSv1.2"),
        ("cpa", "CPA", "TLSv1.2"),
        ("cda", "CPA", "TLSv1.2"),
    ],
)
def test_each_kind_of_card_ends_with_two_verified_logins(
    tmp_path: Path, card: str, family: str, tls: str
) -> None:
    reported = _reported(_demo(tmp_path, "--card", card, "--place", "memory", "--json"))
    _judge(reported)
    assert reported["identity"]["family"] == family
    assert reported["refusal"] is None
    (login,) = (item for item in reported["steps"] if item["name"] == "login-certificate")
    assert login["facts"]["TLS"].startswith(tls)


def test_the_contactless_face_ends_with_the_refusal_that_is_right_for_it(tmp_path: Path) -> None:
    reported = _reported(_demo(tmp_path, "--card", "cps3-cl", "--place", "memory", "--json"))
    assert reported["ok"]
    assert reported["refusal"] == "cryptolib.no_pin_on_face"
    assert reported["verdict"]["checks"] == []
    assert [item["name"] for item in reported["steps"]][-2:] == ["technical-key", "refusal"]


@pytest.mark.system
def test_the_demonstration_goes_through_a_real_pcscd(tmp_path: Path) -> None:
    reported = _reported(_demo(tmp_path, "--place", "pcsc", "--json"))
    _judge(reported)
    (insert,) = (item for item in reported["steps"] if item["name"] == "insert")
    assert "Virtual PCD" in insert["facts"]["Reader"]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "A professional logs in with the card"),
        ("fr", "Un professionnel se connecte avec la carte"),
    ],
)
def test_the_report_says_the_way_and_no_code(tmp_path: Path, language: str, title: str) -> None:
    done = _demo(tmp_path, "--place", "memory", language=language)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "demo.html").read_text(encoding="utf-8")
    assert title in page
    assert f'lang="{language}"' in page
    assert "0020000104********" in page
    assert "31323334" not in _UTC_TIME.sub("", page + done.stdout)
    assert "relying.revocation_good" in page


def test_a_sandbox_that_is_kept_can_be_used_afterwards(tmp_path: Path) -> None:
    from caducee.sandbox.world import Sandbox

    _reported(_demo(tmp_path, "--place", "memory", "--json", "--sandbox", "kept"))
    with Sandbox(tmp_path / "kept") as world:
        (card,) = world.registry.cards.all()
        assert world.card_path(card.number).is_file()


def test_a_card_of_training_is_reported_in_french_with_what_it_trains_for(tmp_path: Path) -> None:
    done = _demo(tmp_path, "--place", "memory", "--card", "cpf", language="fr")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Profession: Médecin en formation" in done.stdout
    ends = done.stdout.splitlines()[-3:-1]
    assert [end.partition("\u00a0:")[0] for end in ends] == [
        "Connexion par certificat",
        "Connexion par jeton",
    ]
