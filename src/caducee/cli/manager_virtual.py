# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The virtual cards of a sandbox, for the manager's page."""

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from caducee.base.errors import CpsError, ReaderError, StateError
from caducee.base.i18n import gettext as _
from caducee.cli.faults import ask_fault, give_fault
from caducee.desktop.manager.model.virtual import (
    CardFault,
    CardKind,
    InsertionMethod,
    IssuedTestCard,
    VirtualCard,
)

if TYPE_CHECKING:
    from caducee.issuance.profiles import CardProfile
    from caducee.sandbox.world import Sandbox
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.plug.slots import Inserted

__all__ = ["SandboxCards"]

_VPCD = Path("/etc/reader.conf.d/vpcd")


class SandboxCards:
    """The cards of one sandbox, which is made when the first card is. Threads may share it."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        """``sockets``: where cards are served without PC/SC."""
        self._folder = folder
        self._sockets = sockets
        self._lock = RLock()
        self._serving: dict[str, tuple[tuple[str, ...], ExitStack]] = {}

    @property
    def place(self) -> str:
        """The folder of the sandbox."""
        return str(self._folder)

    def kinds(self) -> tuple[CardKind, ...]:
        """Return the ready profiles."""
        from caducee.issuance.profiles import profiles

        return tuple(_kind(item) for item in profiles())

    def faults(self) -> tuple[CardFault, ...]:
        """Return the faults that there are."""
        from caducee.virtualcard.faults.table import TABLE

        return tuple(
            CardFault(item.name.value, _(item.does), item.options, item.lasting) for item in TABLE
        )

    def ways(self) -> tuple[InsertionMethod, ...]:
        """Return PC/SC where a service runs, or can be started here, and sockets."""
        from caducee.virtualcard.plug.pcscd import RUN_FOLDER, answers, chosen_folder, socket_in

        folder = chosen_folder()
        startable = os.geteuid() == 0 and folder == RUN_FOLDER and _VPCD.exists()
        served = answers(socket_in(folder))
        return (
            (InsertionMethod.PCSC, InsertionMethod.SOCKET)
            if served or startable
            else (InsertionMethod.SOCKET,)
        )

    def cards(self) -> tuple[VirtualCard, ...]:
        """Return the cards of the sandbox, by number; a damaged image is one without a holder."""
        found = sorted((self._folder / "cards").glob("*.json"))
        slots = _slots()
        names = _reader_names() if slots else {}
        return tuple(self._card(item, slots, names) for item in found)

    def make(self, kind: str, tell: Callable[[str], None]) -> IssuedTestCard:
        """Make a card of a ready profile, with the PINs of test cards.

        ``tell`` hears of each key before it is made: those of authorities take seconds.
        """
        from dataclasses import replace

        from caducee.cli.manager_keys import ReportingKeys
        from caducee.issuance import CardPins
        from caducee.issuance.profiles import profile

        chosen = profile(kind)
        with self._lock, self._world(tell) as world:
            order = replace(chosen.order(world.registry), pins=CardPins.of_test_cards())
            issued = world.issue(order, keys=ReportingKeys(tell))
            file = world.card_path(issued.card.number)
        return IssuedTestCard(self._card(file, (), {}), issued.pin, issued.puk)

    def insert(
        self, number: str, faces: tuple[str, ...], way: InsertionMethod, tell: Callable[[str], None]
    ) -> tuple[str, ...]:
        """Put a card into readers, one for each face; return their names."""
        from caducee.cli.card_insert import insert_card
        from caducee.virtualcard.pace.chip import CardSpeed

        file = self._file(number)
        with self._lock:
            if way is InsertionMethod.SOCKET:
                return self._serve(number, file, faces)
            return tuple(item.reader for item in insert_card(file, faces, CardSpeed.INSTANT, tell))

    def remove(self, number: str) -> None:
        """Take a card out of every reader."""
        from caducee.cli.card_insert import take_out

        with self._lock:
            _names, serving = self._serving.pop(number, ((), ExitStack()))
            serving.close()
            take_out(tuple(slot for slot in _slots() if Path(slot.card).stem == number))

    def delete(self, number: str) -> None:
        """Take a card out, and remove its file for ever."""
        file = self._file(number)
        self.remove(number)
        try:
            file.unlink()
            file.with_name(f".{file.name}.faults").unlink(missing_ok=True)
        except OSError as error:
            raise StateError("base.file_unwritable", path=str(file), reason=error) from error

    def apply(self, number: str, fault: str, options: dict[str, int]) -> None:
        """Give a card a fault; one that is in a reader has it from the next command on."""
        give_fault(self._file(number), fault, options, self._folder)

    def clear(self, number: str) -> None:
        """Take every fault away; the PINs get their tries back."""
        ask_fault(self._file(number), None)

    def close(self) -> None:
        """Take the cards out that this program serves on sockets."""
        with self._lock:
            for _names, serving in self._serving.values():
                serving.close()
            self._serving.clear()

    # How

    def _world(self, tell: Callable[[str], None]) -> "Sandbox":
        from caducee.cli.manager_keys import ReportingKeys
        from caducee.sandbox.world import Sandbox

        if not (self._folder / "sandbox.toml").is_file():
            Sandbox.create(self._folder).close()
        world = Sandbox(self._folder)
        settings = world.settings.authority
        if settings.token is not None:  # its keys are made in the token
            return world
        world.close()
        return Sandbox(self._folder, ca_keys=ReportingKeys(tell, settings.keys))

    def _file(self, number: str) -> Path:
        found = self._folder / "cards" / f"{number}.json"
        if not re.fullmatch(r"[\w.-]+", number) or not found.is_file():
            raise StateError("sandbox.card_unknown", name=number)
        return found

    def _serve(self, number: str, file: Path, faces: tuple[str, ...]) -> tuple[str, ...]:
        """Serve faces of a card on sockets, from this process, until it is taken out."""
        from caducee.base.files import make_folder
        from caducee.virtualcard.card import VirtualCard as Chip
        from caducee.virtualcard.faults.card import FaultyCard
        from caducee.virtualcard.faults.store import FaultStore
        from caducee.virtualcard.plug.socket import SocketPlug
        from caducee.virtualcard.store import FileStore

        if number in self._serving:
            return self._serving[number][0]
        make_folder(self._sockets)
        names = []
        with ExitStack() as stack:
            store = FaultStore(stack.enter_context(FileStore(file)))
            for face in faces:
                ending = "" if face == "contact" else f"-{face}"
                place = self._sockets / f"{number}{ending}.sock"
                chip = FaultyCard(store, make=lambda item, face=face: Chip(item, face=face))  # type: ignore[misc]
                plug = SocketPlug(chip, place)
                plug.start()
                stack.callback(plug.stop)
                names.append(f"socket:{place}")
            self._serving[number] = (tuple(names), stack.pop_all())
        return tuple(names)

    def _card(
        self, file: Path, slots: "tuple[Inserted, ...]", names: dict[int, str]
    ) -> VirtualCard:
        from caducee.virtualcard.faults.content import active
        from caducee.virtualcard.faults.switch import FaultRequests, done
        from caducee.virtualcard.image import CardImage

        serving = self._serving.get(file.stem, ((), None))[0]
        held = (slot for slot in slots if slot.card == str(file.resolve()))
        readers = (*serving, *(names.get(item.slot, str(item.slot)) for item in held))
        try:
            image = done(CardImage.load(file), FaultRequests(file).waiting())
        except CpsError as error:
            return VirtualCard(file.stem, error.sentence(), (), readers, file=str(file))
        return VirtualCard(
            number=file.stem,
            holder=_holder(image),
            faces=tuple(name for name in ("contact", "contactless") if getattr(image, name)),
            readers=readers,
            faults=tuple(item.name.value for item in active(image)),
            tries=tuple((code.name, code.tries_left) for code in image.pins),
            file=str(file),
        )


def _kind(card_profile: "CardProfile") -> CardKind:
    return CardKind(
        name=card_profile.name,
        card=card_profile.card,
        generation=card_profile.generation.value,
        holder=card_profile.holder,
        faces=tuple(card_profile.faces),
        state="" if card_profile.state.value == "new" else card_profile.state.value,
        note=_(card_profile.note) if card_profile.note else "",
    )


def _slots() -> "tuple[Inserted, ...]":
    from caducee.virtualcard.plug.pcscd import chosen_folder
    from caducee.virtualcard.plug.slots import inserted

    return tuple(inserted(chosen_folder()))


def _reader_names() -> dict[int, str]:
    """Return the names of vpcd's readers by slot; none while PC/SC does not answer."""
    from caducee.reader.pcsc import PcscContext
    from caducee.reader.waiting import virtual_readers

    try:
        with PcscContext() as context:
            return {slot: item.name for slot, item in virtual_readers(context).items()}
    except ReaderError:
        return {}


def _holder(image: "CardImage") -> str:
    """Return the name in the authentication certificate of an image, as it is in the file."""
    from caducee.base.errors import TrustError
    from caducee.spec.files import FileId
    from caducee.trust.certificate import CardCertificate
    from caducee.virtualcard.image_parts import DataFile

    ending = f"/{FileId.AUTHENTICATION_CERTIFICATE:04X}"
    for file in image.files:
        if isinstance(file, DataFile) and file.path.endswith(ending):
            try:
                return CardCertificate.read(file.content).common_name
            except TrustError:
                return ""
    return ""
