# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A program that asks a PKCS#11 module one question after the other and notes the answers.

``python -m tests.interop.answers MODULE GROUP`` prints a JSON list for each question: it, and
the answer. A group is a process of its own: a module that dies loses one group alone. Answers
are names of CKR, with what came out where that matters.
"""

import ctypes
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from ctypes import addressof, byref, c_ulong, sizeof
from typing import Any

from tests.unit.native.facade import (
    CAttribute,
    CInitialize,
    CMechanism,
    CVersion,
    _prototype,
    c_structure,
)

from caducee.spec.pkcs11 import Cka, Ckm, Cko, Ckr, Cku
from caducee.spec.pkcs11.functions import FUNCTIONS
from caducee.spec.pkcs11.structures import Structure

DIGEST = hashlib.sha256(b"text").digest()
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + DIGEST
NOWHERE = 0x7FFF_FFF0
UNKNOWN = Ckm.AES_CBC


class _Functions(ctypes.Structure):
    _fields_ = (
        ("version", CVersion),
        *((item.name, _prototype(item)) for item in FUNCTIONS if item.since == (2, 40)),
    )


def name_of(rv: int) -> str:
    """Return the name of a code."""
    return Ckr(rv).name if rv in set(Ckr) else hex(rv)


class Module:
    """A module, its first token, and a session there."""

    def __init__(self, path: str) -> None:
        found = ctypes.POINTER(_Functions)()
        assert ctypes.CDLL(path).C_GetFunctionList(byref(found)) == 0
        self.functions = found.contents
        self.session = 0
        self.slot = 0
        self._kept: list[Any] = []

    def __getattr__(self, name: str) -> Callable[..., str]:
        function = getattr(self.functions, name)
        return lambda *arguments: name_of(function(*arguments))

    def begin(self) -> None:
        """Initialise and find the token."""
        assert self.C_Initialize(None) == "OK"
        slots, count = (c_ulong * 16)(), c_ulong(16)
        assert self.C_GetSlotList(1, addressof(slots), addressof(count)) == "OK"
        self.slot = slots[0]

    def open(self, *, login: bool = True) -> None:
        """Begin anew with one session, logged in."""
        self.C_CloseAllSessions(self.slot)
        session = c_ulong()
        assert self.C_OpenSession(self.slot, 6, None, None, addressof(session)) == "OK"
        self.session = session.value
        if login:
            self.C_Login(self.session, Cku.USER, self.keep(b"1234"), 4)

    def keep(self, data: bytes) -> int:
        """Return the address of bytes."""
        place = ctypes.create_string_buffer(data, len(data) or 1)
        self._kept.append(place)
        return addressof(place)

    def mechanism(self, number: int, parameter: bytes = b"") -> int:
        """Return the address of a mechanism."""
        place = self.keep(parameter) if parameter else None
        made = CMechanism(number, place, len(parameter))
        self._kept.append(made)
        return addressof(made)

    def find(self, **values: int | bytes) -> list[int]:
        """Return the handles of all objects with such attributes, as they come."""
        rows = []
        for name, value in values.items():
            raw = value if isinstance(value, bytes) else bytes(c_ulong(value))
            rows.append(CAttribute(Cka[name], self.keep(raw), len(raw)))
        template = (CAttribute * len(rows))(*rows)
        assert self.C_FindObjectsInit(self.session, addressof(template), len(rows)) == "OK"
        found, count = (c_ulong * 100)(), c_ulong()
        assert self.C_FindObjects(self.session, addressof(found), 100, addressof(count)) == "OK"
        self.C_FindObjectsFinal(self.session)
        return list(found[: count.value])

    def attribute(self, handle: int, number: int) -> tuple[str, bytes | None]:
        """Return the code and the value of an attribute."""
        place = ctypes.create_string_buffer(5000)
        row = CAttribute(number, addressof(place), len(place))
        rv = self.C_GetAttributeValue(self.session, handle, addressof(row), 1)
        return rv, place.raw[: row.length] if row.length <= len(place) else None

    def key(self, kind: Cko, at: int) -> int:
        """Return a key: 0 for signature, 1 for authentication, by the end of CKA_ID."""
        keys = self.find(CLASS=kind)
        return sorted(keys, key=lambda item: self.attribute(item, Cka.ID)[1] or b"")[at]

    def out(self, name: str, *arguments: Any, room: int | None = 256) -> str:
        """Call a function that gives bytes; return the code and how many bytes."""
        size = c_ulong(room or 0)
        place = ctypes.create_string_buffer(room or 1)
        where = None if room is None else addressof(place)
        rv = getattr(self, name)(self.session, *arguments, where, addressof(size))
        self.made = place.raw[: min(size.value, len(place))]
        return f"{rv} {size.value}" if rv in ("OK", "BUFFER_TOO_SMALL") else rv

    def data(self, data: bytes | None, length: int | None = None) -> tuple[int | None, int]:
        """Return the two arguments of data."""
        given = None if data is None else self.keep(data)
        return given, len(data or b"") if length is None else length


type Answers = Iterator[tuple[str, str]]

_KEYS = {
    "C_SignInit": (Cko.PRIVATE_KEY, Cko.PUBLIC_KEY),
    "C_VerifyInit": (Cko.PUBLIC_KEY, Cko.PRIVATE_KEY),
    "C_EncryptInit": (Cko.PUBLIC_KEY, Cko.PRIVATE_KEY),
    "C_DecryptInit": (Cko.PRIVATE_KEY, Cko.PUBLIC_KEY),
}


def _agree(place: int | None) -> int:
    """Return CKR_OK, as a function for locks that does nothing."""
    return 0


def initialize(module: Module) -> Answers:
    """C_Initialize with every form of mutex callbacks."""
    module.C_Initialize(None)
    yield "a second time", module.C_Initialize(None)
    yield "end with a pointer", module.C_Finalize(module.keep(b"x"))
    yield "end", module.C_Finalize(None)
    yield "end once more", module.C_Finalize(None)
    given = CInitialize(flags=0, reserved=module.keep(b"dataByThread\0"))
    yield "reserved", module.C_Initialize(addressof(given))
    module.C_Finalize(None)
    made = [ctypes.CFUNCTYPE(c_ulong, ctypes.c_void_p)(_agree) for _ in range(4)]
    addresses = [ctypes.cast(item, ctypes.c_void_p).value for item in made]
    for text, callbacks, flags in (
        ("no callbacks", 0, 0),
        ("no callbacks, CKF_OS_LOCKING_OK", 0, 2),
        ("four callbacks, CKF_OS_LOCKING_OK", 4, 2),
        ("four callbacks", 4, 0),
        ("one callback", 1, 0),
        ("one callback, CKF_OS_LOCKING_OK", 1, 2),
    ):
        given = CInitialize(*addresses[:callbacks], *[None] * (4 - callbacks), flags, None)
        yield text, module.C_Initialize(addressof(given))
        module.C_Finalize(None)


def order(module: Module) -> Answers:
    """What is judged first, for each function that takes a mechanism and a key."""
    module.begin()
    module.open()
    good, bad = module.mechanism(Ckm.RSA_PKCS), module.mechanism(UNKNOWN)
    digest = module.mechanism(Ckm.SHA256)
    certificate = module.find(CLASS=Cko.CERTIFICATE)[0]
    data = module.find(CLASS=Cko.DATA)[0]
    for name, (right, wrong) in _KEYS.items():
        call = getattr(module, name)
        keys = {
            "authentication key": module.key(right, -1),
            "signature key": module.key(right, 0),
            "other half": module.key(wrong, -1),
            "certificate": certificate,
            "data": data,
            "no object": NOWHERE,
        }
        yield f"{name} no session, bad mechanism, no object", call(NOWHERE, bad, NOWHERE)
        for key, handle in keys.items():
            for text, mechanism in (("good", good), ("bad", bad), ("digest", digest)):
                module.open()
                yield f"{name} {text} mechanism, {key}", call(module.session, mechanism, handle)
        module.open()
        call(module.session, good, keys["authentication key"])
        yield f"{name} active, good", call(module.session, good, keys["authentication key"])
        yield f"{name} active, no object", call(module.session, good, NOWHERE)
        yield f"{name} active, bad mechanism", call(module.session, bad, keys["authentication key"])
    for text, session, mechanism in (
        ("no session, bad mechanism", NOWHERE, bad),
        ("bad mechanism", module.session, bad),
        ("mechanism of signatures", module.session, good),
    ):
        yield f"C_DigestInit {text}", module.C_DigestInit(session, mechanism)
    module.C_DigestInit(module.session, digest)
    yield "C_DigestInit active", module.C_DigestInit(module.session, digest)
    yield "C_DigestInit active, bad mechanism", module.C_DigestInit(module.session, bad)


def parameters(module: Module) -> Answers:
    """A parameter where the mechanism has none, and each mechanism with each key."""
    module.begin()
    for name, (right, _) in _KEYS.items():
        module.open()
        mechanism = module.mechanism(Ckm.RSA_PKCS, b"12345")
        key = module.key(right, -1)
        yield f"{name} parameter", getattr(module, name)(module.session, mechanism, key)
    module.open()
    mechanism = module.mechanism(Ckm.SHA256, b"12345")
    yield "C_DigestInit parameter", module.C_DigestInit(module.session, mechanism)
    hashed = (Ckm.SHA1_RSA_PKCS, Ckm.SHA256_RSA_PKCS, Ckm.RSA_X_509, Ckm.MD5_RSA_PKCS)
    pss = (Ckm.RSA_PKCS_PSS, Ckm.SHA256_RSA_PKCS_PSS)
    for name, (right, _) in _KEYS.items():
        for text, at in (("signature key", 0), ("authentication key", -1)):
            for number in (*hashed, *pss):
                module.open()
                pss_given = bytes((c_ulong * 3)(Ckm.SHA256, 2, 32)) if number in pss else b""
                mechanism, handle = module.mechanism(number, pss_given), module.key(right, at)
                rv = getattr(module, name)(module.session, mechanism, handle)
                yield f"{name} {Ckm(number).name}, {text}", rv
    for text, parameter in (("no", b""), ("short", bytes(5)), ("long", bytes(40))):
        module.open()
        mechanism = module.mechanism(Ckm.RSA_PKCS_PSS, parameter)
        key = module.key(Cko.PRIVATE_KEY, 0)
        yield f"C_SignInit PSS, {text} parameter", module.C_SignInit(module.session, mechanism, key)


def sign(module: Module) -> Answers:
    """Signatures: NULL, short room, wrong lengths, and whether the operation goes on."""
    module.begin()
    for name, at in (("signature", 0), ("authentication", -1)):

        def begin(at: int = at) -> None:
            module.open()
            key = module.key(Cko.PRIVATE_KEY, at)
            assert module.C_SignInit(module.session, module.mechanism(Ckm.RSA_PKCS), key) == "OK"

        good = module.data(DIGEST_INFO)
        first: dict[str, Callable[[], str]] = {
            "NULL data": lambda: module.out("C_Sign", *module.data(None, 51)),
            "NULL data of no length": lambda: module.out("C_Sign", *module.data(None, 0)),
            "no data": lambda: module.out("C_Sign", *module.data(b"")),
            "length asked": lambda: module.out("C_Sign", *module.data(DIGEST_INFO), room=None),
            "length asked of NULL data": lambda: module.out(
                "C_Sign", *module.data(None, 0), room=None
            ),
            "short room": lambda: module.out("C_Sign", *module.data(DIGEST_INFO), room=10),
            "NULL length": lambda: module.C_Sign(
                module.session, *module.data(DIGEST_INFO), None, None
            ),
            "5 bytes": lambda: module.out("C_Sign", *module.data(bytes(5))),
            "20 bytes": lambda: module.out("C_Sign", *module.data(bytes(20))),
            "32 bytes": lambda: module.out("C_Sign", *module.data(bytes(32))),
            "103 bytes": lambda: module.out("C_Sign", *module.data(bytes(103))),
            "246 bytes": lambda: module.out("C_Sign", *module.data(bytes(246))),
            "300 bytes": lambda: module.out("C_Sign", *module.data(bytes(300))),
            "update of NULL": lambda: module.C_SignUpdate(module.session, *module.data(None, 5)),
            "update of NULL of no length": lambda: module.C_SignUpdate(
                module.session, *module.data(None, 0)
            ),
            "update": lambda: module.C_SignUpdate(module.session, *module.data(DIGEST_INFO)),
            "end": lambda: module.out("C_SignFinal"),
        }
        for text, call in first.items():
            begin()
            yield f"{name} key, {text}", call()
            yield f"{name} key, {text}, then data", module.out("C_Sign", *good)
        begin()
        module.C_SignUpdate(module.session, *good)
        yield f"{name} key, end with short room", module.out("C_SignFinal", room=10)
        yield f"{name} key, end with short room, then end", module.out("C_SignFinal")
        module.open()
        yield f"{name} key, not begun", module.out("C_Sign", *good)
    for name, at in (("signature", 0), ("authentication", -1)):
        for number, data in ((Ckm.SHA256_RSA_PKCS, b"text"), (Ckm.RSA_X_509, bytes(255) + b"x")):
            module.open()
            mechanism, key = module.mechanism(number), module.key(Cko.PRIVATE_KEY, at)
            begun = module.C_SignInit(module.session, mechanism, key)
            yield (
                f"{name} key, {number.name}",
                f"{begun}, {module.out('C_Sign', *module.data(data))}",
            )
    module.open()
    key = module.key(Cko.PRIVATE_KEY, -1)
    module.C_Logout(module.session)
    rsa = module.mechanism(Ckm.RSA_PKCS)
    yield "C_SignInit after logout", module.C_SignInit(module.session, rsa, key)
    yield "C_Sign after logout", module.out("C_Sign", *module.data(DIGEST_INFO))


def digest(module: Module) -> Answers:
    """Digests, the same way; where a pointer is NULL the issuer's module dies."""
    module.begin()
    good = module.data(b"text")
    first: dict[str, Callable[[], str]] = {
        "NULL data of no length": lambda: module.out("C_Digest", *module.data(None, 0)),
        "no data": lambda: module.out("C_Digest", *module.data(b"")),
        "length asked": lambda: module.out("C_Digest", *good, room=None),
        "short room": lambda: module.out("C_Digest", *good, room=10),
        "update": lambda: module.C_DigestUpdate(module.session, *good),
        "end": lambda: module.out("C_DigestFinal"),
        "end with short room": lambda: module.out("C_DigestFinal", room=10),
    }
    for text, call in first.items():
        for then, name, arguments in (("data", "C_Digest", good), ("end", "C_DigestFinal", ())):
            module.open(login=False)
            assert module.C_DigestInit(module.session, module.mechanism(Ckm.SHA256)) == "OK"
            yield text, call()
            yield f"{text}, then {then}", module.out(name, *arguments)
    module.open(login=False)
    yield "not begun", module.out("C_Digest", *good)


