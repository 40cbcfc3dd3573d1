# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The locks of a release name every dependency with its hashes, and no registry."""

import importlib.metadata
import re

import pytest
from packaging.utils import canonicalize_name
from tools import lock

HASH = "--hash=sha256:" + "0" * 64
GOOD = (
    f"click==8.5.1 \\\n    {HASH} \\\n    {HASH}\n"
    f"uvloop==0.22 ; sys_platform != 'win32' \\\n    {HASH}\n"
)


def pinned(name: str) -> set[tuple[str, str]]:
    """Return names and versions of a lock; a name may have several, by Python or system."""
    text = (lock.FOLDER / f"{name}.lock").read_text()
    found = re.findall(r"(?m)^([A-Za-z0-9._-]+)==(\S+)", text)
    return {(canonicalize_name(library), version) for library, version in found}


@pytest.mark.parametrize("name", lock.LOCKS)
def test_the_locks_fit_the_project(name: str) -> None:
    text = (lock.FOLDER / f"{name}.lock").read_text()
    hashed = name != lock.CONSTRAINTS
    assert list(lock.faults(text, lock.wanted(name), hashed=hashed)) == []


@pytest.mark.parametrize(
    ("text", "requirement", "fault"),
    [
        (GOOD, "click>=8.6", "lacks click>=8.6"),
        (GOOD, "msgspec>=0.22", "lacks msgspec>=0.22"),
        ("click==8.5.1\n", "", "not one version with hashes: click==8.5.1"),
        (f"click>=8.5 {HASH}\n", "", "not one version with hashes: click>=8.5"),
        (f"--extra-index-url https://registry.test\n{GOOD}", "", "names a registry"),
    ],
)
def test_a_fault_of_a_lock_is_found(text: str, requirement: str, fault: str) -> None:
    found = list(lock.faults(text, [requirement] if requirement else []))
    assert any(item.startswith(fault) for item in found)


def test_constraints_have_no_hashes_or_pip_would_ask_for_all_of_them() -> None:
    assert list(lock.faults("click==8.5.1\n", ["click>=8.5"], hashed=False)) == []
    found = list(lock.faults(GOOD, [], hashed=False))
    assert found[0].startswith("not one version without hashes: click==8.5.1")


def test_a_release_has_the_versions_that_a_checkout_is_tested_with() -> None:
    tested, *others = map(pinned, lock.LOCKS)
    assert all(others)
    assert all(other <= tested for other in others)


def test_the_tests_run_with_the_locked_versions() -> None:
    locked = pinned(lock.CONSTRAINTS)
    names = {name for name, _ in locked}
    installed = {
        (canonicalize_name(item.name), item.version) for item in importlib.metadata.distributions()
    }
    assert {found for found in installed if found[0] in names} <= locked


def test_a_lock_with_versions_hashes_and_conditions_is_good() -> None:
    wanted = ["click>=8.5", "uvloop>=0.21; sys_platform != 'win32'"]
    assert list(lock.faults(GOOD, wanted)) == []
