# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Our own process and module, and the programs that load it."""

import importlib.metadata
import os
import platform
import secrets
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from caducee.base.errors import CpsError, FormatError, StateError
from caducee.base.peer_credentials import peer_credentials
from caducee.base.processes import failure_of, run
from caducee.codec.pkcs11 import Call, Reply
from caducee.codec.pkcs11.frames import Frame, FrameDeframer, Hello, Welcome
from caducee.diagnosis.facts import (
    BrowserModule,
    DaemonFacts,
    ModuleFacts,
    P11KitFacts,
)
from caducee.diagnosis.machine.java import elf_kind
from caducee.diagnosis.machine.policies import policies
from caducee.diagnosis.machine.root import MachineRoot, first_line, open_files, read_text
from caducee.diagnosis.machine.system import unsafe
from caducee.middleware.browsers import BrowserLocations, ComponentResult, ComponentState, Installer
from caducee.middleware.browsers import ComponentKind as BrowserKind
from caducee.middleware.browsers.nss import modules
from caducee.middleware.daemon.endpoint import socket_path
from caducee.middleware.daemon.settings import load_settings
from caducee.middleware.module import ENVIRONMENT, find_module, library_name
from caducee.spec.browsers import CHROMIUM_BRANDS

__all__ = ["browsers", "daemon", "module", "p11kit"]

_LONGEST_PATH = 107
"""Bytes of ``sun_path`` on Linux, without its end."""

_MANUFACTURER: Final = b"caducee"
_PARENT_LOCK: Final = ".parentlock"
_PATIENCE = 3.0
_MACHINES: Final = {"x86_64": 0x3E, "aarch64": 0xB7, "i686": 0x03, "riscv64": 0xF3}
"""``e_machine`` of ELF files, by the name of the machine."""

_NSS_OWN: Final = "NSS Internal PKCS #11 Module"
_CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
_KIT_FOLDERS: Final = ("/etc/pkcs11/modules", "/usr/share/p11-kit/modules")
_NO_HOME: Final = "P11_NO_USER_CONFIG"
_LOADS: Final = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"


def daemon() -> DaemonFacts:
    """Look at the Cryptolib's process: its folder, its socket, and whether it answers."""
    path = socket_path()
    settings, wrong = load_settings()
    state, reason, pid, version = _greet(path)
    mode, foreign = _socket_rights(path)
    return DaemonFacts(
        socket=str(path),
        state=state,
        reason=reason,
        folder=unsafe(path.parent, 0o077),
        mode=mode,
        foreign=foreign,
        too_long=len(os.fsencode(path)) > _LONGEST_PATH,
        pid=pid,
        version=version,
        settings=str(wrong.facts.get("reason", "")) if wrong is not None else "",
        pcsc=settings.readers.pcsc,
        pin_program=_absent_window(settings.pin_entry.program)
        if settings.pin_entry.protected_path
        else "",
    )


def _absent_window(program: tuple[str, ...]) -> str:
    if program:
        return "" if shutil.which(program[0]) else program[0]
    return "" if find_spec("PySide6") is not None else "caducee[desktop]"


def _socket_rights(path: Path) -> tuple[str, bool]:
    try:
        found = os.lstat(path)
    except OSError:
        return "", False
    mode = stat.S_IMODE(found.st_mode)
    return f"{mode:04o}" if mode & 0o077 else "", found.st_uid != os.geteuid()


