# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL for tests: its own data, its own Unix socket, no network."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Self

__all__ = ["TemporaryPostgres"]

_BINARIES = "/usr/lib/postgresql"
_USER = "postgres"
_PATIENCE = 30.0


class TemporaryPostgres:
    """A PostgreSQL server for the length of a ``with`` block, from the system's package.

    It refuses to run as root, so that root hands it to the user ``postgres``. Each call of
    `url` names a new, empty database.
    """

    def __init__(self, *, wal_megabytes: int = 16) -> None:
        """``wal_megabytes``: size of the files of its log; the least that `room` can leave."""
        self._numbers = count(1)
        self._wal = wal_megabytes

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="caducee-pg-", dir="/tmp"))
        # A Unix socket's path must be short, and both users must reach it.
        try:
            self._prepare()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def url(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test{next(self._numbers)}"
        self._run("createdb", "-h", str(self._folder), "-U", _USER, name)
        return f"postgresql://{_USER}@/{name}?host={self._folder}"

    def copy(self, url: str) -> str:
        """Copy a database that nobody uses at the moment, and return the URL of the copy."""
        name = f"test{next(self._numbers)}"
        where = ("-h", str(self._folder), "-U", _USER)
        self._run("createdb", *where, "-T", _name(url), name)
        return f"postgresql://{_USER}@/{name}?host={self._folder}"

    def dump(self, url: str) -> bytes:
        """Return everything that stands in a database, as text that psql could read."""
        path = self._folder / "dump"
        where = ("-h", str(self._folder), "-U", _USER)
        self._run("pg_dump", *where, "-f", str(path), _name(url))
        return path.read_bytes()

    def room(self, megabytes: int | None) -> None:
        """Let no file grow beyond a size, as on a full disk; none: as far as it can.

        For connections that are made from now on.
        """
        postmaster = (self._data / "postmaster.pid").read_text().split()[0]
        soft = "unlimited" if megabytes is None else str(megabytes * 1024 * 1024)
        # The server's own user may change it, root in a container may not.
        self._as_owner("prlimit", "--pid", postmaster, f"--fsize={soft}:")

    def restart(self) -> None:
        """Stop the server at once, as a power cut would, and start it again."""
        self._stop()
        self._start()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _prepare(self) -> None:
        if os.geteuid() == 0:
            entry = pwd.getpwnam(_USER)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        how = ("-U", _USER, "-A", "trust", "-E", "UTF8", "-N", f"--wal-segsize={self._wal}")
        self._run("initdb", "-D", str(self._data), *how)
        self._start()

    def _start(self) -> None:
        # A test process that is killed takes its server with it.
        owner = ("--reuid", _USER, "--regid", _USER, "--init-groups") if os.geteuid() == 0 else ()
        server = (str(_binaries() / "postgres"), "-D", str(self._data), "-k", str(self._folder))
        settings = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off")
        command = ("setpriv", *owner, "--pdeathsig", "INT", "--", *server, *settings)
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
            )
        self._wait()

    def _stop(self) -> None:
        """End the server at once; its files are left as a power cut would leave them."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(120)

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                return self._run("pg_isready", "-h", str(self._folder), "-q")
            except RuntimeError:
                time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not become ready")

    def _run(self, program: str, *arguments: str) -> None:
        self._as_owner(str(_binaries() / program), *arguments)

    def _as_owner(self, *command: str) -> None:
        if os.geteuid() == 0:
            command = ("runuser", "-u", _USER, "--", *command)
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env=_environment(),
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _name(url: str) -> str:
    """Return the name of the database in a URL of `TemporaryPostgres.url`."""
    return url.partition("@/")[2].partition("?")[0]


def _binaries() -> Path:
    found = sorted(
        (path for path in Path(_BINARIES).glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0,
    )
    if not found:
        raise RuntimeError(f"no PostgreSQL under {_BINARIES}: install the package postgresql")
    return found[-1]
