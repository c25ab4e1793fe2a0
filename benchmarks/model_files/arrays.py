"""Arrays of numpy, and what joblib writes: pickles with raw numbers between the opcodes, packed or not."""

from __future__ import annotations

import bz2
import importlib
import lzma
import struct
import zlib
from collections.abc import Iterator

from model_files.archives import gzipped, zipped
from model_files.base import Case, honest, hostile
from model_files.opcodes import (
    ATTACK,
    BUILD,
    EMPTY_TUPLE,
    MARK,
    NEWOBJ,
    NONE,
    SETITEMS,
    STOP,
    SYSTEM,
    arguments,
    call,
    name,
    number,
    pickled,
    proto,
    pushed,
    raw,
    text,
)


def npy(description: str, data: bytes, version: int = 1) -> bytes:
    """A file of numpy's."""
    header = description.encode().ljust(117) + b"\n"
    width = "<H" if version == 1 else "<I"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(width, len(header)) + header + data


_PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }"
_OBJECTS = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
_GOOD = npy(_PLAIN, bytes(32))
_DTYPE = call("numpy", "dtype", "f8", b"\x89", b"\x88") + arguments(
    number(3), text("<"), NONE, NONE, NONE, number(-1), number(-1), number(0)
) + BUILD  # fmt: skip


def _joblib(behind: bytes = b"", wrapped: str = "joblib.numpy_pickle") -> bytes:
    """A dict with an array of four numbers, and more behind it."""
    state = MARK + text("subclass") + name("numpy", "ndarray") + text("shape") + arguments(number(4))
    state += text("order") + text("C") + text("dtype") + _DTYPE + text("allow_mmap") + b"\x88"
    state += text("numpy_array_alignment_bytes") + number(16) + SETITEMS
    wrapper = name(wrapped, "NumpyArrayWrapper") + EMPTY_TUPLE + NEWOBJ + b"}" + state + BUILD
    start = proto(4) + b"}" + MARK + text("weights") + wrapper
    padding = 16 - (len(start) + 1) % 16
    return start + bytes([padding]) + b"\xff" * padding + bytes(32) + behind + SETITEMS + STOP


_BEHIND = text("hook") + SYSTEM
_PACKERS = {"z": zlib.compress, "gz": gzipped, "bz2": bz2.compress, "xz": lzma.compress}


def _lz4(data: bytes) -> bytes:
    """One frame whose blocks are stored as they are, with the check sum of its header left to whoever checks it."""
    descriptor = b"\x60\x40"
    block = struct.pack("<I", len(data) | 1 << 31) + data
    return b"\x04\x22\x4d\x18" + descriptor + b"\x82" + block + bytes(4)


def _zstd(data: bytes) -> bytes:
    """One frame with a single raw block."""
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data)) + (len(data) << 3 | 1).to_bytes(3, "little") + data


_PACKERS |= {"lz4": _lz4, "zst": _zstd, "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE)}


def real(library: str, data: bytes) -> bytes | None:
    """Packed by a library, where it is installed."""
    try:
        packer = importlib.import_module(library)
    except ImportError:
        return None
    packed: bytes = packer.compress(data)
    return packed


def cases() -> Iterator[Case]:
    yield hostile("numpy", "objects.npy", npy(_OBJECTS, ATTACK))
    yield hostile("numpy", "objects-version-2.npy", npy(_OBJECTS, ATTACK, 2))
    yield hostile(
        "numpy",
        "objects-in-record.npy",
        npy("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,), }", ATTACK),
    )
    yield hostile("numpy", "objects.npz", zipped({"a.npy": _GOOD, "b.npy": npy(_OBJECTS, ATTACK)}))
    yield hostile("numpy", "behind-numbers.npy", _GOOD + ATTACK)
    yield hostile(
        "numpy",
        "header-calls.npy",
        npy("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (1,)}", b""),
    )
    yield hostile("numpy", "pickle-in-npz.npz", zipped({"a.npy": _GOOD, "b.pkl": ATTACK}))
    yield honest("numpy", "numbers.npy", _GOOD)
    yield honest("numpy", "numbers.npz", zipped({"a.npy": _GOOD, "b.npy": _GOOD}))
    yield honest(
        "numpy",
        "record.npy",
        npy("{'descr': [('a', '<f8'), ('b', '<U3')], 'fortran_order': False, 'shape': (1,), }", bytes(20)),
    )
    yield honest("numpy", "empty.npy", npy("{'descr': '<i4', 'fortran_order': True, 'shape': (0,), }", b""))
    restored = call("numpy.core.multiarray", "_reconstruct", name("numpy", "ndarray"), arguments(number(0)), raw(b"b"))
    state = arguments(number(1), arguments(number(4)), _DTYPE, b"\x89", raw(bytes(32)))
    yield honest("numpy pickle", "array.pkl", pickled(restored + state + BUILD, 3))
    scalar = call("numpy.core.multiarray", "scalar", _DTYPE, raw(bytes(8)))
    yield honest("numpy pickle", "scalar.pkl", pickled(scalar, 3))
    objects = call("numpy", "dtype", "O8", b"\x89", b"\x88")
    inside = arguments(number(1), arguments(number(1)), objects, b"\x89", b"]" + SYSTEM + b"a")
    yield hostile("numpy pickle", "objects.pkl", pickled(restored + inside + BUILD, 3))
    yield from _joblib_cases()


def _joblib_cases() -> Iterator[Case]:
    yield hostile("joblib", "behind-array.joblib", _joblib(_BEHIND))
    yield hostile("joblib", "before-array.joblib", proto(4) + SYSTEM + b"0" + _joblib()[2:])
    yield hostile("joblib", "older-module.joblib", _joblib(_BEHIND, "sklearn.externals.joblib.numpy_pickle"))
    yield hostile("joblib", "system.joblib", ATTACK)
    yield honest("joblib", "array.joblib", _joblib())
    yield honest("joblib", "settings.joblib", pickled(pushed({"a": 1, "b": [1.5]}), 4))
    for suffix, pack in _PACKERS.items():
        for title, data in (("payload", ATTACK), ("behind-array", _joblib(_BEHIND))):
            yield hostile(f"joblib packed {suffix}", f"{title}.joblib.{suffix}", pack(data))
            yield hostile(f"joblib packed {suffix}", f"{title}.joblib", pack(data))
        yield honest(f"joblib packed {suffix}", f"array.joblib.{suffix}", pack(_joblib()))
    for suffix, library in (("lz4", "lz4.frame"), ("zst", "zstandard")):
        if packed := real(library, _joblib(_BEHIND) + ATTACK * 20):
            yield hostile(f"joblib packed {suffix}", f"squeezed.joblib.{suffix}", packed)
        if packed := real(library, _joblib()):
            yield honest(f"joblib packed {suffix}", f"squeezed.joblib.{suffix}", packed)
    yield hostile("joblib packed twice", "payload.gz", gzipped(zlib.compress(ATTACK)))
    yield hostile("joblib packed twice", "truncated.pkl.gz", gzipped(ATTACK + bytes(4000))[:-9])
    yield hostile("joblib packed twice", "second-member.pkl.gz", gzipped(pickled(pushed(1))) + gzipped(ATTACK))
