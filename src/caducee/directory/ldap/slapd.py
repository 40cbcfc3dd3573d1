# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenLDAP's slapd in a folder: prepared, filled and run with our entries."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.files import make_folder, write_atomic
from caducee.base.secret import Secret
from caducee.directory.ldap import openldap
from caducee.directory.ldap.entries import LdapEntry
from caducee.directory.ldap.store import StoredEntry

__all__ = ["PROGRAM", "Slapd"]

PROGRAM = Path("/usr/sbin/slapd")
"""Where Debian and Ubuntu have it."""

_PATIENCE = 30.0
_LOG_TAIL = 2000


class Slapd:
    """The slapd of a folder. Raises `StateError` (``ldap.slapd``).

    ``tls``: certificate and key, PEM files that it may read. With a ``password`` (of
    `caducee.directory.ldap.openldap.WRITER`) it takes changes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        size_limit: int = 0,
        tls: tuple[Path, Path] | None = None,
        password: Secret | None = None,
        program: Path = PROGRAM,
    ) -> None:
        self.folder = folder
        self._tls = tls
        make_folder(folder / "data")
        text = openldap.configuration(
            folder.absolute(), size_limit=size_limit, tls=tls, password=password
        )
        write_atomic(folder / "slapd.conf", text.encode())
        write_atomic(folder / "caducee.schema", openldap.schema_text().encode())
        # Ubuntu lets /usr/sbin/slapd, under that name, read and write at its usual places alone.
        self._program = folder / "slapd"
        self._end_older()
        try:
            shutil.copy(program, self._program)
        except OSError as error:
            raise self._failed(str(error)) from None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def filled(self) -> bool:
        """Whether there is a database already."""
        return (self.folder / "data" / "data.mdb").exists()

    def fill(self, entries: Iterable[LdapEntry | StoredEntry]) -> int:
        """Let slapadd make the database anew; returns how many entries it was given."""
        count = 0
        for old in (self.folder / "data").iterdir():
            old.unlink()
        with (
            (self.folder / "log").open("wb") as log,
            subprocess.Popen(
                ["slapadd", "-q", "-f", "slapd.conf"],  # noqa: S607 (executable says which)
                executable=self._program.absolute(),  # it is slapadd by the name it is called with
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            ) as process,
        ):
            assert process.stdin is not None  # noqa: S101 (as asked)
            with contextlib.suppress(BrokenPipeError):
                for text in openldap.ldif(entries):
                    process.stdin.write(text.encode())
                    count += 1
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        if process.returncode:
            raise self._failed(self._log())
        return count

    def start(self, host: str = "127.0.0.1", port: int = 0, secure_port: int = 0) -> None:
        """Run it; port 0 lets the system choose. `port` and `secure_port` then tell."""
        self.host, self.port = host, port or _free_port(host)
        self.secure_port = secure_port or _free_port(host)
        urls = f"ldap://{host}:{self.port}/"
        if self._tls is not None:
            urls += f" ldaps://{host}:{self.secure_port}/"
        command = [str(self._program.absolute()), "-d", "0", "-f", "slapd.conf", "-h", urls]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection((host, self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise self._failed(self._why())

    def stop(self) -> None:
        """End it; what it took is kept."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _end_older(self) -> None:
        """End the slapd of this folder that one who was killed has left."""
        try:
            number = int((self.folder / "slapd.pid").read_text())
            ours = Path(f"/proc/{number}/exe").resolve() == self._program.resolve()
        except (OSError, ValueError):
            return
        end = time.monotonic() + _PATIENCE
        with contextlib.suppress(ProcessLookupError):
            while ours and time.monotonic() < end:
                os.kill(number, signal.SIGTERM)
                time.sleep(0.05)

    def _why(self) -> str:
        """Return what is wrong: slapd itself says nothing, as long as it does not say all."""
        checked = subprocess.run(
            ["slaptest", "-f", "slapd.conf"],  # noqa: S607 (executable says which)
            executable=self._program.absolute(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        return self._log() or checked.stderr

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def _failed(self, reason: str) -> StateError:
        return StateError("ldap.slapd", program="slapd", reason=reason.strip()[-_LOG_TAIL:])


def _free_port(host: str) -> int:
    with socket.socket() as item:
        item.bind((host, 0))
        return int(item.getsockname()[1])