def verify(module: Module) -> Answers:
    """Verification, the same way."""
    module.begin()
    module.open()
    key = module.key(Cko.PRIVATE_KEY, 0)
    module.C_SignInit(module.session, module.mechanism(Ckm.SHA256_RSA_PKCS), key)
    hashes = module.out("C_Sign", *module.data(b"text")) == "OK 256"
    hashed = module.made
    module.C_SignInit(module.session, module.mechanism(Ckm.RSA_PKCS), key)
    assert module.out("C_Sign", *module.data(DIGEST_INFO)) == "OK 256"
    for mechanism, good, made in (
        (Ckm.SHA256_RSA_PKCS, b"text", hashed),
        (Ckm.RSA_PKCS, DIGEST_INFO, module.made),
    ):
        if mechanism is Ckm.SHA256_RSA_PKCS and not hashes:
            continue  # without contacts
        spoiled = made[:-1] + bytes([made[-1] ^ 1])
        for text, data, signature in (
            ("good", module.data(good), module.data(made)),
            ("NULL data", module.data(None, 5), module.data(made)),
            ("NULL data of no length", module.data(None, 0), module.data(made)),
            ("NULL signature", module.data(good), module.data(None, 256)),
            ("NULL signature of no length", module.data(good), module.data(None, 0)),
            ("other data", module.data(good[:-1] + b"!"), module.data(made)),
            ("spoiled signature", module.data(good), module.data(spoiled)),
            ("short signature", module.data(good), module.data(made[:10])),
            ("long signature", module.data(good), module.data(made + b"x")),
            ("5 bytes", module.data(bytes(5)), module.data(made)),
            ("5 bytes, short signature", module.data(bytes(5)), module.data(made[:10])),
            ("300 bytes", module.data(bytes(300)), module.data(made)),
            ("300 bytes, short signature", module.data(bytes(300)), module.data(made[:10])),
        ):
            module.open()
            public = module.key(Cko.PUBLIC_KEY, 0)
            begun = module.C_VerifyInit(module.session, module.mechanism(mechanism), public)
            assert begun == "OK"
            name = f"{mechanism.name} {text}"
            yield name, module.C_Verify(module.session, *data, *signature)
            last = module.C_Verify(module.session, *module.data(good), *module.data(made))
            yield f"{name}, then good", last


