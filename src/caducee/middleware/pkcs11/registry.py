# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which function of ours answers which of the standard.

A function of ours takes the application and the arguments that the table names
(`caducee.spec.pkcs11.functions`), in order, and returns the results in order, or a
`CallOutcome` when they come with another code than CKR_OK. It raises `Pkcs11Error` for all else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from caducee.codec.pkcs11 import OutputBuffer

if TYPE_CHECKING:
    from caducee.middleware.pkcs11.application import Pkcs11Application
    from caducee.middleware.pkcs11.slots import Slot

__all__ = ["HANDLERS", "CallOutcome", "Handler", "given", "handles"]


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """A code, and the results that come with it."""

    rv: int
    results: tuple[object, ...] = ()


type _Function = Callable[..., CallOutcome | tuple[object, ...] | None]
type _Needs = Callable[..., "Slot | None"]


@dataclass(frozen=True, slots=True)
class Handler:
    """How one function is answered."""

    run: _Function
    locked: bool
    """It runs under the engine's lock, and talks to no card."""

    needs: _Needs | None
    """From the application and the arguments to the slot whose card may be asked."""

    def slot(
        self, application: "Pkcs11Application", arguments: tuple[object, ...]
    ) -> "Slot | None":
        """Return the slot whose card may be asked; None when none is."""
        return None if self.needs is None else self.needs(application, *arguments)


HANDLERS: Final[dict[str, Handler]] = {}
"""By the names of the standard; what is not here is not supported."""


def handles[F: _Function](
    *names: str, locked: bool = True, needs: _Needs | None = None
) -> Callable[[F], F]:
    """Make a function answer those of the standard with these names."""

    def register(function: F) -> F:
        for name in names:
            HANDLERS[name] = Handler(function, locked, needs)
        return function

    return register


def given(room: OutputBuffer, value: bytes) -> CallOutcome:
    """Return an outcome that gives bytes, their length alone, or CKR_BUFFER_TOO_SMALL with it."""
    return CallOutcome(room.code(len(value)), (room.fill(value),))


def length_only(room: OutputBuffer, length: int) -> CallOutcome | None:
    """Return the outcome that states only a length, when no more is asked or fits; else None."""
    if room.fits(length):
        return None
    return CallOutcome(room.code(length), (room.fill(bytes(length)),))
