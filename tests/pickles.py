"""A small assembler for pickles, so that tests hold hostile ones without anything ever being loaded."""

from __future__ import annotations

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact, Seen
from driftseal.observe.files.pickle import Pickle

STOP = b"."
MARK = b"("
REDUCE = b"R"
BUILD = b"b"
MEMOIZE = b"\x94"
TUPLE1 = b"\x85"
STACK_GLOBAL = b"\x93"
EMPTY_DICT = b"}"
SETITEM = b"s"


def proto(version: int) -> bytes:
    return bytes([0x80, version])


def text(string: str) -> bytes:
    data = string.encode()
    return b"\x8c" + bytes([len(data)]) + data if len(data) < 256 else b"X" + len(data).to_bytes(4, "little") + data


def blob(data: bytes) -> bytes:
    return b"B" + len(data).to_bytes(4, "little") + data


def name(module: str, attribute: str) -> bytes:
    """GLOBAL"""
    return f"c{module}\n{attribute}\n".encode()


def stack_name(module: str, attribute: str) -> bytes:
    return text(module) + text(attribute) + STACK_GLOBAL


def call(module: str, attribute: str, *arguments: str) -> bytes:
    """The result of a call with texts."""
    return name(module, attribute) + MARK + b"".join(map(text, arguments)) + b"t" + REDUCE


def seen(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Seen]:
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(Pickle().read(Bytes(data), "model.pkl", budget))


def facts(data: bytes) -> list[tuple[str, str]]:
    """Names and subjects of facts, in order."""
    return [(one.name, one.subject) for one in seen(data) if isinstance(one, Fact)]


def fact(data: bytes, name: str) -> Fact:
    """The one fact of this name."""
    (found,) = [one for one in seen(data) if isinstance(one, Fact) and one.name == name]
    return found


def blanks(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    return [one.why for one in seen(data, limits) if isinstance(one, Blank)]


def inside(data: bytes) -> list[bytes]:
    """Files within, whole."""
    return [one.blob.read_at(0, one.blob.size) for one in seen(data) if isinstance(one, Embedded)]
