# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The wire between a façade (native code in another program) and the daemon of its user.

A stream of frames, both ways; every number is little endian::

    u32 length of what follows, at most 16 MiB     (`caducee.spec.pkcs11.wire`)
    u8  kind
    u32 code
    …   payload

====== ======== ================== ============================== ================================
kind   name     from               code                           payload
====== ======== ================== ============================== ================================
1      HELLO    façade, once,      version of the wire            `Hello`: u8 sizeof(CK_ULONG),
                first                                             16 bytes application, u64 pid,
                                                                  u64 flags and u8 "reserved is not
                                                                  NULL" of C_Initialize, token
2      WELCOME  daemon             CKR of C_Initialize            u32 version of the wire
3      CALL     façade             number of the function         u64 trace, arguments (`Call`)
4      REPLY    daemon             CKR of the function            results (`Reply`)
5      LEND     daemon, in a call  what (`Lending`)               command APDU
6      LENT     façade             CKR                            response APDU; empty unless CKR_OK
7      WORKING  daemon, in a call  0                              empty
====== ======== ================== ============================== ================================

A program of the desktop (`caducee.spec.pkcs11.wire.DesktopKind`) sends LOG_OUT (64) as the only
frame of its connection, without HELLO, and gets LOGGED_OUT (65), whose code is the number of logins
that were ended.

**A connection** carries one call at a time: CALL, then any number of LEND (each answered by LENT at
once) and WORKING, then REPLY. A process has a pool of at most 64 connections, plus one for each
blocking C_WaitForSlotEvent (at most 16). All bear the same application id, chosen at random by
C_Initialize, so that a new C_Initialize, or the child of a fork, is another application. There is
no CALL for C_Initialize: a HELLO is it, also towards a daemon that was started anew in the meantime
(handles of the old one mean nothing to it, so let them not be small numbers again). The CALL of
C_Finalize ends the application; so does the end of its last connection.

**Silence.** A daemon whose answer takes longer sends WORKING every 2 seconds; a façade that hears
nothing for 10 seconds takes it for dead, closes the connection, and answers CKR_DEVICE_ERROR. It
never sends a CALL twice. HELLO is answered at once. A CALL whose payload cannot be read is answered
by REPLY with CKR_ARGUMENTS_BAD, an unknown function by CKR_FUNCTION_NOT_SUPPORTED; anything else
that is not in this table ends the connection.

**Arguments and results** stand in the order of the function's row in
`caducee.spec.pkcs11.functions`, each as its kind says. ``bytes`` are u32 length and the bytes.

==================== =========================================== =================================
kind                 in a CALL                                   in a REPLY
==================== =========================================== =================================
ULONG                u64                                         –
FLAG                 u8, 0 or 1                                  –
BYTES, LABEL         bytes (LABEL: always 32)                    –
OPTIONAL_BYTES, PIN  u8 present, bytes if so                     –
MECHANISM            u8 present, if so: u64 type, u8 form, then  –
                     nothing (0), unread: u64 length (1), PSS:
                     u64 hash, mgf, salt (2)
TEMPLATE             u32 count, each: u64 type, bytes            –
PARAMETER            u8 present, u64 length if so                –
BYTES_ROOM and like  u8 form: query (0), capacity and u64 (1),   u64 length, u8 present, so many
                     nothing wanted (2, optional ones only)      bytes (no length again) if so
LIST_ROOM and found  the same, capacity in numbers               u64 count, u8 present, u64 each
TEMPLATE_ROOM        u32 count, each: u64 type, u8 present, u64  u32 count, each: u64 length,
                     capacity if so                              u8 present, so many bytes if so
RANDOM               u64 length                                  bytes
ULONG_OUT            –                                           u64
STRUCTURE_OUT        –                                           fields: u64, 2 bytes of a
                                                                 version, characters
==================== =========================================== =================================

**A parameter** of a mechanism is never read in advance, for callers may leave it uninitialised
where a call cannot succeed: the first CALL gives its length alone. A daemon that has judged
session, state, key and mechanism, and needs the parameter, answers with PARAMETER_WANTED and has
done nothing; the façade reads the structure, of exactly the size that the mechanism defines, and
sends the CALL with it. PSS alone costs this second turn.

CK_UNAVAILABLE_INFORMATION is 64 ones here, whatever the host's CK_ULONG; other numbers must fit
the host's. Values of attributes stay as the caller holds them: a CK_ULONG has the host's width.
A REPLY has all results of its function, or, unless it is CKR_OK, none. Values never exceed the
room: then they are absent, and the code is CKR_BUFFER_TOO_SMALL (`OutputBuffer.fill`).

>>> call = Call.build("C_Login", 7, session=3, user=1, pin=Secret.of("1234"))
>>> call.to_frame().to_bytes().hex(" ", -4)
'26000000 03130000 00070000 00000000 00030000 00000000 00010000 00000000 00010400 00003132 3334'
>>> Reply.build("C_OpenSession", Ckr.OK, session=3).to_frame().to_bytes().hex()
'0d00000004000000000300000000000000'
"""

from caducee.base.secret import Secret
from caducee.codec.pkcs11.calls import Call, Reply
from caducee.codec.pkcs11.frames import Frame, FrameDeframer, Hello, Welcome
from caducee.codec.pkcs11.structures import (
    Info,
    MechanismInfo,
    SessionInfo,
    SlotInfo,
    TokenInfo,
    padded,
)
from caducee.codec.pkcs11.values import (
    Attribute,
    AttributeBuffer,
    AttributeOutput,
    Mechanism,
    OutputBuffer,
    OutputBytes,
    OutputNumbers,
    PssParameters,
    UnreadParameter,
)
from caducee.spec.pkcs11.returns import Ckr

__all__ = [
    "Attribute",
    "AttributeBuffer",
    "AttributeOutput",
    "Call",
    "Ckr",
    "Frame",
    "FrameDeframer",
    "Hello",
    "Info",
    "Mechanism",
    "MechanismInfo",
    "OutputBuffer",
    "OutputBytes",
    "OutputNumbers",
    "PssParameters",
    "Reply",
    "Secret",
    "SessionInfo",
    "SlotInfo",
    "TokenInfo",
    "UnreadParameter",
    "Welcome",
    "padded",
]
