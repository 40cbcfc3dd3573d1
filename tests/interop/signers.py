# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs that use a card by some PKCS#11 module, each in a process of its own, step by step."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Program"]

_SOURCE = """
import sys, time, pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
path, what, key, mechanism = sys.argv[1:]
token = next(s.get_token() for s in pkcs11.lib(path).get_slots(token_present=True))
session = token.open(user_pin="1234" if what == "sign" else None)
if what == "sign":
    found = session.get_key(ObjectClass.PRIVATE_KEY, id=bytes.fromhex(key))
    def step():
        return len(found.sign(b"a letter", mechanism=Mechanism[mechanism])) == 256
else:
    def step():
        certificates = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
        return all(one[Attribute.VALUE] for one in certificates)
print("ready", flush=True)
for line in sys.stdin:
    order = line.split()
    done = bad = 0
    until = time.monotonic() + float(order[1]) if order[0] == "for" else None
    while done + bad < int(order[1]) if until is None else time.monotonic() < until:
        try:
            good = step()
        except pkcs11.exceptions.PKCS11Error as error:
            print(type(error).__name__, file=sys.stderr, flush=True)
            good = False
        done, bad = done + good, bad + (not good)
    print(done, bad, flush=True)
"""


class Program:
    """A program that is logged in and signs (or, with ``what`` "read", reads certificates)."""

    def __init__(
        self,
        module: Path | str,
        key: str = "",
        mechanism: str = "",
        *,
        what: str = "sign",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SOURCE, str(module), what, key, mechanism],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self._line() == "ready"

    def begin(self, order: str) -> None:
        """Order ``times N`` or ``for SECONDS``; `end` waits for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()

    def end(self) -> tuple[int, int]:
        """Return how many steps succeeded and failed."""
        done, bad = self._line().split()
        return int(done), int(bad)

    def step(self) -> bool:
        """Take one step; tell whether it succeeded."""
        self.begin("times 1")
        return self.end() == (1, 0)

    def _line(self) -> str:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline().strip()
        assert line, self._process.stderr.read()
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)
