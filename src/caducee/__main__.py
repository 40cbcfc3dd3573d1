# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m caducee`` is the command ``caducee``."""

from caducee.cli.main import program

program()