def cipher(module: Module) -> Answers:
    """Encryption and decryption, the same way."""
    module.begin()

    def begin(name: str, kind: Cko) -> str:
        module.open()
        rsa, key = module.mechanism(Ckm.RSA_PKCS), module.key(kind, -1)
        return str(getattr(module, name)(module.session, rsa, key))

    yield "C_EncryptInit", begin("C_EncryptInit", Cko.PUBLIC_KEY)
    yield "C_Encrypt", module.out("C_Encrypt", *module.data(b"secret"))
    secret = module.made
    for name, kind, good in (
        ("C_Encrypt", Cko.PUBLIC_KEY, b"secret"),
        ("C_Decrypt", Cko.PRIVATE_KEY, secret),
    ):
        for text, data, room in (
            ("NULL data", module.data(None, len(good)), 256),
            ("NULL data of no length", module.data(None, 0), 256),
            ("no data", module.data(b""), 256),
            ("length asked", module.data(good), None),
            ("short room", module.data(good), 3),
            ("5 bytes", module.data(bytes(5)), 256),
            ("246 bytes", module.data(bytes(246)), 256),
            ("256 bytes", module.data(bytes(256)), 256),
            ("300 bytes", module.data(bytes(300)), 256),
        ):
            begin(f"{name}Init", kind)
            yield f"{name} {text}", module.out(name, *data, room=room)
            yield f"{name} {text}, then good", module.out(name, *module.data(good))
        module.open()
        yield f"{name} not begun", module.out(name, *module.data(good))


