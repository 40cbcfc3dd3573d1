# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One line of JSON for each measured figure."""

import json
import sys

__all__ = ["report"]


def report(
    name: str,
    value: float,
    unit: str,
    peer: str | None = None,
    peer_value: float | None = None,
) -> None:
    """Print a figure, beside that of a peer measured in the same run.

    ``ratio`` is value / peer_value: below 1 we take less (time, commands, memory); of a figure a
    second it is the other way round.
    """
    ratio = value / peer_value if peer_value else None
    line = {
        "name": name,
        "value": _short(value),
        "unit": unit,
        "peer": peer,
        "peer_value": _short(peer_value),
        "ratio": _short(ratio),
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _short(value: float | None) -> float | None:
    """Keep four digits that mean something."""
    return None if value is None else float(f"{value:.4g}")
