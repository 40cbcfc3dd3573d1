# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the documentation site."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from caducee import __version__

project = "caducee"
author = "The caducee contributors"
copyright = "The caducee contributors"
release = version = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.apidoc",
    "sphinx.ext.viewcode",
    "catalogue_tables",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "README.md", "reference/api/modules.rst"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"caducee {__version__}"
html_static_path = ["pictures"]
html_theme_options = {"source_directory": "docs/"}
nitpicky = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_inherit_docstrings = False
autodoc_default_options = {"members": True, "show-inheritance": True, "ignore-module-all": True}
apidoc_modules = [
    {
        "path": "../src/caducee",
        "destination": "reference/api",
        "exclude_patterns": [
            "**/_[!_]*.py",
            "**/migrations/**",
            "**/catalogue/entry.py",
            # Windows need Qt, which needs libraries of the system.
            "**/desktop/pin_dialog.py",
            "**/desktop/pin_entry.py",
        ],
        "max_depth": 4,
        "separate_modules": True,
        "module_first": True,
    }
]
suppress_warnings = [
    "myst.header",
    # An annotation such as ``type[X]`` is looked up among all attributes that are called ``type``.
    "ref.python",
]
