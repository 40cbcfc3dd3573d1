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


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_text_is_cut_and_nothing_overlaps(
    glass: Desktop, world: Path, tmp_path: Path, language: str, size: str
) -> None:
    folder = Path(os.environ.get("CADUCEE_PICTURES", tmp_path))
    options, more = SIZES[size]
    found: list[tuple[str, str]] = []
    with glass.stage(language, world, *options, **more) as stage:
        for scene in SCENES:
            stage.ask("show", scene=scene)
            found += [(scene, told) for told in stage.ask("measure")["findings"]]
            picture = folder / f"{scene}.{language}.{size}.png"
            stage.ask("picture", path=str(picture))
            assert picture.stat().st_size > 2_000
    assert not found, table(found)


@pytest.mark.parametrize("palette", ["light", "dark", "contrast"])
def test_every_text_stands_out_and_the_focus_is_seen(
    glass: Desktop, world: Path, tmp_path: Path, palette: str
) -> None:
    folder = Path(os.environ.get("CADUCEE_PICTURES", tmp_path))
    found: list[tuple[str, str]] = []
    with glass.stage("fr", world, QT_SCALE_FACTOR="2") as stage:
        told = stage.ask("palette", name=palette)["findings"]
        found += [("application", one) for one in told]
        for scene in SCENES:
            stage.ask("show", scene=scene)
            for what in ("contrast", "focus"):
                found += [(scene, told) for told in stage.ask(what)["findings"]]
            stage.ask("picture", path=str(folder / f"{scene}.{palette}.png"))
    assert not found, table(found)


@pytest.mark.parametrize("fault", list(LOOKS))
def test_the_measures_find_what_is_wrong(bad_stage: Program, fault: str) -> None:
    question, words = LOOKS[fault]
    bad_stage.ask("show", scene=fault)
    found = bad_stage.ask(question)["findings"]
    assert any(words in told for told in found), found
