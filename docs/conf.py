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
    "catalogue_tables",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_api", "_build", "README.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"caducee {__version__}"
html_static_path = ["pictures", "_static"]
html_css_files = ["site.css"]
html_theme_options = {"source_directory": "docs/"}
nitpicky = False
suppress_warnings = ["myst.header"]
