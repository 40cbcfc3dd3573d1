# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs of others with a reader that has a PIN pad: they see it, and give no code."""

import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from caducee.base.errors import MuteCardError
from caducee.reader.socket import SocketReader
from caducee.spec.cards import TEST_PIN
from caducee.spec.pinpad import PadStatus
from caducee.testing.cryptolib import CryptolibPlace
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.pinpad import Prompt

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("recipes")]

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
KEYS = {
    "cps3.json": "e828bd080f8025000001ff001001",
    "cps4.json": "e828bd080f8025000001ff001010",
}


class Hand:
    """The holder at the PIN pad."""

    def __init__(self, *types: str | PadStatus) -> None:
        self.types = list(types)
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> str | PadStatus:
        self.prompts.append(prompt)
        return self.types.pop(0) if self.types else PadStatus.CANCELLED


def tool(place: CryptolibPlace, *arguments: str) -> tuple[int, str]:
    done = place.run("pkcs11-tool", "--module", str(place.module), *arguments)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("image", KEYS)
def test_pkcs11_tool_signs_with_a_code_that_it_never_has(
    cryptolib_place: CryptolibPlace, tmp_path: Path, image: str
) -> None:
    place, hand = cryptolib_place, Hand(TEST_PIN)
    place.insert(CardImage.load(CARDS / image), typed=hand)
    assert "PIN pad present" in tool(place, "-L")[1]
    letter, made, read = (tmp_path / name for name in ("letter", "made", "certificate"))
    letter.write_bytes(b"letter")
    sign = ["--login", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", KEYS[image]]
    status, reported = tool(place, *sign, "-i", str(letter), "-o", str(made))
    assert status == 0, reported
    assert len(hand.prompts) == 1
    tool(place, "-r", "-y", "cert", "-d", KEYS[image], "-o", str(read))
    public = x509.load_der_x509_certificate(read.read_bytes()).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(made.read_bytes(), b"letter", padding.PKCS1v15(), hashes.SHA256())


def test_pkcs11_tool_is_reported_when_the_holder_enters_nothing(
    cryptolib_place: CryptolibPlace,
) -> None:
    place = cryptolib_place
    place.insert(CardImage.load(CARDS / "cps3.json"), typed=Hand(PadStatus.CANCELLED, "9999"))
    assert "CKR_FUNCTION_CANCELED" in tool(place, "--login", "-O")[1]
    assert "CKR_PIN_INCORRECT" in tool(place, "--login", "-O")[1]
    assert "user PIN count low" in tool(place, "-L")[1]


def test_pkcs11_tool_changes_the_code_at_the_reader(cryptolib_place: CryptolibPlace) -> None:
    place, hand = cryptolib_place, Hand(TEST_PIN, "4321", "4321", "4321")
    place.insert(CardImage.load(CARDS / "cps3.json"), typed=hand)
    status, reported = tool(place, "--change-pin")
    assert status == 0, reported
    status, reported = tool(place, "--login", "-O", "--type", "privkey")
    assert "CPS_PRIV_SIG" in reported, reported


def test_the_card_is_let_go_at_the_end_of_the_program(cryptolib_place: CryptolibPlace) -> None:
    """A card at a socket is held as long as somebody is logged in at it by PIN pad."""
    place, entered, go_on = cryptolib_place, threading.Event(), threading.Event()

    def hand(prompt: Prompt) -> str:
        entered.set()
        go_on.wait(60)
        return TEST_PIN

    place.insert(CardImage.load(CARDS / "cps3.json"), typed=hand)
    path = place.folder / "readers" / "card.sock"
    worker = threading.Thread(target=lambda: tool(place, "--login", "-O"))
    worker.start()
    try:
        assert entered.wait(60)
        with pytest.raises(MuteCardError):
            SocketReader(path, patience=0.2).connect()
    finally:
        go_on.set()
        worker.join(60)
    transport = SocketReader(path).connect()
    with transport.transaction():
        assert transport.transmit(bytes.fromhex("0020000100"))[-2:] != b"\x90\x00"
    transport.close()
