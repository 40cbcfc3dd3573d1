# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The one table of the functions of PKCS#11 2.40 and 3.0: arguments, directions, sizes.

From it come the C that marshals (``native/generate.py``), the codec of calls and replies
(`caducee.codec.pkcs11`), and the dispatch of the engine. Order and prototypes are those of the
standard's function lists (2.40 section 5, 3.0 section 5, header pkcs11f.h).
"""

from dataclasses import dataclass, field
from enum import Enum, auto, unique
from functools import cache
from typing import Final

from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.structures import Structure

__all__ = ["FUNCTIONS", "Argument", "Function", "Kind", "by_name", "by_number"]


@unique
class Kind(Enum):
    """What an argument is in C, which way it goes, and what it is in Python (in brackets)."""

    ULONG = auto()
    """CK_ULONG in [int]."""
    FLAG = auto()
    """CK_BBOOL in [bool]."""
    BYTES = auto()
    """CK_BYTE_PTR, CK_ULONG in; NULL with length 0 is empty [bytes]."""
    DATA = auto()
    """The same, where NULL differs from no bytes; the engine makes no bytes of it, or refuses it
    [bytes | None]."""
    OPTIONAL_BYTES = auto()
    """The same, where NULL says something of its own [bytes | None]."""
    PIN = auto()
    """The same for a PIN; NULL: the protected path asks for it; wiped [Secret | None]."""
    LABEL = auto()
    """CK_UTF8CHAR_PTR to 32 characters in [bytes]."""
    MECHANISM = auto()
    """CK_MECHANISM_PTR in; NULL ends an operation in 3.0 [Mechanism | None]."""
    TEMPLATE = auto()
    """CK_ATTRIBUTE_PTR, CK_ULONG in [tuple of Attribute]."""
    PARAMETER = auto()
    """void pointer, CK_ULONG of message functions: its length only, for it holds addresses of the
    caller, and no mechanism of ours takes one [int | None]."""
    ULONG_OUT = auto()
    """CK_ULONG_PTR out [int]."""
    STRUCTURE_OUT = auto()
    """Pointer to a structure out [the class of that name in the codec]."""
    BYTES_ROOM = auto()
    """CK_BYTE_PTR, CK_ULONG_PTR: room in [Room], bytes out [Filled]."""
    OPTIONAL_BYTES_ROOM = auto()
    """The same; without a pointer to the length nothing is wanted yet [Room | None]."""
    LIST_ROOM = auto()
    """CK_ULONG_PTR, CK_ULONG_PTR: room in [Room], numbers out [Listed]."""
    FOUND_ROOM = auto()
    """CK_ULONG_PTR, CK_ULONG, CK_ULONG_PTR: the same; never a query."""
    TEMPLATE_ROOM = auto()
    """CK_ATTRIBUTE_PTR, CK_ULONG: rooms in [tuple of AttributeBuffer], values out
    [tuple of AttributeOutput]."""
    RANDOM = auto()
    """CK_BYTE_PTR, CK_ULONG: how many bytes in [int], exactly as many out [bytes]."""
    APPLICATION = auto()
    """void pointer that callbacks would get; stays in the façade."""
    NOTIFY = auto()
    """CK_NOTIFY; stays in the façade."""
    RESERVED = auto()
    """void pointer that must be NULL; stays in the façade."""

    @property
    def goes_in(self) -> bool:
        """Whether a call carries something for it."""
        return self not in _OUT_ONLY and not self.stays

    @property
    def comes_out(self) -> bool:
        """Whether a reply carries something for it."""
        return self in _OUT_ONLY or self in _BOTH

    @property
    def stays(self) -> bool:
        """Whether it never crosses the wire."""
        return self in _STAYS


_OUT_ONLY = frozenset({Kind.ULONG_OUT, Kind.STRUCTURE_OUT})
_STAYS = frozenset({Kind.APPLICATION, Kind.NOTIFY, Kind.RESERVED})
_BOTH = frozenset(
    {
        Kind.BYTES_ROOM,
        Kind.OPTIONAL_BYTES_ROOM,
        Kind.LIST_ROOM,
        Kind.FOUND_ROOM,
        Kind.TEMPLATE_ROOM,
        Kind.RANDOM,
    }
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; the engine's methods take it by ``name``."""

    name: str
    kind: Kind
    too_long: Ckr = Ckr.ARGUMENTS_BAD
    """What the façade answers, without asking the daemon, to a length that no frame can carry."""
    structure: Structure | None = None
    """Of a `Kind.STRUCTURE_OUT`."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the standard."""

    name: str
    arguments: tuple[Argument, ...]
    number: int
    """Its place in the function list, from 1; what a CALL names it by."""
    since: tuple[int, int] = (2, 40)
    """The first version that has it here."""
    local: str | None = None
    """Parameters in C of a function that the façade answers by itself."""
    ins: tuple[Argument, ...] = field(init=False, repr=False, compare=False)
    """The arguments that a call carries, in order."""
    outs: tuple[Argument, ...] = field(init=False, repr=False, compare=False)
    """The arguments that a reply carries, in order."""

    def __post_init__(self) -> None:
        """Sort the arguments once: each call of each program needs them."""
        ins = tuple(argument for argument in self.arguments if argument.kind.goes_in)
        outs = tuple(argument for argument in self.arguments if argument.kind.comes_out)
        object.__setattr__(self, "ins", ins)
        object.__setattr__(self, "outs", outs)


