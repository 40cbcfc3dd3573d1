# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fuzz the façade against a daemon that sends anything: clang-19, libFuzzer, ASan, UBSan.

``./run native fuzz [SECONDS]``   runs, 60 seconds where nothing is said; what it learns stays under
                                  ``.cache/native-fuzz``, and so does an input that fails
"""

import os
import subprocess
import sys
from pathlib import Path

from tools import native

from caducee.codec.pkcs11 import (
    AttributeOutput,
    Frame,
    Info,
    MechanismInfo,
    OutputBytes,
    OutputNumbers,
    Reply,
    SessionInfo,
    SlotInfo,
    TokenInfo,
    Welcome,
)
from caducee.spec.pkcs11 import Ckr
from caducee.spec.pkcs11.functions import FUNCTIONS, Argument, Kind
from caducee.spec.pkcs11.structures import Structure
from caducee.spec.pkcs11.wire import FrameKind

FOLDER = native.ROOT / ".cache" / "native-fuzz"
HARNESS = native.ROOT / "native" / "fuzz" / "fuzz_reply.c"
COMPILER = "clang-19"
_SOURCES = (
    "arguments.c",
    "buffer.c",
    "call.c",
    "module.c",
    "pool.c",
    "system_posix.c",
    "generated/marshal.c",
    "generated/fuzz_calls.c",
)
_FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-fno-omit-frame-pointer")
_NO_SLACK = ("-DBUFFER_SMALL=9", "-DBUFFER_SLACK(size)=0", "-DHELLO_TRIES=1")
_SANITIZERS = ("-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all")
_VERSION = (2, 40)


def build() -> Path:
    """Build the fuzzer; raises `CalledProcessError`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    place = FOLDER / "fuzz_reply"
    sources = [str(native.SOURCES / source) for source in _SOURCES]
    command = [
        COMPILER,
        *_FLAGS,
        *_NO_SLACK,
        *_SANITIZERS,
        "-o",
        str(place),
        str(HARNESS),
        *sources,
    ]
    subprocess.run([*command, "-lpthread", "-ldl"], check=True)
    return place


def _structure(structure: Structure) -> object:
    match structure:
        case Structure.CK_INFO:
            return Info(_VERSION, bytes(32), 0, bytes(32), _VERSION)
        case Structure.CK_SLOT_INFO:
            return SlotInfo(bytes(64), bytes(32), 0, _VERSION, _VERSION)
        case Structure.CK_TOKEN_INFO:
            label, model = bytes(32), bytes(16)
            numbers = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
            return TokenInfo(label, label, model, model, *numbers, _VERSION, _VERSION, model)
        case Structure.CK_SESSION_INFO:
            return SessionInfo(1, 2, 3, 4)
        case Structure.CK_MECHANISM_INFO:
            return MechanismInfo(1, 2, 3)


def _result(argument: Argument) -> object:
    """Return a result as an honest daemon gives it to a caller with room for three."""
    match argument.kind:
        case Kind.STRUCTURE_OUT:
            assert argument.structure is not None
            return _structure(argument.structure)
        case Kind.BYTES_ROOM | Kind.OPTIONAL_BYTES_ROOM:
            return OutputBytes(3, b"abc")
        case Kind.LIST_ROOM | Kind.FOUND_ROOM:
            return OutputNumbers(3, (1, 2, 3))
        case Kind.TEMPLATE_ROOM:
            return AttributeOutput(3, b"abc"), AttributeOutput(None), AttributeOutput(1, b"a")
        case Kind.RANDOM:
            return b"abc"
        case _:
            return 7


def seeds() -> dict[str, bytes]:
    """Return inputs to begin with: an honest answer of every function, and the frames beside."""
    found = {}
    beside = Frame(FrameKind.WORKING, 0).to_bytes() + Frame(FrameKind.LEND, 1, b"\0").to_bytes()
    for function in FUNCTIONS:
        if function.local is None and function.name != "C_Finalize":
            rv = Ckr.ATTRIBUTE_SENSITIVE if function.name == "C_GetAttributeValue" else Ckr.OK
            reply = Reply(function, rv, tuple(map(_result, function.outs))).to_frame().to_bytes()
            found[function.name] = bytes((0, 3, function.number)) + beside + reply
            found[f"{function.name}-twice"] = bytes((8, 3, function.number)) + reply + reply
    welcome = Welcome().to_frame().to_bytes()
    found["welcome"] = bytes((1, 3, 20)) + welcome
    return found


def run(seconds: int, *options: str) -> int:
    """Build and run for so long; return the status of the fuzzer, 0 when it found nothing."""
    fuzzer = build()
    corpus = FOLDER / "corpus"
    corpus.mkdir(exist_ok=True)
    for name, data in seeds().items():
        (corpus / f"seed-{name}").write_bytes(data)
    limits = ["-max_len=1024", "-timeout=20", "-rss_limit_mb=2048", f"-max_total_time={seconds}"]
    command = [str(fuzzer), *limits, f"-artifact_prefix={FOLDER}/", *options, str(corpus)]
    return subprocess.run(
        command, check=False, env={**os.environ, "CADUCEE_CRYPTOLIBD": "/none"}
    ).returncode


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
