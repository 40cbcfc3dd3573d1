# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How a command ends: with an answer, or with a refusal and its status word."""

from typing import NamedTuple

from caducee.spec.status import StatusWord

__all__ = ["Answer", "StatusWordError"]


class Answer(NamedTuple):
    """Data and a status word."""

    data: bytes = b""
    sw: int = StatusWord.OK


class StatusWordError(Exception):
    """A command is refused; never leaves the card."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = int(sw)
