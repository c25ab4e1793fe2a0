"""TOML with the line of every table and key."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from typing import Final

from driftseal import canonical
from driftseal.canonical import escape_pointer
from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import Json

_LINE: Final = re.compile(r"\(at line (\d{1,9}),")
_NAME: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_DOTTED: Final = rf"{_NAME}(?:[ \t]*+\.[ \t]*+{_NAME})*+"
_HEADER: Final = re.compile(rf"[ \t]*+\[(\[?)[ \t]*+({_DOTTED})[ \t]*+\]")
_PAIR: Final = re.compile(rf"[ \t]*+({_DOTTED})[ \t]*+=")
_PART: Final = re.compile(_NAME)
_LONGEST_KEY: Final = 64
_LONGEST_INTEGER: Final = 1024
_CHAIN: Final = re.compile(
    rf"""(?<![\w"'-])(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_LONGEST_KEY}}}"""
)
"""tomllib takes the square of a dotted key's length, in a few megabytes more than an hour."""


def parse(data: bytes, name: str, limits: Limits) -> Document:
    """One TOML document (v1.0.0); dates and times as text.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not TOML; ``line`` says where.
    """
    if len(data) > limits.slow_text_bytes:
        raise LimitExceeded(
            f"{name}: larger than {limits.slow_text_bytes} bytes",
            hint="raise limits.slow_text_bytes if this file is meant to be that large",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise FormatError(f"{name}: not UTF-8 at byte {cause.start}", hint="save the file as UTF-8") from cause
    _check_keys(text, name, limits)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        found = _LINE.search(str(cause))
        line = int(found[1]) if found else text.count("\n") + 1
        problem = str(cause).partition(" (at ")[0]
        raise FormatError(
            f"{name}:{line}: not valid TOML: {problem}", hint="mend the syntax on that line", line=line
        ) from cause
    except RecursionError:
        raise LimitExceeded(f"{name}: nested deeper than {limits.json_depth} levels") from None
    except ValueError as cause:
        raise FormatError(f"{name}: not valid TOML: {cause}", hint="mend the value") from cause
    value = _plain(document, name, limits.json_depth)
    lines: dict[str, int] = {}

    def line_of(pointer: str) -> int:
        if not lines:
            lines.update(_lines(text, limits.pointer_chars))
        return lines.get(pointer, 0)

    canonical.check_depth(value, name, limits)
    return Document(value, line=line_of)


def _check_keys(text: str, name: str, limits: Limits) -> None:
    found = _CHAIN.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise LimitExceeded(f"{name}:{line}: nested deeper than {min(limits.json_depth, _LONGEST_KEY)} levels")


def _plain(value: object, name: str, depth: int) -> Json:
    if depth < 0:
        raise LimitExceeded(f"{name}: nested too deeply")
    if isinstance(value, dict):
        return {str(key): _plain(child, name, depth - 1) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child, name, depth - 1) for child in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER:
        # Python writes down no integer of thousands of digits, and reads one only where it is no decimal.
        raise FormatError(f"{name}: not valid TOML: an integer of more than {_LONGEST_INTEGER} bits")
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _lines(text: str, left: int) -> Iterator[tuple[str, int]]:
    """Pointer and line of each table header and each key that begins a line; the first of a name counts last.

    Text inside a multi-line string may look like a key: a wrong line there names no value that is asked for. It may
    look like many keys of a table with a very long name too, so only ``left`` characters of pointers are told.
    """
    found: dict[str, int] = {"": 1}
    table, arrays = "", dict[str, int]()
    for number, line in enumerate(text.split("\n"), start=1):
        left -= len(table)
        if left < 0:
            break
        if header := _HEADER.match(line):
            table = _pointer("", header[2])
            if header[1]:
                arrays[table] = arrays.get(table, -1) + 1
                table = f"{table}/{arrays[table]}"
            found.setdefault(table, number)
        elif pair := _PAIR.match(line):
            found.setdefault(_pointer(table, pair[1]), number)
    yield from found.items()


def _pointer(above: str, dotted: str) -> str:
    parts = (part[0] for part in _PART.finditer(dotted))
    return above + "".join("/" + escape_pointer(part[1:-1] if part[0] in "\"'" else part) for part in parts)
