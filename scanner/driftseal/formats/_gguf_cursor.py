"""The values of GGUF, one after another, each number compared with what the file has room for."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from driftseal.formats.blob import Blob
from driftseal.limits import Limits
from driftseal.model.item import Json

WINDOW: Final = 256 * 1024
_DEPTH: Final = 4
_SHOWN: Final = 64
"""Entries of an array that are stated one by one; a longer one is stated by its digest."""
TEXT: Final = 8
_ARRAY: Final = 9
_BOOL: Final = 7
_FORMS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_WIDTHS: Final = {kind: struct.calcsize(f"<{form}") for kind, form in _FORMS.items()}
_LONGEST_NAME: Final = 64 * 1024
U32: Final = 4
U64: Final = 10


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that no writer of the format does."""

    name: str
    evidence: str
    offset: int = 0
    subject: str = ""


class Stop(Exception):
    """The rest cannot be read."""

    def __init__(self, name: str, evidence: str, offset: int) -> None:
        super().__init__(evidence)
        self.oddity = Oddity(name, evidence, offset)


class Cursor:
    """Numbers and texts, one after another, none beyond the end of the file."""

    def __init__(self, blob: Blob, limits: Limits) -> None:
        self._blob = blob
        self._window = b""
        self._start = 0
        self._steps = limits.file_steps
        self._text = limits.document_bytes
        self._kept = limits.file_bytes
        self._entries = limits.stated_entries
        self.at = 0
        self.size = blob.size
        self.sign = "<"
        self.wide = True

    def take(self, count: int) -> bytes:
        if count > self.size - self.at:
            raise Stop("gguf-overflow", f"{count} bytes are told, {self.size - self.at} are left", self.at)
        self._steps -= 1
        if self._steps < 0:
            raise Stop("gguf-unread", "more entries than limits.file_steps", self.at)
        begin = self.at - self._start
        if begin < 0 or begin + count > len(self._window):
            self._start, begin = self.at, 0
            self._window = self._blob.read_at(self.at, max(count, WINDOW))
        self.at += count
        return self._window[begin : begin + count]

    def _number(self, kind: int) -> int | float | bool:
        data = self.take(_WIDTHS[kind])
        if kind == _BOOL:
            return data != b"\0"
        value: int | float = struct.unpack(self.sign + _FORMS[kind], data)[0]
        return value

    def whole(self, kind: int) -> int:
        return int(self._number(kind))

    def count(self, what: str, least: int) -> int:
        """A number of things of which each takes so many bytes at least."""
        at = self.at
        value = self.whole(U64 if self.wide else U32)
        if value * least > self.size - self.at:
            raise Stop("gguf-overflow", f"{value} {what} are told, {self.size - self.at} bytes are left", at)
        return value

    def text(self) -> str:
        """A name."""
        length = self.count("bytes of text", 1)
        if length > _LONGEST_NAME:
            raise Stop("gguf-overflow", f"a name of {length} bytes", self.at)
        return self.take(length).decode("utf-8", "backslashreplace")

    def value(self, kind: int) -> Json:
        """A value of the metadata. What is large, or too much, is stated by its digest."""
        return self._value(kind, _DEPTH)

    def _value(self, kind: int, depth: int) -> Json:
        if kind in _FORMS:
            number = self._number(kind)
            # JSON has no word for what is no number.
            return number if number - number == 0 else str(number)
        if kind == TEXT:
            length = self.count("bytes of text", 1)
            if self._allows(length):
                return self.take(length).decode("utf-8", "backslashreplace")
            digest = hashlib.sha256()
            self._pass_over(length, digest.update)
            return {"count": length, "type": kind, "sha256": digest.hexdigest()}
        if kind == _ARRAY:
            return self._array(depth)
        raise Stop("gguf-malformed", f"type {kind} of a value is none", self.at)

    def _array(self, depth: int) -> Json:
        kind = self.whole(U32)
        if kind not in _FORMS and kind not in {TEXT, _ARRAY}:
            raise Stop("gguf-malformed", f"type {kind} of a value is none", self.at)
        if depth == 0:
            raise Stop("gguf-malformed", f"arrays nested in one another {_DEPTH} times", self.at)
        width = _WIDTHS.get(kind, (8 if self.wide else 4) + (4 if kind == _ARRAY else 0))
        count = self.count("entries of an array", width)
        if count <= _SHOWN and self._allows(count * _SHOWN):
            return [self._value(kind, depth - 1) for _ in range(count)]
        digest = hashlib.sha256()
        if kind == _ARRAY and count > self._entries:
            raise Stop("gguf-unread", "more arrays in an array than limits.stated_entries", self.at)
        if kind in _FORMS:
            self._pass_over(count * width, digest.update)
        elif kind == TEXT:
            self._pass_texts(count, digest.update)
        else:
            for _ in range(count):
                digest.update(repr(self._value(kind, depth - 1)).encode("utf-8", "backslashreplace"))
        return {"count": count, "type": kind, "sha256": digest.hexdigest()}

    def _allows(self, size: int) -> bool:
        """Whether so many bytes more may be kept."""
        if size > self._text or size > self._kept:
            return False
        self._kept -= size
        return True

    def _pass_over(self, count: int, update: Callable[[bytes], None]) -> None:
        """Bytes that are digested alone."""
        while count > 0:
            piece = self.take(min(count, WINDOW))
            update(piece)
            count -= len(piece)

    def _pass_texts(self, count: int, update: Callable[[bytes], None]) -> None:
        """Texts that are digested alone, hundreds of thousands in a vocabulary; lengths go into the digest too."""
        self._steps -= count
        length = struct.Struct(self.sign + ("Q" if self.wide else "I"))
        while count > 0:
            window = self._blob.read_at(self.at, WINDOW)
            place, last = 0, len(window) - length.size
            while count > 0 and place <= last:
                after = place + length.size + length.unpack_from(window, place)[0]
                if after > len(window):
                    break
                place, count = after, count - 1
            update(window[:place])
            self.at += place
            if not place:
                # One text that is larger than what is looked at, or that leads out of the file.
                self._pass_over(self.count("bytes of text", 1), update)
                count -= 1
