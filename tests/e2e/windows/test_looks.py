# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every window in both languages and at 100 % and 200 %: nothing cut, nothing weak, pictures.

``CADUCEE_PICTURES=FOLDER`` keeps the pictures there, to be looked at.
"""

import os
from pathlib import Path

import pytest
from tests.e2e.windows.bad import LOOKS
from tests.e2e.windows.order import table
from tests.e2e.windows.scenes import SCENES
from tests.e2e.windows.session import Desktop, Program

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("windows")]

SIZES = {
    "100": ((), {}),
    "200-factor": ((), {"QT_SCALE_FACTOR": "2"}),
    "200-letters": (("--letters", "2"), {}),
}
"""How large things are: options of the stage, and what its environment says."""


PALETTES = ("light", "dark", "contrast")


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_text_is_cut_and_nothing_overlaps(
    glass: Desktop, world: Path, language: str, size: str
) -> None:
    options, more = SIZES[size]
    found: list[tuple[str, str]] = []
    with glass.stage(language, world, *options, **more) as stage:
        for scene in SCENES:
            stage.ask("show", scene=scene)
            found += [(scene, output) for output in stage.ask("measure")["findings"]]
            keep(stage, f"{scene}.{language}.{size}")
    assert not found, table(found)


def test_every_text_stands_out_in_all_colours_and_the_focus_is_seen(
    glass: Desktop, world: Path
) -> None:
    found: list[tuple[str, str]] = []
    with glass.stage("fr", world, QT_SCALE_FACTOR="2") as stage:
        for scene in SCENES:
            stage.ask("show", scene=scene)
            found += [(scene, output) for output in stage.ask("focus")["findings"]]
            for palette in (*PALETTES[1:], PALETTES[0]):
                pairs = stage.ask("palette", name=palette)["findings"]
                texts = stage.ask("contrast")["findings"]
                found += [(f"{scene}, {palette}", output) for output in (*pairs, *texts)]
                keep(stage, f"{scene}.{palette}")
    assert not found, table(found)


def keep(stage: Program, name: str) -> None:
    """Make a picture, which is not empty; where the environment names a folder, it is kept."""
    folder = os.environ.get("CADUCEE_PICTURES")
    path = str(Path(folder) / f"{name}.png") if folder else None
    assert stage.ask("picture", path=path)["colours"] > 16, name


@pytest.mark.parametrize("fault", list(LOOKS))
def test_the_measures_find_what_is_wrong(bad_stage: Program, fault: str) -> None:
    question, words = LOOKS[fault]
    bad_stage.ask("show", scene=fault)
    found = bad_stage.ask(question)["findings"]
    assert any(words in output for output in found), found
