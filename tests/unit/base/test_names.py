# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Public names: what ``__all__`` promises is there, and what the documentation names exists."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import caducee

SOURCES = Path(caducee.__file__).parent
DOCS = SOURCES.parent.parent / "docs"
DOTTED = re.compile(r"`(caducee(?:\.[A-Za-z_][A-Za-z0-9_]*)+)(?:\(…?\))?`")
EXCEPTIONS = frozenset({"migrations", "locale"})


def modules() -> list[Path]:
    found = (path.relative_to(SOURCES) for path in SOURCES.rglob("*.py"))
    return sorted(item for item in found if not EXCEPTIONS & set(item.parts))


def listed(tree: ast.Module) -> list[str] | None:
    for item in tree.body:
        if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", "") == "__all__":
            found: list[str] = ast.literal_eval(item.value)
            return found
    return None


def defined(tree: ast.Module) -> set[str]:
    """Return what a module defines or imports at its top, also inside ``if`` and ``try``."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.TypeAlias(name=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                flat = (name for target in targets for name in ast.walk(target))
                found.update(name.id for name in flat if isinstance(name, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update(alias.asname or alias.name for alias in names)
    return found


def borrowed(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the module and name of everything that a file takes from another package of ours."""
    for node in ast.walk(ast.parse((SOURCES / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("caducee."):
            module = str(node.module)
            if module.split(".")[1] != path.parts[0]:
                yield from ((module, alias.name) for alias in node.names)


def file_of(module: str) -> Path | None:
    place = SOURCES.joinpath(*module.split(".")[1:])
    found = (place.with_suffix(".py"), place / "__init__.py")
    return next((item for item in found if item.is_file()), None)


@pytest.mark.parametrize("path", modules(), ids=str)
def test_all_names_what_is_there(path: Path) -> None:
    tree = ast.parse((SOURCES / path).read_text(encoding="utf-8"))
    names = listed(tree) or []
    lazily = any(getattr(item, "name", "") == "__getattr__" for item in tree.body)
    assert lazily or set(names) <= defined(tree)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", modules(), ids=str)
def test_packages_take_public_names_of_each_other_alone(path: Path) -> None:
    hidden = []
    for module, name in borrowed(path):
        source = file_of(module)
        if source is None or file_of(f"{module}.{name}"):
            continue  # a module of ours, or of somebody else
        if name not in (listed(ast.parse(source.read_text(encoding="utf-8"))) or ()):
            hidden.append(f"{module}.{name}")
    assert hidden == []


def named() -> list[tuple[str, str]]:
    """Return every dotted name of ours in the documentation, with the page it stands on."""
    pages = [path for path in DOCS.rglob("*.md") if "_build" not in path.parts]
    found = {
        (name, str(page.relative_to(DOCS)))
        for page in pages
        for name in DOTTED.findall(page.read_text(encoding="utf-8"))
        if not name.endswith((".po", ".mo"))  # files of texts
    }
    return sorted(found)


@pytest.mark.parametrize(("name", "page"), named())
def test_every_name_in_the_documentation_exists(name: str, page: str) -> None:
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError as error:
            if not str(error.name).startswith("caducee"):
                pytest.skip(f"needs {error.name}")
            continue
        for part in parts[end:]:
            thing = getattr(thing, part)
        owner = importlib.import_module(".".join(parts[:end]))
        if end < len(parts):
            assert parts[end] in getattr(owner, "__all__", ()), "a public name"
        return
    raise AssertionError(f"{page} names {name}")
