# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages to people, kept in a folder of outgoing mail from which a mail server takes them."""

import uuid
from collections.abc import Sequence
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from caducee.base.clock import Clock
from caducee.base.files import make_folder, write_atomic
from caducee.base.i18n import gettext as _

__all__ = ["Mailer", "OutgoingMail"]

_SENDER = "caducee <order@caducee.test>"


class Mailer(Protocol):
    """Sends a message to one person."""

    def send(self, to: str, subject: str, lines: Sequence[str], *, key: str = "") -> None:
        """Send a text, one paragraph for each of ``lines``. Raises `StateError`.

        ``key``: a name of the message; one of that name that is still there is not sent twice.
        """

    def forget(self, to: str) -> None:
        """Remove what is kept of messages to one person; what was sent away is gone."""


class OutgoingMail:
    """Keeps each message as a file (RFC 5322, ``.eml``), named by its moment; oldest first."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock

    def send(self, to: str, subject: str, lines: Sequence[str], *, key: str = "") -> None:
        """Keep a message. Raises `StateError`."""
        if key and any(self.folder.glob(f"*-{key}.eml")):
            return
        now = self._clock.now()
        message = EmailMessage(policy=SMTP)
        message["From"] = _SENDER
        message["To"] = "".join(item for item in to if item.isprintable())
        message["Subject"] = subject
        message["Date"] = format_datetime(now)
        text = "\n\n".join((*lines, _("This message was written by a sandbox of caducee.")))
        message.set_content(text + "\n")
        make_folder(self.folder)
        name = f"{now:%Y%m%dT%H%M%S%f}-{key or uuid.uuid4().hex[:8]}.eml"
        write_atomic(self.folder / name, message.as_bytes())

    def forget(self, to: str) -> None:
        """Remove every message to one person."""
        for path in self.folder.glob("*.eml"):
            try:
                found = BytesHeaderParser(policy=SMTP).parsebytes(path.read_bytes())["To"]
            except FileNotFoundError:
                continue
            if found == to:
                path.unlink(missing_ok=True)
