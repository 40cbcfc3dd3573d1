# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls without a code: the holder is asked meanwhile, and nobody else waits."""

import sys
from pathlib import Path

import pytest
from tests.unit.middleware.daemon.conftest import agent, running
from tests.unit.middleware.daemon.fakes import until

from caducee.base.secret import Secret
from caducee.middleware.pin_entry.settings import PinEntrySettings
from caducee.spec.pkcs11.returns import Ckr

LOGIN = {"session": 1, "user": 1, "pin": None}


def test_the_code_of_the_agent_logs_in(place: Path, tmp_path: Path) -> None:
    with running(place, pin_entry=agent(tmp_path / "code", "1234")) as daemon:
        assert daemon.client().call("C_Login", **LOGIN).rv == Ckr.OK
        assert daemon.engine.tries == 3


def test_after_a_wrong_code_it_is_asked_again_and_cancelling_is_reported(
    place: Path, tmp_path: Path
) -> None:
    with running(place, pin_entry=agent(tmp_path / "code", "9999")) as daemon:
        assert daemon.client().call("C_Login", **LOGIN).rv == Ckr.FUNCTION_CANCELED
        assert daemon.engine.tries == 2
        assert daemon.engine.calls == ["pin_request", "C_Login", "pin_request"]


def test_a_blocked_code_is_not_asked_for(place: Path, tmp_path: Path) -> None:
    with running(place, pin_entry=agent(tmp_path / "code", "1234")) as daemon:
        daemon.engine.tries = 0
        assert daemon.client().call("C_Login", **LOGIN).rv == Ckr.PIN_LOCKED


def test_a_change_asks_for_both_codes(place: Path, tmp_path: Path) -> None:
    with running(place, pin_entry=agent(tmp_path / "code", "1234", "5678")) as daemon:
        reply = daemon.client().call("C_SetPIN", session=1, old_pin=None, new_pin=None)
        assert reply.rv == Ckr.OK
        assert "1234>5678" in daemon.engine.calls


def test_a_code_that_the_program_gives_is_not_asked_for(place: Path, tmp_path: Path) -> None:
    with running(place, pin_entry=PinEntrySettings(program=(str(tmp_path),))) as daemon:
        reply = daemon.client().call("C_Login", session=1, user=1, pin=Secret.of("1234"))
        assert reply.rv == Ckr.OK
        assert daemon.engine.calls == ["C_Login"]


def test_without_a_program_that_asks_the_call_fails(
    place: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry = PinEntrySettings(program=(str(tmp_path / "none"),), least_seconds=0)
    with running(place, pin_entry=entry) as daemon:
        assert daemon.client().call("C_Login", **LOGIN).rv == Ckr.FUNCTION_FAILED
    assert "pin.program_absent" in caplog.text


def test_others_use_the_reader_while_the_holder_is_asked(place: Path) -> None:
    entry = PinEntrySettings(program=(sys.executable, "-c", "input(); input()"), least_seconds=0)
    with running(place, pin_entry=entry) as daemon:
        asking = daemon.client()
        asking.begin("C_Login", **LOGIN)
        until(lambda: "pin_request" in daemon.engine.calls)
        assert daemon.client().call("C_GetSlotInfo", slot=0).rv == Ckr.OK


def test_the_window_of_a_program_that_is_gone_closes(place: Path, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = (
        f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid()) + '\\n');"
        "time.sleep(3600)"
    )
    entry = PinEntrySettings(program=(sys.executable, "-c", code), least_seconds=0)
    with running(place, pin_entry=entry) as daemon:
        asking = daemon.client()
        asking.begin("C_Login", **LOGIN)
        until(lambda: mark.exists() and mark.read_text().endswith("\n"))
        asking.close()
        until(lambda: not Path("/proc", mark.read_text().strip()).exists())