def _greet(path: Path) -> tuple[str, str, int, str]:
    """Say HELLO as a module does, and ask for its version; return the state, its reason, the
    process, and the version.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_PATIENCE)
        pid = 0
        try:
            link.connect(str(path))
            peer = peer_credentials(link)
            pid = peer.pid if peer is not None else 0
            hello = Hello(8, secrets.token_bytes(16), os.getpid())
            link.sendall(hello.to_frame().to_bytes())
            state, reason = _answer(link)
            return state, reason, pid, _version_of(link) if state == "answers" else ""
        except TimeoutError:
            return "hung", "", pid, ""
        except FileNotFoundError:
            return "absent", "", 0, ""
        except ConnectionRefusedError:
            return "stale", "", 0, ""
        except (OSError, FormatError) as error:
            return "refuses", str(error), pid, ""


def _answer(link: socket.socket) -> tuple[str, str]:
    frame = _next_frame(link)
    if frame is None:
        return "crowded", "connection closed"
    welcome = Welcome.from_frame(frame)
    return ("answers", "") if welcome.rv == 0 else ("refuses", f"CK_RV {welcome.rv:#x}")


def _next_frame(link: socket.socket) -> Frame | None:
    """Return the next frame; None at the end of the connection."""
    deframer = FrameDeframer()
    while data := link.recv(4096):
        for frame in deframer.feed(data):
            return frame
    return None


def _version_of(link: socket.socket) -> str:
    """Return ``major.minor`` of the running caducee, as C_GetInfo reports it; empty when it shows
    itself as another's module (settings, ``deviations``).
    """
    call = Call.build("C_GetInfo")
    link.sendall(call.to_frame().to_bytes())
    frame = _next_frame(link)
    if frame is None:
        return ""
    reply = Reply.from_frame(frame, call.function)
    info = reply.results[0] if reply.results else None
    if info is None or not info.manufacturer.startswith(_MANUFACTURER):
        return ""
    return ".".join(map(str, info.version))


def module(place: MachineRoot) -> ModuleFacts:
    """Find our module, and load it in a process of its own."""
    try:
        path = find_module()
    except StateError:
        return ModuleFacts(named=place.environ.get(ENVIRONMENT, ""))
    right = _machine_right(path)
    reason = _load(path) if right else ""
    return ModuleFacts(
        path=str(path),
        named=place.environ.get(ENVIRONMENT, ""),
        loads=right and not reason,
        reason=reason,
        machine_right=right,
        version=_native_version(),
    )


def _machine_right(path: Path) -> bool:
    kind, wanted = elf_kind(path), _MACHINES.get(platform.machine())
    if not kind or wanted is None:
        return bool(kind) or sys.platform != "linux"
    return kind[1] == wanted


def _load(path: Path) -> str:
    """Return what the system says when the module does not load; empty: it loads."""
    try:
        return failure_of(run([sys.executable, "-I", "-c", _LOADS, str(path)], _PATIENCE * 3))
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)


def _native_version() -> str:
    try:
        return importlib.metadata.version("caducee-native")
    except importlib.metadata.PackageNotFoundError:
        return ""


def browsers(place: MachineRoot) -> tuple[BrowserModule, ...]:
    """Look at the browsers of this user, and at the policies of the machine."""
    try:
        library = find_module()
    except StateError:
        library = Path("/")
    own = Installer(BrowserLocations(place.home, system=False, root=place.root), library)
    everybody = Installer(BrowserLocations(place.home, system=True, root=place.root), library)
    found = list(policies(place, library))
    forbidden = any(entry.forbidden for entry in found)
    by_policy = any(entry.state == "installed" for entry in found)
    for item in _with_hosts_of_all(own.status(), everybody):
        if _is_there(place, item):
            found.append(_browser(place, item, forbidden, by_policy))
    return tuple(found)


def _with_hosts_of_all(
    own: list[ComponentResult], everybody: Installer
) -> Iterator[ComponentResult]:
    """Yield what this user has; a browser without a manifest of theirs reads the system's."""
    system = everybody.status(lambda part: part.kind is BrowserKind.HOST)
    shared = {
        entry.part.browser: entry for entry in system if entry.state is not ComponentState.ABSENT
    }
    for item in own:
        absent = item.part.kind is BrowserKind.HOST and item.state is ComponentState.ABSENT
        yield shared.get(item.part.browser, item) if absent else item


def _is_there(place: MachineRoot, result: ComponentResult) -> bool:
    """Return whether a browser is there that this part is for."""
    if result.state is ComponentState.IMPOSSIBLE or result.part.browser == "Firefox":
        return result.part.kind is BrowserKind.MODULE or bool(place.program("firefox"))
    if result.part.browser == "":
        return False
    folders = [place.home / ".config" / brand.config for brand in CHROMIUM_BRANDS]
    return any(map(place.program, _CHROMIUMS)) or any(map(os.path.isdir, folders))


