"""JSON as editors write it: with comments, trailing commas, and in OpenClaw's case bare keys and single quotes."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from driftseal import canonical
from driftseal.canonical import escape_pointer
from driftseal.errors import FormatError
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.regexes import regex

# Every alternative matches to the end of the text where its own end is missing, so that nothing is read twice.
_TOKEN: Final = regex(
    r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
    r"|'(?:[^'\\]|\\.)*+(?:(?P<closed>')|\\?\Z)"
    r"|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
    r"|[A-Za-z_$][\w$]*+",
    re.DOTALL,
)
_TRAILING_COMMA: Final = regex(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|,(?=\s*+[}\]])', re.DOTALL)
_KEY_FOLLOWS: Final = regex(r"\s*+:")
_BLANK: Final = regex(r"[^\n]")
_SPACE: Final = regex(r"[ \t\n\r]*+")
_NEWLINE: Final = regex("\n")


def parse(data: bytes, name: str, limits: Limits) -> Document:
    """Parse JSON; where that fails, JSON with comments and trailing commas.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: neither; ``line`` says where.
    """
    try:
        parsed = canonical.parse_json(data, name, limits)
        text = data.decode("utf-8-sig")
    except FormatError as first:
        if first.line == 0:
            raise
        text = relaxed(data.decode("utf-8-sig"))
        parsed = canonical.parse_json(text, name, limits)
    return Document(parsed.value, parsed.duplicate_keys, Lines(text).line)


def relaxed(text: str) -> str:
    """The same text as strict JSON, line for line: comments blanked, bare keys and single quotes made double."""
    return _TRAILING_COMMA.sub(
        lambda found: " " if found[0] == "," else found[0],
        _TOKEN.sub(_strict, text),
    )


def _strict(found: re.Match[str]) -> str:
    token = found[0]
    first = token[0]
    if first == '"':
        return token
    if first == "/":
        return _BLANK.sub(" ", token)
    if found["closed"]:
        return '"' + token[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    if first != "'" and _KEY_FOLLOWS.match(found.string, found.end()):
        return f'"{token}"'
    return token


class Lines:
    """Where the values of a JSON text stand. Only what is asked for is read again, by the C scanner."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder(strict=False)
        self._offsets: dict[str, int] = {"": _skip(text, 0)}
        self._starts: dict[str, int] = {"": _skip(text, 0)}
        self._opened: set[str] = set()
        self._newlines: list[int] | None = None

    def line(self, pointer: str) -> int:
        """Line from 1 of a value, or of its key in an object; 0 where there is no such value."""
        offset = self._find(pointer)
        if offset is None:
            return 0
        if self._newlines is None:
            self._newlines = [found.start() for found in _NEWLINE.finditer(self._text)]
        return bisect_right(self._newlines, offset) + 1

    def _find(self, pointer: str) -> int | None:
        if pointer not in self._offsets:
            above = pointer.rpartition("/")[0]
            if self._find(above) is None or above in self._opened:
                return None
            self._opened.add(above)
            try:
                for token, key_at, value_at in self._members(self._starts[above]):
                    below = f"{above}/{token}"
                    self._offsets[below] = key_at
                    self._starts[below] = value_at
            except (ValueError, IndexError, RecursionError):
                # A position is a courtesy; the document itself was parsed strictly before.
                return self._offsets.get(pointer)
        return self._offsets.get(pointer)

    def _members(self, start: int) -> Iterator[tuple[str, int, int]]:
        """Reference token, offset of the key (or value) and of the value, of each member of one container."""
        text, decode = self._text, self._decoder.raw_decode
        if text[start] not in "{[":
            return
        is_object, seen, times = text[start] == "{", set[str](), dict[str, int]()
        at, number = _skip(text, start + 1), 0
        while text[at] not in "}]":
            key_at, token = at, str(number)
            if is_object:
                name, end = decode(text, at)
                key, further = str(name), times.get(name, 1)
                while key in seen:
                    further += 1
                    key = f"{name}#{further}"
                seen.add(key)
                times[name] = further
                token, at = escape_pointer(key), _skip(text, _skip(text, end) + 1)
            yield token, key_at, at
            _, end = decode(text, at)
            at, number = _skip(text, end), number + 1
            if text[at] == ",":
                at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
