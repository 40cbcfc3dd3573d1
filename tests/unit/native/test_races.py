# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The façade under ThreadSanitizer and AddressSanitizer, with threads that call, begin and end."""

import subprocess
import time
from pathlib import Path

import pytest
from tests.unit.native.daemon import Conversation, FakeDaemon
from tools import native

from caducee.codec.pkcs11 import Call, Reply
from caducee.spec.pkcs11 import Ckr

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("zig")]

SOURCES = (
    "arguments.c",
    "buffer.c",
    "call.c",
    "module.c",
    "pool.c",
    "system_posix.c",
    "transport_socket.c",
    "generated/marshal.c",
)


@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_no_race_and_no_misuse_of_memory(
    sanitizer: str, tmp_path: Path, daemon: FakeDaemon
) -> None:
    def script(conversation: Conversation, call: Call) -> None:
        if call.function.name == "C_WaitForSlotEvent":
            time.sleep(0.005)
            conversation.send(Reply.build("C_WaitForSlotEvent", slot=1))
        else:
            conversation.send(Reply(call.function, Ckr.OK))

    daemon.script = script
    program = tmp_path / "races"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", f"-fsanitize={sanitizer}"]
    sources = [str(native.SOURCES / source) for source in SOURCES]
    harness = str(native.SOURCES.parent / "fuzz" / "races.c")
    command = ["clang-19", *flags, "-o", str(program), harness, *sources, "-lpthread", "-ldl"]
    subprocess.run(command, check=True)
    done = subprocess.run(
        # TSan of clang 19 cannot place its memory where addresses are spread over 32 bits.
        ["setarch", "-R", str(program)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    assert daemon.names.count("C_Logout") > 100
    assert len({hello.application for hello in daemon.hellos}) > 20
