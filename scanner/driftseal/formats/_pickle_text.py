"""Text and numbers as pickles write them, read at least as generously as every reader of pickles does."""

from __future__ import annotations

import codecs
import re
from typing import Final

from driftseal.formats._pickle_values import NUMBER, Long, Value

_LONGEST_DECIMAL: Final = 32
_LONGEST_SIGNED: Final = 32
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")
_HIGHEST: Final = 0x10FFFF


def text(content: bytes | Long) -> str | Long:
    """UTF-8 as far as it is that; other bytes stand for themselves, which stops only real readers."""
    if isinstance(content, Long):
        return Long("str", _latin(content).encode("latin-1").decode(errors="ignore"), content.offset, content.size)
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def plain(content: bytes | Long) -> str | Long:
    """A string of Python 2, whose bytes stand for themselves."""
    if isinstance(content, Long):
        return Long("str", _latin(content), content.offset, content.size)
    return content.decode("latin-1")


def quoted(line: bytes | Long) -> str | Long:
    """A string in quotes with escapes; readers refuse one without quotes, here they may be missing."""
    if isinstance(line, Long):
        return Long("str", _latin(line).lstrip("'\""), line.offset, line.size)
    line = line.strip()
    if line[:1] in {b"'", b'"'}:
        line = line[1:-1] if line[-1:] == line[:1] else line[1:]
    try:
        return codecs.escape_decode(line)[0].decode("latin-1")
    except ValueError:
        return line.decode("latin-1")


def raw_unicode(line: bytes | Long) -> str | Long:
    r"""Text with \u and \U escapes."""
    if isinstance(line, Long):
        return Long("str", _latin(line), line.offset, line.size)
    return _ESCAPE.sub(_unescaped, line.decode("latin-1"))


def decimal(line: bytes | Long) -> Value:
    """A number in decimal digits; ``00`` and ``01`` are the two truth values."""
    if isinstance(line, Long) or len(line) > _LONGEST_DECIMAL:
        return NUMBER
    if line in {b"00", b"01"}:
        return line == b"01"
    try:
        return int(line.rstrip(b"lL\0"))
    except ValueError:
        return NUMBER


def signed(content: bytes) -> Value:
    """A number in little endian with a sign."""
    return int.from_bytes(content, "little", signed=True) if len(content) <= _LONGEST_SIGNED else NUMBER


def _latin(content: Long) -> str:
    return content.head if isinstance(content.head, str) else content.head.decode("latin-1")


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code <= _HIGHEST else "\ufffd"
