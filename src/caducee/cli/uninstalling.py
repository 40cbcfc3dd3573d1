# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``caducee uninstall`` does, step by step; a step that fails stops no other."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from caducee.base.errors import CpsError
from caducee.base.i18n import gettext as _
from caducee.base.runtime import user_home

if TYPE_CHECKING:
    from caducee.diagnosis.cures import CureContext
    from caducee.middleware.browsers import Installer

__all__ = ["Removal"]

_PARENTS: Final = (
    ".config/pkcs11/modules",
    ".config/pkcs11",
    ".config/caducee",
    ".config",
    ".cache",
    ".local/state",
    ".local/share",
    ".local",
)
"""Folders of the home that go when nothing is in them any more."""

_OF_ROOT: Final = ("var/lib/caducee", "usr/local/lib/caducee")
_SITE: Final = "etc/caducee"


class Removal:
    """One removal. `removed`, `failed` and `left` hold what became of each thing, and why."""

    def __init__(
        self,
        sandbox: Path | None = None,
        *,
        dry_run: bool = False,
        root: bool | None = None,
        place: Path = Path("/"),
    ) -> None:
        """``root``: also what is for everybody (default: when this process is root's); ``place``
        stands above ``etc``, ``usr`` and ``var``.
        """
        self._sandbox = sandbox
        self._dry = dry_run
        self._root = os.geteuid() == 0 if root is None else root
        self._place = place
        self.removed: list[tuple[str, str]] = []
        self.failed: list[tuple[str, str]] = []
        self.left: list[tuple[str, str]] = []

    def run(self) -> None:
        """Do every step."""
        for step in (
            self._cards,
            self._daemon,
            self._cures,
            self._browsers,
            self._folders,
            self._what_stays,
        ):
            try:
                step()
            except (OSError, CpsError) as error:
                self.failed.append((step.__name__.strip("_"), _reason(error)))

    def to_plain(self) -> dict[str, list[dict[str, str]]]:
        """Return everything as plain values for JSON."""
        kinds = {"removed": self.removed, "failed": self.failed, "left": self.left}
        return {
            kind: [{"what": what, "why": why} for what, why in found]
            for kind, found in kinds.items()
        }

    def _do(self, what: str, act: Callable[[], object]) -> None:
        """Do one thing, or only name it in a dry run."""
        try:
            if not self._dry:
                act()
        except (OSError, CpsError) as error:
            self.failed.append((what, _reason(error)))
        else:
            self.removed.append((what, ""))

    def _cards(self) -> None:
        """Take virtual cards out of the readers, and end the pcscd that was started for them."""
        from caducee.cli.card_insert import take_out
        from caducee.virtualcard.plug import slots
        from caducee.virtualcard.plug.network import same_network
        from caducee.virtualcard.plug.pcscd import chosen_folder, running_pid, stop_detached

        folder = chosen_folder()
        ours = slots.inserted(folder)
        if ours:
            self._do(_("virtual cards in readers"), lambda: take_out(tuple(ours)))
        pid = running_pid(folder)
        if self._root and pid is not None and not same_network(pid):
            self._do(_("pcscd in a network of its own"), lambda: stop_detached(folder))

    def _daemon(self) -> None:
        from caducee.diagnosis.cures.own import daemon_process, stop_daemon

        context = self._cure_context()
        if daemon_process() is not None:
            self._do(_("the Cryptolib's process"), lambda: stop_daemon(context, {}))

    def _cure_context(self) -> "CureContext":
        from caducee.diagnosis.cures import CureContext
        from caducee.diagnosis.machine import MachineRoot

        return CureContext(MachineRoot(user_home(), root=self._place), root=self._root)

    def _cures(self) -> None:
        """Undo the cures of the diagnosis, the last one first."""
        from caducee.diagnosis.cures import CURES, applied, undo

        context = self._cure_context()
        done = applied(context)
        for cure in reversed([item for item in CURES if item.name in done]):
            what = _("cure {name}").format(name=cure.name)
            if cure.needs_root and not self._root:
                self.left.append((what, _("It was applied by root: run this command as root.")))
            else:
                self._do(what, partial(undo, cure.name, context))

    def _browsers(self) -> None:
        """Take module and program out of the browsers: for this user, as root for everybody."""
        from caducee.middleware.browsers import BrowserLocations, Installer, InstallOutcome
        from caducee.middleware.module import library_name

        for system in (True, False):
            place = BrowserLocations(user_home(), system, self._place)
            installer = Installer(place, Path("/") / library_name())
            if system and not self._root:
                self._name_for_root(installer, place.home)
                continue
            for item in installer.remove(dry_run=self._dry):
                if item.outcome is InstallOutcome.REMOVED:
                    self.removed.append((str(item.part.path), item.part.browser))
                elif item.error is not None:
                    self.failed.append((str(item.part.path), _reason(item.error)))

    def _name_for_root(self, installer: "Installer", home: Path) -> None:
        from caducee.middleware.browsers import ComponentState

        why = _("It is for everybody: run this command as root.")
        for item in installer.status():
            there = item.state in (ComponentState.INSTALLED, ComponentState.OTHER)
            if there and not item.part.path.is_relative_to(home):
                self.left.append((str(item.part.path), why))

    def _folders(self) -> None:
        """Remove caches, logs, notes and sockets, and folders that are empty then."""
        roots = [self._place / entry for entry in _OF_ROOT] if self._root else []
        for item in dict.fromkeys([*_folders(), *roots]):
            if os.path.lexists(item):
                self._do(str(item), partial(_remove, item))
        if not self._dry:
            for name in _PARENTS:
                folder = user_home() / name
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    def _what_stays(self) -> None:
        from caducee.middleware.daemon.settings import settings_path

        yours = _("You, or who manages this machine, wrote it.")
        for item in (settings_path(), self._place / _SITE):
            if item.exists():
                self.left.append((str(item), yours))
        if self._sandbox is not None and self._sandbox.exists():
            self.left.append((str(self._sandbox), _("A sandbox holds your cards and orders.")))
        self.left.append((_("card images and sandboxes"), _("Remove their folders yourself.")))
        text = _("Remove it with what installed it (pip uninstall, pipx, the package manager).")
        self.left.append((sys.prefix, text))


def _folders() -> Iterator[Path]:
    from caducee.base.runtime import runtime_folder, user_home
    from caducee.cryptolib.cache import PublicDataCache
    from caducee.desktop.manager.settings import default_path
    from caducee.middleware.daemon.process import log_path

    home = user_home()
    yield PublicDataCache().folder.parent
    yield log_path().parent
    yield home / ".local/state/caducee"
    yield home / ".local/share/caducee"
    yield default_path()
    yield runtime_folder()


def _remove(path: Path) -> None:
    """Remove a folder or file that is this user's; a link is not followed."""
    if os.lstat(path).st_uid != os.geteuid():
        raise PermissionError(1, f"owner {os.lstat(path).st_uid}")
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _reason(error: OSError | CpsError) -> str:
    if isinstance(error, CpsError):
        return f"{error.sentence()} {error.advice()}".strip()
    return error.strerror or str(error)
