# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Write wheels of ``caducee-native``: the built PKCS#11 module for one platform each.

``native_wheel.py [TARGET…|all]``   writes into ``dist``, this machine's where none is named

The same sources give the same bytes: names in order, no times, no users.
"""

import base64
import hashlib
import sys
import tomllib
import zipfile
from pathlib import Path

from tools import native

PROJECT = native.ROOT / "native" / "wheel"
PACKAGE = "caducee_native"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLATFORMS = {
    "x86_64-linux-gnu": "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "aarch64-linux-gnu": "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "x86_64-linux-musl": "musllinux_1_1_x86_64",
    "x86_64-windows-gnu": "win_amd64",
    "x86-windows-gnu": "win32",
    "aarch64-macos": "macosx_11_0_arm64",
    "x86_64-macos": "macosx_11_0_x86_64",
}
# From the folder of the package to the program of the same installation.
_PROGRAM = "../../../../bin/caducee"
_PROGRAM_WINDOWS = "..\\..\\..\\Scripts\\caducee.exe"


def version() -> str:
    """Return the version of caducee, which is this project's too."""
    return str(
        tomllib.loads((native.ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    )


def _metadata() -> str:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version()}",
        f"Summary: {project['description']}",
        f"Requires-Python: {project['requires-python']}",
        f"License-Expression: {project['license']}",
        "License-File: LICENSE",
        *(f"Requires-Dist: {item}=={version()}" for item in project["dependencies"]),
    ]
    return "\n".join([*lines, ""])


def _files(target: native.Target) -> dict[str, bytes]:
    """Return what the wheel holds, but for the list of it."""
    windows = target.library.endswith(".dll")
    argv = f"{_PROGRAM_WINDOWS if windows else _PROGRAM}\ncryptolibd\n--detach\n"
    tags = "".join(f"Tag: py3-none-{word}\n" for word in _PLATFORMS[target.name].split("."))
    info = f"{PACKAGE}-{version()}.dist-info"
    head = "Wheel-Version: 1.0\nGenerator: caducee\nRoot-Is-Purelib: false\n"
    return {
        f"{PACKAGE}/__init__.py": (PROJECT / PACKAGE / "__init__.py").read_bytes(),
        f"{PACKAGE}/{native.ARGV_FILE}": argv.encode(),
        f"{PACKAGE}/{target.library}": native.build(target).read_bytes(),
        f"{info}/METADATA": _metadata().encode(),
        f"{info}/WHEEL": (head + tags).encode(),
        f"{info}/licenses/LICENSE": (native.ROOT / "LICENSE").read_bytes(),
    }


def _record(files: dict[str, bytes], name: str) -> bytes:
    lines = []
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{name},,\n"]).encode()


def write(target: native.Target, folder: Path) -> Path:
    """Write the wheel for a target, built if need be; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    files = _files(target)
    record = f"{PACKAGE}-{version()}.dist-info/RECORD"
    files[record] = _record(files, record)
    place = folder / f"{PACKAGE}-{version()}-py3-none-{_PLATFORMS[target.name]}.whl"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = 3  # Unix, whatever the machine
            entry.external_attr = (0o755 if path.endswith(target.library) else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    return place


def main(names: list[str]) -> int:
    """Write what is named; return the exit status."""
    if names == ["all"]:
        names = list(native.TARGETS)
    if unknown := set(names) - native.TARGETS.keys():
        print(f"no such target: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    for target in [native.TARGETS[name] for name in names] or [native.host()]:
        print(write(target, native.ROOT / "dist"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
