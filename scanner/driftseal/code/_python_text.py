"""Text of Python files: how they are encoded, what their literals say, how docstrings are set."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from driftseal.regexes import regex

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COOKIE: Final = regex(rb"[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_QUADRATIC: Final = frozenset({"idna", "punycode"})
"""Encodings whose decoders take the square of a text's length."""
_HEAD: Final = 4096
"""Bytes in which a file may name its encoding."""
_ESCAPE: Final = regex(
    r"\\(\n|[\\'\"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^{}\n]{1,90}\})"
)
_BYTE_ESCAPE: Final = regex(r"\\(\n|[\\'\"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2})")
_NAMED: Final = {"\n": "", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SURROGATE: Final = regex("[\ud800-\udfff]")
_LAST: Final = 0x10FFFF
_NUMBER: Final = 200
"""Length of a number that is read; a longer one is kept as its text."""
_NAME: Final = 400
"""Length of a name that is brought into its normal form, which takes longer than linear time."""


def source(data: bytes) -> tuple[bytes, int]:
    """A file in UTF-8 with plain line ends and without NUL, and how many things were wrong with it."""
    text, wrong = _decoded(data)
    if "\0" in text:
        text, wrong = text.replace("\0", " "), wrong + 1
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", "replace"), wrong


def _decoded(data: bytes) -> tuple[str, int]:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _in_encoding(data[len(mark) :] if name == "utf-8" else data, name)
    for line in data[:_HEAD].split(b"\n", 2)[:2]:
        found = _COOKIE.match(line)
        if found is not None:
            return _in_encoding(data, found[1].decode("ascii", "replace"))
    return _in_encoding(data, "utf-8")


def _in_encoding(data: bytes, name: str) -> tuple[str, int]:
    """The text of a file that names its encoding; any that Python knows may hide code from whoever knows fewer."""
    try:
        known = codecs.lookup(name).name
        if known in _QUADRATIC:
            return data.decode("latin-1"), 1
        if known == "unicode-escape":
            # Python's own decoder warns of escapes that it does not know.
            return unescaped(data.decode("latin-1")), 0
        return data.decode(known), 0
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "replace"), 1


def unescaped(text: str) -> str:
    """What the inside of a literal says; an escape that Python does not know stands for itself."""
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(_escape, text)
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def unescaped_bytes(text: str) -> str:
    """What the inside of a literal of bytes says, a character a byte."""
    return _BYTE_ESCAPE.sub(_escape, text) if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    text = found[1]
    first = text[0]
    if len(text) == 1 and first not in "01234567":
        return _NAMED.get(first, first)
    if first in "01234567":
        return chr(int(text, 8))
    if first == "N":
        try:
            return unicodedata.lookup(text[2:-1])
        except KeyError:
            return found[0]
    code = int(text[1:], 16)
    return chr(code) if code <= _LAST else found[0]


def number(text: str) -> str | int | float:
    """A number; one that is imaginary, infinite or very long stays as its text."""
    digits = text.replace("_", "").lower().rstrip("l")
    if len(digits) > _NUMBER:
        return text
    try:
        if digits.isdigit():
            # A leading zero was octal in Python 2.
            return int(digits, 8) if digits.startswith("0") else int(digits)
        if digits[:2] in {"0x", "0o", "0b"}:
            return int(digits, 0)
        value = float(digits)
    except ValueError:
        return text
    return value if value - value == 0 else text


def identifier(text: str) -> str:
    """A name as Python compares it: one of mathematical letters is the plain one."""
    return text if text.isascii() or len(text) > _NAME else unicodedata.normalize("NFKC", text)


def cleaned(doc: str) -> str:
    """A docstring without the indentation that its lines share and without empty lines around it."""
    first, *lines = doc.expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines if not line.isspace() and line), default=0)
    return "\n".join((first.lstrip(), *(line[margin:] for line in lines))).strip("\n")
