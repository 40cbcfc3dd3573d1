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
        N_("The disk that holds {path} has no free inodes."),
        N_("Remove many small files (caches, old mail)."),
        consequence=consequences.WRITE,
    ),
    Entry(
        "diag.disk_read_only",
        N_("The disk that holds {path} is read-only."),
        N_("The system does this after a disk error: check the system log and restart."),
        consequence=consequences.WRITE,
    ),
    Entry(
        "diag.disk_low",
        N_("Low space on the disk that holds {path} ({free} MB)."),
        N_("Free some space."),
        consequence=consequences.WRITE,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.folder_closed",
        N_("Permission denied: {path} is not writable for this user."),
        N_("Take ownership of the folder (a program run as root may have created it)."),
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
        N_("Unsafe card cache folder ({path}: {reason})."),
        N_("Take ownership and set mode 0700."),
        consequence=consequences.UNSAFE,
        severity=Severity.WARNING,
        cure="cache-folder",
    ),
    Entry(
        "diag.cache_closed",
        N_("The card cache cannot be written ({path})."),
        N_("Take ownership of the folder, or remove it."),
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
