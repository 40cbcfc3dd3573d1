# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the C of the façade that follows from ``src/caducee/spec/pkcs11``.

``pkcs11_c.py check``   fails when a committed file is not what would be written
``pkcs11_c.py update``  writes the files

They are committed (``native/pkcs11/generated``), so that a reader sees them and a build needs
nothing but a compiler.
"""

import sys
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

from caducee.spec import pkcs11
from caducee.spec.pkcs11 import attributes, flags, sizes, wire
from caducee.spec.pkcs11.functions import FUNCTIONS, Argument, Function, Kind
from caducee.spec.pkcs11.names import PREFIXES
from caducee.spec.pkcs11.structures import Field, Structure

FOLDER = Path(__file__).resolve().parent.parent / "native" / "pkcs11" / "generated"
"""One file is for the fuzzer alone (``native/fuzz``) and goes into no build."""
HEAD = """\
/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * {what}
 * Written by tools/pkcs11_c.py after {source}; do not edit.
 */
"""
WIDTH = 100

_PARAMETERS: dict[Kind, str] = {
    Kind.ULONG: "CK_ULONG {0}",
    Kind.FLAG: "CK_BBOOL {0}",
    Kind.BYTES: "CK_BYTE *{0}, CK_ULONG {0}_length",
    Kind.DATA: "CK_BYTE *{0}, CK_ULONG {0}_length",
    Kind.OPTIONAL_BYTES: "CK_BYTE *{0}, CK_ULONG {0}_length",
    Kind.PIN: "CK_UTF8CHAR *{0}, CK_ULONG {0}_length",
    Kind.LABEL: "CK_UTF8CHAR *{0}",
    Kind.MECHANISM: "CK_MECHANISM *{0}",
    Kind.TEMPLATE: "CK_ATTRIBUTE *{0}, CK_ULONG {0}_count",
    Kind.PARAMETER: "void *{0}, CK_ULONG {0}_length",
    Kind.ULONG_OUT: "CK_ULONG *{0}",
    Kind.STRUCTURE_OUT: "{1} *{0}",
    Kind.BYTES_ROOM: "CK_BYTE *{0}, CK_ULONG *{0}_length",
    Kind.OPTIONAL_BYTES_ROOM: "CK_BYTE *{0}, CK_ULONG *{0}_length",
    Kind.LIST_ROOM: "CK_ULONG *{0}, CK_ULONG *{0}_count",
    Kind.FOUND_ROOM: "CK_ULONG *{0}, CK_ULONG {0}_most, CK_ULONG *{0}_count",
    Kind.TEMPLATE_ROOM: "CK_ATTRIBUTE *{0}, CK_ULONG {0}_count",
    Kind.RANDOM: "CK_BYTE *{0}, CK_ULONG {0}_length",
    Kind.APPLICATION: "void *{0}",
    Kind.NOTIFY: "CK_NOTIFY {0}",
    Kind.RESERVED: "void *{0}",
}
_PUT: dict[Kind, str] = {
    Kind.ULONG: "put_ulong(&call, {0});",
    Kind.FLAG: "put_flag(&call, {0});",
    Kind.BYTES: "put_bytes(&call, {0}, {0}_length, {2});",
    Kind.DATA: "put_optional_bytes(&call, {0}, {0}_length, {2});",
    Kind.OPTIONAL_BYTES: "put_optional_bytes(&call, {0}, {0}_length, {2});",
    Kind.PIN: "put_pin(&call, {0}, {0}_length, {2});",
    Kind.LABEL: "put_label(&call, {0});",
    Kind.MECHANISM: "put_mechanism(&call, {0});",
    Kind.TEMPLATE: "put_template(&call, {0}, {0}_count);",
    Kind.PARAMETER: "put_parameter(&call, {0}, {0}_length);",
    Kind.ULONG_OUT: "need_place(&call, {0});",
    Kind.STRUCTURE_OUT: "need_place(&call, {0});",
    Kind.BYTES_ROOM: "put_room(&call, {0}, {0}_length);",
    Kind.OPTIONAL_BYTES_ROOM: "put_optional_room(&call, {0}, {0}_length);",
    Kind.LIST_ROOM: "put_room(&call, {0}, {0}_count);",
    Kind.FOUND_ROOM: "put_found_room(&call, {0}, {0}_most, {0}_count);",
    Kind.TEMPLATE_ROOM: "put_template_room(&call, {0}, {0}_count);",
    Kind.RANDOM: "put_random(&call, {0}, {0}_length);",
    Kind.APPLICATION: "(void){0};",
    Kind.NOTIFY: "(void){0};",
    Kind.RESERVED: "need_null(&call, {0});",
}
_GET: dict[Kind, str] = {
    Kind.ULONG_OUT: "get_ulong(&call, {0});",
    Kind.STRUCTURE_OUT: "get_{1}(&call, {0});",
    Kind.BYTES_ROOM: "get_bytes(&call, {0}, {0}_length);",
    Kind.OPTIONAL_BYTES_ROOM: "get_optional_bytes(&call, {0}, {0}_length);",
    Kind.LIST_ROOM: "get_list(&call, {0}, {0}_count);",
    Kind.FOUND_ROOM: "get_found(&call, {0}, {0}_most, {0}_count);",
    Kind.TEMPLATE_ROOM: "get_template(&call, {0}, {0}_count);",
    Kind.RANDOM: "get_random(&call, {0}, {0}_length);",
}


def _head(what: str, source: str) -> str:
    return HEAD.format(what=what, source=f"src/caducee/spec/pkcs11/{source}")


def _fill(pattern: str, argument: Argument) -> str:
    structure = argument.structure.name if argument.structure else ""
    return pattern.format(argument.name, structure, f"CKR_{argument.too_long.name}")


def _parameters(function: Function) -> str:
    if function.local is not None:
        return function.local
    return ", ".join(_fill(_PARAMETERS[argument.kind], argument) for argument in function.arguments)


def _wrapped(start: str, parameters: str, end: str) -> str:
    """Return a prototype, broken between parameters where the line would be too long."""
    lines, indent = [start], " " * len(start)
    parts = parameters.split(", ")
    for number, part in enumerate(parts):
        text = part + (end if number == len(parts) - 1 else ",")
        fits = len(lines[-1]) + len(text) + 1 <= WIDTH
        if lines[-1].endswith("("):
            lines[-1] += text
        elif fits:
            lines[-1] += f" {text}"
        else:
            lines.append(indent + text)
    return "\n".join(lines)


# --- constants ------------------------------------------------------------------------------------


def _number(name: str, value: int) -> str:
    return f"#define {name} 0x{value:X}UL"


def constants() -> str:
    """Return the numbers of the standard that the C may name."""
    lines = [_head("The names and numbers of PKCS#11.", "")]
    for kind, prefix in PREFIXES.items():
        lines += [
            _number(prefix + item.name, item.value) for item in kind if item.value <= 0xFFFFFFFF
        ]
        lines.append("")
    lines.append(_number("CKF_ARRAY_ATTRIBUTE", attributes.ARRAY_ATTRIBUTE))
    for group in (flags.InitializeFlag, flags.EventFlag):
        lines += [_number(f"CKF_{item.name}", item.value) for item in group]
    return "\n".join([*lines, ""])


# --- the wire -------------------------------------------------------------------------------------

_WIRE: dict[str, int] = {
    "VERSION": wire.PROTOCOL_VERSION,
    "LENGTH": 4,
    "HEAD": 5,
    "MAX_FRAME": wire.MAX_FRAME,
    "MAX_ATTRIBUTES": wire.MAX_ATTRIBUTES,
    "MAX_PIN": wire.MAX_PIN,
    "MAX_TOKEN": wire.MAX_TOKEN,
    "MAX_CONNECTIONS": wire.MAX_CONNECTIONS,
    "MAX_WAITING": wire.MAX_WAITING,
    "APPLICATION_ID": wire.APPLICATION_ID,
    "LABEL": sizes.LABEL,
    "SILENCE": wire.SILENCE,
    "LONGEST": wire.LONGEST,
    "PARAMETER_WANTED": wire.PARAMETER_WANTED,
    "START": wire.START,
    "RESTART": wire.RESTART,
    "SUSPECT": wire.SUSPECT,
    "SUSPECT_SILENCE": wire.SUSPECT_SILENCE,
}
_WIRE_KINDS: tuple[tuple[str, type[IntEnum]], ...] = (
    ("", wire.FrameKind),
    ("MECHANISM_", wire.MechanismForm),
    ("ROOM_", wire.BufferForm),
)


def wire_numbers() -> str:
    """Return the limits of the wire, its kinds of frames, and the numbers of functions."""
    lines = [_head("The wire between façade and daemon.", "wire.py"), "#include <stdint.h>", ""]
    lines += [f"#define WIRE_{name} {value}u" for name, value in _WIRE.items()]
    for prefix, kind in _WIRE_KINDS:
        lines += [f"#define WIRE_{prefix}{item.name} {item.value}u" for item in kind]
    lines.append("")
    lines += [f"#define FUNCTION_{function.name} {function.number}u" for function in FUNCTIONS]
    pss = [f"(type) == CKM_{mechanism.name}" for mechanism in pkcs11.PSS_MECHANISMS]
    lines += ["", "#define MECHANISM_TAKES_PSS(type) \\", "    (" + " || \\\n     ".join(pss) + ")"]
    return "\n".join([*lines, ""])


# --- structures and lists -------------------------------------------------------------------------


def _field(field: Field) -> str:
    if field.is_number:
        return f"    CK_ULONG {field.c_name};"
    if field.is_version:
        return f"    CK_VERSION {field.c_name};"
    return f"    CK_UTF8CHAR {field.c_name}[{field.size}];"


def structures() -> str:
    """Return the structures that functions fill."""
    lines = [_head("Structures that functions of PKCS#11 fill.", "structures.py")]
    for member in Structure:
        lines += [
            f"typedef struct {member.name} {{",
            *map(_field, member.value),
            f"}} {member.name};",
            "",
        ]
    return "\n".join(lines)


def _list(name: str, functions: list[Function]) -> Iterator[str]:
    yield f"struct {name} {{"
    yield "    CK_VERSION version;"
    for function in functions:
        yield _wrapped(f"    CK_RV(CK_CALL *{function.name})(", _parameters(function), ");")
    yield "};"
    yield ""


def _members(name: str, functions: list[Function]) -> str:
    return f"#define {name} \\\n    " + ", \\\n    ".join(
        f"caducee_{function.name}" for function in functions
    )


def function_lists() -> str:
    """Return prototypes and the two function lists."""
    old = [function for function in FUNCTIONS if function.since == (2, 40)]
    new = [function for function in FUNCTIONS if function.since != (2, 40)]
    lines = [_head("Prototypes and function lists of PKCS#11 2.40 and 3.0.", "functions.py")]
    lines += [
        _wrapped(f"CK_RV CK_CALL caducee_{function.name}(", _parameters(function), ");")
        for function in FUNCTIONS
    ]
    lines.append("")
    lines += [*_list("CK_FUNCTION_LIST", old), *_list("CK_FUNCTION_LIST_3_0", [*old, *new])]
    lines += [_members("FUNCTIONS_2_40", old), "", _members("FUNCTIONS_3_0", new), ""]
    return "\n".join(lines)


# --- marshalling ----------------------------------------------------------------------------------


def _get_field(field: Field) -> str:
    place = f"info->{field.c_name}"
    if field.is_number:
        return f"    get_ulong(call, &{place});"
    if field.is_version:
        return f"    get_version(call, &{place});"
    return f"    get_characters(call, {place}, sizeof {place});"


def _getter(structure: Structure) -> Iterator[str]:
    yield f"static void get_{structure.name}(struct call *call, {structure.name} *info)"
    yield "{"
    yield from map(_get_field, structure.value)
    yield "}"
    yield ""


def _stub(function: Function) -> Iterator[str]:
    yield _wrapped(f"CK_RV CK_CALL caducee_{function.name}(", _parameters(function), ")")
    yield "{"
    yield "    struct call call;"
    yield f"    if (!call_begin(&call, FUNCTION_{function.name}))"
    yield "        return call_end(&call);"
    if function.name == "C_WaitForSlotEvent":
        yield "    call.waits = !(flags & CKF_DONT_BLOCK);"
    yield from (f"    {_fill(_PUT[argument.kind], argument)}" for argument in function.arguments)
    if not function.outs:
        yield "    call_send(&call);"
    else:
        gets = [f"        {_fill(_GET[out.kind], out)}" for out in function.outs]
        yield "    if (call_send(&call)) {" if len(gets) > 1 else "    if (call_send(&call))"
        yield from gets
        if len(gets) > 1:
            yield "    }"
    yield "    return call_end(&call);"
    yield "}"
    yield ""


def marshalling() -> str:
    """Return the functions that only send their arguments and receive their results."""
    lines = [
        _head("Every function that crosses the wire.", "functions.py"),
        '#include "../facade.h"',
        "",
    ]
    for structure in Structure:
        lines += _getter(structure)
    for function in FUNCTIONS:
        if function.local is None and function.name != "C_Finalize":
            lines += _stub(function)
    return "\n".join(lines)


# --- the fuzzer -----------------------------------------------------------------------------------

_OFFERED: dict[Kind, str] = {
    Kind.ULONG: "1",
    Kind.FLAG: "1",
    Kind.BYTES: "offered->data, sizeof offered->data",
    Kind.DATA: "offered->data, sizeof offered->data",
    Kind.OPTIONAL_BYTES: "offered->data, sizeof offered->data",
    Kind.PIN: "offered->data, sizeof offered->data",
    Kind.LABEL: "offered->label",
    Kind.MECHANISM: "&offered->mechanism",
    Kind.TEMPLATE: "offered->template, 1",
    Kind.PARAMETER: "offered->data, sizeof offered->data",
    Kind.ULONG_OUT: "&offered->number",
    Kind.STRUCTURE_OUT: "&offered->{1}",
    Kind.BYTES_ROOM: "offered->room, &offered->room_size",
    Kind.OPTIONAL_BYTES_ROOM: "offered->room, &offered->room_size",
    Kind.LIST_ROOM: "offered->list, &offered->list_size",
    Kind.FOUND_ROOM: "offered->list, offered->list ? offered->list_size : 0, &offered->list_size",
    Kind.TEMPLATE_ROOM: "offered->rooms, offered->rooms_count",
    Kind.RANDOM: "offered->room, offered->room ? offered->room_size : 0",
    Kind.APPLICATION: "NULL",
    Kind.NOTIFY: "NULL",
    Kind.RESERVED: "NULL",
}


def fuzzing() -> str:
    """Return a call of each function with what the fuzzer offers."""
    lines = [
        _head("A call of each function, for the fuzzer.", "functions.py"),
        '#include "../../fuzz/offered.h"',
        "",
        "CK_RV call_function(unsigned number, struct offered *offered)",
        "{",
        "    switch (number) {",
    ]
    for function in FUNCTIONS:
        if function.local is None and function.name != "C_Finalize":
            arguments = ", ".join(_fill(_OFFERED[each.kind], each) for each in function.arguments)
            lines.append(f"    case FUNCTION_{function.name}:")
            lines.append(_wrapped(f"        return caducee_{function.name}(", arguments, ");"))
    lines += ["    default:", "        return CKR_FUNCTION_NOT_SUPPORTED;", "    }", "}", ""]
    return "\n".join(lines)


def files() -> dict[str, str]:
    """Return the name and the text of each file."""
    return {
        "constants.h": constants(),
        "wire.h": wire_numbers(),
        "structures.h": structures(),
        "functions.h": function_lists(),
        "marshal.c": marshalling(),
        "fuzz_calls.c": fuzzing(),
    }


def main(arguments: list[str]) -> int:
    """Check or update; return the exit status."""
    old = [
        name
        for name, text in files().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != text
    ]
    if arguments == ["update"]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in old:
            (FOLDER / name).write_text(files()[name], "utf-8")
        return 0
    for name in old:
        print(f"{FOLDER / name} is not what tools/pkcs11_c.py would write", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
