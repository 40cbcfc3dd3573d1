# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``base``: settings and files."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "base.config_unreadable",
        N_("Cannot read the settings file {path}: {reason}."),
        N_("Check that the file exists, that you may read it, and that it is valid TOML."),
    ),
    Entry(
        "base.config_invalid",
        N_("Invalid or unknown key in the settings file {path}: {reason}."),
        N_("Compare the key with the documentation of the settings, then correct or remove it."),
    ),
    Entry(
        "base.file_unwritable",
        N_("Cannot write the file {path}: {reason}."),
        N_("Check the permissions of the folder and the free disk space; nothing was changed."),
    ),
    Entry(
        "base.folder_unsafe",
        N_("Unsafe folder {path}: another user could replace its files ({reason})."),
        N_(
            "Use a folder of your own, mode 0700, below folders that only root "
            "and you can change; set it in the settings or in XDG_RUNTIME_DIR."
        ),
    ),
    Entry(
        "base.file_unsafe",
        N_("Unsafe file {path}: it does not belong to this user alone ({reason})."),
        N_("Find out who created it, then remove it."),
    ),
)
