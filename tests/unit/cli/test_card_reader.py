# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card check-reader`` and ``log-out`` with a card at a local socket, and a daemon."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from caducee.base.errors import ReaderError
from caducee.cli.main import command
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.image import CardImage

CARD = Path(__file__).parents[2] / "vectors" / "cards" / "cps3.json"


@pytest.fixture
def place(cryptolib_place: CryptolibPlace, monkeypatch: pytest.MonkeyPatch) -> CryptolibPlace:
    for name, value in cryptolib_place.variables.items():
        monkeypatch.setenv(name, value)
    return cryptolib_place


def test_the_first_reader_with_a_card_is_tried_out(place: CryptolibPlace) -> None:
    name = place.insert(CardImage.load(CARD))
    done = CliRunner().invoke(command, ["card", "check-reader", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["reader"] == name
    assert found["commands"] == 20 and found["same_after_restart"]
    assert 0 < found["median_ms"] <= found["longest_ms"]


def test_it_is_reported_in_words(place: CryptolibPlace) -> None:
    name = place.insert(CardImage.load(CARD))
    done = CliRunner().invoke(command, ["card", "check-reader", name[:20]])
    assert f"Reader: {name}" in done.stdout.splitlines()
    assert "20 commands: median " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"), [(["Nowhere"], "reader.unknown_reader"), ([], "reader.no_reader")]
)
def test_without_a_reader_it_says_so(
    place: CryptolibPlace, arguments: list[str], code: str
) -> None:
    done = CliRunner().invoke(command, ["card", "check-reader", *arguments])
    assert isinstance(done.exception, ReaderError)
    assert done.exception.code == code


def test_without_a_daemon_nobody_is_logged_out(place: CryptolibPlace) -> None:
    done = CliRunner().invoke(command, ["card", "log-out"])
    assert done.stdout == "No session was open.\n"
    done = CliRunner().invoke(command, ["card", "log-out", "--json"])
    assert json.loads(done.stdout) == {"pages": 0, "programs": None}
