# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The commands of a CPS4 that are not those of a CPS3 (issuer's library, ``card-cps4.c``).

Applets are selected by name, each on its channel; files by a path without 3F00, and described by
6F. PINs are changed after their proof, keys are chosen by two bytes in object 91, and RSA under
template B8 is the bare operation: the host pads and takes padding off.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from caducee.base.errors import FormatError
from caducee.codec.apdu import CommandApdu
from caducee.codec.tlv import Tlv
from caducee.spec import aids
from caducee.spec.instructions import SecurityOperation
from caducee.spec.status import StatusWord
from caducee.spec.tags import FcpTag, TemplateTag
from caducee.virtualcard.commands.pins import change_proven, restore_tries
from caducee.virtualcard.core import Core, Handler, LoadedKey
from caducee.virtualcard.crypto.rounds import HASHES
from caducee.virtualcard.crypto.rsa_key import WrongCryptogram
from caducee.virtualcard.filesystem import MF_ID, FileNode
from caducee.virtualcard.session import TemplateComponent
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = [
    "ChipDocAlgorithm",
    "change_after_proof",
    "manage_environment",
    "reset_counter",
    "security_operation",
    "select_applet",
    "select_file",
]

_BY_IDENTIFIER, _BY_NAME, _FROM_ROOT = 0x00, 0x04, 0x08
_FCI, _NOTHING = 0x00, 0x0C
_MAX_NAME = 16
_APPLETS = (
    (aids.CPS2TER_APPLET, aids.CPS4_CARD_MANAGER),
    (aids.CPS4_CHIPDOC, aids.CPS4_CARD_MANAGER),
)
"""What can be selected on channel 0, and on channel 1."""

_SIGNATURE = (0x81, TemplateTag.SIGNATURE)
_RAW_RSA = (0x41, TemplateTag.CONFIDENTIALITY)


@dataclass(frozen=True, slots=True)
class ChipDocAlgorithm:
    """What an algorithm reference in object 91 means."""

    hash: str
    """Name as in `hashlib`."""

    pss: bool


def select_applet(core: Core, command: CommandApdu) -> Answer:
    """Select an applet on the channel of the command, which this opens; its state begins anew."""
    if command.p1 != _BY_NAME or command.p2 not in (_FCI, _NOTHING):
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    name = command.data
    if not 0 < len(name) <= _MAX_NAME:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    found = next((applet for applet in _APPLETS[command.channel] if applet == name), None)
    if found is None:
        raise StatusWordError(StatusWord.FILE_NOT_FOUND)
    core.session.applications[command.channel] = found
    if found == aids.CPS2TER_APPLET:
        core.session.cps2ter = core.cps2ter_files.root
    elif command.channel:
        core.session.restart(core.files.root)
    if command.p2 == _NOTHING:
        return Answer()
    return Answer(Tlv.build(FcpTag.FCI, Tlv(FcpTag.NAME, found)).to_bytes())


def select_file(core: Core, command: CommandApdu) -> Answer:
    """Select a file under ChipDoc, or another applet by its name."""
    if command.p1 == _BY_NAME:
        return select_applet(core, command)
    if command.p2 not in (_FCI, _NOTHING) or command.p1 not in (_BY_IDENTIFIER, _FROM_ROOT):
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    find = _from_root if command.p1 == _FROM_ROOT else _by_identifier
    node = find(core, command.data)
    if node is None:
        raise StatusWordError(StatusWord.FILE_NOT_FOUND)
    core.session.select(node)
    if command.p2 == _NOTHING:
        return Answer()
    return Answer(Tlv(FcpTag.FCI, node.control).to_bytes())


def _from_root(core: Core, path: bytes) -> FileNode | None:
    """Follow a path from the MF, written without its identifier."""
    if not path or len(path) % 2:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return None if path.startswith(MF_ID) else core.files.walk(core.files.root, path)


def _by_identifier(core: Core, identifier: bytes) -> FileNode | None:
    if not identifier:
        return core.files.root
    if len(identifier) != 2:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return core.files.near(core.session.directory, identifier)


