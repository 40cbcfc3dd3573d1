# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: disk and cache."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.disk_full",
        N_("The disk that holds {path} is full."),
        N_("Free some space; caducee needs some megabytes."),
        consequence=consequences.WRITE,
    ),
    Entry(
        "diag.disk_inodes",
        N_("The disk that holds {path} has room for no more files."),
        N_("Remove many small files (caches, old mail)."),
        consequence=consequences.WRITE,
    ),
    Entry(
        "diag.disk_read_only",
        N_("The disk that holds {path} can only be read."),
        N_("The system does so after a disk fault: look at its log, and restart."),
        consequence=consequences.WRITE,
    ),
    Entry(
        "diag.disk_low",
        N_("Little room is left on the disk that holds {path} ({free} MB)."),
        N_("Free some space."),
        consequence=consequences.WRITE,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.folder_closed",
        N_("This user may not write to {path}."),
        N_("Make the folder yours again (it may have been made by a program that ran as root)."),
        consequence=consequences.WRITE,
    ),
    Entry(
        "diag.cache_damaged",
        N_("The card cache has damaged files: {count}."),
        N_("Clear the cache; cards fill it again."),
        consequence=consequences.SLOW,
        severity=Severity.WARNING,
        cure="cache-clear",
    ),
    Entry(
        "diag.cache_unsafe",
        N_("The folder of the card cache is not safe ({path}: {reason})."),
        N_("Make it yours, of mode 0700."),
        consequence=consequences.UNSAFE,
        severity=Severity.WARNING,
        cure="cache-folder",
    ),
    Entry(
        "diag.cache_closed",
        N_("The card cache cannot be written ({path})."),
        N_("Make the folder yours again, or remove it."),
        consequence=consequences.SLOW,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.cache_large",
        N_("The card cache has grown to {megabytes} MB in {count} files."),
        N_("Clear the cache; cards fill it again."),
        consequence=consequences.NONE,
        severity=Severity.WARNING,
        cure="cache-clear",
    ),
)
