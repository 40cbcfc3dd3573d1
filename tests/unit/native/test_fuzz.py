# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The façade, fuzzed for a short time in every run; for longer by ``./run native fuzz``."""

import shutil
from pathlib import Path

import pytest
from tools import native, native_fuzz

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("zig")]


def test_nothing_that_a_daemon_sends_breaks_the_facade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(native_fuzz, "FOLDER", tmp_path)
    assert native_fuzz.run(15, "-seed=1") == 0, capfd.readouterr().err[-4000:]


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("arguments.c", "size > call->end - call->at", "size > WIRE_MAX_FRAME"),
        ("arguments.c", "!wanted || length > one->ulValueLen", "!wanted"),
    ],
)
def test_the_fuzzer_finds_a_check_that_is_missing(
    file: str, right: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(native.SOURCES.parent, tmp_path / "native")
    source = copy / "pkcs11" / file
    assert source.read_text().count(right) == 1
    source.write_text(source.read_text().replace(right, wrong))
    monkeypatch.setattr(native, "SOURCES", copy / "pkcs11")
    monkeypatch.setattr(native_fuzz, "HARNESS", copy / "fuzz" / "fuzz_reply.c")
    monkeypatch.setattr(native_fuzz, "FOLDER", tmp_path / "work")
    assert native_fuzz.run(60, "-seed=1") != 0
