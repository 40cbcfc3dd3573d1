# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a service's request to a verdict: a card of a sandbox confirms, its world judges."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from caducee.base.clock import SystemClock
from caducee.base.errors import LoginRefusedError
from caducee.base.secret import Secret
from caducee.cli.main import command
from caducee.cryptolib import open_card
from caducee.issuance.profiles import profile
from caducee.middleware.requests import RequestServer, confirm
from caducee.reader.memory import MemoryReader
from caducee.sandbox.world import Sandbox
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "w"
    Sandbox.create(folder).close()
    settings = folder / "sandbox.toml"
    text = settings.read_text("utf-8").replace('# keys = "rsa-4096"', 'keys = "rsa-2048"')
    settings.write_text(text, "utf-8")
    return folder


class Holder:
    """A manager whose holder confirms everything at once."""

    def __init__(self, path: Path, image: Path, pin: Secret) -> None:
        self.reader = MemoryReader()
        self.reader.insert(VirtualCard(MemoryStore(CardImage.load(image))))
        self.pin = pin
        self.server = RequestServer(SystemClock(), self.look, path=path)

    def look(self) -> None:
        threading.Thread(target=self.answer).start()

    def answer(self) -> None:
        for request in self.server.requests():
            with open_card(self.reader) as card:
                made = confirm(card, request, self.pin, SystemClock().now())
            self.server.confirm(request.number, made)


@pytest.fixture(params=["cps-medecin", "cps-medecin-cps4", "cde"])
def holder(world: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    with Sandbox(world) as made:
        issued = made.issue(profile(request.param).order(made.registry))
        image = made.card_path(issued.card.number)
        ps_idnat = issued.card.ps_idnat
    with TemporaryDirectory() as name:
        path = Path(name) / "r.sock"
        found = Holder(path, image, issued.pin)
        found.server.start()
        yield path, ps_idnat
        found.server.stop()


def send(world: Path, path: Path, *more: str) -> list[str]:
    place = ["--socket", str(path), "--sandbox", str(world)]
    return ["request", "send", "--service", "Portail", "--json", *place, *more]


def test_the_holder_of_a_card_of_this_world_is_admitted(
    world: Path, holder: tuple[Path, str]
) -> None:
    path, ps_idnat = holder
    done = CliRunner().invoke(command, send(world, path, "--holder", ps_idnat))
    assert done.exit_code == 0, done.output
    verdict = json.loads(done.stdout)["verdict"]
    assert verdict["identity"]["ps_idnat"] == ps_idnat
    assert {item["outcome"] for item in verdict["checks"]} == {"passed"}


def test_a_revoked_card_is_refused(world: Path, tmp_path: Path) -> None:
    with Sandbox(world) as made:
        issued = made.issue(profile("cps-medecin").order(made.registry))
        image = made.card_path(issued.card.number)
        made.revoke(issued.card.number)
    with TemporaryDirectory() as name:
        path = Path(name) / "r.sock"
        found = Holder(path, image, issued.pin)
        found.server.start()
        done = CliRunner().invoke(command, send(world, path))
        found.server.stop()
    assert isinstance(done.exception, LoginRefusedError)
    checks = {
        load["name"]: load["outcome"] for load in json.loads(done.stdout)["verdict"]["checks"]
    }
    assert checks["signature"] == "passed" and checks["revocation"] == "failed"
