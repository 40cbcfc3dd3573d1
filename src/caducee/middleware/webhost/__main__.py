# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -P -m caducee.middleware.webhost``: what the browser starts."""

import sys

from caducee.base.memory import protect_memory
from caducee.middleware.webhost.process import main

protect_memory()
sys.exit(main(sys.argv[1:]))
