# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The daemon's side: programs that answer, decline, hang, or talk nonsense."""

import asyncio
import sys
from pathlib import Path

import pytest

from caducee.base.errors import CpsError, FormatError, ReaderError
from caducee.middleware.pin_entry import EnteredPins, PinKind, PinRequest, PinRequester
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.pin_entry.settings import PinEntrySettings

LOGIN = PinRequest(PinKind.LOGIN, tries_left=3)


def program(code: str, seconds: int = 20, least: float = 0) -> PinEntry:
    argv = (sys.executable, "-c", f"import sys, time\n{code}")
    return PinEntry(PinEntrySettings(program=argv, seconds=seconds, least_seconds=least), "fr")


ONE_ANSWER = """
for line in sys.stdin:
    if line == "ASK\\n":
        print({answer!r}, flush=True)
"""


async def asked(entry: PinEntry, request: PinRequest = LOGIN) -> tuple[bytes, bytes]:
    async with entry.talk() as talk:
        codes = await talk.ask(request, PinRequester("/bin/program", 1))
        found = [item.reveal() if item else b"" for item in (codes.old, codes.new)]
        codes.wipe()
        return found[0], found[1]


def test_the_code_comes_back() -> None:
    entry = program(ONE_ANSWER.format(answer="CODE 31323334 -"))
    assert asyncio.run(asked(entry)) == (b"1234", b"")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("CANCEL", "pin.cancelled"),
        ("TIMEOUT", "pin.timeout"),
        ("ERROR no screen", "pin.program_absent"),
        ("nonsense", "pin.line_malformed"),
        ("CODE - -", "pin.line_malformed"),
        ("CODE 31323334 35", "pin.line_malformed"),
        ("CODE " + "31" * 3000 + " -", "pin.line_malformed"),
    ],
)
def test_no_code_is_an_error_with_its_cause(answer: str, code: str) -> None:
    with pytest.raises(CpsError) as caught:
        asyncio.run(asked(program(ONE_ANSWER.format(answer=answer))))
    assert caught.value.code == code
    assert "31" not in str(caught.value)


def test_a_program_that_ends_at_once_gives_no_code() -> None:
    with pytest.raises(ReaderError, match=r"pin\.program_absent"):
        asyncio.run(asked(program("pass")))


def test_a_program_that_does_not_exist_gives_no_code(tmp_path: Path) -> None:
    argv = (str(tmp_path / "nothing"),)
    entry = PinEntry(PinEntrySettings(program=argv, least_seconds=0))
    with pytest.raises(ReaderError, match=r"pin\.program_absent"):
        asyncio.run(asked(entry))


def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caducee.middleware.pin_entry.entry._GRACE", 0.1)
    entry = program("time.sleep(3600)", seconds=1)
    with pytest.raises(ReaderError, match=r"pin\.timeout"):
        asyncio.run(asked(entry))


def test_one_question_is_shown_at_a_time(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"""
with open({str(log)!r}, "a") as log:
    print("begin", file=log)
    log.flush()
    for line in sys.stdin:
        if line == "ASK\\n":
            print("CODE 31 -", flush=True)
        if line == "DONE\\n":
            print("end", file=log)
            break
"""

    async def two() -> None:
        entry = program(code)
        await asyncio.gather(asked(entry), asked(entry))

    asyncio.run(two())
    assert log.read_text().split() == ["begin", "end"] * 2


def test_nothing_of_the_holder_is_in_arguments_or_environment(tmp_path: Path) -> None:
    """The program looks at itself, as anybody of the same user may."""
    seen = tmp_path / "seen"
    code = f"""
with open({str(seen)!r}, "wb") as seen:
    for name in ("cmdline", "environ"):
        seen.write(open("/proc/self/" + name, "rb").read())
{ONE_ANSWER.format(answer="CODE 31323334 -")}
"""
    request = PinRequest(PinKind.LOGIN, "CPS3v3-2900995235", "KIT DOC0073574")
    asyncio.run(asked(program(code), request))
    assert seen.read_bytes()
    assert b"2900995235" not in seen.read_bytes()
    assert b"DOC0073574" not in seen.read_bytes()


def test_a_conversation_takes_its_least_time() -> None:
    async def timed() -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await asked(program(ONE_ANSWER.format(answer="CODE 31 -"), least=0.3))
        return loop.time() - begun

    assert asyncio.run(timed()) >= 0.3


def test_a_conversation_that_is_cancelled_ends_the_program() -> None:
    async def outer() -> int | None:
        entry = program("time.sleep(3600)")
        process = None
        try:
            async with entry.talk() as talk:
                process = talk._process
                raise asyncio.CancelledError
        except asyncio.CancelledError:
            assert process is not None
            return await process.wait()

    assert asyncio.run(outer()) == -9


def test_codes_that_were_not_asked_for_are_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    wiped: list[EnteredPins] = []

    def wipe(codes: EnteredPins) -> None:
        wiped.append(codes)

    monkeypatch.setattr(EnteredPins, "wipe", wipe)
    with pytest.raises(FormatError):
        asyncio.run(asked(program(ONE_ANSWER.format(answer="CODE 31 32"))))
    assert len(wiped) == 1
