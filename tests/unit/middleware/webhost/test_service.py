# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The host as a process sees it: two pipes."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import pytest

from caducee.base.errors import CardError, FormatError
from caducee.codec.native_messaging import MessageDeframer, frame
from caducee.middleware.tracing import Tracer
from caducee.middleware.webhost import ExtensionService, Host, LoginCards, LoginCardWatch
from caducee.middleware.webhost.logout_listener import LogoutListener, tell_pages
from caducee.middleware.webhost.messages import Request
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.store import MemoryStore


class Browser:
    """The other ends of the pipes."""

    def __init__(self, into: BinaryIO, out: BinaryIO) -> None:
        self.into, self.out = into, out
        self._messages = MessageDeframer(most=1 << 20)
        self._waiting: list[bytes] = []

    def send(self, **message: Any) -> None:
        self.into.write(frame(message))
        self.into.flush()

    def hear(self) -> dict[str, Any]:
        while not self._waiting:
            self._waiting = self._messages.feed(os.read(self.out.fileno(), 65536))
        found: dict[str, Any] = json.loads(self._waiting.pop(0))
        return found


class Scene:
    """A service in a thread, its browser, and a reader."""

    def __init__(self, host: Host | None = None, ear: LogoutListener | None = None) -> None:
        self.reader = MemoryReader("one")
        self.context = MemoryContext(self.reader)
        self.cancelled = threading.Event()
        self.failure: BaseException | None = None
        from_browser, into = os.pipe()
        out, to_browser = os.pipe()
        self.browser = Browser(os.fdopen(into, "wb"), os.fdopen(out, "rb"))
        self.ends = (os.fdopen(from_browser, "rb"), os.fdopen(to_browser, "wb"))
        cards = LoginCards(self.context)
        self.service = ExtensionService(
            host or Host(cards, NoHolder()),
            LoginCardWatch(self.context),
            Tracer("native-host"),
            *self.ends,
            ear=ear,
        )
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.service.run(self.cancelled.set)
        except BaseException as error:
            self.failure = error

    def end(self) -> None:
        self.browser.into.close()
        self.thread.join()
        for item in (self.browser.out, *self.ends):
            with suppress(BrokenPipeError):
                item.close()


class NoHolder:
    def pin(self, request: object, site: str, *, wrong: bool = False) -> Any:
        raise CardError("pin.cancelled")

    def confirm(self, request: object, site: str) -> None:
        raise CardError("pin.cancelled")


class SlowHost(Host):
    """A host that waits for the holder until it is reported that they are back."""

    def __init__(self) -> None:
        super().__init__(LoginCards(MemoryContext()), NoHolder())
        self.begun = threading.Event()
        self.back = threading.Event()

    def answer(self, request: Request) -> Mapping[str, object]:
        self.begun.set()
        self.back.wait()
        return {"number": request.id}


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    made.thread.start()
    yield made
    made.end()


def test_requests_are_answered_by_their_number(scene: Scene) -> None:
    scene.browser.send(id=5, command="status")
    assert scene.browser.hear()["id"] == 5


def test_request_that_cannot_be_read_is_refused_and_the_next_one_answered(scene: Scene) -> None:
    scene.browser.send(id=1, command="nothing")
    assert scene.browser.hear()["error"]["code"] == "webhost.request_malformed"
    scene.browser.send(id=2, command="status")
    assert scene.browser.hear()["id"] == 2


def test_refusal_speaks_the_language_of_the_page(scene: Scene) -> None:
    ask = {"command": "authenticate", "origin": "https://portal.test", "nonce": "n" * 44}
    messages = []
    for lang in ("en", "fr"):
        scene.browser.send(id=1, lang=lang, **(ask | {"nonce": lang * 22}))
        messages.append(scene.browser.hear()["error"]["message"])
    assert messages[0] == "No card of the CPS family is in a reader."
    assert messages[0] != messages[1]


def test_removal_of_the_card_is_reported_once(scene: Scene, content: PersonalisationData) -> None:
    scene.reader.insert(VirtualCard(MemoryStore(cps3(content))))
    scene.browser.send(id=1, command="watch", origin="https://portal.test")
    assert scene.browser.hear() == {"id": 1, "result": {"watching": True}}
    scene.reader.eject()
    assert scene.browser.hear() == {"event": "card-removed"}
    scene.browser.send(id=2, command="status")
    assert scene.browser.hear()["id"] == 2


def test_a_logout_of_everything_is_reported_to_the_page_that_watches(
    content: PersonalisationData,
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "logouts"
        scene = Scene(ear=LogoutListener(folder))
        scene.thread.start()
        assert tell_pages(folder) == 0
        scene.reader.insert(VirtualCard(MemoryStore(cps3(content))))
        scene.browser.send(id=1, command="watch", origin="https://portal.test")
        assert scene.browser.hear() == {"id": 1, "result": {"watching": True}}
        assert tell_pages(folder) == 1
        assert scene.browser.hear() == {"event": "logged-out"}
        scene.reader.eject()  # is reported to nobody any more
        scene.browser.send(id=2, command="status")
        assert scene.browser.hear()["id"] == 2
        scene.end()
        assert tell_pages(folder) == 0


def test_card_exchanged_between_two_looks_counts_as_removed(
    scene: Scene, content: PersonalisationData
) -> None:
    scene.reader.insert(VirtualCard(MemoryStore(cps3(content))))
    scene.browser.send(id=1, command="watch", origin="https://portal.test")
    scene.browser.hear()
    scene.reader.insert(VirtualCard(MemoryStore(cps3(content))))
    assert scene.browser.hear() == {"event": "card-removed"}


def test_fault_of_ours_is_an_answer_and_no_end() -> None:
    class Broken(Host):
        def answer(self, request: Request) -> Mapping[str, object]:
            raise ZeroDivisionError

    scene = Scene(Broken(LoginCards(MemoryContext()), NoHolder()))
    scene.thread.start()
    scene.browser.send(id=1, command="status")
    assert scene.browser.hear()["error"]["code"] == "webhost.fault"
    scene.end()
    assert scene.failure is None


def test_requests_beyond_what_waits_are_refused_at_once() -> None:
    host = SlowHost()
    scene = Scene(host)
    scene.thread.start()
    scene.browser.send(id=0, command="status")
    host.begun.wait()
    for number in range(1, 6):
        scene.browser.send(id=number, command="status")
    refused = scene.browser.hear()
    assert (refused["id"], refused["error"]["code"]) == (5, "webhost.busy")
    host.back.set()
    assert [scene.browser.hear()["id"] for _ in range(5)] == [0, 1, 2, 3, 4]
    scene.end()


def test_end_of_the_browser_withdraws_the_question_to_the_holder() -> None:
    scene = Scene()
    scene.thread.start()
    scene.browser.into.close()
    scene.thread.join()
    assert scene.cancelled.is_set()
    scene.end()


def test_browser_that_breaks_the_wire_ends_the_host() -> None:
    scene = Scene()
    scene.thread.start()
    scene.browser.into.write(b"\xff\xff\xff\xff")
    scene.browser.into.flush()
    scene.thread.join()
    assert isinstance(scene.failure, FormatError)
    scene.end()


def test_browser_that_stops_listening_does_no_harm(scene: Scene) -> None:
    scene.browser.out.close()
    scene.browser.send(id=1, command="status")
