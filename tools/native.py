# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Build the native façade with zig, for this machine or for others.

``native.py build [TARGET…]``   builds what is not built yet; prints one path a line
``native.py targets``           names the targets

No compiler of the system is used, and no binary is kept in the repository: results lie under
``.cache/native``, each named by a digest of all that went in. The same sources give the same bytes.
"""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "native" / "pkcs11"
CACHE = ROOT / ".cache" / "native"
ZIG_CACHE = ROOT / ".cache" / "zig"
ARGV_FILE = "caducee-cryptolibd.argv"

_COMMON = (
    "arguments.c",
    "buffer.c",
    "call.c",
    "module.c",
    "pool.c",
    "generated/marshal.c",
)
_FLAGS = (
    "-std=c11",
    "-Os",
    "-s",
    "-shared",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fstack-protector-strong",
    "-D_FORTIFY_SOURCE=2",
)


@dataclass(frozen=True, slots=True)
class Target:
    """One system that the façade is built for."""

    triple: str
    """As zig names it, with the oldest C library or system that is served."""

    library: str
    """Name of the file."""

    sources: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def name(self) -> str:
        """The triple without the version: the name on the command line and of the folder."""
        parts = self.triple.split("-")
        return "-".join([*parts[:-1], parts[-1].split(".")[0]])


_POSIX = ("transport_socket.c", "system_posix.c")
_PIPE = ("transport_pipe.c", "system_windows.c")


def _linux(triple: str) -> Target:
    flags = ("-fPIC", "-D_GNU_SOURCE", "-Wl,-z,now", "-Wl,-z,relro")
    libraries = ("-lpthread", "-ldl") if "gnu" in triple else ()
    return Target(triple, "libcaducee_pkcs11.so", _POSIX, (*flags, *libraries))


def _windows(triple: str) -> Target:
    flags = ("-ladvapi32", "-Wno-address-of-packed-member", "-Wno-pragma-pack")
    return Target(triple, "caducee_pkcs11.dll", _PIPE, flags)


def _macos(triple: str) -> Target:
    return Target(triple, "libcaducee_pkcs11.dylib", _POSIX, ("-fPIC", "-D_DARWIN_C_SOURCE"))


_ALL = (
    _linux("x86_64-linux-gnu.2.17"),
    _linux("aarch64-linux-gnu.2.17"),
    _linux("x86_64-linux-musl"),
    _windows("x86_64-windows-gnu"),
    _windows("x86-windows-gnu"),
    _macos("aarch64-macos.11.0"),
    _macos("x86_64-macos.11.0"),
)
TARGETS = {item.name: item for item in _ALL}


def host() -> Target:
    """Return the target of this machine; ends the program where there is none."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower())
    machine = machine or platform.machine().lower()
    system = platform.system().lower()
    if system == "linux":
        libc = "gnu" if platform.libc_ver()[0] == "glibc" else "musl"
        name = f"{machine}-linux-{libc}"
    else:
        name = {"darwin": f"{machine}-macos", "windows": f"{machine}-windows-gnu"}.get(system, "")
    if name not in TARGETS:
        sys.exit(f"no façade is built for this machine ({machine}, {system})")
    return TARGETS[name]


def key(target: Target, extra: tuple[str, ...] = ()) -> str:
    """Return a digest of all that a build depends on."""
    digest = hashlib.sha256()
    recipe = (target.triple, *_FLAGS, *target.flags, *extra, importlib.metadata.version("ziglang"))
    digest.update("\0".join(recipe).encode())
    for path in sorted(SOURCES.rglob("*.[ch]")):
        digest.update(f"\0{path.relative_to(SOURCES).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def zig(
    target: Target, arguments: list[str], **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the C compiler in the folder of the sources; its caches lie under ``.cache``."""
    caches = {
        "ZIG_GLOBAL_CACHE_DIR": str(ZIG_CACHE),
        "ZIG_LOCAL_CACHE_DIR": str(ZIG_CACHE / "local"),
    }
    return subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", "-target", target.triple, *arguments],
        cwd=SOURCES,
        env={**os.environ, **caches, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def compile_to(
    folder: Path, target: Target, extra: tuple[str, ...] = (), **environment: str
) -> Path:
    """Compile into a folder, whatever is there; ends the program if the compiler refuses."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / target.library
    sources = [*_COMMON, *target.sources]
    arguments = [*_FLAGS, *extra, "-o", str(place), *sources, *target.flags]
    done = zig(target, arguments, **environment)
    if done.returncode:
        sys.exit(f"{done.stderr}\nzig could not build {target.name}")
    return place


def build(target: Target, extra: tuple[str, ...] = (), kind: str = "") -> Path:
    """Return the library for a target, built now unless the same sources were built before."""
    folder = CACHE / (target.name + kind)
    place, stamp = folder / target.library, folder / "key"
    wanted = key(target, extra)
    if not (place.exists() and stamp.exists() and stamp.read_text("ascii") == wanted):
        fresh = compile_to(folder / f"new-{os.getpid()}", target, extra)
        fresh.replace(place)
        for left in fresh.parent.iterdir():
            left.unlink()
        fresh.parent.rmdir()
        stamp.write_text(wanted, "ascii")
    return place


def build_host() -> Path:
    """Build for this machine, and put beside it the file that says how the daemon is started."""
    place = build(host())
    arguments = (sys.executable, "-m", "caducee", "cryptolibd", "--detach")
    (place.parent / ARGV_FILE).write_text("\n".join([*arguments, ""]), "utf-8")
    return place


def main(arguments: list[str]) -> int:
    """Do what the arguments say; return the exit status."""
    command, *names = arguments or ["build"]
    if command == "targets":
        print("\n".join(TARGETS))
    elif command == "build" and not names:
        print(build_host())
    elif command == "build" and (names == ["all"] or set(names) <= TARGETS.keys()):
        for name in TARGETS if names == ["all"] else names:
            print(build(TARGETS[name]))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
