"""Archives that hold models, and the ways in which two readers see two things in one."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from model_files.base import OTHER, Case, honest, hostile
from model_files.opcodes import ATTACK, pickled, pushed

_TIME = (2020, 1, 1, 0, 0, 0)
_GOOD = pickled(pushed({"a": [1, 2, 3]}))
_CENTRAL, _LOCAL, _END = b"PK\1\2", b"PK\3\4", b"PK\5\6"


def zipped(members: Mapping[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP file; the same bytes on every run."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for path, data in members.items() if isinstance(members, Mapping) else members:
            info = zipfile.ZipInfo(path, _TIME)
            info.compress_type = method
            archive.writestr(info, data)
    return file.getvalue()


def gzipped(data: bytes) -> bytes:
    """Packed, without the time of packing."""
    return gzip.compress(data, mtime=0)


def tarred(*members: tuple[str, bytes | str]) -> bytes:
    """A TAR file; text is the target of a link."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for path, content in members:
            info = tarfile.TarInfo(path)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _poked(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """With some bytes of the first header of that kind replaced."""
    at = data.index(signature) + offset
    return data[:at] + value + data[at + len(value) :]


def seven_zip(path: str, data: bytes) -> bytes:
    """A 7z archive with one file, stored as it is."""
    name = path.encode("utf-16-le") + b"\0\0"
    size = bytes([0x80 | len(data) >> 8, len(data) & 255]) if len(data) > 127 else bytes([len(data)])
    packed = b"\x06\x00\x01\x09" + size + b"\x00"
    folder = b"\x07\x0b\x01\x00\x01\x01\x00\x0c" + size + b"\x0a\x01" + struct.pack("<I", zlib.crc32(data)) + b"\x00"
    files = b"\x05\x01\x11" + bytes([len(name) + 1]) + b"\x00" + name + b"\x00"
    header = b"\x01\x04" + packed + folder + b"\x00" + files + b"\x00"
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + data + header


def _zip_tricks() -> Iterator[tuple[str, bytes]]:
    plain = zipped({"archive/data.pkl": ATTACK})
    yield "plain", plain
    yield "deflated", zipped({"archive/data.pkl": ATTACK}, zipfile.ZIP_DEFLATED)
    yield "bzip2", zipped({"archive/data.pkl": ATTACK}, zipfile.ZIP_BZIP2)
    yield "lzma", zipped({"archive/data.pkl": ATTACK}, zipfile.ZIP_LZMA)
    yield "flag-directory", _poked(plain, _CENTRAL, 8, b"\1\0")
    yield "flag-local", _poked(plain, _LOCAL, 6, b"\1\0")
    yield "flag-both", _poked(_poked(plain, _LOCAL, 6, b"\1\0"), _CENTRAL, 8, b"\1\0")
    yield "sum-directory", _poked(plain, _CENTRAL, 16, b"\1\2\3\4")
    yield "sum-both", _poked(_poked(plain, _CENTRAL, 16, b"\1\2\3\4"), _LOCAL, 14, b"\1\2\3\4")
    yield "method-directory", _poked(plain, _CENTRAL, 10, b"\x63\0")
    yield "method-both", _poked(_poked(plain, _CENTRAL, 10, b"\x63\0"), _LOCAL, 8, b"\x63\0")
    yield "name-local", plain.replace(b"archive/data.pkl", b"archive/data.txt", 1)
    yield "name-directory", plain[::-1].replace(b"archive/data.pkl"[::-1], b"archive/data.txt"[::-1], 1)[::-1]
    yield "prefixed", b"#!/bin/sh\nexit\n" + plain
    yield "trailing", plain + b"\1" * 70_000
    yield "comment-lies", plain[:-2] + b"\x10\0"
    yield "duplicate-first", _duplicate(ATTACK, _GOOD)
    yield "duplicate-last", _duplicate(_GOOD, ATTACK)
    yield "two-directories", plain + zipped({"archive/data.pkl": _GOOD})
    yield "no-directory", plain[: plain.index(_CENTRAL)]
    yield "directory-count", _poked(zipped({"a.pkl": _GOOD, "b.pkl": ATTACK}), _END, 8, b"\1\0\1\0")
    yield "hidden-member", _hidden()
    yield "size-zero", _poked(plain, _CENTRAL, 20, bytes(8))
    yield "folder-name", zipped({"archive/data.pkl/": ATTACK})
    yield "upper-case", zipped({"ARCHIVE/DATA.PKL": ATTACK})
    yield "absolute-name", zipped({"/archive/data.pkl": ATTACK})
    yield "text-member", zipped({"readme.txt": b"hello", "labels.csv": ATTACK})


def _duplicate(first: bytes, second: bytes) -> bytes:
    # zipfile warns of a second member of one name; a different name of the same length is put in its place.
    both = zipped([("archive/data.pkl", first), ("archive/dat2.pkl", second)])
    return both.replace(b"dat2", b"data")


def _hidden() -> bytes:
    """A member between two that no directory lists."""
    extra = zipped({"archive/data.pkl": ATTACK})
    extra = extra[: extra.index(_CENTRAL)]
    good = zipped({"archive/data.pkl": _GOOD})
    at = good.index(_CENTRAL)
    return _poked(good[:at] + extra + good[at:], _END, 16, struct.pack("<I", at + len(extra)))


def cases() -> Iterator[Case]:
    for title, data in _zip_tricks():
        yield hostile("zip trick", f"{title}.pt", data)
    for suffix in (
        "safetensors",
        "onnx",
        "gguf",
        "h5",
        "json",
        "txt",
        "dat",
        "bin",
        "npy",
        "keras",
        "tflite",
        "pb",
        "model",
    ):
        yield hostile("wrong extension", f"pickle.{suffix}", ATTACK)
    yield hostile("wrong extension", "no-extension", ATTACK)
    for suffix in ("safetensors", "gguf", "onnx", "json"):
        yield hostile("wrong extension", f"zip.{suffix}", zipped({"archive/data.pkl": ATTACK}))
    for suffix in ("7z", "pt", "bin"):
        yield hostile("7z", f"stored.{suffix}", seven_zip("data.pkl", ATTACK))
    yield hostile("7z", "broken.pt", seven_zip("data.pkl", ATTACK)[:-5])
    yield hostile("nested", "zip-in-zip.zip", zipped({"inner.zip": zipped({"data.pkl": ATTACK})}))
    deep = ATTACK
    for level in range(6):
        deep = zipped({f"level{level}.zip" if level else "data.pkl": deep})
    yield hostile("nested", "six-deep.zip", deep)
    yield hostile("nested", "model.tar", tarred(("model/data.pkl", ATTACK)))
    yield hostile("nested", "model.tar.gz", gzipped(tarred(("model/data.pkl", ATTACK))))
    yield hostile("nested", "model.tgz", gzipped(tarred(("model.pt", zipped({"data.pkl": ATTACK})))))
    yield hostile("nested", "tar-in-zip.zip", zipped({"m.tar": tarred(("x.pkl", ATTACK))}))
    yield hostile("nested", "pickle.pkl.gz", gzipped(ATTACK))
    yield hostile("archive escapes", "parent.tar", tarred(("../../etc/cron.d/x", b"* * * * * root id\n")), OTHER)
    yield hostile("archive escapes", "absolute.tar", tarred(("/etc/cron.d/x", b"x")), OTHER)
    yield hostile("archive escapes", "link.tar", tarred(("weights", "/etc/shadow"), ("weights/x", b"y")), OTHER)
    yield hostile("archive escapes", "parent.zip", zipped({"../../.bashrc": b"id\n", "data.txt": b"x"}), OTHER)
    yield hostile("archive escapes", "backslash.zip", zipped({"..\\..\\run.bat": b"id\n"}), OTHER)
    bomb = zipped({"weights.bin": bytes(60 << 20)}, zipfile.ZIP_DEFLATED)
    yield hostile("archive swells", "bomb.zip", zipped({f"{index}.zip": bomb for index in range(8)}), OTHER)
    yield honest("archive", "model.zip", zipped({"model/data.pkl": _GOOD, "model/readme.txt": b"A model."}))
    yield honest("archive", "model.tar.gz", gzipped(tarred(("model/data.pkl", _GOOD), ("model/README", b"x"))))
    yield honest("archive", "model.tar", tarred(("model/data.pkl", _GOOD)))
    yield honest("archive", "deflated.zip", zipped({"weights.txt": b"1 2 3\n" * 1000}, zipfile.ZIP_DEFLATED))
