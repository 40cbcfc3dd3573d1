# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a card knows between two resets and forgets at each."""

from dataclasses import dataclass, field

from caducee.virtualcard.filesystem import FileNode

__all__ = ["ChipSession", "CommandChain", "HashResult", "TemplateComponent"]


@dataclass(frozen=True, slots=True)
class TemplateComponent:
    """One component of the current security environment, as MSE SET put it there."""

    algorithm: int | None
    key: int | None
    """Key reference without its bit 8."""


@dataclass(frozen=True, slots=True)
class HashResult:
    """What PSO HASH left for the next signature."""

    algorithm: str
    """Name of the hash, as `hashlib` writes it."""

    digest: bytes


@dataclass(slots=True)
class CommandChain:
    """A command that comes in several parts."""

    header: tuple[int, int, int, int]
    data: bytearray


@dataclass(slots=True)
class ChipSession:
    """Selected file, proven PINs, security environment, hash, chain, and bytes to fetch."""

    directory: FileNode
    cps2ter: FileNode
    """What is selected on the CPS2ter side."""

    file: FileNode | None = None
    verified: set[int] = field(default_factory=set)
    environment: dict[int, TemplateComponent] = field(default_factory=dict)
    """By tag of the control reference template: A4, AA, B6, B8."""

    hashed: HashResult | None = None
    chain: CommandChain | None = None
    waiting: bytes = b""
    waiting_class: int = 0
    """Class of the command whose answer waits."""

    unblocked: set[int] = field(default_factory=set)
    """PINs that may be changed because they were just unblocked."""

    applications: dict[int, bytes] = field(default_factory=dict)
    """By logical channel: the applet selected there, on a card that has channels."""

    def restart(self, root: FileNode) -> None:
        """Begin again in an applet that was selected: nothing proven, nothing chosen."""
        self.directory, self.file, self.hashed = root, None, None
        for item in (self.verified, self.environment, self.unblocked):
            item.clear()

    def select(self, node: FileNode) -> None:
        """Make a file the current one.

        Entering another DF leaves its security environment behind (ISO/IEC 7816-4 section
        5.6.3). A finished hash stays: middlewares select files between hash and signature.
        """
        directory = node if node.is_directory else node.parent
        if directory is not None and directory is not self.directory:
            self.environment.clear()
            self.directory = directory
        self.file = None if node.is_directory else node
