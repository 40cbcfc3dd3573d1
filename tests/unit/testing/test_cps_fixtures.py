# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the public plugin share one world, and disturb nobody who does not ask."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.base.errors import CardRemovedError, LoginRefusedError, WrongPinError
from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.issuance import IssuedCard
from caducee.reader.memory import MemoryReader
from caducee.sandbox.clock import SandboxClock
from caducee.sandbox.running import find_portal
from caducee.sandbox.world import Sandbox
from caducee.spec.nomenclatures import CardFamily
from caducee.testing.cps_portal import CpsPortal

_HEAVY = "cryptography", "sqlalchemy", "starlette", "caducee.base.errors"


def test_the_card_in_the_reader_is_the_card_of_the_world(
    cps_sandbox: Sandbox, cps_card: IssuedCard, cps_reader: MemoryReader
) -> None:
    assert [item.number for item in cps_sandbox.registry.cards.all()] == [cps_card.card.number]
    with open_card(cps_reader) as card:
        assert card.holder().ps_idnat == cps_card.card.ps_idnat
        with pytest.raises(WrongPinError):
            card.verify(Secret.of("9999"))
        card.verify(Secret.of("1234"))


def test_a_card_that_is_taken_out_is_gone_for_the_program(cps_reader: MemoryReader) -> None:
    with open_card(cps_reader) as card:
        cps_reader.eject()
        with pytest.raises(CardRemovedError):
            card.verify(Secret.of("1234"))


def test_the_world_judges_by_the_clock_that_the_test_moves(
    cps_sandbox: Sandbox, cps_card: IssuedCard, cps_clock: SandboxClock
) -> None:
    before = cps_clock.now()
    assert cps_clock.now() == before
    assert _login(cps_sandbox, cps_card) is None
    cps_clock.move(dt.timedelta(days=1100))
    assert _login(cps_sandbox, cps_card) == "relying.certificate_expired"


def _login(world: Sandbox, card: IssuedCard) -> str | None:
    from cryptography.hazmat.primitives.serialization import Encoding

    verdict = world.verifier().verify([card.authentication.public_bytes(Encoding.DER)])
    try:
        verdict.require()
    except LoginRefusedError as refusal:
        return refusal.code
    return None


@pytest.mark.cps_card("cpe")
def test_a_mark_chooses_the_profile(cps_card: IssuedCard) -> None:
    assert cps_card.card.family is CardFamily.CPE


def test_the_portal_admits_the_card_and_refuses_it_once_revoked(
    cps_portal: CpsPortal, cps_reader: MemoryReader, cps_sandbox: Sandbox, cps_card: IssuedCard
) -> None:
    with open_card(cps_reader) as card:
        card.verify(cps_card.pin)
        with cps_portal.client() as client:
            assert cps_portal.log_in(card, client)[0] == 200
            assert client.get("/session")[1]["verdict"]["ok"]
        cps_sandbox.revoke(cps_card.card.number)
        with cps_portal.client() as client:
            assert cps_portal.log_in(card, client)[0] == 403


def test_programs_find_the_portal_by_the_folder_of_the_world(
    cps_portal: CpsPortal, cps_sandbox: Sandbox
) -> None:
    found = find_portal(cps_sandbox.folder)
    assert found is not None
    assert found.open == cps_portal.origin


def test_a_project_that_asks_for_nothing_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import sys\n"
        "def test_light(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.hasplugin('caducee.testing.cps_fixtures')\n"
        f"    assert not set({_HEAVY!r}) & set(sys.modules)\n"
    )
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "caducee.testing.plugin"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
