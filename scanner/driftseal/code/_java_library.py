"""Calls of Java's standard library that the intermediate form has nodes for: formats, collections, comparisons."""

from __future__ import annotations

import re
from typing import Final

from driftseal.code import ir

_COLLECTIONS: Final = {
    "List": frozenset({"of"}),
    "Set": frozenset({"of"}),
    "Arrays": frozenset({"asList"}),
    "Map": frozenset({"of", "entry", "ofEntries"}),
}
"""Functions that make a collection of what they are given."""
_MATCHES: Final = {"matches": "matches", "find": "search", "lookingAt": "match"}
"""What a matcher does, as a pattern does it."""
_VERB: Final = re.compile(r"%(?:(\d{1,3})\$)?[-#+ 0,(]*\d*(?:\.\d+)?([a-zA-Z%])")
_NUMBERS: Final = frozenset("doxXeEfgGbBcn")
"""Conversions that print nothing but numbers, truth values and line ends."""


def understood(owner: ir.Expr, called: str, args: tuple[ir.Arg, ...], line: int) -> ir.Expr | None:
    """What a call of the standard library comes to that the form has a node for."""
    named = owner.id if isinstance(owner, ir.Name) else ""
    found: ir.Expr | None = None
    if called == "format" and named == "String":
        texts = args[1:] if args and not isinstance(args[0].value, (ir.Const, ir.Binary)) else args
        found = _formatted(texts[0].value, texts[1:], line) if texts else None
    elif called in _COLLECTIONS.get(named, ()):
        found = _collection(called, named, args, line)
    elif called in _MATCHES and not args and isinstance(owner, ir.Call) and _is_matcher(owner):
        # A pattern's matcher is asked for one text alone.
        found = ir.Call(ir.Attr(_pattern(owner), _MATCHES[called], line), owner.args, line, new=False)
    elif called in {"equals", "equalsIgnoreCase"} and args:
        left, right = (owner, args[0].value) if len(args) == 1 else (args[0].value, args[1].value)
        found = ir.Binary("==", left, right, line)
    elif called == "formatted":
        found = _formatted(owner, args, line)
    return found


def _is_matcher(call: ir.Call) -> bool:
    return isinstance(call.callee, ir.Attr) and call.callee.name == "matcher" and len(call.args) == 1


def _pattern(call: ir.Call) -> ir.Expr:
    return call.callee.value if isinstance(call.callee, ir.Attr) else call.callee


def _formatted(pattern: ir.Expr, args: tuple[ir.Arg, ...], line: int) -> ir.Expr | None:
    written = pattern.value if isinstance(pattern, ir.Const) else None
    if not isinstance(written, str):
        return None
    parts: list[ir.Expr] = []
    at = end = 0
    for found in _VERB.finditer(written):
        before = written[end : found.start()] + ("%" if found[2] == "%" else "")
        end = found.end()
        parts += (ir.Const(before, line),) if before else ()
        if found[2] in {"%", "n"}:
            continue
        place = int(found[1]) - 1 if found[1] else at
        at += not found[1]
        if 0 <= place < len(args):
            value = args[place].value
            harmless = ir.Call(ir.Name("int", line), (ir.Arg("", value, spread=False),), line, new=False)
            parts.append(harmless if found[2] in _NUMBERS else value)
    parts += (ir.Const(written[end:], line),) if written[end:] else ()
    return ir.Text(tuple(parts), line, None)


def _collection(called: str, owner: str, args: tuple[ir.Arg, ...], line: int) -> ir.Expr:
    """``List.of(a, b)``, ``Map.of(a, b)``."""
    values = [arg.value for arg in args]
    if owner != "Map":
        return ir.Group(tuple(values), line)
    if called == "entry":
        return ir.Group(tuple(values), line)
    if called == "ofEntries":
        pairs = [value.items for value in values if isinstance(value, ir.Group) and len(value.items) > 1]
        return ir.Mapping(tuple(ir.Entry(pair[0], pair[1]) for pair in pairs), line, "")
    return ir.Mapping(tuple(map(ir.Entry, values[::2], values[1::2])), line, "")
