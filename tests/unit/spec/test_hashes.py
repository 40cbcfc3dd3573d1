# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of hash functions, against libraries that have tables of their own."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from caducee.cryptolib.digest_info import digest_info, hash_object
from caducee.spec.hashes import HASHES


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("name", HASHES)
def test_sizes_are_those_of_hashlib(name: str) -> None:
    assert HASHES[name].size == hashlib.new(name, usedforsecurity=False).digest_size


@pytest.mark.parametrize("name", HASHES)
def test_object_identifiers_are_those_in_signatures(name: str, key: rsa.RSAPrivateKey) -> None:
    digest = bytes(HASHES[name].size)
    signature = key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hash_object(name)))
    block = key.public_key().recover_data_from_signature(signature, padding.PKCS1v15(), None)
    assert digest_info(digest, name) == block
    assert HASHES[name].oid in block


@pytest.mark.parametrize("name", HASHES)
def test_a_name_is_the_one_of_cryptography(name: str) -> None:
    found = hash_object(name)
    assert isinstance(found, hashes.HashAlgorithm)
    assert (found.name, found.digest_size) == (name, HASHES[name].size)