_ATTRIBUTES = (
    "CLASS TOKEN PRIVATE MODIFIABLE COPYABLE DESTROYABLE LABEL ID APPLICATION OBJECT_ID "
    "KEY_TYPE SUBJECT ISSUER SERIAL_NUMBER CERTIFICATE_TYPE CERTIFICATE_CATEGORY TRUSTED "
    "START_DATE END_DATE DERIVE LOCAL KEY_GEN_MECHANISM ALLOWED_MECHANISMS ENCRYPT DECRYPT SIGN "
    "SIGN_RECOVER VERIFY VERIFY_RECOVER WRAP UNWRAP SENSITIVE EXTRACTABLE ALWAYS_SENSITIVE "
    "NEVER_EXTRACTABLE MODULUS MODULUS_BITS PUBLIC_EXPONENT PRIVATE_EXPONENT VALUE "
    "ALWAYS_AUTHENTICATE WRAP_WITH_TRUSTED CHECK_VALUE URL"
).split()


def _text(module: Module, handle: int) -> str:
    kind = int.from_bytes(module.attribute(handle, Cka.CLASS)[1] or b"", "little")
    label = (module.attribute(handle, Cka.LABEL)[1] or b"").decode(errors="replace")
    return f"{Cko(kind).name} {label}"


def objects(module: Module) -> Answers:
    """Objects in their order, and every attribute of each."""
    module.begin()
    module.open(login=False)
    for at, handle in enumerate(module.find()):
        yield f"before login {at:02}", _text(module, handle)
    module.open()
    found = module.find()
    for at, handle in enumerate(found):
        yield f"object {at:02}", _text(module, handle)
    for kind in (Cko.CERTIFICATE, Cko.PUBLIC_KEY, Cko.PRIVATE_KEY, Cko.DATA):
        for at, handle in enumerate(module.find(CLASS=kind)):
            yield f"class {at:02} {kind.name}", _text(module, handle)
    for handle in found:
        name = _text(module, handle)
        for attribute in _ATTRIBUTES:
            rv, value = module.attribute(handle, Cka[attribute])
            if value is None or rv != "OK":
                text = rv
            elif len(value) > 32:
                text = f"{len(value)} {hashlib.sha256(value).hexdigest()[:16]}"
            else:
                text = value.hex() or "empty"
            yield f"{name}, {attribute}", text


