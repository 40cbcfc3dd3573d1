# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m caducee`` is the command ``caducee``; as PKCS#11 modules start it, the daemon."""

import sys

if sys.argv[1:] == ["cryptolibd", "--detach"]:
    from caducee.middleware.daemon.launch import program
else:
    from caducee.cli.main import program

program()