def _numbers(*names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name, Kind.ULONG) for name in names)


def _bytes(name: str, too_long: Ckr = Ckr.DATA_LEN_RANGE) -> Argument:
    return Argument(name, Kind.BYTES, too_long)


def _data(name: str, too_long: Ckr = Ckr.DATA_LEN_RANGE) -> Argument:
    return Argument(name, Kind.DATA, too_long)


def _pin(name: str, too_long: Ckr = Ckr.PIN_LEN_RANGE) -> Argument:
    return Argument(name, Kind.PIN, too_long)


def _room(name: str) -> Argument:
    return Argument(name, Kind.BYTES_ROOM)


def _structure(structure: Structure) -> Argument:
    return Argument("info", Kind.STRUCTURE_OUT, structure=structure)


def _template(name: str = "template") -> Argument:
    return Argument(name, Kind.TEMPLATE)


_SLOT, _SESSION, _OBJECT, _KEY, _FLAGS = _numbers("slot", "session", "object", "key", "flags")
_MECHANISM = Argument("mechanism", Kind.MECHANISM)
_PARAMETER = Argument("parameter", Kind.PARAMETER)
_DATA, _PART = _bytes("data"), _bytes("part")
_CIPHERTEXT = _bytes("ciphertext", Ckr.ENCRYPTED_DATA_LEN_RANGE)
_SIGNATURE = _bytes("signature", Ckr.SIGNATURE_LEN_RANGE)
_OBJECT_OUT = Argument("object", Kind.ULONG_OUT)
_KEY_OUT = Argument("key", Kind.ULONG_OUT)
_RESERVED = Argument("reserved", Kind.RESERVED)

_Row = tuple[str, tuple[Argument, ...]]

