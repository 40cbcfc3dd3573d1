# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The guide of requests says what the code does: its examples, states, limits."""

import json
from pathlib import Path

from caducee.codec.card_request import RequestMessage, answer_from_bytes, request_from_bytes
from caducee.middleware.requests.pending import MOST, MOST_OF_ONE
from caducee.spec import card_request
from caducee.spec.card_request import RequestState

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "requests.md").read_text("utf-8")


def examples() -> list[bytes]:
    block = GUIDE.partition("```json\n")[2].partition("```")[0]
    return [line.encode() + b"\n" for line in block.splitlines()]


def test_every_line_of_the_guide_is_one_of_the_interface() -> None:
    kinds = set()
    for line in examples():
        kind = json.loads(line)["type"]
        read = request_from_bytes if kind in ("ask", "withdraw") else answer_from_bytes
        read(line)
        kinds.add(kind)
    assert kinds == {"ask", "withdraw", "state", "error"}


def test_the_request_of_the_guide_has_every_member() -> None:
    (ask,) = [example for example in examples() if b'"ask"' in example]
    assert set(json.loads(ask)) == {"type", *RequestMessage.__struct_fields__}


def test_the_guide_has_every_state_and_says_which_is_the_last() -> None:
    rows = [line.split("|") for line in GUIDE.splitlines() if line.startswith("| `")]
    final = {row[1].strip(" `"): row[3].strip() for row in rows if len(row) == 5 and row[3].strip()}
    for member in RequestState:
        assert final[member.value] == ("yes" if member.final else "no"), member


def test_the_guide_has_the_limits_of_the_code() -> None:
    least, most = card_request.SHORTEST_SECONDS, card_request.LONGEST_SECONDS
    for text in (
        f"{MOST} at most, {MOST_OF_ONE} of one process",
        f"{least} to {most} seconds",
        f"{card_request.MAX_ASK:,} bytes, one of the manager {card_request.MAX_ANSWER:,}",
        f"1 to {card_request.MAX_SERVICE} characters",
        card_request.CONFIRMATION_TYPE,
        card_request.SOCKET_VARIABLE,
    ):
        assert text in GUIDE, text
