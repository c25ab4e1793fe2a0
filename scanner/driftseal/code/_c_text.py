"""Text of files in languages that write their literals as C does: how they are encoded, what escapes mean."""

from __future__ import annotations

import codecs
import re
from typing import Final

_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtvs\\'\"])|([0-3]?[0-7]{1,2})|x([0-9a-fA-F]{2})|u+([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\r?\n)"
)
_SHORT: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LAST: Final = 0x10FFFF
_DIGITS: Final = 200
"""Length of a number that is read; a longer one is kept as its text."""


def utf8(data: bytes) -> tuple[bytes, int]:
    """A file in UTF-8 without NUL, and how many things were wrong with it."""
    for mark, encoding in _WIDE.items():
        if data.startswith(mark):
            data = data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    return (data.replace(b"\0", b" "), 1) if b"\0" in data else (data, 0)


def unescaped(text: str) -> str:
    """What the inside of a literal says; an unknown escape stands for itself."""
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(_escape, text)
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _escape(found: re.Match[str]) -> str:
    short, octal, byte, four, eight = found.groups()
    if short is not None:
        return _SHORT.get(short, short)
    if octal is not None:
        return chr(int(octal, 8))
    digits = byte or four or eight
    if digits is None:
        return ""
    code = int(digits, 16)
    return chr(code) if code <= _LAST else found[0]


def number(text: str) -> str | int | float:
    """A number; one of a kind that nobody computes with stays as its text."""
    digits = text.replace("_", "").lower()
    if len(digits) > _DIGITS:
        return text
    try:
        if digits[:2] in {"0x", "0o", "0b"}:
            return int(digits.rstrip("l"), 0)
        plain = digits.rstrip("lfd")
        if plain.isdecimal():
            # A leading zero means octal.
            return int(plain, 8) if plain.startswith("0") and plain != "0" else int(plain)
        value = float(plain)
    except ValueError:
        return text
    return value if value - value == 0 else text
