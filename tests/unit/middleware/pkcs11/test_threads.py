# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Threads: a card that is slow holds up nobody who does not need it, and many at once agree."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from caducee.codec.pkcs11 import Call, Mechanism, OutputBuffer
from caducee.spec.pkcs11 import Ckm, Ckr
from caducee.virtualcard.personalise import PersonalisationData

RSA, SHA256_RSA = Mechanism(int(Ckm.RSA_PKCS)), Mechanism(int(Ckm.SHA256_RSA_PKCS))
PATIENCE = 30
"""Seconds after which a test gives up; nothing here takes one."""


class Slow:
    """Lets the card answer only when it may."""

    def __init__(self, chip: Any) -> None:
        self.asked, self.may = threading.Event(), threading.Event()
        chip.change = self.change

    def change(self, command: bytes, answer: bytes) -> bytes:
        self.asked.set()
        assert self.may.wait(PATIENCE)
        return answer


def test_a_slow_card_holds_up_no_card_less_call_and_no_other_card(
    make_place: Any, bench: Any, cps4_bench: Any
) -> None:
    place = make_place(bench, cps4_bench)
    program, other = place.program(), place.program()
    session, theirs = program.logged_in(), other.logged_in(1)
    key = program.key(session, "CPS_PRIV_AUT")
    program.ok("C_SignInit", session=session, mechanism=RSA, key=key)
    slow = Slow(bench.chip)
    with ThreadPoolExecutor() as pool:
        sign = Call.build("C_Sign", 1, session=session, data=b"x", signature=OutputBuffer(256))
        signing = pool.submit(program.app.answer, sign)
        assert slow.asked.wait(PATIENCE)

        def meanwhile() -> None:
            assert program.app.reader_of(sign) is None  # the operation is under way elsewhere
            for who, which in ((program, session), (other, other.open(0, flags=4))):
                who.ok("C_GetSessionInfo", session=which)
                who.find(which, CLASS=1)
                who.ok("C_GetSlotList", token_present=True, slots=OutputBuffer(9))
                who.ok("C_GetSlotInfo", slot=0)
            program.ok("C_DigestInit", session=session, mechanism=Mechanism(int(Ckm.SHA256)))
            program.ok("C_Digest", session=session, data=b"x", digest=OutputBuffer(32))
            assert program.rv(
                "C_Sign", session=session, data=b"x", signature=OutputBuffer(256)
            ) == (Ckr.OPERATION_NOT_INITIALIZED)
            theirs_key = other.key(theirs, "CPS_PRIV_AUT")
            assert other.sign(theirs, theirs_key, RSA, b"y").rv == Ckr.OK
            place.look()

        pool.submit(meanwhile).result(PATIENCE)
        slow.may.set()
        assert signing.result(PATIENCE).rv == Ckr.OK


def test_a_card_that_leaves_while_it_is_asked_ends_the_call(place: Any) -> None:
    program = place.program()
    session = program.logged_in()
    slow = Slow(place.chips[0])
    with ThreadPoolExecutor() as pool:
        call = Call.build("C_GenerateRandom", 1, session=session, random=800)
        asking = pool.submit(program.app.answer, call)
        assert slow.asked.wait(PATIENCE)
        place.engine.changed({})  # the reader was unplugged
        assert program.rv("C_GetSessionInfo", session=session) == Ckr.SESSION_HANDLE_INVALID
        slow.may.set()
        assert asking.result(PATIENCE).rv in (Ckr.OK, Ckr.DEVICE_REMOVED)
    assert not program.app.sessions


def test_many_threads_of_several_programs_sign_at_one_card(
    place: Any, content: PersonalisationData
) -> None:
    public = content.sign_key.public_key()

    def work(number: int) -> None:
        program = place.program()
        session = program.logged_in()
        key = program.key(session, "CPS_PRIV_SIG")
        for count in range(5):
            text = hashlib.sha256(bytes((number, count))).digest()
            call = {"session": session, "data": text, "signature": OutputBuffer(256)}
            program.ok("C_SignInit", session=session, mechanism=SHA256_RSA, key=key)
            made = program.app.answer(Call.build("C_Sign", 1, **call)).results[0].value
            public.verify(made, text, padding.PKCS1v15(), hashes.SHA256())
        program.ok("C_Finalize")

    place.chips = []  # the card is asked by others while a program counts its commands
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16), timeout=PATIENCE))
