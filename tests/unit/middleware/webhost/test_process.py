# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The host as the browser starts it: from its message to the card, beside the daemon."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.middleware.daemon.fakes import Client, until

from caducee.base.secret import Secret
from caducee.codec.native_messaging import MessageDeframer, frame
from caducee.codec.pkcs11 import OutputBuffer
from caducee.middleware.daemon.endpoint import listening
from caducee.middleware.tracing import RecordKind, TraceRecord, trace_files
from caducee.middleware.tracing.reading import read_traces
from caducee.spec.native_messaging import CHROMIUM_EXTENSION
from caducee.spec.pkcs11.returns import Ckr
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.personalise import PersonalisationData, cps3

PIN, WRONG, PUK = "48291735", "73061942", "51830694"
ORIGIN = "https://portal.test"
HOLDER = "PRENOM DOC0000012"
LOGIN = {"id": 1, "command": "authenticate", "origin": ORIGIN, "nonce": "n" * 44}


class Scene:
    """A card at a socket, a daemon, and browsers that start the host."""

    def __init__(self, place: CryptolibPlace) -> None:
        self.place = place
        self.said: list[str] = []
        self.daemon: subprocess.Popen[bytes] | None = None
        self.traces = place.folder / "trace"
        self.code = place.folder / "code"
        self.environment = place.environment | {
            "CADUCEE_TRACE": "apdus",
            "CADUCEE_TRACE_FOLDER": str(self.traces),
            "LANGUAGE": "en",
        }
        agent = [sys.executable, "-m", "caducee.middleware.pin_entry.headless", str(self.code)]
        place.settings.write_text(
            f"[readers]\npcsc = false\n[pin_entry]\nprogram = {json.dumps(agent)}\n", "utf-8"
        )

    def enters(self, code: str) -> None:
        self.code.touch(mode=0o600)
        self.code.write_text(code, "ascii")

    def start_daemon(self) -> Client:
        """Start it, and return a program that speaks with it."""
        self.daemon = subprocess.Popen(
            [sys.executable, "-m", "caducee", "cryptolibd", "--detach"], env=self.environment
        )
        until(lambda: listening(self.place.socket))
        return Client(self.place.socket)

    def end_daemon(self) -> None:
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(30)

    def ask(self, message: dict[str, Any], *caller: str) -> dict[str, Any] | None:
        """Start a host as a browser does; return its answer, None when it ends without one."""
        arguments = caller or (f"chrome-extension://{CHROMIUM_EXTENSION}/",)
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "caducee.middleware.webhost", *arguments],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as host:
            assert host.stdin is not None and host.stdout is not None and host.stderr is not None
            with suppress(BrokenPipeError):
                host.stdin.write(frame(message))
                host.stdin.flush()
            messages = MessageDeframer(most=1 << 20)
            found: list[bytes] = []
            while not found and (data := os.read(host.stdout.fileno(), 65536)):
                found = messages.feed(data)
            with suppress(BrokenPipeError):
                host.stdin.close()
            self.said.append(host.stderr.read().decode())
        return json.loads(found[0]) if found else None

    def records(self) -> tuple[TraceRecord, ...]:
        return read_traces(trace_files(self.traces)).records


@pytest.fixture
def scene(cryptolib_place: CryptolibPlace, content: PersonalisationData) -> Iterator[Scene]:
    made = Scene(cryptolib_place)
    made.enters(PIN)
    cryptolib_place.insert(cps3(replace(content, pin=Secret.of(PIN), puk=Secret.of(PUK))))
    yield made
    made.end_daemon()


def session(client: Client) -> int:
    slots = client.call("C_GetSlotList", token_present=True, slots=OutputBuffer(16)).named()[
        "slots"
    ]
    return int(client.call("C_OpenSession", slot=slots.values[0], flags=4).named()["session"])


def log_in(client: Client, number: int, pin: str) -> int:
    return client.call("C_Login", session=number, user=1, pin=Secret.of(pin)).rv


def test_one_number_joins_the_message_the_question_and_the_commands(scene: Scene) -> None:
    answer = scene.ask(LOGIN)
    assert answer is not None and answer["result"]["format"] == "web-eid:1.0"
    records = scene.records()
    (message,) = [record for record in records if record.kind == RecordKind.WEB]
    assert (message.site, message.function, message.result) == (ORIGIN, "authenticate", "ok")
    together = [record for record in records if record.trace == message.trace]
    assert message.trace and {item.source for item in together} == {"native-host"}
    (question,) = [item for item in together if item.kind == RecordKind.PROMPT]
    assert (question.site, question.holder) == (ORIGIN, HOLDER)
    commands = [item.command for item in together if item.kind == RecordKind.APDU]
    assert any(command.startswith("0020") and "**" in command for command in commands)
    assert all(
        record.trace == message.trace for record in records if record.kind == RecordKind.APDU
    )


def test_refused_message_is_traced_with_its_code(scene: Scene) -> None:
    scene.enters(WRONG)
    answer = scene.ask(LOGIN)
    assert answer is not None and answer["error"]["code"] == "pin.cancelled"
    (message,) = [record for record in scene.records() if record.kind == RecordKind.WEB]
    assert message.result == "pin.cancelled"


def test_host_and_daemon_use_one_card_in_turn(scene: Scene) -> None:
    with closing(scene.start_daemon()) as program:
        number = session(program)
        assert log_in(program, number, PIN) == Ckr.OK
        answer = scene.ask(LOGIN)
        assert answer is not None and "result" in answer, answer
        assert program.call("C_Logout", session=number).rv == Ckr.OK
        assert log_in(program, number, PIN) == Ckr.OK


def test_code_stands_in_no_trace_log_or_answer(scene: Scene) -> None:
    answers = []
    with closing(scene.start_daemon()) as program:
        number = session(program)
        assert log_in(program, number, WRONG) == Ckr.PIN_INCORRECT
        assert log_in(program, number, PIN) == Ckr.OK
        answers.append(scene.ask(LOGIN))
        scene.enters(WRONG)
        answers.append(scene.ask(LOGIN | {"nonce": "m" * 44}))
    scene.end_daemon()
    scene.code.unlink()
    left = {
        item: item.read_text("utf-8", "replace")
        for item in scene.place.folder.rglob("*")
        if item.is_file()
    }
    left |= {Path("answers"): json.dumps(answers), Path("stderr"): "".join(scene.said)}
    assert any(item.name.startswith("daemon-") for item in left)
    assert any(item.name.startswith("native-host-") for item in left)
    for path, text in left.items():
        for code in (PIN, WRONG, PUK):
            for form in (code, code.encode().hex(), base64.b64encode(code.encode()).decode()[:10]):
                assert form.lower() not in text.lower(), path


@pytest.mark.parametrize(
    "caller",
    [
        (),
        ("--help",),
        ("chrome-extension://" + "a" * 32 + "/",),
        ("/x/host.json", "other@example.org"),
    ],
    ids=["nobody", "an option", "another Chromium extension", "another Firefox extension"],
)
def test_foreign_caller_gets_no_answer_and_costs_no_try(
    scene: Scene, caller: tuple[str, ...]
) -> None:
    assert scene.ask(LOGIN, *(caller or ("",))) is None
    assert "caducee: " in scene.said[-1]
    assert scene.records() == ()