def _browser(
    place: MachineRoot, result: ComponentResult, forbidden: bool, by_policy: bool
) -> BrowserModule:
    firefox = result.part.browser == "Firefox" and result.part.kind is BrowserKind.MODULE
    state = (
        "broken"
        if result.error is not None and result.state is ComponentState.OTHER
        else result.state.value
    )
    if firefox and by_policy and state == "absent":
        state = "installed"
    others, ours = _libraries(result)
    process, loaded = _in_memory(place, result.part.path) if firefox else (0, True)
    return BrowserModule(
        browser=result.part.browser,
        form=result.part.form.value,
        kind=result.part.kind.value,
        path=str(result.part.path),
        state=state,
        reason=str(result.error.facts.get("reason", "")) if result.error is not None else "",
        others=tuple(others),
        twice=ours > 1,
        forbidden=firefox and forbidden,
        process=process,
        loaded=loaded,
    )


def _in_memory(place: MachineRoot, profile: Path) -> tuple[int, bool]:
    """Return the Firefox that uses a profile now (it holds ``.parentlock`` open), and whether it
    has our module loaded; it does so when it starts.
    """
    lock = str(profile / _PARENT_LOCK)
    for folder in place.under("/proc").glob("[0-9]*"):
        if first_line(folder / "comm").startswith("firefox") and lock in open_files(folder):
            return int(folder.name), library_name() in read_text(folder / "maps")
    return 0, True


def _libraries(result: ComponentResult) -> tuple[list[str], int]:
    """Return the libraries of other modules in a database, and how often ours is there."""
    if result.part.kind is not BrowserKind.MODULE or not os.path.isdir(result.part.path):
        return [], 0
    try:
        named = modules(result.part.path)
    except CpsError:
        return [], 0
    libraries = [library for name, library in named.items() if name != _NSS_OWN and library]
    others = [library for library in libraries if Path(library).name != library_name()]
    return others, len(libraries) - len(others)


def p11kit(place: MachineRoot) -> P11KitFacts:
    """Read the settings of p11-kit."""
    there = bool(place.program("p11-kit")) or any(place.under("/usr/lib").glob("*/libp11-kit.so.0"))
    if not there:
        return P11KitFacts(there=False, state="absent")
    named = list(_kit_modules(place))
    broken = next((path for path, fields in named if "module" not in fields), None)
    ours: list[tuple[Path, dict[str, str]]] = []
    others: list[tuple[Path, dict[str, str]]] = []
    for path, fields in named:
        if "module" in fields:
            is_ours = Path(fields["module"]).name == library_name()
            (ours if is_ours else others).append((path, fields))
    libraries = tuple(fields["module"] for _, fields in others)
    if not ours:
        return P11KitFacts(
            state="broken" if broken else "absent", path=str(broken or ""), others=libraries
        )
    wrong = next((our for our in ours if not _is_our_library(place, our[1]["module"])), None)
    path, fields = wrong or ours[0]
    return P11KitFacts(
        state="other" if wrong else "installed",
        path=str(path),
        others=libraries,
        disabled=bool(fields.get("enable-in") or fields.get("disable-in")),
    )


def _is_our_library(place: MachineRoot, named: str) -> bool:
    """Return whether a library that p11-kit names is the module of this installation, or, where
    this installation has none, exists at all. A relative name is looked up in p11-kit's folder.
    """
    folders = [Path("/"), *place.under("/usr/lib").glob("*/pkcs11"), place.under("/usr/lib/pkcs11")]
    found = next((folder / named for folder in folders if (folder / named).is_file()), None)
    try:
        return found is not None and found.samefile(find_module())
    except StateError:
        return found is not None


def _kit_modules(place: MachineRoot) -> Iterator[tuple[Path, dict[str, str]]]:
    folders = [*map(place.under, _KIT_FOLDERS)]
    if _kit_reads_home(place):
        folders.insert(0, place.home / ".config/pkcs11/modules")
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(folder.glob("*.module")):
            if path.name in seen:
                continue  # a file of the same name goes before it (pkcs11.conf(5))
            seen.add(path.name)
            lines = (line.partition(":") for line in read_text(path).splitlines())
            yield path, {name.strip(): value.strip() for name, _, value in lines}


def _kit_reads_home(place: MachineRoot) -> bool:
    """Return whether p11-kit looks into the user's home: not for root, nor where a setting says so
    (pkcs11.conf(5), ``user-config``).
    """
    settings = read_text(place.under("/etc/pkcs11/pkcs11.conf")).splitlines()
    user_config = [
        line.partition(":")[2].strip() for line in settings if line.startswith("user-config:")
    ]
    return os.geteuid() != 0 and user_config[-1:] != ["none"] and not place.environ.get(_NO_HOME)
