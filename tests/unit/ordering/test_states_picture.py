# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of the states is the one that the table gives."""

from xml.etree import ElementTree as ET

from tools.states_picture import PICTURE, svg

from caducee.services.ordering.states import STEPS, OrderState


def test_the_picture_of_the_guide_follows_the_table() -> None:
    assert PICTURE.read_text(encoding="utf-8") == svg(), "python tools/states_picture.py draws it"


def test_every_state_and_every_step_stands_in_it() -> None:
    texts = ["".join(one.itertext()) for one in ET.fromstring(svg()).iter()]
    assert {one.value for one in OrderState} <= set(texts)
    told = next(one for one in texts if one.startswith("draft: save"))
    assert all(f"{one.before}: {one.action} by {one.role} leads to" in told for one in STEPS)
