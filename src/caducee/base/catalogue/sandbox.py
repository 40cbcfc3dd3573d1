# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``sandbox``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "sandbox.card_unknown",
        N_("The sandbox has no card {name}."),
        N_("List its cards with: caducee sandbox show."),
    ),
    Entry(
        "sandbox.clock",
        N_("The clock of the sandbox cannot be read from {path}."),
        N_("Remove that file: the sandbox then follows the machine's clock again."),
    ),
    Entry(
        "sandbox.exists",
        N_("There is a sandbox in {folder} already."),
        N_("Choose another folder, or use the sandbox that is there."),
    ),
    Entry(
        "sandbox.missing",
        N_("There is no sandbox in {folder}."),
        N_("Make one with: caducee sandbox new. CADUCEE_SANDBOX names the folder."),
    ),
    Entry(
        "sandbox.not_empty",
        N_("The folder {folder} is not empty and holds no sandbox."),
        N_("Choose an empty or a new folder; nothing was changed."),
    ),
)
