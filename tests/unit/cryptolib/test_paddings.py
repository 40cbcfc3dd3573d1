# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Paddings made and taken off here, judged by a library that does the whole of RSA."""

import doctest
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import CardError
from caducee.cryptolib import paddings
from caducee.cryptolib.paddings import padded_pkcs1, padded_pss, unpadded_pkcs1

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def raw(key: rsa.RSAPrivateKey, block: bytes) -> bytes:
    """RSA alone, as the card does it."""
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    value = int.from_bytes(block)
    assert value < n
    return pow(value, numbers.d, n).to_bytes(key.key_size // 8)


@pytest.fixture(scope="module")
def odd_keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(65537, bits) for bits in (1024, 1027, 1032)]


def test_examples_of_the_module() -> None:
    assert doctest.testmod(paddings).failed == 0


@pytest.mark.parametrize("name", HASHES)
def test_pss_is_what_verifiers_expect(keys: Any, name: str) -> None:
    digest = hashlib.new(name, b"text").digest()
    made = raw(keys.auth, padded_pss(digest, name, 2048))
    scheme = padding.PSS(padding.MGF1(HASHES[name]), padding.PSS.DIGEST_LENGTH)
    keys.auth.public_key().verify(made, digest, scheme, utils.Prehashed(HASHES[name]))


def test_pss_fits_every_length_of_the_modulus(odd_keys: list[rsa.RSAPrivateKey]) -> None:
    digest = hashlib.sha256(b"text").digest()
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    for key in odd_keys:
        block = padded_pss(digest, "sha256", key.key_size)
        size = (key.key_size + 7) // 8
        assert len(block) == size
        n, d = key.public_key().public_numbers().n, key.private_numbers().d
        made = pow(int.from_bytes(block), d, n).to_bytes(size)
        key.public_key().verify(made, digest, scheme, utils.Prehashed(hashes.SHA256()))


def test_pss_has_another_salt_each_time() -> None:
    assert len({padded_pss(bytes(32), "sha256", 2048) for _ in range(4)}) == 4


def test_pss_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CardError) as caught:
        padded_pss(bytes(64), "sha512", 1024)
    assert caught.value.code == "cryptolib.data_too_long"


@given(st.binary(max_size=245))
def test_pkcs1_is_the_block_of_the_standard(block: bytes) -> None:
    padded = padded_pkcs1(block, 256)
    assert len(padded) == 256
    head, _, rest = padded[2:].partition(b"\x00")
    assert (padded[:2], set(head), rest) == (b"\x00\x01", {0xFF}, block)
    assert len(head) >= 8


def test_pkcs1_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CardError) as caught:
        padded_pkcs1(bytes(246), 256)
    assert caught.value.code == "cryptolib.data_too_long"


@given(st.binary(max_size=245), st.data())
def test_message_comes_out_of_its_padding(message: bytes, data: Any) -> None:
    size = 256 - 3 - len(message)
    filler = data.draw(st.binary(min_size=size, max_size=size)).replace(b"\x00", b"\x01")
    assert unpadded_pkcs1(b"\x00\x02" + filler + b"\x00" + message) == message


F = b"\x11"
WRONG = {
    "first byte": b"\x01\x02" + F * 8 + b"\x00m",
    "kind": b"\x00\x01" + F * 8 + b"\x00m",
    "no end": b"\x00\x02" + F * 200,
    "short filler": b"\x00\x02" + F * 7 + b"\x00" + F * 20,
    "no filler": b"\x00\x02\x00" + F * 20,
    "nothing": b"",
    "one byte": b"\x00",
    "head alone": b"\x00\x02",
}


@pytest.mark.parametrize("block", WRONG.values(), ids=WRONG.keys())
def test_all_that_can_be_wrong_is_one_error(block: bytes) -> None:
    with pytest.raises(CardError) as caught:
        unpadded_pkcs1(block)
    assert caught.value.code == "cryptolib.padding_wrong"
    assert not caught.value.facts


@given(st.binary(max_size=300))
def test_any_block_is_a_message_or_that_error(block: bytes) -> None:
    try:
        message = unpadded_pkcs1(block)
    except CardError:
        return
    assert block.startswith(b"\x00\x02")
    assert block.endswith(b"\x00" + message)
    assert b"\x00" not in block[2 : len(block) - len(message) - 1]
