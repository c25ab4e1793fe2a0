"""How the expressions of Go are built."""

from __future__ import annotations

import re
from typing import Final

from driftseal.code import ir
from driftseal.code._go_state import Given, Several, State, Type, Word
from driftseal.code._lowering import EXPRESSIONS, Built, Made

_OPERATORS: Final = {"&&": "and", "||": "or", "!": "not", "<-": "await"}
_SCALARS: Final = frozenset(
    {"bool", "byte", "rune", "uintptr", "complex64", "complex128", "float32", "float64", "time.Duration", "time.Time"}
    | {f"{sign}int{size}" for sign in ("", "u") for size in ("", 8, 16, 32, 64)}
)
_FILLS: Final = re.compile(r"(?:Unmarshal|Decode|Scan|Sscan|Fscan|Bind|ShouldBind|MustBind)\w*\Z")
"""Functions that put what they read into what an argument points to."""
_VARIABLE: Final = re.compile(r"[a-z_]\w*\Z")
"""What is a variable rather than a type, as Go programmers name them."""
_VERB: Final = re.compile(r"%([-+# 0]*)(?:\[(\d{1,3})\])?[\d*.]*([a-zA-Z%])")
_ERROR: Final = re.compile(r"(?:e|err\w*|\w*Err)\Z")
"""What Go programmers call an error."""
_FORMATS: Final = frozenset({"Sprintf", "Errorf"})
_NUMBERS: Final = frozenset("dbocUtfFeEgGp")
"""Verbs that print nothing but numbers and truth values."""


def known(value: Built, line: int) -> ir.Expr:
    """What was built, if it is an expression."""
    return value if type(value) in EXPRESSIONS else ir.Other((), line)


def name(state: State, text: str, line: int) -> ir.Name:
    """A variable; the receiver of the method around is ``this``."""
    return ir.Name("this" if text == state.scopes[-1].receiver else text, line)


# --- calls -----------------------------------------------------------------------------------


def several(_: State, made: Made) -> Several:
    return Several(tuple(made.expressions()))


def arguments(_: State, made: Made) -> Given:
    """What stands in the parentheses; ``new`` and ``make`` are given a type."""
    args = []
    written = ""
    for __, value in made.parts:
        if type(value) is Type:
            written = written or value.text
        elif type(value) is ir.Unary and value.op == "*":
            args.append(ir.Arg("", value.value, spread=True))
        elif type(value) in EXPRESSIONS:
            args.append(ir.Arg("", value, spread=False))
    return Given(tuple(args), written)


def call(_: State, made: Made) -> ir.Expr:
    """A call; one that fills a variable is an assignment, one that formats or appends is what it makes."""
    at = dict(made.parts)
    line = made.line
    callee = known(at.get("function"), line)
    given = at.get("arguments")
    args, written = (given.args, given.type) if type(given) is Given else ((), "")
    if isinstance(callee, ir.Name) and callee.id == "new" and (written or args):
        made_of = dotted(written, line) if written else args[0].value
        return ir.Call(made_of, (), line, new=True)
    if isinstance(callee, ir.Name) and callee.id == "string" and len(args) == 1:
        return args[0].value
    if isinstance(callee, ir.Name) and callee.id == "append" and args:
        spread = [
            ir.Unary("*", arg.value, line) if arg.spread or not place else arg.value for place, arg in enumerate(args)
        ]
        return ir.Group(tuple(spread), line)
    if isinstance(callee, ir.Attr):
        if callee.name in _FORMATS and args and isinstance(args[0].value, ir.Const):
            return _formatted(callee, args, line)
        if _FILLS.match(callee.name):
            return _filling(ir.Call(callee, args, line, new=False))
    return ir.Call(callee, args, line, new=False)


def _filling(call: ir.Call) -> ir.Expr:
    """``json.Unmarshal(data, &v)`` sets ``v``; pointers have lost their mark, so the last variable is what is set."""
    last = call.args[-1].value if call.args else None
    if isinstance(last, ir.Name):
        others = ir.Call(call.callee, call.args[:-1], call.line, call.new)
        return ir.Bind(last, others, call.line)
    return call


