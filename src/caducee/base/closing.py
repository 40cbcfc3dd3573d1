# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is closed at the end of a ``with`` block."""

from typing import Self

__all__ = ["Closing"]


class Closing:
    """A context manager that gives itself, and whose end is its `close`."""

    __slots__ = ()

    def close(self) -> None:
        """Release what is held; a second call does nothing."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
