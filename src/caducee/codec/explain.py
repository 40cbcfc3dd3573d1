# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a command to a card does, in words: for reports and logs, in the language in use.

Only names come from the reference; what is unknown is shown by its numbers. The data of a command
that carries a PIN are never read.

>>> explain(CommandApdu.from_bytes(bytes.fromhex("00A40904043F00D003")))
'SELECT EF.SN.ICC (3F00/D003)'
>>> explain(CommandApdu.from_bytes(bytes.fromhex("00B000E732")))
'READ BINARY, 50 bytes from 231'
"""

from collections.abc import Callable

from caducee.base.errors import FormatError
from caducee.base.i18n import N_, gettext
from caducee.codec.apdu import CommandApdu
from caducee.codec.tlv import first_value, parse_all
from caducee.spec import aids
from caducee.spec.algorithms import Cps3Algorithm
from caducee.spec.files import ACTIVITIES, FileId
from caducee.spec.instructions import Instruction, SecurityOperation
from caducee.spec.tags import SdoTag, TemplateTag

__all__ = ["explain"]

_FILES = {
    FileId.MF: "MF",
    FileId.SERIAL: "EF.SN.ICC",
    FileId.ACTUA: "EF_ACTUA",
    FileId.DIR: "EF.DIR",
    FileId.ATR: "EF.ATR",
    FileId.CONTACT: N_("contact application"),
    FileId.CONTACTLESS: N_("contactless application"),
    FileId.ODF: "EF.ODF",
    FileId.TOKEN_INFO: "EF.TokenInfo",
    FileId.AODF: "EF.AODF",
    FileId.PRIVATE_KEYS: "EF.PrKDF",
    FileId.PUBLIC_KEYS: "EF.PuKDF",
    FileId.CERTIFICATES: "EF.CDF",
    FileId.DATA_OBJECTS: "EF.DODF",
    FileId.SIGNATURE_CERTIFICATE: N_("signature certificate"),
    FileId.AUTHENTICATION_CERTIFICATE: N_("authentication certificate"),
    FileId.TECHNICAL_CERTIFICATE: N_("technical certificate"),
    FileId.CPS_DATA: "CPS_DATA",
}
_APPLICATIONS = {
    aids.CPS3_CONTACT: N_("contact application"),
    aids.CPS3_CONTACTLESS: N_("contactless application"),
}
_TEMPLATES = {
    TemplateTag.AUTHENTICATION: N_("authentication"),
    TemplateTag.HASH: N_("hash"),
    TemplateTag.SIGNATURE: N_("signature"),
    TemplateTag.CONFIDENTIALITY: N_("decipherment"),
}
_ALGORITHMS = {
    Cps3Algorithm.AUTHENTICATE: "RSA PKCS#1",
    Cps3Algorithm.HASH_SHA1: "SHA-1",
    Cps3Algorithm.SIGN_SHA1: "SHA-1 RSA PKCS#1",
    Cps3Algorithm.DECIPHER: "RSA PKCS#1",
    Cps3Algorithm.HASH_SHA256: "SHA-256",
    Cps3Algorithm.SIGN_SHA256: "SHA-256 RSA PKCS#1",
}
_SELECT_BY_NAME = 0x04
_OPERATIONS: dict[int, str] = {
    SecurityOperation.COMPUTE_SIGNATURE: N_("compute the signature"),
    SecurityOperation.HASH_LAST_ROUND: N_("last round of the hash"),
    SecurityOperation.DECIPHER: N_("decipher"),
}
_OBJECTS = {
    0xBF81: N_("code"),
    0xBF90: N_("private key"),
    0xBFA0: N_("public key"),
    0xBFFB: N_("security environment"),
}


def explain(command: CommandApdu) -> str:
    """Return one line that says what the command does."""
    teller = _TELLERS.get(command.ins)
    if teller is None:
        return gettext(N_("command {ins}")).format(ins=f"{command.ins:02X}")
    text = teller(command)
    return f"{text} {gettext(N_('(to be continued)'))}" if command.chained else text


def _file_name(file_id: int) -> str:
    first = FileId.FIRST_ACTIVITY
    if first <= file_id < first + ACTIVITIES:
        return f"CPS_ACTIVITY_{file_id - first + 1:02d}_PS"
    name = _FILES.get(FileId(file_id)) if file_id in FileId else None
    return gettext(name) if name else gettext(N_("file"))


def _select(command: CommandApdu) -> str:
    data = command.data
    if command.p1 == _SELECT_BY_NAME:
        name = _APPLICATIONS.get(data)
        return f"SELECT {gettext(name) if name else gettext(N_('application'))} ({data.hex()})"
    if not data or len(data) % 2:
        return "SELECT"
    steps = [data[place : place + 2].hex().upper() for place in range(0, len(data), 2)]
    return f"SELECT {_file_name(int.from_bytes(data[-2:]))} ({'/'.join(steps)})"


def _read(command: CommandApdu) -> str:
    if command.p1 & 0x80:
        text = gettext(N_("READ BINARY of short file {sfi}, {n} bytes from {offset}"))
        return text.format(sfi=f"{command.p1 & 0x1F:02X}", n=command.le or 0, offset=command.p2)
    text = gettext(N_("READ BINARY, {n} bytes from {offset}"))
    return text.format(n=command.le or 0, offset=command.p1 << 8 | command.p2)


def _update(command: CommandApdu) -> str:
    text = gettext(N_("UPDATE BINARY, {n} bytes from {offset}"))
    return text.format(n=len(command.data), offset=command.p1 << 8 | command.p2)


def _verify(command: CommandApdu) -> str:
    asks = not command.data
    text = N_("VERIFY, ask for the state of code {ref}") if asks else N_("VERIFY code {ref}")
    return gettext(text).format(ref=f"{command.p2:02X}")


def _change(command: CommandApdu) -> str:
    return gettext(N_("CHANGE REFERENCE DATA of code {ref}")).format(ref=f"{command.p2:02X}")


def _unblock(command: CommandApdu) -> str:
    return gettext(N_("RESET RETRY COUNTER of code {ref}")).format(ref=f"{command.p2:02X}")


def _environment(command: CommandApdu) -> str:
    template = _TEMPLATES.get(TemplateTag(command.p2)) if command.p2 in TemplateTag else None
    if template is None:
        return f"MSE {command.p1:02X}{command.p2:02X}"
    parts = [f"MSE SET {gettext(template)}"]
    try:
        items = parse_all(command.data)
    except FormatError:
        return parts[0]
    if algorithm := first_value(items, TemplateTag.ALGORITHM):
        name = _ALGORITHMS.get(Cps3Algorithm(algorithm[0])) if algorithm[0] in Cps3Algorithm else ""
        parts.append(name or algorithm.hex())
    if key := first_value(items, TemplateTag.PRIVATE_REFERENCE):
        parts.append(gettext(N_("key {ref}")).format(ref=key.hex().upper()))
    return ", ".join(parts)


def _operation(command: CommandApdu) -> str:
    name = _OPERATIONS.get(command.p1 << 8 | command.p2)
    return f"PSO, {gettext(name)}" if name else f"PSO {command.p1:02X}{command.p2:02X}"


def _get_data(command: CommandApdu) -> str:
    """Name the security data object that an extended header list asks for."""
    try:
        (header,) = parse_all(command.data)
        (request,) = parse_all(header.value)
        (wanted,) = parse_all(request.value)
    except (FormatError, ValueError):
        return "GET DATA"
    name = _OBJECTS.get(wanted.tag >> 8)
    if header.tag != SdoTag.EXTENDED_HEADER_LIST or name is None:
        return f"GET DATA {wanted.tag:X}"
    return f"GET DATA, {gettext(name)} {wanted.tag & 0xFF:02X}"


def _challenge(command: CommandApdu) -> str:
    return gettext(N_("GET CHALLENGE, {n} random bytes")).format(n=command.le or 0)


def _plain(name: str) -> Callable[[CommandApdu], str]:
    return lambda _: name


_TELLERS: dict[int, Callable[[CommandApdu], str]] = {
    Instruction.SELECT: _select,
    Instruction.READ_BINARY: _read,
    Instruction.UPDATE_BINARY: _update,
    Instruction.VERIFY: _verify,
    Instruction.CHANGE_REFERENCE_DATA: _change,
    Instruction.RESET_RETRY_COUNTER: _unblock,
    Instruction.MANAGE_SECURITY_ENVIRONMENT: _environment,
    Instruction.PERFORM_SECURITY_OPERATION: _operation,
    Instruction.GET_DATA: _get_data,
    Instruction.GET_CHALLENGE: _challenge,
    Instruction.GET_RESPONSE: _plain("GET RESPONSE"),
    Instruction.INTERNAL_AUTHENTICATE: _plain("INTERNAL AUTHENTICATE"),
}
