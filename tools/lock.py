# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keep the locks of a release: every library in one version, each of its files by its SHA-256.

``lock.py check``   fails when a lock lacks a dependency of ``pyproject.toml``, or a hash, or is old
``lock.py update``  makes them anew by uv, whose newest versions they then have

``development.lock`` is what a checkout runs and is tested with: every extra and every dependency
group in one version each, without hashes, since ``./run`` gives it to pip as constraints.
``runtime.lock`` is what an installation runs with, all extras, on every system; ``build.lock`` what
makes the wheels: the build backend and the compiler. These two have the versions of the first, and
pip takes nothing else with ``--require-hashes``.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "packaging"
CONSTRAINTS = "development"
LOCKS = (CONSTRAINTS, "runtime", "build")
_HEADER = """\
# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
#
# Made by: tools/lock.py update
"""
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))?((?: --hash=sha256:[0-9a-f]{64})*)")


def wanted(lock: str, project: Path = ROOT / "pyproject.toml") -> list[str]:
    """Return the requirements that a lock has to fulfil, by its name of ``LOCKS``."""
    reported = tomllib.loads(project.read_text(encoding="utf-8"))
    if lock == "build":
        return [*reported["build-system"]["requires"], *reported["dependency-groups"]["native"]]
    parts = [*reported["project"]["optional-dependencies"].values()]
    if lock == CONSTRAINTS:
        parts += [reported["build-system"]["requires"], *reported["dependency-groups"].values()]
    return [*reported["project"]["dependencies"], *(item for part in parts for item in part)]


def faults(text: str, requirements: Iterable[str], *, hashed: bool = True) -> Iterator[str]:
    """Yield what is wrong with the text of a lock; one that is not ``hashed`` has no hashes."""
    if "://" in text or "index" in text:
        yield "names a registry"
    versions: dict[str, list[str]] = {}
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    for line in joined.splitlines():
        if not line or line.startswith("#"):
            continue
        found = _PINNED.fullmatch(line)
        if found is None or bool(found[4]) is not hashed:
            yield f"not one version {'with' if hashed else 'without'} hashes: {line[:60]}"
            continue
        versions.setdefault(canonicalize_name(found[1]), []).append(found[2])
    for item in map(Requirement, requirements):
        locked = versions.get(canonicalize_name(item.name), [])
        if not any(item.specifier.contains(version, prereleases=True) for version in locked):
            yield f"lacks {item}"


def check() -> int:
    """Say what is wrong; return the exit status."""
    found = [
        f"{name}.lock: {fault}"
        for name in LOCKS
        for fault in faults(
            _path(name).read_text(encoding="utf-8"), wanted(name), hashed=name != CONSTRAINTS
        )
    ]
    for item in found:
        sys.stderr.write(f"lock: {item}\n")
    if found:
        sys.stderr.write("lock: tools/lock.py update makes the locks anew\n")
    return 1 if found else 0


def update() -> int:
    """Make the locks by uv (dependency group ``release``); return the exit status."""
    for name in LOCKS:  # the constraints first, which the others then follow
        words = "--universal --upgrade --no-header --no-annotate --quiet --python-version 3.12"
        words += " --no-emit-index-url --no-emit-find-links"
        if name != CONSTRAINTS:
            words += f" --generate-hashes --constraint {_path(CONSTRAINTS)}"
        done = subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", *words.split(), "-"],
            input="\n".join(wanted(name)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stderr)
            return done.returncode
        _path(name).write_text(_HEADER + done.stdout, encoding="utf-8")
    return check()


def _path(name: str) -> Path:
    return FOLDER / f"{name}.lock"


if __name__ == "__main__":
    sys.exit(update() if sys.argv[1:] == ["update"] else check())
