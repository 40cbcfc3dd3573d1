# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -P -m caducee.cryptolib.webhost``: what the browser starts."""

import sys

from caducee.cryptolib.webhost.process import main

sys.exit(main(sys.argv[1:]))
