# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards for the test services: those of the Cryptolib's own tests."""

from tests.unit.cryptolib.conftest import (
    bench,
    billed_content,
    card,
    contactless_bench,
    contactless_card,
    content,
    cps4_bench,
    cps4_card,
    cps4_content,
    keys,
    make_bench,
)

__all__ = [
    "bench",
    "billed_content",
    "card",
    "contactless_bench",
    "contactless_card",
    "content",
    "cps4_bench",
    "cps4_card",
    "cps4_content",
    "keys",
    "make_bench",
]
