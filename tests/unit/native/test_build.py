# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is generated, what is built, and what a build contains."""

import shutil
from pathlib import Path

import lief
import pytest
from tools import native, pkcs11_c

EXPORTS = {"C_GetFunctionList", "C_GetInterface", "C_GetInterfaceList"}
LINKERS_OWN = {"_mh_dylib_header", "__dso_handle"}
"""What the linker of macOS puts into every library."""
OLDEST_GLIBC = (2, 17)


def test_the_committed_c_is_what_the_table_gives() -> None:
    files = pkcs11_c.files()
    assert sorted(files) == sorted(path.name for path in pkcs11_c.FOLDER.iterdir())
    for name, text in files.items():
        assert (pkcs11_c.FOLDER / name).read_bytes() == text.encode(), name


def test_the_generator_says_of_a_file_that_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pkcs11_c, "FOLDER", tmp_path / "generated")
    assert pkcs11_c.main(["check"]) == 1
    assert pkcs11_c.main(["update"]) == 0
    assert pkcs11_c.main(["check"]) == 0
    (tmp_path / "generated" / "marshal.c").write_text("int main;\n")
    capsys.readouterr()
    assert pkcs11_c.main(["check"]) == 1
    assert "marshal.c" in capsys.readouterr().err


def test_another_source_is_another_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = native.key(native.host())
    assert native.key(native.TARGETS["aarch64-macos"]) != before
    assert native.key(native.host(), ("-DX",)) != before
    (tmp_path / "one.c").write_text("int one;\n")
    monkeypatch.setattr(native, "SOURCES", tmp_path)
    assert native.key(native.host()) != before


def test_the_tool_names_its_targets_and_refuses_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert native.main(["targets"]) == 0
    assert capsys.readouterr().out.split() == list(native.TARGETS)
    assert native.main(["build", "z80-cpm"]) == 2


def test_a_release_with_the_tcp_transport_does_not_build(tmp_path: Path) -> None:
    tcp = ["-c", "-o", str(tmp_path / "o"), "-D_GNU_SOURCE", "-DCADUCEE_TRANSPORT_TCP"]
    done = native.zig(native.host(), [*tcp, "transport_socket.c"])
    assert done.returncode != 0
    assert "for tests only" in done.stderr
    done = native.zig(native.host(), [*tcp, "-DCADUCEE_TEST_BUILD", "transport_socket.c"])
    assert done.returncode == 0, done.stderr


def test_no_release_flag_turns_tcp_on() -> None:
    for target in native.TARGETS.values():
        assert not any("TRANSPORT_TCP" in flag or "TEST_BUILD" in flag for flag in target.flags)


def _exports(binary: object) -> set[str]:
    if isinstance(binary, lief.ELF.Binary):
        return {str(symbol.name) for symbol in binary.exported_symbols}
    if isinstance(binary, lief.PE.Binary):
        export = binary.get_export()
        assert export is not None
        return {str(entry.name) for entry in export.entries}
    assert isinstance(binary, lief.MachO.Binary)
    return {str(symbol.name).removeprefix("_") for symbol in binary.exported_symbols} - LINKERS_OWN


@pytest.mark.system
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("zig")
@pytest.mark.parametrize("name", native.TARGETS)
def test_each_target_builds_and_exports_three_names(name: str) -> None:
    binary = lief.parse(str(native.build(native.TARGETS[name])))
    assert binary is not None
    assert _exports(binary) == EXPORTS


@pytest.mark.system
@pytest.mark.xdist_group("zig")
@pytest.mark.parametrize(
    "name", [target for target in native.TARGETS if target.endswith("linux-gnu")]
)
def test_linux_builds_need_no_younger_c_library_than_2_17(name: str) -> None:
    binary = lief.parse(str(native.build(native.TARGETS[name])))
    assert isinstance(binary, lief.ELF.Binary)
    versions = [
        tuple(int(part) for part in str(symbol.name).removeprefix("GLIBC_").split("."))
        for requirement in binary.symbols_version_requirement
        for symbol in requirement.get_auxiliary_symbols()
    ]
    assert versions
    assert max(versions) <= OLDEST_GLIBC
    assert binary.has(lief.ELF.Segment.TYPE.GNU_RELRO)
    flags = binary.get(lief.ELF.DynamicEntry.TAG.FLAGS)
    assert isinstance(flags, lief.ELF.DynamicEntryFlags)
    assert flags.has(lief.ELF.DynamicEntryFlags.FLAG.BIND_NOW)


@pytest.mark.system
@pytest.mark.xdist_group("zig")
def test_macos_builds_ask_for_version_11() -> None:
    for name in ("aarch64-macos", "x86_64-macos"):
        binary = lief.MachO.parse(str(native.build(native.TARGETS[name])))
        assert binary is not None
        item = binary.at(0)
        assert item is not None
        assert item.build_version is not None
        assert item.build_version.minos[:2] == [11, 0]


def test_the_same_sources_give_the_same_bytes_elsewhere(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(native.SOURCES, tmp_path / "sources")
    monkeypatch.setattr(native, "SOURCES", copy)
    cache = str(tmp_path / "cache")
    again = native.compile_to(tmp_path / "to", native.host(), ZIG_LOCAL_CACHE_DIR=cache)
    assert again.read_bytes() == built.read_bytes()
