# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A daemon that does what a test says: it answers, or lies, keeps silent, leaves."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

from caducee.codec.pkcs11 import Call, Frame, FrameDeframer, Hello, Reply, Welcome
from caducee.spec.pkcs11 import Ckr
from caducee.spec.pkcs11.wire import FrameKind


class Conversation:
    """One connection, seen from the daemon."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._deframer = FrameDeframer()
        self._frames: list[Frame] = []

    def receive(self) -> Frame | None:
        """Wait for a frame; None when the façade has left."""
        while not self._frames:
            try:
                data = self._socket.recv(1 << 16)
            except OSError:
                return None
            if not data:
                return None
            self._frames += self._deframer.feed(data)
        return self._frames.pop(0)

    def send(self, data: bytes | Frame | Reply | Welcome) -> None:
        """Send bytes as they are, or a message."""
        if isinstance(data, Reply | Welcome):
            data = data.to_frame()
        raw = data.to_bytes() if isinstance(data, Frame) else data
        try:
            self._socket.sendall(raw)
        except OSError:
            return

    def close(self) -> None:
        """Leave."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()


type Script = Callable[[Conversation, Call], None]


def agree(conversation: Conversation, call: Call) -> None:
    """Answer as a daemon to which nothing is wrong and nothing is known."""
    rv = Ckr.GENERAL_ERROR if call.function.outs else Ckr.OK
    conversation.send(Reply(call.function, rv))


class FakeDaemon:
    """Listens in a folder of its own; each call goes to the ``script``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cryptolibd.sock"
        self.script: Script = agree
        self.welcome: Welcome | bytes | None = Welcome()
        self.hellos: list[Hello] = []
        self.calls: list[Call] = []
        self.ended = threading.Semaphore(0)
        """Counts the connections that have ended."""
        self._conversations: list[Conversation] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self.path))
        self._server.listen(256)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def names(self) -> list[str]:
        """The functions that were called, in order."""
        return [call.function.name for call in self.calls]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            conversation = Conversation(connection)
            self._conversations.append(conversation)
            threading.Thread(target=self._serve, args=(conversation,), daemon=True).start()

    def _serve(self, conversation: Conversation) -> None:
        while (frame := conversation.receive()) is not None:
            if frame.kind == FrameKind.HELLO:
                self.hellos.append(Hello.from_frame(frame))
                if self.welcome is not None:
                    conversation.send(self.welcome)
            elif frame.kind == FrameKind.CALL:
                call = Call.from_frame(frame)
                self.calls.append(call)
                self.script(conversation, call)
        conversation.close()
        self.ended.release()

    def drop_all(self) -> None:
        """End every connection."""
        for conversation in self._conversations:
            conversation.close()

    def stop(self) -> None:
        """Leave for good."""
        self._server.close()
        self.path.unlink(missing_ok=True)
        self.drop_all()
