# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the Python reference: a project of its own, with a page for each package.

In the guide's table of contents its pages would stand in the navigation of each page, which
took most of the time of a build.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from caducee import __version__

SOURCES = Path(__file__).resolve().parents[2] / "src"


def imported(module: Path) -> Iterator[str]:
    """Yield the names of the modules that a module needs to be imported."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def windows() -> list[str]:
    """Return the modules that need Qt, and so libraries of the system: the reference has none."""
    needs = {
        ".".join(file.relative_to(SOURCES).with_suffix("").parts): set(imported(file))
        for file in (SOURCES / "caducee" / "desktop").rglob("*.py")
    }
    found = {"PySide6"}
    while more := {
        name
        for name, wanted in needs.items()
        if name not in found and any({need, need.split(".")[0]} & found for need in wanted)
    }:
        found |= more
    return [f"**/{name.replace('.', '/')}.py" for name in sorted(found - {"PySide6"})]


project = "caducee"
author = "The caducee contributors"
copyright = "The caducee contributors"
release = version = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.apidoc"]
root_doc = "caducee"
exclude_patterns = ["modules.rst"]
html_theme = "furo"
html_title = f"caducee {__version__}: Python reference"
nitpicky = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_inherit_docstrings = False
autodoc_default_options = {"members": True, "show-inheritance": True, "ignore-module-all": True}
apidoc_modules = [
    {
        "path": "../../src/caducee",
        "destination": ".",
        "exclude_patterns": [
            "**/_[!_]*.py",
            "**/migrations/**",
            "**/catalogue/entry.py",
            *windows(),
        ],
        "max_depth": 4,
        "separate_modules": False,
        "module_first": True,
    }
]
suppress_warnings = [
    # An annotation such as ``type[X]`` is looked up among all attributes that are called ``type``.
    "ref.python",
]
