# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every scenario of the examples gives the verdicts that it says it gives."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys

FOLDER = Path(__file__).parents[3] / "examples" / "scenarios"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.py"))


def loaded(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


LONG = ("recall",)
"""They start processes of their own and take a minute."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(scenario, marks=[pytest.mark.system, pytest.mark.timeout(900)])
        if scenario in LONG
        else scenario
        for scenario in SCENARIOS
    ],
)
def test_a_scenario_gives_the_verdicts_that_it_expects(
    world: Sandbox, keys: SharedKeys, name: str
) -> None:
    module = loaded(name)
    found = list(module.scenario(world, keys))
    assert list(zip((step for step, _ in module.EXPECTED), found, strict=True)) == list(
        module.EXPECTED
    )


def test_the_readme_lists_every_scenario() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [scenario for scenario in SCENARIOS if f"`{scenario}.py`" not in text] == []