_V2_40: Final[tuple[_Row, ...]] = (
    ("C_Initialize", ()),
    ("C_Finalize", (_RESERVED,)),
    ("C_GetInfo", (_structure(Structure.CK_INFO),)),
    ("C_GetFunctionList", ()),
    (
        "C_GetSlotList",
        (Argument("token_present", Kind.FLAG), Argument("slots", Kind.LIST_ROOM)),
    ),
    ("C_GetSlotInfo", (_SLOT, _structure(Structure.CK_SLOT_INFO))),
    ("C_GetTokenInfo", (_SLOT, _structure(Structure.CK_TOKEN_INFO))),
    ("C_GetMechanismList", (_SLOT, Argument("mechanisms", Kind.LIST_ROOM))),
    (
        "C_GetMechanismInfo",
        (_SLOT, *_numbers("mechanism"), _structure(Structure.CK_MECHANISM_INFO)),
    ),
    (
        "C_InitToken",
        (_SLOT, _pin("pin", Ckr.PIN_INCORRECT), Argument("label", Kind.LABEL)),
    ),
    ("C_InitPIN", (_SESSION, _pin("pin"))),
    ("C_SetPIN", (_SESSION, _pin("old_pin"), _pin("new_pin"))),
    (
        "C_OpenSession",
        (
            _SLOT,
            _FLAGS,
            Argument("application", Kind.APPLICATION),
            Argument("notify", Kind.NOTIFY),
            Argument("session", Kind.ULONG_OUT),
        ),
    ),
    ("C_CloseSession", (_SESSION,)),
    ("C_CloseAllSessions", (_SLOT,)),
    ("C_GetSessionInfo", (_SESSION, _structure(Structure.CK_SESSION_INFO))),
    ("C_GetOperationState", (_SESSION, _room("state"))),
    (
        "C_SetOperationState",
        (
            _SESSION,
            _bytes("state", Ckr.SAVED_STATE_INVALID),
            *_numbers("encryption_key", "authentication_key"),
        ),
    ),
    ("C_Login", (_SESSION, *_numbers("user"), _pin("pin", Ckr.PIN_INCORRECT))),
    ("C_Logout", (_SESSION,)),
    ("C_CreateObject", (_SESSION, _template(), _OBJECT_OUT)),
    ("C_CopyObject", (_SESSION, _OBJECT, _template(), Argument("copy", Kind.ULONG_OUT))),
    ("C_DestroyObject", (_SESSION, _OBJECT)),
    ("C_GetObjectSize", (_SESSION, _OBJECT, Argument("size", Kind.ULONG_OUT))),
    ("C_GetAttributeValue", (_SESSION, _OBJECT, Argument("template", Kind.TEMPLATE_ROOM))),
    ("C_SetAttributeValue", (_SESSION, _OBJECT, _template())),
    ("C_FindObjectsInit", (_SESSION, _template())),
    ("C_FindObjects", (_SESSION, Argument("objects", Kind.FOUND_ROOM))),
    ("C_FindObjectsFinal", (_SESSION,)),
    ("C_EncryptInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_Encrypt", (_SESSION, _data("data"), _room("ciphertext"))),
    ("C_EncryptUpdate", (_SESSION, _PART, _room("ciphertext"))),
    ("C_EncryptFinal", (_SESSION, _room("ciphertext"))),
    ("C_DecryptInit", (_SESSION, _MECHANISM, _KEY)),
    (
        "C_Decrypt",
        (_SESSION, _data("ciphertext", Ckr.ENCRYPTED_DATA_LEN_RANGE), _room("data")),
    ),
    ("C_DecryptUpdate", (_SESSION, _CIPHERTEXT, _room("part"))),
    ("C_DecryptFinal", (_SESSION, _room("part"))),
    ("C_DigestInit", (_SESSION, _MECHANISM)),
    ("C_Digest", (_SESSION, _DATA, _room("digest"))),
    ("C_DigestUpdate", (_SESSION, _PART)),
    ("C_DigestKey", (_SESSION, _KEY)),
    ("C_DigestFinal", (_SESSION, _room("digest"))),
    ("C_SignInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_Sign", (_SESSION, _data("data"), _room("signature"))),
    ("C_SignUpdate", (_SESSION, _data("part"))),
    ("C_SignFinal", (_SESSION, _room("signature"))),
    ("C_SignRecoverInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_SignRecover", (_SESSION, _DATA, _room("signature"))),
    ("C_VerifyInit", (_SESSION, _MECHANISM, _KEY)),
    (
        "C_Verify",
        (_SESSION, _data("data"), _data("signature", Ckr.SIGNATURE_LEN_RANGE)),
    ),
    ("C_VerifyUpdate", (_SESSION, _PART)),
    ("C_VerifyFinal", (_SESSION, _SIGNATURE)),
    ("C_VerifyRecoverInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_VerifyRecover", (_SESSION, _SIGNATURE, _room("data"))),
    ("C_DigestEncryptUpdate", (_SESSION, _PART, _room("ciphertext"))),
    ("C_DecryptDigestUpdate", (_SESSION, _CIPHERTEXT, _room("part"))),
    ("C_SignEncryptUpdate", (_SESSION, _PART, _room("ciphertext"))),
    ("C_DecryptVerifyUpdate", (_SESSION, _CIPHERTEXT, _room("part"))),
    ("C_GenerateKey", (_SESSION, _MECHANISM, _template(), _KEY_OUT)),
    (
        "C_GenerateKeyPair",
        (
            _SESSION,
            _MECHANISM,
            _template("public_template"),
            _template("private_template"),
            Argument("public_key", Kind.ULONG_OUT),
            Argument("private_key", Kind.ULONG_OUT),
        ),
    ),
    ("C_WrapKey", (_SESSION, _MECHANISM, *_numbers("wrapping_key"), _KEY, _room("wrapped"))),
    (
        "C_UnwrapKey",
        (
            _SESSION,
            _MECHANISM,
            *_numbers("unwrapping_key"),
            _bytes("wrapped", Ckr.WRAPPED_KEY_LEN_RANGE),
            _template(),
            _KEY_OUT,
        ),
    ),
    (
        "C_DeriveKey",
        (_SESSION, _MECHANISM, *_numbers("base_key"), _template(), _KEY_OUT),
    ),
    ("C_SeedRandom", (_SESSION, _bytes("seed"))),
    ("C_GenerateRandom", (_SESSION, Argument("random", Kind.RANDOM))),
    ("C_GetFunctionStatus", (_SESSION,)),
    ("C_CancelFunction", (_SESSION,)),
    ("C_WaitForSlotEvent", (_FLAGS, Argument("slot", Kind.ULONG_OUT), _RESERVED)),
)

