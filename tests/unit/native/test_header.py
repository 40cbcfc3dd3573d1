# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Our header of PKCS#11 against the one of p11-kit: numbers, sizes, places of every member."""

import re
import subprocess
from pathlib import Path

import pytest
from tools import native

from caducee.spec.pkcs11.functions import FUNCTIONS
from caducee.spec.pkcs11.structures import Structure

P11_KIT = "/usr/include/p11-kit-1"
STRUCTURES: dict[str, tuple[str, ...]] = {
    **{member.name: tuple(field.c_name for field in member.value) for member in Structure},
    "CK_ATTRIBUTE": ("type", "pValue", "ulValueLen"),
    "CK_MECHANISM": ("mechanism", "pParameter", "ulParameterLen"),
    "CK_INTERFACE": ("pInterfaceName", "pFunctionList", "flags"),
    "CK_RSA_PKCS_PSS_PARAMS": ("hashAlg", "mgf", "sLen"),
    "CK_C_INITIALIZE_ARGS": ("flags", "pReserved"),
    "CK_FUNCTION_LIST": tuple(function.name for function in FUNCTIONS if function.since == (2, 40)),
    "CK_FUNCTION_LIST_3_0": tuple(function.name for function in FUNCTIONS),
}


def _printer(include: str) -> str:
    lines = ["#include <stddef.h>", "#include <stdio.h>", include, "int main(void) {"]
    for name, members in STRUCTURES.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        lines += [
            f'printf("{name}.{member} %zu\\n", offsetof({name}, {member}));' for member in members
        ]
    return "\n".join([*lines, "return 0; }", ""])


def _layout(folder: Path, include: str, *flags: str) -> str:
    source = folder / "layout.c"
    source.write_text(_printer(include))
    program = folder / "layout"
    subprocess.run(["clang-19", *flags, "-o", str(program), str(source)], check=True)
    return subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout


@pytest.mark.system
def test_every_structure_and_list_is_laid_out_as_p11_kit_has_it(tmp_path: Path) -> None:
    theirs = "#define CRYPTOKI_COMPAT 1\n#include <p11-kit/pkcs11.h>"
    ours = _layout(tmp_path, '#include "cryptoki.h"', f"-I{native.SOURCES}")
    assert ours == _layout(tmp_path, theirs, f"-I{P11_KIT}")
    assert ours.count("\n") > 200


@pytest.mark.system
def test_every_number_that_both_name_is_the_same() -> None:
    pattern = re.compile(r"^#define (CK[RMAOKCUSGZH]_\w+)\s+\(?(0x[0-9A-Fa-f]+|\d+)U?L?\)?", re.M)
    theirs = Path(P11_KIT, "p11-kit", "pkcs11.h").read_text()
    ours = (native.SOURCES / "generated" / "constants.h").read_text()
    numbers = [
        {name: int(number, 0) for name, number in pattern.findall(item)} for item in (ours, theirs)
    ]
    common = numbers[0].keys() & numbers[1].keys()
    assert len(common) > 400
    assert {name: numbers[0][name] for name in common} == {
        name: numbers[1][name] for name in common
    }


# 64-bit Windows has a CK_ULONG of 4 bytes and pointers of 8; every structure is packed.
PACKED = {
    "x86_64-windows-gnu": {
        "CK_FUNCTION_LIST": 2 + 68 * 8,
        "CK_FUNCTION_LIST_3_0": 2 + 92 * 8,
        "CK_ATTRIBUTE": 16,
        "CK_MECHANISM": 16,
        "CK_C_INITIALIZE_ARGS": 44,
        "CK_INTERFACE": 20,
        "CK_INFO": 72,
        "CK_SLOT_INFO": 104,
        "CK_TOKEN_INFO": 160,
    },
    "x86-windows-gnu": {
        "CK_FUNCTION_LIST": 2 + 68 * 4,
        "CK_ATTRIBUTE": 12,
        "CK_INFO": 72,
        "CK_TOKEN_INFO": 160,
    },
}


@pytest.mark.parametrize("target", PACKED)
def test_structures_are_packed_on_windows(target: str, tmp_path: Path) -> None:
    source = tmp_path / "packed.c"
    lines = [
        f'_Static_assert(sizeof({name}) == {size}, "{name}");'
        for name, size in PACKED[target].items()
    ]
    source.write_text("\n".join([f'#include "{native.SOURCES}/cryptoki.h"', *lines, ""]))
    done = native.zig(native.TARGETS[target], ["-c", "-o", str(tmp_path / "o"), str(source)])
    assert done.returncode == 0, done.stderr
