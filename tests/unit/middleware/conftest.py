# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cards that the tests of the Cryptolib read."""

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
    updated_content,
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
    "updated_content",
]