def change_after_proof(core: Core, command: CommandApdu) -> Answer:
    """Give a PIN a new value: P1 01, the new one alone, after VERIFY or after unblocking."""
    if command.p1 != 0x01:
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    return change_proven(core, command.p2, command.data)


def reset_counter(core: Core, command: CommandApdu) -> Answer:
    """Give a PIN its tries back: P1 03, no data, after VERIFY of the PUK."""
    if command.p1 != 0x03:
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    if command.data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return restore_tries(core, command.p2)


def manage_environment(algorithms: Mapping[int, ChipDocAlgorithm]) -> Handler:
    """Return MSE SET: 81 B6 with algorithm and key in object 91, 41 B8 with the key in 83."""

    def manage(core: Core, command: CommandApdu) -> Answer:
        kind = (command.p1, command.p2)
        if kind == _SIGNATURE:
            algorithm, key = _reference(command.data, TemplateTag.CHIPDOC_REFERENCES, 2)
            if algorithm not in algorithms:
                raise StatusWordError(StatusWord.WRONG_DATA)
            component = TemplateComponent(algorithm, key & 0x7F)
        elif kind == _RAW_RSA:
            (key,) = _reference(command.data, TemplateTag.REFERENCE, 1)
            component = TemplateComponent(None, key & 0x7F)
        else:
            raise StatusWordError(StatusWord.WRONG_P1_P2)
        if _find(core, component) is None:
            raise StatusWordError(StatusWord.REFERENCE_NOT_FOUND)
        core.session.environment[command.p2] = component
        return Answer()

    return manage


def _reference(data: bytes, tag: int, size: int) -> bytes:
    if not data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    try:
        item = Tlv.from_bytes(data)
    except FormatError:
        raise StatusWordError(StatusWord.WRONG_DATA) from None
    if item.tag != tag or len(item.value) != size:
        raise StatusWordError(StatusWord.WRONG_DATA)
    return item.value


def security_operation(algorithms: Mapping[int, ChipDocAlgorithm]) -> Handler:
    """Return PSO: COMPUTE DIGITAL SIGNATURE of a finished hash, and bare RSA as DECIPHER."""

    def operate(core: Core, command: CommandApdu) -> Answer:
        operation = command.p1 << 8 | command.p2
        if operation == SecurityOperation.COMPUTE_SIGNATURE:
            return _sign(core, command.data, algorithms)
        if operation == SecurityOperation.DECIPHER:
            return _raw(core, command.data)
        raise StatusWordError(StatusWord.WRONG_P1_P2)

    return operate


def _sign(core: Core, digest: bytes, algorithms: Mapping[int, ChipDocAlgorithm]) -> Answer:
    """Sign a hash; the salt of PSS is as long as the hash."""
    component, key = _chosen(core, TemplateTag.SIGNATURE)
    algorithm = algorithms[component.algorithm or 0]
    core.require(key.uses.sign_pss if algorithm.pss else key.uses.sign)
    size = HASHES[algorithm.hash].size
    if len(digest) != size:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    if algorithm.pss:
        return Answer(key.private.sign_pss(algorithm.hash, digest, core.random(size)))
    return Answer(key.private.sign(algorithm.hash, digest))


def _raw(core: Core, block: bytes) -> Answer:
    """Raise a block as long as the modulus to the private exponent; padding is the host's."""
    _, key = _chosen(core, TemplateTag.CONFIDENTIALITY)
    core.require(key.uses.decipher)
    if len(block) != key.private.size:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    try:
        return Answer(key.private.raw(block))
    except WrongCryptogram:
        raise StatusWordError(StatusWord.WRONG_DATA) from None


def _chosen(core: Core, template: int) -> tuple[TemplateComponent, LoadedKey]:
    """Return what MSE SET put into a template; a template without a key is refused."""
    component = core.session.environment.get(template)
    key = None if component is None else _find(core, component)
    if component is None or key is None:
        raise StatusWordError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return component, key


def _find(core: Core, component: TemplateComponent) -> LoadedKey | None:
    """Return a key of the card, whatever file is selected."""
    return None if component.key is None else core.any_key(component.key)
