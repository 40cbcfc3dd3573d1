# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cure of a finding as a button: what it does, whether it needs root, and how it is done.

Without Qt. What needs root is done by ``pkexec``, which asks for the administrator's code; where
that is missing, the command stands there to be copied.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import partial
from typing import TYPE_CHECKING

from caducee.base.errors import CpsError, StateError
from caducee.base.i18n import gettext as _
from caducee.base.processes import run
from caducee.diagnosis.session import DiagnosisOptions, run_checks

if TYPE_CHECKING:
    from caducee.diagnosis.cures import Cure, CureContext
    from caducee.diagnosis.cures.verification import RunChecks

__all__ = ["ApplyMethod", "CureView", "Cures", "failed"]

_SECONDS = 180
_NO_HELP = 1
"""Of the command, when it says nothing on its errors: applied, and it did not help root."""

_REFUSED = (126, 127)
"""Of pkexec: the question was dismissed, or the person is not allowed."""


@unique
class ApplyMethod(StrEnum):
    """How a cure is done from here."""

    DIRECT = "direct"
    PKEXEC = "pkexec"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class CureView:
    """A cure, in the language in use."""

    name: str
    title: str
    way: ApplyMethod
    needs_root: bool
    undoable: bool
    applied: bool

    @property
    def button(self) -> str:
        """What the button says, root included: known before it is pressed."""
        if self.applied and self.undoable:
            return _("&Undo (requires administrator rights)") if self.needs_root else _("&Undo")
        return _("Appl&y (requires administrator rights)") if self.needs_root else _("Appl&y")

    @property
    def hint(self) -> str:
        """What it does, how root is reached, and whether it can be undone."""
        parts = [_("Action: {title}.").format(title=self.title)]
        if self.applied and self.undoable:
            parts = [_("Undoes: {title}.").format(title=self.title)]
        if self.way is ApplyMethod.PKEXEC:
            parts.append(_("You will be asked for the administrator password."))
        if self.way is ApplyMethod.BY_HAND:
            parts.append(_("Run as root: {command}").format(command=self.command))
        parts.append(_("It can be undone.") if self.undoable else _("It cannot be undone."))
        return " ".join(parts)

    @property
    def command(self) -> str:
        """The same on the command line."""
        from caducee.diagnosis.cures import command_line

        return command_line(self.option, self.name, needs_root=self.needs_root)

    @property
    def option(self) -> str:
        """What the button does, as the option of the command."""
        return "--undo" if self.applied and self.undoable else "--apply"


def _run(words: list[str]) -> tuple[int, str]:
    done = run(words, _SECONDS)
    return done.returncode, done.stderr.strip()


class Cures:
    """Applies and undoes cures; each call may take a while, so no call belongs into the thread of
    the window.
    """

    def __init__(
        self,
        *,
        root: bool | None = None,
        pkexec: str | None = None,
        run: Callable[[list[str]], tuple[int, str]] = _run,
        look: "RunChecks | None" = None,
    ) -> None:
        """``look`` runs checks again after a cure; by default on this machine."""
        self._root = os.geteuid() == 0 if root is None else root
        self._pkexec = shutil.which("pkexec") or "" if pkexec is None else pkexec
        self._run = run
        self._look = look or partial(run_checks, DiagnosisOptions())
        self._by_root: set[str] = set()

    def view(self, name: str) -> CureView | None:
        """Show a cure; None for no name. Raises `StateError` (``diag.cure_unknown``,
        ``diag.cures_unreadable``).
        """
        if not name:
            return None
        from caducee.base.installation import only_root_changes, own_code
        from caducee.diagnosis.cures import applied, cure_named

        cure = cure_named(name)
        done = name in self._by_root or name in applied(self._cure_context())
        way = ApplyMethod.DIRECT
        if cure.needs_root and not self._root:
            way = (
                ApplyMethod.PKEXEC
                if self._pkexec and only_root_changes(*own_code())
                else ApplyMethod.BY_HAND
            )
        return CureView(
            name, _(cure.title), way, cure.needs_root, cure.undo is not None, applied=done
        )

    @staticmethod
    def _cure_context() -> "CureContext":
        from caducee.diagnosis.cures import CureContext
        from caducee.diagnosis.machine.root import MachineRoot

        return CureContext(MachineRoot.here())

    def toggle(self, view: CureView) -> str:
        """Apply it, or undo what was applied; return what was done, and whether it helped.

        Raises `StateError` (``diag.cure_…``).
        """
        from caducee.diagnosis.cures import apply, apply_and_verify, cure_named, undo

        if view.way is ApplyMethod.BY_HAND:
            raise StateError("diag.cure_needs_root", name=view.name, command=view.command)
        as_root = view.way is ApplyMethod.PKEXEC
        if view.option == "--undo":
            if as_root:
                self._as_root(view)
            else:
                undo(view.name, self._cure_context())
            return _("Undone: {title}.").format(title=view.title)

        def do(name: str, context: "CureContext") -> "Cure":
            if not as_root:
                return apply(name, context)
            self._as_root(view)
            return cure_named(name)

        # The check runs again as this user: root may be let in where the user is refused.
        return apply_and_verify(view.name, self._cure_context(), self._look, do=do).text()

    def _as_root(self, view: CureView) -> None:
        name = view.name
        words = [self._pkexec, sys.executable, "-I", "-m", "caducee", "diag", view.option, name]
        try:
            status, said = self._run(words)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StateError("diag.cure_failed", name=name, reason=str(error)) from error
        if status in _REFUSED:
            raise StateError("diag.cure_needs_root", name=name, command=view.command)
        if status and (said or status != _NO_HELP):
            lines = said.splitlines() or [str(status)]
            raise StateError("diag.cure_failed", name=name, reason=lines[-1])
        (self._by_root.discard if view.option == "--undo" else self._by_root.add)(name)


def failed(error: CpsError) -> str:
    """Return what is said of a cure that did not succeed."""
    return f"{error.sentence()} {error.advice()} [{error.code}]"