def token(module: Module) -> Answers:
    """What is said of module, slot, token and mechanisms."""
    module.begin()
    for name, structure, arguments in (
        ("C_GetInfo", Structure.CK_INFO, ()),
        ("C_GetSlotInfo", Structure.CK_SLOT_INFO, (module.slot,)),
        ("C_GetTokenInfo", Structure.CK_TOKEN_INFO, (module.slot,)),
    ):
        place = c_structure(structure)()
        yield name, getattr(module, name)(*arguments, addressof(place))
        for field, *_ in place._fields_:
            value = getattr(place, field)
            if field == "description" and structure is Structure.CK_SLOT_INFO:
                continue  # the name of the reader
            if isinstance(value, CVersion):
                yield f"{name} {field}", f"{value.major}.{value.minor}"
            elif isinstance(value, int):
                yield f"{name} {field}", hex(value)
            else:
                yield f"{name} {field}", bytes(value).decode("latin-1")
    numbers, count = (c_ulong * 64)(), c_ulong(64)
    yield (
        "C_GetMechanismList",
        module.C_GetMechanismList(module.slot, addressof(numbers), addressof(count)),
    )
    for at in range(count.value):
        place = c_structure(Structure.CK_MECHANISM_INFO)()
        rv = module.C_GetMechanismInfo(module.slot, numbers[at], addressof(place))
        text = f"{rv} {place.min_key} {place.max_key} {place.flags:#x}"
        yield f"mechanism {at} {Ckm(numbers[at]).name}", text
    yield (
        "C_GetMechanismInfo unknown",
        module.C_GetMechanismInfo(
            module.slot, UNKNOWN, addressof(c_structure(Structure.CK_MECHANISM_INFO)())
        ),
    )


GROUPS: dict[str, Callable[[Module], Answers]] = {
    item.__name__: item
    for item in (initialize, order, parameters, sign, digest, verify, cipher, objects, token)
}


def main(path: str, group: str) -> None:
    """Ask, and print the answers."""
    for question, answer in GROUPS[group](Module(path)):
        print(json.dumps([question, answer]), flush=True)


assert sizeof(c_ulong) == 8  # the modules that are compared are of Linux on 64 bits

if __name__ == "__main__":
    main(*sys.argv[1:3])
