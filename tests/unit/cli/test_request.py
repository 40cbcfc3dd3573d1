# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee request send`` over a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from caducee.base.clock import SystemClock
from caducee.base.errors import FormatError, StateError
from caducee.cli.main import command
from caducee.codec.card_request import Confirmation, Statement
from caducee.middleware.requests import RequestServer

PROOF = Confirmation(Statement("Portail", "42", "n" * 43, 1, 2, b"certificate"), b"signature")


class Answering:
    """A manager that answers the first request at once."""

    def __init__(self, path: Path, *, confirms: bool) -> None:
        self.server = RequestServer(SystemClock(), self.answer, path=path)
        self.confirms = confirms
        self.seen: list[str] = []

    def answer(self) -> None:
        for request in self.server.requests():
            self.seen.append(request.ask.binding_message)
            if self.confirms:
                self.server.confirm(request.number, PROOF)
            else:
                self.server.refuse(request.number)


@pytest.fixture
def path() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name) / "r.sock"


def send(path: Path, *more: str) -> list[str]:
    return ["request", "send", "--service", "Portail", "--socket", str(path), *more]


def test_a_confirmed_request_prints_the_confirmation(path: Path) -> None:
    manager = Answering(path, confirms=True)
    manager.server.start()
    try:
        done = CliRunner().invoke(command, send(path, "--json"))
    finally:
        manager.server.stop()
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["confirmation"] == PROOF.to_compact()
    assert [found["binding_message"]] == manager.seen
    assert f"Digits: {found['binding_message']}" in done.stderr


def test_a_refused_request_fails_with_its_code(path: Path) -> None:
    manager = Answering(path, confirms=False)
    manager.server.start()
    try:
        done = CliRunner().invoke(command, send(path, "--digits", "07"))
    finally:
        manager.server.stop()
    assert isinstance(done.exception, StateError)
    assert done.exception.code == "request.refused"
    assert manager.seen == ["07"]


def test_without_a_manager_it_says_so(path: Path) -> None:
    done = CliRunner().invoke(command, send(path))
    assert isinstance(done.exception, StateError)
    assert done.exception.code == "request.no_manager"


def test_digits_that_are_none_are_refused_before_anybody_is_asked(path: Path) -> None:
    done = CliRunner().invoke(command, send(path, "--digits", "7"))
    assert isinstance(done.exception, FormatError)
    assert done.exception.facts == {"member": "binding_message"}