def _formatted(callee: ir.Attr, args: tuple[ir.Arg, ...], line: int) -> ir.Expr:
    """``fmt.Sprintf("a %s", b)`` as the text that comes out; an error keeps the call around it."""
    first = args[0].value
    pattern = first.value if isinstance(first, ir.Const) else None
    if not isinstance(pattern, str) or not isinstance(callee.value, ir.Name) or callee.value.id != "fmt":
        return ir.Call(callee, args, line, new=False)
    parts: list[ir.Expr] = []
    at = end = 0
    values = [arg.value for arg in args[1:]]
    for found in _VERB.finditer(pattern):
        before = pattern[end : found.start()] + ("%" if found[3] == "%" else "")
        end = found.end()
        parts += (ir.Const(before, line),) if before else ()
        if found[3] == "%":
            continue
        at = int(found[2]) - 1 if found[2] else at
        value = values[at] if 0 <= at < len(values) else None
        at += 1
        if value is not None:
            kept = not (found[3] in _NUMBERS or found[3] == "T")
            number_of = ir.Call(ir.Name("int", line), (ir.Arg("", value, spread=False),), line, new=False)
            parts.append(value if kept else number_of)
    parts += (ir.Const(pattern[end:], line),) if pattern[end:] else ()
    parts += values[at:]
    text = ir.Text(tuple(parts), line, None)
    if callee.name == "Sprintf":
        return text
    return ir.Call(callee, (ir.Arg("", text, spread=False),), line, new=False)


def conversion(state: State, made: Made) -> ir.Expr:
    """``[]byte(a)`` is ``a``; ``f[T](a)`` and ``table[key](a)`` look like conversions and are calls."""
    at = dict(made.parts)
    operand, written = known(at.get("operand"), made.line), at.get("type")
    if type(written) is Type and written.text[:1].isalpha() and not written.text.startswith(("map[", "chan ", "func")):
        head, _, inner = written.text.partition("[")
        callee = dotted(head, made.line)
        key = inner.removesuffix("]")
        if _VARIABLE.match(key) and key not in _SCALARS | {"string", "any", "error"}:
            callee = ir.Index(callee, name(state, key, made.line), made.line)
        return ir.Call(callee, (ir.Arg("", operand, spread=False),), made.line, new=False)
    return operand


def assertion(_: State, made: Made) -> ir.Expr:
    """``a.(string)`` is ``a``; ``a.(int)`` is a number made of it."""
    at = dict(made.parts)
    operand, written = known(at.get("operand"), made.line), at.get("type")
    if type(written) is Type and written.text in _SCALARS:
        return ir.Call(dotted(written.text, made.line), (ir.Arg("", operand, spread=False),), made.line, new=False)
    return operand


def dotted(text: str, line: int) -> ir.Expr:
    """A type's name as an expression."""
    first, *rest = text.split("[", maxsplit=1)[0].split(".")
    found: ir.Expr = ir.Name(first, line)
    for part in rest[:2]:
        found = ir.Attr(found, part, line)
    return found


# --- members and operators -------------------------------------------------------------------


def selector(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    field = at.get("field")
    return ir.Attr(known(at.get("operand"), made.line), field.text if type(field) is Word else "", made.line)


def index(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    operand = known(at.get("operand"), made.line)
    if type(at.get("index")) is Type:  # a function of a type
        return operand
    return ir.Index(operand, known(at.get("index"), made.line), made.line)


def bounds(_: State, made: Made) -> ir.Index:
    at = dict(made.parts)
    line = made.line
    limits = tuple(at[side] if type(at.get(side)) in EXPRESSIONS else ir.Const(None, line) for side in ("start", "end"))
    return ir.Index(known(at.get("operand"), line), ir.Group(limits, line), line)


def inner(_: State, made: Made) -> ir.Expr:
    """What stands in parentheses."""
    return known(next(iter(made.expressions()), None), made.line)


def unary(_: State, made: Made) -> ir.Expr:
    """One operand; what a pointer points to is the same as the pointer."""
    at = dict(made.parts)
    op, value = str(at.get("operator")), known(at.get("operand"), made.line)
    if op in {"&", "*", "+"}:
        return value
    if op == "!":
        return ir.Unary("not", condition(value), made.line)
    if op == "-" and isinstance(value, ir.Const) and isinstance(value.value, (int, float)):
        return ir.Const(-value.value, made.line)
    return ir.Unary(_OPERATORS.get(op, op), value, made.line)


def spread(_: State, made: Made) -> ir.Expr:
    """``a...`` as the last argument."""
    return ir.Unary("*", inner(_, made), made.line)


def binary(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    op = str(at.get("operator"))
    left, right = known(at.get("left"), made.line), known(at.get("right"), made.line)
    if (
        op in {"==", "!="}
        and isinstance(left, ir.Name)
        and _ERROR.match(left.id)
        and right == ir.Const(None, right.line)
    ):
        # Whether something failed says nothing about the value that it failed on.
        worked = ir.Binary("instanceof", left, right, made.line)
        return worked if op == "==" else ir.Unary("not", worked, made.line)
    if op in {"&&", "||"}:
        left, right = condition(left), condition(right)
    return ir.Binary(_OPERATORS.get(op, op), left, right, made.line)


def condition(value: ir.Expr) -> ir.Expr:
    """What is asked of a map with truth values is whether it holds the key."""
    return ir.Binary("in", value.key, value.value, value.line) if isinstance(value, ir.Index) else value
