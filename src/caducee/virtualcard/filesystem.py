# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The tree of files of a card, and the ways to find one (ISO/IEC 7816-4 section 5.3).

The tree knows what never changes: names, identifiers, sizes, access rules and file control
parameters. Contents stay in the image, at ``image.files[node.index]``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from caducee.codec.fcp import AccessRule, Fcp
from caducee.spec.access import ALWAYS, DfMode, EfMode
from caducee.spec.files import FileId
from caducee.virtualcard.access import access_byte
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import CardFile, DataFile, Directory, Side
from caducee.virtualcard.view import View

__all__ = ["MF_ID", "FileNode", "FileSystem"]

MF_ID = FileId.MF.to_bytes(2)


@dataclass(slots=True, eq=False)
class FileNode:
    """A file of the tree."""

    path: str
    index: int
    file: CardFile
    parent: "FileNode | None"
    control: bytes
    """File control parameters: the value of the templates 62 and 6F."""

    children: dict[bytes, "FileNode"] = field(default_factory=dict)
    by_sfi: dict[int, "FileNode"] = field(default_factory=dict)

    @property
    def is_directory(self) -> bool:
        """Whether this is a dedicated file."""
        return isinstance(self.file, Directory)

    @property
    def aid(self) -> bytes:
        """The application identifier; empty when there is none."""
        return self.file.aid if isinstance(self.file, Directory) else b""


class FileSystem:
    """The files of one image, which `image_rules` found to be a tree, as one face shows them."""

    def __init__(self, image: CardImage, view: View, side: Side) -> None:
        self._view = view
        self._by_path: dict[str, FileNode] = {}
        order = sorted(range(len(image.files)), key=lambda at: image.files[at].path.count("/"))
        for index in order:
            file = image.files[index]
            if file.path == "3F00" or file.side in (side, "both"):
                self._add(index, file)
        self.root = self._by_path["3F00"]
        found = (self._by_path.get(item.path) for item in image.files)
        self._named = [item for item in found if item is not None and item.is_directory]

    def _add(self, index: int, file: CardFile) -> None:
        parent = self._by_path.get(file.path.rpartition("/")[0])
        node = FileNode(file.path, index, file, parent, self._control(file))
        self._by_path[file.path] = node
        if parent is None:
            return
        parent.children[_identifier(file)] = node
        if isinstance(file, DataFile) and file.sfi is not None:
            parent.by_sfi[file.sfi] = node

    def _control(self, file: CardFile) -> bytes:
        """Return file control parameters with the tags and order that middlewares accept."""
        identifier = int(file.path[-4:], 16)
        if isinstance(file, Directory):
            rule = AccessRule(DfMode.CREATE_EF, (ALWAYS,))
            return Fcp.df(identifier, (rule,), name=file.aid or None).tlv.value
        modes = EfMode.UPDATE | EfMode.READ
        update, read = self._view.update(file), self._view.read(file)
        rule = AccessRule(modes, (access_byte(update), access_byte(read)))
        return Fcp.ef(identifier, len(file.content), (rule,), short_id=file.sfi or 0).tlv.value

    def walk(self, start: FileNode, path: bytes) -> FileNode | None:
        """Follow a path of two-byte identifiers from ``start``; None where it leads nowhere."""
        node: FileNode | None = start
        for at in range(0, len(path), 2):
            if node is None:
                return None
            node = node.children.get(path[at : at + 2])
        return node

    def absolute(self, path: bytes) -> FileNode | None:
        """Follow a path from the MF, written with or without its 3F00."""
        return self.walk(self.root, path[2:] if path[:2] == MF_ID else path)

    def near(self, current: FileNode, identifier: bytes) -> FileNode | None:
        """Find a file by its identifier as ISO/IEC 7816-4 section 5.3.1.1 orders it.

        Children of the current DF come first, then the DF itself, its parent and its siblings.
        """
        if identifier == MF_ID:
            return self.root
        for node in (current, current.parent):
            if node is None:
                continue
            if identifier in node.children:
                return node.children[identifier]
            if _identifier(node.file) == identifier:
                return node
        return None

    def named(self, prefix: bytes) -> Iterator[FileNode]:
        """Yield the applications whose identifier begins with ``prefix``, in card order."""
        return (node for node in self._named if node.aid and node.aid.startswith(prefix))


def _identifier(file: CardFile) -> bytes:
    return bytes.fromhex(file.path[-4:])
