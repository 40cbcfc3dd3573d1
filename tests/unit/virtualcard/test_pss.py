# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.virtualcard.conftest import key

from caducee.virtualcard.crypto.rsa_key import PrivateKey

HASHES: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}


@pytest.mark.parametrize("name", sorted(HASHES))
@settings(max_examples=20, deadline=None)
@given(message=st.binary(max_size=80), salt=st.binary(max_size=40))
def test_a_library_accepts_each_signature_with_its_salt(
    name: str, message: bytes, salt: bytes
) -> None:
    digest = hashlib.new(name, message).digest()
    made = PrivateKey(key("signature")).sign_pss(name, digest, salt)
    function = HASHES[name]
    scheme = padding.PSS(padding.MGF1(function), len(salt))
    public = key("signature").public_key()
    public.verify(made, digest, scheme, utils.Prehashed(function))
    other = padding.PSS(padding.MGF1(function), len(salt) + 1)
    with pytest.raises(InvalidSignature):
        public.verify(made, digest, other, utils.Prehashed(function))
