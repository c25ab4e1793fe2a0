"""Checkpoints of torch: its ZIP files, its first format, its programs."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator

from model_files.archives import zipped
from model_files.base import Case, honest, hostile
from model_files.opcodes import (
    ATTACK,
    BINPERSID,
    EMPTY_DICT,
    EMPTY_TUPLE,
    EVAL,
    MARK,
    REDUCE,
    SYSTEM,
    arguments,
    call,
    name,
    number,
    pickled,
    text,
)

_MAGIC = 0x1950A86A20F9469CFC6C
_FLOATS = struct.pack("<6f", *range(6))


def _tensor(key: str, *, legacy: bool = False) -> bytes:
    tail = [b"N"] if legacy else []
    storage = arguments(text("storage"), name("torch", "FloatStorage"), text(key), text("cpu"), number(6), *tail)
    strides = arguments(number(3), number(1))
    hooks = name("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE
    sizes = arguments(number(2), number(3))
    return call("torch._utils", "_rebuild_tensor_v2", storage + BINPERSID, number(0), sizes, strides, b"\x89", hooks)


def _state(*extra: bytes, legacy: bool = False) -> bytes:
    entries = text("weight") + _tensor("0", legacy=legacy) + b"".join(extra)
    return pickled(name("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + MARK + entries + b"u")


EXTRA = text("hook") + SYSTEM
GOOD, BAD = _state(), _state(EXTRA)


def checkpoint(data: bytes, folder: str = "archive", **more: bytes) -> bytes:
    """A file as ``torch.save`` writes it."""
    members = {"data.pkl": data, "byteorder": b"little", "data/0": _FLOATS, "version": b"3\n", **more}
    return zipped({f"{folder}/{path}": content for path, content in members.items()})


def _legacy(data: bytes, magic: bytes = b"", behind: bytes = b"") -> bytes:
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    first = magic or pickle.dumps(_MAGIC, 2)
    streams = first + pickle.dumps(1001, 2) + pickle.dumps(system, 2) + data + pickle.dumps(["0"], 2)
    return streams + struct.pack("<q", 6) + _FLOATS + behind


_CLASS = (
    "class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
    "  def forward(self: __torch__.Net,\n    x: Tensor) -> Tensor:\n    return torch.relu(x)\n"
)


def _program(source: str, data: bytes = GOOD) -> bytes:
    return checkpoint(data, "net", **{"code/__torch__.py": source.encode(), "constants.pkl": pickled(b")")})


def cases() -> Iterator[Case]:
    for suffix in ("pt", "pth", "bin", "ckpt", "pkl"):
        yield hostile("torch zip", f"payload.{suffix}", checkpoint(BAD))
        yield honest("torch zip", f"weights.{suffix}", checkpoint(GOOD))
    yield hostile("torch zip", "eval.pt", checkpoint(_state(text("x") + EVAL)))
    yield hostile("torch zip", "other-folder.pt", checkpoint(BAD, "weights/deep"))
    yield hostile("torch zip", "second-pickle.pt", checkpoint(GOOD, **{"data/1": ATTACK}))
    yield hostile("torch zip", "odd-member.pt", checkpoint(GOOD, **{"extra/notes.txt": ATTACK}))
    yield hostile("torch zip", "in-storage.pt", checkpoint(GOOD, **{"data/0": ATTACK}))
    yield hostile("torch zip", "broken-tail.pt", checkpoint(BAD[:-1] + b"\xff"))
    yield hostile("torch zip", "constants.pt", checkpoint(GOOD, **{"constants.pkl": ATTACK}))
    yield hostile("torch zip", "rebuild-of-system.pt", checkpoint(pickled(
        call("torch._tensor", "_rebuild_from_type_v2", name("os", "system"), name("torch", "Tensor"), arguments(text("id")), EMPTY_DICT)
    )))  # fmt: skip
    yield hostile("torch legacy", "payload.pt", _legacy(_state(EXTRA, legacy=True)))
    yield hostile(
        "torch legacy", "magic-computed.pt", _legacy(_state(legacy=True), pickled(call("builtins", "eval", "1+1")))
    )
    yield hostile("torch legacy", "other-magic.pt", _legacy(_state(EXTRA, legacy=True), pickle.dumps(7, 2)))
    yield hostile("torch legacy", "behind-tensors.pt", _legacy(_state(legacy=True), behind=ATTACK))
    yield hostile("torch legacy", "keys-stream.pt", _legacy(_state(legacy=True) + ATTACK))
    yield honest("torch legacy", "weights.pt", _legacy(_state(legacy=True)))
    yield honest("torch program", "net.pt", _program(_CLASS))
    yield hostile("torch program", "payload.pt", _program(_CLASS, BAD))
    write = 'ops.aten.save(x, "/tmp/x.pkl")'
    yield hostile("torch program", "saves.pt", _program(_CLASS.replace("torch.relu(x)", write)))
    reads = 'torch.from_file("/etc/passwd", False, 10)'
    yield hostile("torch program", "reads-file.pt", _program(_CLASS.replace("torch.relu(x)", reads)))
    yield hostile("torch model class", "whole-module.pt", checkpoint(pickled(
        name("__main__", "Net") + EMPTY_TUPLE + b"\x81" + EMPTY_DICT + text("training") + b"\x88s" + b"b"
    )))  # fmt: skip
