# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The directory files of a card (PKCS#15 v1.1 section 6; EF.DIR: ISO/IEC 7816-4 section 8.2.1).

Every value here keeps the object it was read from, so that what is not known, and every way of
writing what is known, comes back byte for byte. The fields beside it are what the object says.
New ones are made by ``build``.

>>> record = DirRecord.from_bytes(bytes.fromhex("61 0F 4F 05 E828BD080F 51 06 3F0000015031"))
>>> record.aid.hex(), record.path.hex(), DirRecord.build(record.aid, path=record.path) == record
('e828bd080f', '3f0000015031', True)
"""

from caducee.codec.pkcs15._record import Pkcs15Record
from caducee.codec.pkcs15.directory import (
    AlgorithmInfo,
    DirRecord,
    OdfEntry,
    TokenInfo,
    UnknownEntry,
    directory_path,
    read_entries,
    read_entries_padded,
    write_entries,
)
from caducee.codec.pkcs15.objects import (
    CertificateEntry,
    DataEntry,
    PinEntry,
    PrivateKeyEntry,
    PublicKeyEntry,
)
from caducee.spec.pkcs15 import (
    DirectoryKind,
    KeyAccess,
    KeyUsage,
    ObjectFlags,
    Operations,
    PinFlags,
    PinType,
    TokenFlags,
)

__all__ = [
    "AlgorithmInfo",
    "CertificateEntry",
    "DataEntry",
    "DirRecord",
    "DirectoryKind",
    "KeyAccess",
    "KeyUsage",
    "ObjectFlags",
    "OdfEntry",
    "Operations",
    "PinEntry",
    "PinFlags",
    "PinType",
    "Pkcs15Record",
    "PrivateKeyEntry",
    "PublicKeyEntry",
    "TokenFlags",
    "TokenInfo",
    "UnknownEntry",
    "directory_path",
    "read_entries",
    "read_entries_padded",
    "write_entries",
]
