# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``base``: settings and files."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "base.config_unreadable",
        N_("The settings file {path} cannot be read: {reason}."),
        N_("Check that the file exists, that you may read it, and that it is valid TOML."),
    ),
    Entry(
        "base.config_invalid",
        N_("The settings file {path} has a wrong or unknown key: {reason}."),
        N_("Compare the key with the documentation of the settings, then correct or remove it."),
    ),
    Entry(
        "base.file_unwritable",
        N_("The file {path} cannot be written: {reason}."),
        N_("Check the rights of the folder and the space left on the disk; nothing was changed."),
    ),
    Entry(
        "base.folder_unsafe",
        N_("Another user could replace files in the folder {path} ({reason})."),
        N_(
            "Make it a folder of your own, of mode 0700, below folders that only root and you can"
            " change, or name another in the settings or in XDG_RUNTIME_DIR."
        ),
    ),
    Entry(
        "base.file_unsafe",
        N_("The file {path} is not a file of this user alone ({reason})."),
        N_("Find out who made it, then remove it."),
    ),
)
