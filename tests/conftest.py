# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: hypothesis chooses the same examples each time and takes its time."""

from hypothesis import settings

pytest_plugins = (
    "tests.plugins.namespaces",
    "tests.plugins.servers",
    "tests.plugins.skips",
    "tests.plugins.waits",
    "tests.plugins.workers",
)

settings.register_profile("caducee", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("caducee")
