# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the PKCS#11 module is found, and what the command line says."""

import json
import platform
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner
from tools import native

from caducee.base.errors import StateError
from caducee.cli.pkcs11 import pkcs11
from caducee.middleware import module
from caducee.middleware.module import ENVIRONMENT, find_module, library_name


@pytest.fixture
def library(tmp_path: Path) -> Path:
    place = tmp_path / library_name()
    place.touch()
    return place


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)


def _no_module(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(module, "_installed", list)
    monkeypatch.setattr(module, "_built", lambda: [place])


def test_the_environment_comes_first(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(library))
    assert find_module() == library


def test_what_the_environment_names_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "none.so"))
    with pytest.raises(StateError) as caught:
        find_module()
    assert caught.value.code == "cryptolib.module_missing"


def test_an_installed_package_comes_before_a_built_one(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ModuleType("caducee_native")
    package.__path__ = [str(library.parent)]
    monkeypatch.setitem(sys.modules, "caducee_native", package)
    assert find_module() == library


def test_a_source_tree_is_looked_into_where_it_is_built() -> None:
    target = native.host()
    assert module._built() == [native.CACHE / target.name / target.library]


@pytest.mark.parametrize(
    ("system", "machine", "libc", "target"),
    [
        ("linux", "x86_64", "glibc", "x86_64-linux-gnu"),
        ("linux", "aarch64", "glibc", "aarch64-linux-gnu"),
        ("linux", "x86_64", "", "x86_64-linux-musl"),
        ("win32", "AMD64", "", "x86_64-windows-gnu"),
        ("darwin", "arm64", "", "aarch64-macos"),
    ],
)
def test_every_system_has_the_folder_of_its_target(
    system: str, machine: str, libc: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))
    assert module._target() == target
    assert library_name() == native.TARGETS[target].library


def test_the_command_prints_the_place(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_module(monkeypatch, library)
    assert CliRunner().invoke(pkcs11, ["path"]).output == f"{library}\n"
    output = CliRunner().invoke(pkcs11, ["path", "--json"]).output
    assert json.loads(output) == {"module": str(library)}


def test_the_command_says_how_the_module_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_module(monkeypatch, tmp_path / "none.so")
    result = CliRunner().invoke(pkcs11, ["path"])
    assert isinstance(result.exception, StateError)
    assert "./run native" in result.exception.advice()
