# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card manager reaches on this machine."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from caducee.base.errors import ConfigError
from caducee.reader.cancelling import CancellableReader, CancelToken, named

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard, PublicDataCache
    from caducee.desktop.manager.model.traces import Traces
    from caducee.diagnosis.facts import CardProcess
    from caducee.diagnosis.machine.card import CertificateJudge
    from caducee.middleware.daemon.reader_contexts import ReaderContexts
    from caducee.middleware.daemon.settings import ReaderSettings
    from caducee.reader.transport import ReaderContext

__all__ = ["MachineCards", "judge_of", "others"]


class MachineCards:
    """The readers that the Cryptolib's settings name, with its cache."""

    def __init__(self, settings: "ReaderSettings", traces: "Traces | None" = None) -> None:
        """``traces`` keeps what is said to cards."""
        self._settings = settings
        self._traces = traces
        self._lock = Lock()

    @cached_property
    def _places(self) -> "ReaderContexts":
        from caducee.middleware.daemon.reader_contexts import open_reader_contexts

        return open_reader_contexts(self._settings)

    @cached_property
    def _cache(self) -> "PublicDataCache":
        from caducee.cryptolib import PublicDataCache

        return PublicDataCache()

    def readers(self) -> "ReaderContext":
        """Return the readers to watch."""
        with self._lock:
            return self._places

    def open(
        self, reader: str, token: CancelToken | None = None, *, unfinished: bool = False
    ) -> "CpsCard":
        """Open the card in a reader."""
        from caducee.cryptolib import open_card
        from caducee.middleware.tracing.transport import TracedReader

        found = named(self.readers().readers(), reader)
        traced = found if self._traces is None else TracedReader(found, self._traces)
        chosen = traced if token is None else CancellableReader(traced, token)
        with self._lock:
            cache = self._cache
        return open_card(chosen, cache=cache, unfinished=unfinished)

    def close(self) -> None:
        """Give the readers up."""
        if "_places" in self.__dict__:
            self._places.close()


def others() -> "tuple[CardProcess, ...]":
    """Return the other programs that use readers and cards now."""
    from caducee.diagnosis.machine.pcsc import holders
    from caducee.diagnosis.machine.root import MachineRoot

    return holders(MachineRoot.here())


def judge_of(
    sandbox: Path | None,
    anchors: Sequence[Path] = (),
    authorities: Sequence[Path] = (),
    lists: Sequence[Path] = (),
    *,
    online: bool = False,
) -> "CertificateJudge | None":
    """Return who judges certificates: the files that were named, else the sandbox, else the site
    file or the system folder (`caducee.cli.site`), else nobody.

    ``online``: beside the files, responders and lists are asked over the network.

    Raises `TrustError` (``trust.certificate_unreadable``), `ConfigError` (``cli.online_rootless``,
    ``base.config_*``).
    """
    from caducee.base.clock import SystemClock
    from caducee.cli.card_judges import SandboxJudge
    from caducee.cli.site import find_site
    from caducee.diagnosis.machine.card import TrustFiles
    from caducee.diagnosis.machine.file_judge import FileJudge
    from caducee.trust.fetch import NetworkTransport

    if not anchors:
        if sandbox is not None and (sandbox / "sandbox.toml").is_file():
            return SandboxJudge(sandbox)
        site = find_site()
        anchors, authorities = site.anchors, (*authorities, *site.authorities)
        lists = (*lists, *site.lists)
    if anchors:
        way = NetworkTransport() if online else None
        return FileJudge(TrustFiles.read(anchors, authorities, lists), SystemClock(), way)
    if online:
        raise ConfigError("cli.online_rootless")
    return None
