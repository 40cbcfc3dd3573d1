# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of the states is the one that the table gives."""

from xml.etree import ElementTree as ET

from tools.states_picture import PICTURE, svg

from caducee.services.ordering.states import STEPS, OrderState


def test_the_picture_of_the_guide_follows_the_table() -> None:
    assert PICTURE.read_text(encoding="utf-8") == svg(), "python tools/states_picture.py draws it"


def test_every_state_and_every_step_stands_in_it() -> None:
    texts = ["".join(item.itertext()) for item in ET.fromstring(svg()).iter()]
    assert {member.value for member in OrderState} <= set(texts)
    reported = next(text for text in texts if text.startswith("draft: save"))
    assert all(
        f"{step.before}: {step.action} by {step.role} leads to" in reported for step in STEPS
    )
