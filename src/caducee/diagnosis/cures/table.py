# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every cure in one table, and how one is applied and undone."""

from collections.abc import Mapping
from typing import Final

from caducee.base import catalogue
from caducee.base.errors import CpsError, StateError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.diagnosis.cures import own, system
from caducee.diagnosis.cures.journal import CureJournal
from caducee.diagnosis.cures.model import Cure, CureContext, command_line

__all__ = ["CURES", "applied", "apply", "changed", "cure_named", "undo"]

CURES: Final = (
    Cure(
        name="browser-register",
        title=N_("register the module and the native messaging host in Firefox and Chromium"),
        changes=N_("Entries added in browsers: {parts}."),
        apply=own.register_browsers,
        undo=own.unregister_browsers,
    ),
    Cure(
        name="cache-clear",
        title=N_("empty the cache of card data; cards fill it again"),
        changes=N_("The cache folder is empty."),
        apply=own.clear_cache,
    ),
    Cure(
        name="cache-folder",
        title=N_("restrict the cache folder to its owner (mode 0700)"),
        changes=N_("Mode of {folder}: 700; before: {mode}."),
        apply=own.close_cache,
        undo=own.widen,
    ),
    Cure(
        name="daemon-folder",
        title=N_("restrict the socket folder of the daemon to its owner (mode 0700)"),
        changes=N_("Mode of {folder}: 700; before: {mode}."),
        apply=own.close_run,
        undo=own.widen,
    ),
    Cure(
        name="daemon-restart",
        title=N_("restart the Cryptolib daemon; open sessions end"),
        changes=N_("Nothing on the disk; the daemon is a new process."),
        apply=own.restart_daemon,
    ),
    Cure(
        name="daemon-start",
        title=N_("start the Cryptolib daemon"),
        changes=N_("Nothing on the disk; the daemon runs."),
        apply=own.start_daemon,
        undo=own.stop_daemon,
    ),
    Cure(
        name="p11kit-register",
        title=N_("register the module in p11-kit: for this user, or for all users as root"),
        changes=N_("File {path}; content before: {before}."),
        apply=own.register_kit,
        undo=own.unregister_kit,
    ),
    Cure(
        name="scdaemon-stop",
        title=N_("release the card from GnuPG (gpgconf --kill scdaemon)"),
        changes=N_("Nothing on the disk; scdaemon ended."),
        apply=own.stop_scdaemon,
        settles=3.0,
    ),
    Cure(
        name="settings-aside",
        title=N_("set the damaged settings file aside"),
        changes=N_("File {path} renamed to {aside}."),
        apply=own.aside,
        undo=own.back,
    ),
    Cure(
        name="clock-sync",
        title=N_("synchronise the clock over the network (timedatectl set-ntp true)"),
        changes=N_("Network time is on; before: {before}."),
        apply=system.sync_clock,
        undo=system.unsync_clock,
        needs_root=True,
        settles=20.0,
    ),
    Cure(
        name="firefox-policy",
        title=N_("correct the module path in the Firefox policies"),
        changes=N_("Module path corrected in {files}."),
        apply=system.correct_policies,
        undo=system.restore_policies,
        needs_root=True,
    ),
    Cure(
        name="kernel-driver-unload",
        title=N_("unload and block the kernel drivers that claim readers"),
        changes=N_("Kernel drivers unloaded and blocked: {drivers}."),
        apply=system.blacklist,
        undo=system.unblacklist,
        needs_root=True,
    ),
    Cure(
        name="pcscd-restart",
        title=N_("restart pcscd"),
        changes=N_("Nothing on the disk; pcscd is a new process."),
        apply=system.restart_pcscd,
        needs_root=True,
    ),
    Cure(
        name="pcscd-socket-start",
        title=N_("enable and start the pcscd socket"),
        changes=N_("pcscd.socket is enabled and started; before: {before}."),
        apply=system.start_socket,
        undo=system.stop_socket,
        needs_root=True,
    ),
    Cure(
        name="pcscd-start",
        title=N_("start pcscd without a service manager"),
        changes=N_("Nothing on the disk; pcscd runs in a network of its own."),
        apply=system.start_pcscd,
        undo=system.stop_pcscd,
        needs_root=True,
    ),
    Cure(
        name="pcscd-unmask",
        title=N_("unmask pcscd and start its socket"),
        changes=N_("Units unmasked: {masked}; pcscd.socket is started."),
        apply=system.unmask_pcscd,
        undo=system.mask_pcscd,
        needs_root=True,
    ),
)
"""The safe cures; each is named by codes of the catalogue."""


def cure_named(name: str) -> Cure:
    """Return a cure. Raises `StateError` (``diag.cure_unknown``)."""
    for cure in CURES:
        if cure.name == name:
            return cure
    raise StateError("diag.cure_unknown", name=name)


def applied(context: CureContext) -> dict[str, dict[str, str]]:
    """Return what each cure kept that this user or root applied, by its name.

    Raises `StateError` (``diag.cures_unreadable``).
    """
    return CureJournal(context.root_journal).applied() | CureJournal(context.journal).applied()


def changed(cure: Cure, kept: Mapping[str, str]) -> str:
    """Return what a cure changed on this machine, in the language in use, by what it kept."""
    files = ", ".join(kept)  # a cure of files keeps their former content by their paths
    facts = {name: value.strip().replace("\n", ", ") or "–" for name, value in kept.items()}
    return catalogue.fill(_(cure.changes), {"files": files} | facts)


def apply(name: str, context: CureContext) -> Cure:
    """Apply a cure, and write down what undoes it.

    Raises `StateError` (``diag.cure_unknown``, ``diag.cure_needs_root``, ``diag.cure_failed``,
    ``diag.cures_unreadable``).
    """
    cure = _allowed(name, context, "--apply")
    journal = _journal(cure, context)
    journal.applied()  # one that cannot be read keeps nothing: before anything is changed
    try:
        kept = dict(cure.apply(context))
        if cure.undo is not None:
            journal.note(name, kept)
    except (OSError, CpsError) as error:
        raise _failed(name, error) from error
    return cure


def undo(name: str, context: CureContext) -> Cure:
    """Undo a cure that was applied.

    Raises `StateError` as `apply`, and ``diag.cure_final``, ``diag.cure_not_applied``.
    """
    cure = _allowed(name, context, "--undo")
    if cure.undo is None:
        raise StateError("diag.cure_final", name=name)
    journal = _journal(cure, context)
    kept = journal.applied().get(name)
    if kept is None:
        raise StateError("diag.cure_not_applied", name=name)
    try:
        cure.undo(context, kept)
    except (OSError, CpsError) as error:
        raise _failed(name, error) from error
    except KeyError as error:
        path, reason = str(context.journal), f"{name}: {error}"
        raise StateError("diag.cures_unreadable", path=path, reason=reason) from error
    journal.forget(name)
    return cure


def _journal(cure: Cure, context: CureContext) -> CureJournal:
    if cure.needs_root:
        return CureJournal(context.root_journal, shared=True)
    return CureJournal(context.journal)


def _allowed(name: str, context: CureContext, option: str) -> Cure:
    cure = cure_named(name)
    if cure.needs_root and not context.root:
        line = command_line(option, name, needs_root=True)
        raise StateError("diag.cure_needs_root", name=name, command=line)
    return cure


def _failed(name: str, error: OSError | CpsError) -> StateError:
    reason = error.sentence() if isinstance(error, CpsError) else error
    return StateError("diag.cure_failed", name=name, reason=reason)
