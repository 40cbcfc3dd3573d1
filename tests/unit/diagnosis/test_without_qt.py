# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis needs neither Qt nor the windows."""

import json
import subprocess
import sys

WITHOUT_QT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6") or name.startswith("caducee.desktop"):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
"""
EVERY_MODULE = """
import importlib, pkgutil
import caducee.diagnosis
for module in pkgutil.walk_packages(caducee.diagnosis.__path__, "caducee.diagnosis."):
    importlib.import_module(module.name)
"""
DIAGNOSE = """
from caducee.cli.main import command
command(["diag", "--json"], "caducee", standalone_mode=True)
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_QT + script]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_no_module_of_the_diagnosis_imports_qt_or_a_window() -> None:
    done = run(EVERY_MODULE)
    assert done.returncode == 0, done.stderr


def test_the_command_diagnoses_this_computer_without_qt() -> None:
    done = run(DIAGNOSE)
    found = json.loads(done.stdout)
    assert [check["name"] for check in found["checks"]][:1] == ["system"], done.stderr
    assert "pyside6" not in done.stderr.lower()
