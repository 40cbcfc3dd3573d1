# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys that stay where they are."""

from copy import copy, deepcopy

import pytest

from caducee.base.errors import KeyOperationError
from caducee.base.keys import NonExportableKey


def test_such_a_key_gives_no_numbers_and_no_bytes() -> None:
    key = NonExportableKey()
    for refused in (key.private_numbers, lambda: key.private_bytes("PEM", "PKCS8", None)):
        with pytest.raises(KeyOperationError) as caught:
            refused()
        assert caught.value.code == "cryptolib.key_stays"


def test_a_copy_is_the_key_itself() -> None:
    key = NonExportableKey()
    assert copy(key) is key
    assert deepcopy([key]) == [key]
