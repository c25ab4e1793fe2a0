"""What macros of Rust amount to: formatted texts, checks, JSON, and any other tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._rust_state import Body, State, Thrown, Tokens
from driftseal.code._rust_text import formatted

_TEXTS: Final = frozenset({"format", "format_args", "anyhow", "eyre", "miette", "concat", "indoc", "formatdoc", "fmt"})
_LEAVES: Final = frozenset({"panic", "bail", "unreachable", "todo", "unimplemented"})
_CHECKS: Final = frozenset({"ensure", "assert", "debug_assert"})
_PRINTS: Final = frozenset({"print", "println", "eprint", "eprintln", "info", "warn", "error", "debug", "trace", "dbg"})
_BUILT_IN: Final = frozenset({"env", "option_env", "include_str", "include_bytes", "include"})
_PLAIN: Final = {"true": True, "false": False, "null": None}
_DEFAULT: Final = "default"
_LONGEST: Final = 2000
"""Parts of one macro that are kept."""


def _last(callee: ir.Expr) -> str:
    return callee.name if isinstance(callee, ir.Attr) else callee.id if isinstance(callee, ir.Name) else ""


def invoked(callee: ir.Expr, given: Sequence[ir.Expr], line: int) -> Built:  # noqa: PLR0911  # one case a line
    """A macro whose arguments are expressions."""
    name = _last(callee)
    args = [arg for arg in given if not isinstance(arg, ir.Bind)]
    named = {arg.target.id: arg.value for arg in given if isinstance(arg, ir.Bind) and isinstance(arg.target, ir.Name)}
    if name == "concat":
        return ir.Text(tuple(args), line, None)
    if name in _TEXTS:
        return formatted(args, named, line)
    if name in _LEAVES:
        return Thrown(formatted(args, named, line) if args else None, line)
    if name in _CHECKS and args:
        failed = ir.Raise(formatted(args[1:], named, line) if args[1:] else None, line)
        return Body((ir.If(ir.Unary("not", args[0], line), (failed,), (), line),), None, line)
    if name in _PRINTS:
        return _call(callee, [formatted(args, named, line)] if args else [], line)
    if name in {"write", "writeln"} and args:
        return _call(ir.Attr(args[0], "write_str", line), [formatted(args[1:], named, line)], line)
    if name in _BUILT_IN:
        return ir.Other((), line)
    return _call(callee, args, line)


def _call(callee: ir.Expr, args: Sequence[ir.Expr], line: int) -> ir.Call:
    return ir.Call(callee, tuple(ir.Arg("", arg, spread=False) for arg in args), line, new=False)


def macro(_: State, made: Made) -> Built:
    """A macro with an inside of its own: JSON is read as such, of anything else its names and literals."""
    name = next((value for field, value in made.parts if field == "macro"), None)
    inside = next((value for __, value in made.parts if type(value) is Tokens), Tokens((), made.line))
    if name is not None and _last(name) == "json":
        return _json(inside.values[1:], made.line)
    return ir.Other(tuple(_flat(inside))[:_LONGEST], made.line)


def _flat(tokens: Tokens) -> Iterator[ir.Expr]:
    waiting: list[object] = [tokens]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Tokens):
            waiting.extend(reversed(value.values))
        elif type(value) in EXPRESSIONS:
            yield value  # type: ignore[misc]  # its type is among the expressions


def _json(tokens: Sequence[object], line: int) -> ir.Expr:
    """One value: in braces a mapping, in brackets a list."""
    if len(tokens) == 1:
        only = tokens[0]
        if isinstance(only, ir.Name) and only.id in _PLAIN:
            return ir.Const(_PLAIN[only.id], only.line)
        if type(only) in EXPRESSIONS:
            return only  # type: ignore[return-value]  # its type is among the expressions
        if isinstance(only, Tokens) and only.values[:1] == ("{",):
            entries = (_pair(part, only.line) for part in _split(only.values[1:]))
            return ir.Mapping(tuple(entry for entry in entries if entry is not None), only.line, "")
        if isinstance(only, Tokens) and only.values[:1] == ("[",):
            return ir.Group(tuple(_json(part, only.line) for part in _split(only.values[1:])), only.line)
    return ir.Other(tuple(_flat(Tokens(tuple(tokens), line)))[:_LONGEST], line)


def _split(tokens: Sequence[object]) -> Iterator[list[object]]:
    part: list[object] = []
    for each in tokens:
        if each == ",":
            if part:
                yield part
            part = []
        else:
            part.append(each)
    if part:
        yield part


def _pair(tokens: list[object], line: int) -> ir.Entry | None:
    if len(tokens) > len(("key", ":")) and tokens[1] == ":" and type(tokens[0]) in EXPRESSIONS:
        return ir.Entry(tokens[0], _json(tokens[2:], line))  # type: ignore[arg-type]  # an expression, as told above
    return None


# --- attributes ------------------------------------------------------------------------------


def attribute(state: State, made: Made) -> None:
    """``#[a(b = "c", d(e))]`` as a call, kept for what follows it."""
    name = next((value for field, value in made.parts if type(value) in EXPRESSIONS and field is None), None)
    inside = next((value for __, value in made.parts if type(value) is Tokens), None)
    if name is None:
        return
    value = next((value for field, value in made.parts if field == "value" and type(value) in EXPRESSIONS), None)
    args = _arguments(inside.values[1:], inside.line) if inside is not None else ()
    if value is not None:
        args = (ir.Arg("", value, spread=False),)
    state.attributes.append(ir.Call(name, args, made.line, new=False))


def _arguments(tokens: Sequence[object], line: int) -> tuple[ir.Arg, ...]:
    found: list[ir.Arg] = []
    for part in _split(tokens):
        first = part[0]
        if not isinstance(first, ir.Name):
            if first == _DEFAULT:
                found.append(ir.Arg("", ir.Name(_DEFAULT, line), spread=False))
            elif type(first) in EXPRESSIONS:
                found.append(ir.Arg("", first, spread=False))  # type: ignore[arg-type]  # an expression
        elif len(part) > 1 and part[1] == "=":
            found.append(ir.Arg(first.id, _argument(part[2:], first.line), spread=False))
        else:
            found.append(ir.Arg("", _argument(part, first.line), spread=False))
    return tuple(found)


def _argument(part: Sequence[object], line: int) -> ir.Expr:
    """A literal, a name, or a name with further arguments."""
    inside = next((each for each in part if isinstance(each, Tokens)), None)
    names = [each for each in part if type(each) in EXPRESSIONS]
    if inside is not None and names and isinstance(names[0], ir.Name):
        args = _arguments(inside.values[1:], inside.line)
        if names[-1] == ir.Name("concat", names[0].line):
            return ir.Text(tuple(arg.value for arg in args), line, None)
        return ir.Call(names[-1], args, line, new=False)  # type: ignore[arg-type]  # an expression
    if len(names) > 1 and all(isinstance(each, ir.Name) for each in names):
        found: ir.Expr = names[0]  # type: ignore[assignment]  # an expression
        for each in names[1:]:
            found = ir.Attr(found, each.id, line)  # type: ignore[attr-defined]  # a name
        return found
    return names[0] if names else ir.Other((), line)  # type: ignore[return-value]  # an expression
