"""Writes HDF5 files with attributes and links alone: version 2 of superblock and object headers (its specification, II-IV)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_WORD = 0xFFFFFFFF
_NOWHERE = (1 << 64) - 1


def _turned(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & _WORD


def checksum(data: bytes) -> int:
    """Bob Jenkins' lookup3, as every structure of the format ends with."""
    a = b = c = 0xDEADBEEF + len(data)
    words = struct.unpack(f"<{(len(data) + 11) // 12 * 3}I", data.ljust((len(data) + 11) // 12 * 12, b"\0"))
    for at in range(0, len(words), 3):
        a, b, c = (one + two & _WORD for one, two in zip((a, b, c), words[at : at + 3], strict=True))
        if at + 3 >= len(words):
            break
        for by in (4, 6, 8, 16, 19, 4):
            # Each round names the three values anew, so that one line serves all six.
            a = (a - c & _WORD) ^ _turned(c, by)
            c = c + b & _WORD
            a, b, c = b, c, a
    for by in (14, 11, 25, 16, 4, 14, 24):
        c = (c ^ b) - _turned(b, by) & _WORD
        a, b, c = b, c, a
    return b


def _attribute(name: str, value: str) -> bytes:
    """A text of fixed length."""
    label, data = name.encode() + b"\0", value.encode()
    kind = struct.pack("<B3BI", 0x13, 0x10, 0, 0, len(data))
    space = b"\x02\x00\x00\x00"
    return struct.pack("<BBHHHB", 3, 0, len(label), len(kind), len(space), 0) + label + kind + space + data


def _link(name: str, file: str, path: str) -> bytes:
    """A link to an object of another file."""
    label = name.encode()
    target = b"\0" + file.encode() + b"\0" + path.encode() + b"\0"
    return struct.pack("<BBBB", 1, 8, 64, len(label)) + label + struct.pack("<H", len(target)) + target


def hdf5(attributes: Mapping[str, str], links: Mapping[str, tuple[str, str]] | None = None) -> bytes:
    """One group with these."""
    messages = [(12, _attribute(*pair)) for pair in attributes.items()]
    messages += [(6, _link(name, *target)) for name, target in (links or {}).items()]
    # Without these two, a group keeps neither many nor few links.
    messages.append((2, struct.pack("<BBQQ", 0, 0, _NOWHERE, _NOWHERE)))
    messages.append((10, b"\0\0"))
    body = b"".join(struct.pack("<BHB", kind, len(data), 0) + data for kind, data in messages)
    header = b"OHDR\x02\x02" + struct.pack("<I", len(body)) + body
    header += struct.pack("<I", checksum(header))
    start = b"\x89HDF\r\n\x1a\n\x02\x08\x08\x00" + struct.pack("<QQQQ", 0, _NOWHERE, 48 + len(header), 48)
    return start + struct.pack("<I", checksum(start)) + header
