# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is closed at the end of a ``with`` block."""

import pytest

from caducee.base.closing import Closing


class Door(Closing):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def close(self) -> None:
        self.seen.append("closed")


def test_the_block_gets_the_object_itself_and_closes_it_once() -> None:
    door = Door()
    with door as inside:
        assert inside is door
        door.seen.append("inside")
    assert door.seen == ["inside", "closed"]


def test_an_error_closes_it_too_and_passes_through() -> None:
    door = Door()
    with pytest.raises(KeyError), door:
        raise KeyError
    assert door.seen == ["closed"]


def test_what_has_no_end_of_its_own_cannot_be_closed() -> None:
    with pytest.raises(NotImplementedError):
        Closing().close()
