# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Directory files: what is accepted comes back byte for byte, all else is a FormatError."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec import pkcs15


def check(data: bytes) -> None:
    """Read bytes, after one that chooses the kind, as a directory file, and write them again."""
    if not data:
        return
    kind, data = KINDS[data[0] % len(KINDS)], data[1:]
    try:
        entries = pkcs15.read_entries(kind, data)
    except FormatError:
        pass
    else:
        assert pkcs15.write_entries(entries) == data
        assert all(type(entry).from_bytes(entry.to_bytes()) == entry for entry in entries)
        assert repr(entries)
    try:
        padded = pkcs15.write_entries(pkcs15.read_entries_padded(kind, data))
    except FormatError:
        return
    assert data.startswith(padded)


KINDS: tuple[type[pkcs15.Pkcs15Record], ...] = (
    pkcs15.AlgorithmInfo,
    pkcs15.CertificateEntry,
    pkcs15.DataEntry,
    pkcs15.DirRecord,
    pkcs15.OdfEntry,
    pkcs15.PinEntry,
    pkcs15.PrivateKeyEntry,
    pkcs15.PublicKeyEntry,
    pkcs15.TokenInfo,
)


SEEDS = (
    "00300F020103020106050003020640020112",
    "01302530030C01433010040EE828BD080F8025000001FF001001A10C300A300804063F000001A001",
    "02301C30070C01440302064030050C03435053A10A300804063F000001D107",
    "03611F4F0DE828BD080F8025000001FF00105008415349502043505351043F000001",
    "04A40A300804063F0000017005",
    "05"
    "3031300A0C0150030206C00401023003040101A11E301C030203080A010102010402010402010880"
    "01010401FF300404023F00",
    "06"
    "303B300A0C014B03020780040101301D040EE828BD080F8025000001FF0010010303062040030203"
    "0802020081A10E300C300604043F00000102020800",
    "07"
    "303330030C014B301C040EE828BD080F8025000001FF001001030201020302030802020081A10E30"
    "0C300604043F00000102020800",
    "0830200201000C014D80015403020640A211300F020103020106050003020640020112",
)
"""One entry of each kind, after the byte that chooses it."""


if __name__ == "__main__":
    run(check, map(bytes.fromhex, SEEDS))