_ASSOCIATED, _PLAINTEXT = _bytes("associated_data"), _bytes("plaintext")
_MESSAGE = (_SESSION, _PARAMETER)

_V3_0: Final[tuple[_Row, ...]] = (
    ("C_GetInterfaceList", ()),
    ("C_GetInterface", ()),
    (
        "C_LoginUser",
        (
            _SESSION,
            *_numbers("user"),
            _pin("pin", Ckr.PIN_INCORRECT),
            Argument("username", Kind.OPTIONAL_BYTES),
        ),
    ),
    ("C_SessionCancel", (_SESSION, _FLAGS)),
    ("C_MessageEncryptInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_EncryptMessage", (*_MESSAGE, _ASSOCIATED, _PLAINTEXT, _room("ciphertext"))),
    ("C_EncryptMessageBegin", (*_MESSAGE, _ASSOCIATED)),
    ("C_EncryptMessageNext", (*_MESSAGE, _PLAINTEXT, _room("ciphertext"), _FLAGS)),
    ("C_MessageEncryptFinal", (_SESSION,)),
    ("C_MessageDecryptInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_DecryptMessage", (*_MESSAGE, _ASSOCIATED, _CIPHERTEXT, _room("plaintext"))),
    ("C_DecryptMessageBegin", (*_MESSAGE, _ASSOCIATED)),
    ("C_DecryptMessageNext", (*_MESSAGE, _CIPHERTEXT, _room("plaintext"), _FLAGS)),
    ("C_MessageDecryptFinal", (_SESSION,)),
    ("C_MessageSignInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_SignMessage", (*_MESSAGE, _DATA, _room("signature"))),
    ("C_SignMessageBegin", _MESSAGE),
    (
        "C_SignMessageNext",
        (*_MESSAGE, _DATA, Argument("signature", Kind.OPTIONAL_BYTES_ROOM)),
    ),
    ("C_MessageSignFinal", (_SESSION,)),
    ("C_MessageVerifyInit", (_SESSION, _MECHANISM, _KEY)),
    ("C_VerifyMessage", (*_MESSAGE, _DATA, _SIGNATURE)),
    ("C_VerifyMessageBegin", _MESSAGE),
    (
        "C_VerifyMessageNext",
        (*_MESSAGE, _DATA, Argument("signature", Kind.OPTIONAL_BYTES, Ckr.SIGNATURE_LEN_RANGE)),
    ),
    ("C_MessageVerifyFinal", (_SESSION,)),
)

_LOCAL: Final = {
    "C_Initialize": "void *arguments",
    "C_GetFunctionList": "CK_FUNCTION_LIST **list",
    "C_GetInterfaceList": "CK_INTERFACE *interfaces, CK_ULONG *count",
    "C_GetInterface": (
        "CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface, CK_FLAGS flags"
    ),
}


def _numbered() -> tuple[Function, ...]:
    rows = [(name, arguments, (2, 40)) for name, arguments in _V2_40]
    rows += [(name, arguments, (3, 0)) for name, arguments in _V3_0]
    return tuple(
        Function(name, arguments, number, since, _LOCAL.get(name))
        for number, (name, arguments, since) in enumerate(rows, 1)
    )


FUNCTIONS: Final = _numbered()
"""Every function, in the order of the function lists."""


@cache
def _by_number() -> dict[int, Function]:
    return {function.number: function for function in FUNCTIONS}


@cache
def _by_name() -> dict[str, Function]:
    return {function.name: function for function in FUNCTIONS}


def by_number(number: int) -> Function | None:
    """Return the function that a CALL names so, None for a number that no function has."""
    return _by_number().get(number)


def by_name(name: str) -> Function:
    """Return a function by its name in C; a wrong name is a fault of ours (``LookupError``)."""
    return _by_name()[name]
