# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards at local sockets, which commands find as this machine's readers."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from caducee.cli.main import main
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

type Run = Callable[..., tuple[int, str, str]]
type Insert = Callable[..., None]

CARDS = Path(__file__).parents[2] / "vectors" / "cards"


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder of sockets, and settings that name no other readers."""
    settings = tmp_path / "cryptolib.toml"
    settings.write_text("[readers]\npcsc = false\n")
    monkeypatch.setenv("CADUCEE_CRYPTOLIB_CONFIG", str(settings))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CADUCEE_SANDBOX", str(tmp_path / "world"))
    monkeypatch.setenv("LANGUAGE", "en")
    with tempfile.TemporaryDirectory(prefix="cad") as short:  # a socket's path is short
        monkeypatch.setenv("CADUCEE_READER_SOCKETS", short)
        yield Path(short)


@pytest.fixture
def insert(sockets: Path) -> Iterator[Insert]:
    """Put a card of the vectors into a reader of its own."""
    with ExitStack() as stack:

        def put(name: str = "cps3", reader: str = "one", face: str = "contact") -> None:
            store = MemoryStore(CardImage.load(CARDS / f"{name}.json"))
            plug = SocketPlug(VirtualCard(store, face=face), sockets / f"{reader}.sock")
            plug.start()
            stack.callback(plug.stop)

        yield put


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; gives status, output, errors."""

    def do(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


@pytest.fixture
def pin_file(tmp_path: Path) -> Callable[..., str]:
    """Write codes into a file as the commands want it."""

    def write(*codes: str) -> str:
        path = tmp_path / "codes"
        path.write_text("\n".join(codes))
        path.chmod(0o600)
        return str(path)

    return write
