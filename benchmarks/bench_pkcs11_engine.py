# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PKCS#11 engine alone, without façade, daemon and wire.

Calls that ask no card, and what the engine adds to a login and a signature: the peer is the same
virtual card driven by `CpsCard` directly, in the same run, alternating.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import report

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Attribute, AttributeBuffer, Call, Mechanism, OutputBuffer, Reply
from caducee.cryptolib import KeyUse, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.middleware.pkcs11.application import ApplicationInfo, Pkcs11Application
from caducee.middleware.pkcs11.engine import Pkcs11Engine
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.spec.cards import TEST_PIN
from caducee.spec.pkcs11 import Cka, Ckm, Cko, Ckr
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[1] / "tests" / "vectors" / "cards"
ROUNDS, QUICK = 200, 5000
INFO = digest_info(bytes(32), "sha256")
RSA = Mechanism(int(Ckm.RSA_PKCS))


def read(name: str) -> VirtualCard:
    """Return a virtual card of an image that is never written."""
    image = CardImage.from_json((CARDS / name).read_bytes())
    return VirtualCard(MemoryStore(image), face="contact")


def answer(app: Pkcs11Application, name: str, **named: object) -> Reply:
    """Call a function that must succeed."""
    found = app.answer(Call.build(name, 1, **named))
    if found.rv != Ckr.OK:
        raise RuntimeError(f"{name}: {found.rv:#x}")
    return found


def number(app: Pkcs11Application, name: str, **named: object) -> int:
    """Call a function whose result is a number."""
    return int(answer(app, name, **named).results[0])


def microseconds(step: Callable[[], object]) -> float:
    """Return the median of many calls."""
    times = []
    for _ in range(QUICK):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times)


def key_of(app: Pkcs11Application, session: int) -> int:
    """Find the authentication key."""
    template = (
        Attribute(int(Cka.CLASS), int(Cko.PRIVATE_KEY).to_bytes(8, "little")),
        Attribute(int(Cka.LABEL), b"CPS_PRIV_AUT"),
    )
    answer(app, "C_FindObjectsInit", session=session, template=template)
    found = (
        answer(app, "C_FindObjects", session=session, objects=OutputBuffer(2)).results[0].values[0]
    )
    answer(app, "C_FindObjectsFinal", session=session)
    return int(found)


def card_less(app: Pkcs11Application, session: int, key: int) -> None:
    """Measure calls that are answered from memory."""
    info = Call.build("C_GetSessionInfo", 1, session=session)
    report("PKCS#11 engine, C_GetSessionInfo", microseconds(lambda: app.answer(info)), "us")
    rooms = tuple(AttributeBuffer(int(cka), 512) for cka in (Cka.CLASS, Cka.ID, Cka.MODULUS))
    values = Call.build("C_GetAttributeValue", 1, session=session, object=key, template=rooms)
    report("PKCS#11 engine, three attributes", microseconds(lambda: app.answer(values)), "us")
    report("PKCS#11 engine, a search", microseconds(lambda: key_of(app, session)), "us")


def beside_the_card(name: str, image: str) -> None:
    """Measure a login and a signature through the engine, and the card alone, in turn."""
    readers = [MemoryReader("engine"), MemoryReader("card")]
    for reader in readers:
        reader.insert(read(image))
    context = MemoryContext(readers[0])
    engine = Pkcs11Engine(context)
    engine.changed(context.wait({}, 0))
    app = engine.attach(ApplicationInfo())
    session = number(app, "C_OpenSession", slot=0, flags=6)

    def login() -> None:
        answer(app, "C_Login", session=session, user=1, pin=Secret.of(TEST_PIN))

    def sign() -> None:
        answer(app, "C_SignInit", session=session, mechanism=RSA, key=key)
        answer(app, "C_Sign", session=session, data=INFO, signature=OutputBuffer(256))

    login()
    key = key_of(app, session)
    with open_card(readers[1]) as card:
        card.certificate(KeyUse.AUTHENTICATION)
        card.keep_pin(Secret.of(TEST_PIN))
        ours, alone = [], []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            sign()
            middle = time.perf_counter()
            card.authenticate(INFO)
            ours.append((middle - start) * 1000)
            alone.append((time.perf_counter() - middle) * 1000)
        median, peer = statistics.median(ours), statistics.median(alone)
        report(f"PKCS#11 engine, C_SignInit and C_Sign, {name}", median, "ms", "CpsCard", peer)
        added = statistics.median(item - other for item, other in zip(ours, alone, strict=True))
        report(f"PKCS#11 engine, added to a signature, {name}", added, "ms")
    if name == "CPS3":
        card_less(app, session, key)
    engine.close()


def main() -> None:
    """Measure both generations."""
    beside_the_card("CPS3", "cps3.json")
    beside_the_card("CPS4", "cps4.json")


if __name__ == "__main__":
    main()
