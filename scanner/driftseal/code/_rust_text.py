"""Text of Rust files: macros made calls before they are parsed, what literals say, what ``format!`` is given."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from typing import Final

from driftseal.code import ir

_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LISTS: Final = frozenset({b"vec", b"params", b"smallvec"})
"""Macros that are nothing but the list in their brackets."""
_CALLS: Final = frozenset(
    {
        *(b"format", b"format_args", b"print", b"println", b"eprint", b"eprintln", b"write", b"writeln", b"panic"),
        *(b"unreachable", b"todo", b"unimplemented", b"assert", b"assert_eq", b"assert_ne", b"debug_assert"),
        *(b"anyhow", b"bail", b"ensure", b"info", b"warn", b"error", b"debug", b"trace", b"dbg", b"concat", b"env"),
        *(b"option_env", b"include_str", b"include_bytes", b"include", b"query", b"query_as", b"query_scalar"),
        *(b"try_join", b"join", b"cmd", b"indoc", b"formatdoc", b"eyre", b"miette", b"fmt", b"execute_raw"),
    }
)
"""Macros whose arguments are expressions."""
_STOPS: Final = re.compile(rb"//|/\*|b?\"|\bb?r#*\"|'(?:\\.|[^\\'\n])'|\b(\w+)!\s*[(\[]")
_QUOTE: Final = re.compile(rb'[\\"]')
_ESCAPE: Final = re.compile(r"\\(?:([nrt0\\'\"])|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F_]{1,8})\}|\r?\n\s*)")
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_HOLE: Final = re.compile(r"\{\{|\}\}|\{([^{}:]{0,200})(?::[^{}]{0,200})?\}")
_NUMBER: Final = 200
"""Length of a number that is read; a longer one is kept as its text."""
_SUFFIX: Final = re.compile(r"(?:[iu](?:8|16|32|64|128|size)|f32|f64)$")
_LAST: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)


def utf8(data: bytes) -> bytes:
    """The file in the one encoding that is parsed."""
    for mark, encoding in _WIDE.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8).replace(b"\0", b" ")


def without_marks(data: bytes) -> tuple[bytes, int]:
    """The source with ``format!(…)`` as ``format (…)`` and ``vec![…]`` as ``[…]``, each in its place.

    A grammar knows the inside of a macro as tokens alone; that of these is made of expressions. What follows a raw text
    that never ends is left out, and counted as an error: nobody could tell what it is.
    """
    found = bytearray(data)
    at = 0
    while True:
        stop = _STOPS.search(data, at)
        if stop is None:
            return bytes(found), 0
        at = stop.end()
        name = stop[1]
        if name is not None:
            if name in _LISTS:
                found[stop.start() : at - 1] = b" " * (at - 1 - stop.start())
            elif name in _CALLS and data[at - 1 : at] == b"(":
                found[stop.end(1)] = 0x20
            at -= 1
            continue
        at = _past(data, stop[0], at)
        if at < 0:
            endless = b"r" in stop[0]
            return bytes(found[: stop.start()] if endless else found), int(endless)


def _past(data: bytes, opening: bytes, at: int) -> int:
    """Where a comment or a text ends; -1 where it never does."""
    if opening == b"//":
        return data.find(b"\n", at)
    if opening == b"/*":
        end = data.find(b"*/", at)
        return end + 2 if end >= 0 else -1
    if opening.startswith(b"'"):
        return at
    if b"r" in opening:
        close = b'"' + b"#" * opening.count(b"#")
        end = data.find(close, at)
        return end + len(close) if end >= 0 else -1
    while True:
        quote = _QUOTE.search(data, at)
        if quote is None:
            return -1
        at = quote.end()
        if quote[0] == b'"':
            return at
        at += 1


def unescaped(text: str) -> str:
    """What the inside of a literal says."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    if found[1] is not None:
        return _NAMED.get(found[1], found[1])
    digits = found[2] or found[3]
    if digits is None:
        return ""
    code = int(digits.replace("_", "") or "0", 16)
    return chr(code) if code <= _LAST and code not in _SURROGATES else "\ufffd"


def number(text: str) -> str | int | float:
    """A number; one that is very long stays as its text."""
    digits = text.replace("_", "")
    if len(digits) > _NUMBER:
        return text
    if not (digits.startswith("0x") and digits.endswith(("f32", "f64"))):
        digits = _SUFFIX.sub("", digits)
    try:
        return (
            int(digits, 0) if digits[:2] in {"0x", "0o", "0b"} else int(digits) if digits.isdigit() else float(digits)
        )
    except ValueError:
        return text


def formatted(args: Sequence[ir.Expr], named: Mapping[str, ir.Expr], line: int) -> ir.Expr:
    """What ``format!`` puts together."""
    first = args[0] if args else ir.Const("", line)
    if not isinstance(first, ir.Const) or not isinstance(first.value, str):
        return first if len(args) == 1 else ir.Text(tuple(args), line, None)
    rest = list(args[1:])
    parts: list[ir.Expr] = []
    literal, start, used = "", 0, 0
    for hole in _HOLE.finditer(first.value):
        literal += first.value[start : hole.start()]
        start = hole.end()
        name = hole[1]
        if name is None:
            literal += hole[0][0]
            continue
        if literal:
            parts.append(ir.Const(literal, first.line))
            literal = ""
        place = used if not name else int(name) if name.isdecimal() and len(name) < len("0000") else -1
        used += not name
        if place >= 0:
            parts.append(rest[place] if place < len(rest) else ir.Other((), line))
        else:
            parts.append(named.get(name) or ir.Name(name, line))
    literal += first.value[start:]
    if not parts:
        return ir.Const(literal, line)
    return ir.Text((*parts, *((ir.Const(literal, first.line),) if literal else ())), line, None)
