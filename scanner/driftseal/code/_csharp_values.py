"""How the expressions of C# are built."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._csharp_state import Filled, Given, Out, State, Switched, Thrown, Word
from driftseal.code._lowering import EXPRESSIONS, Built, Made

_OPS: Final = {"&&": "and", "||": "or"}
_SELVES: Final = frozenset({"this", "base"})
_AS_VALUES: Final = frozenset({Thrown, ir.Assign, Filled, Switched})
_PARTS: Final = 6
"""Members of a value that may be written out again."""
_HOLE: Final = "?"
"""Stands where ``a?.b`` has its ``a``, until that is known."""


def known(value: Built, line: int) -> ir.Expr:
    """What was built, as an expression."""
    kind = type(value)
    if kind in EXPRESSIONS:
        return value  # type: ignore[no-any-return]  # its type is among the expressions
    if kind is str and value in _SELVES:
        return ir.Name("this", line)
    if kind is ir.Assign:
        return _added("+", value.targets[0], value.value, line)
    if kind is Thrown:
        return ir.Other((value.value,) if value.value is not None else (), line)
    if kind is Filled:
        return ir.Group(tuple(known(item, line) for item in value.items), line)
    return chosen(value, line) if kind is Switched else ir.Other((), line)


def chosen(value: Switched, line: int) -> ir.Expr:
    """A ``switch`` as nested choices; what would nest too deeply stands side by side."""
    rest = tuple(known(each, line) for _, each in value.arms[value.longest :])
    found = known(value.otherwise, line) if value.otherwise is not None else ir.Other((), line)
    found = ir.Other((*rest, found), line) if rest else found
    for test, each in reversed(value.arms[: value.longest]):
        then = known(each, line)
        found = ir.Choice(test, then, found, then.line)
    return found


def _added(op: str, target: ir.Expr, value: ir.Expr, line: int) -> ir.Bind:
    """``target += value``; a target that is no short name is written down once, or it would double level by level."""
    inner = target
    for _ in range(_PARTS):
        inner = inner.value if isinstance(inner, ir.Attr) else inner
    short = isinstance(inner, ir.Name)
    return ir.Bind(target, ir.Binary(op, target, value, line) if short else value, line)


def word(value: Built) -> str:
    """A name that stands where no variable is meant."""
    if type(value) is ir.Name:
        return value.id
    if type(value) is ir.Attr:
        return value.name
    return value.text if type(value) is Word else ""


def written(made: Made, field: str) -> str:
    """The source of a child, as types are kept."""
    node = made.node.child_by_field_name(field)
    text = node.text if node is not None else None
    return " ".join(text.decode("utf-8", "replace").split()) if text else ""


def inside(made: Made) -> list[ir.Expr]:
    """Every child that stands for a value, ``this`` too."""
    found = []
    for _, value in made.parts:
        if type(value) in EXPRESSIONS or type(value) in _AS_VALUES or (type(value) is str and value in _SELVES):
            found.append(known(value, made.line))
    return found


def inner(_: State, made: Made) -> Built:
    """What stands in brackets or after a word that changes nothing."""
    values = inside(made)
    return values[0] if len(values) == 1 else ir.Other(tuple(values), made.line)


def first(_: State, made: Made) -> Built:
    """The first part alone: a name without its type arguments, a value before its cast."""
    return next((value for __, value in made.parts if type(value) in EXPRESSIONS), None)


def value_of(_: State, made: Made) -> ir.Expr:
    """A cast changes nothing that matters here."""
    return known(made.get("value"), made.line)


# --- members and calls -----------------------------------------------------------------------


def member(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    return ir.Attr(known(at.get("expression"), made.line), word(at.get("name")), made.line)


def qualified(_: State, made: Made) -> ir.Expr:
    """A name with the namespaces before it."""
    at = dict(made.parts)
    before, last = at.get("qualifier"), word(at.get("name"))
    if not isinstance(before, (ir.Name, ir.Attr)):
        return ir.Name(last, made.line)
    return ir.Attr(ir.Name(word(before), made.line) if is_member(before) else before, last, made.line)


def is_member(value: ir.Expr) -> bool:
    return isinstance(value, ir.Attr) and isinstance(value.value, ir.Name) and value.value.id == "this"


def aliased(_: State, made: Made) -> ir.Expr:
    """``global::System`` is ``System``."""
    return ir.Name(word(made.get("name")), made.line)


def binding(_: State, made: Made) -> ir.Expr:
    """``.b`` of ``a?.b``."""
    return ir.Attr(ir.Name(_HOLE, made.line), word(made.get("name")), made.line)


def indexing(_: State, made: Made) -> ir.Expr:
    """``[b]`` of ``a?[b]``, and of an initializer."""
    keys = tuple(value.value for __, value in made.parts if type(value) is ir.Arg)
    return ir.Index(ir.Name(_HOLE, made.line), keys[0] if len(keys) == 1 else ir.Group(keys, made.line), made.line)


def conditional_access(_: State, made: Made) -> ir.Expr:
    condition = known(made.get("condition"), made.line)
    bound = made.parts[-1][1] if made.parts else None
    if isinstance(bound, (ir.Attr, ir.Index)):
        return bound._replace(value=condition)
    return condition


def element(_: State, made: Made) -> ir.Index:
    at = dict(made.parts)
    given = at.get("subscript")
    keys = tuple(arg.value for arg in given.args) if type(given) is Given else ()
    key = keys[0] if len(keys) == 1 else ir.Group(keys, made.line)
    return ir.Index(known(at.get("expression"), made.line), key, made.line)


def argument(_: State, made: Made) -> Built:
    at = dict(made.parts)
    inside = [value for field, value in made.parts if field != "name"]
    value = known(inside[-1] if inside else None, made.line)
    if made.has("out"):
        return Out(value)
    return ir.Arg(word(at.get("name")), value, spread=False)


def arguments(_: State, made: Made) -> Given:
    args = tuple(value for __, value in made.parts if type(value) is ir.Arg)
    return Given(args, tuple(value.target for __, value in made.parts if type(value) is Out))


def invocation(state: State, made: Made) -> ir.Expr:
    """A call; a variable that it sets is bound to its result."""
    at = dict(made.parts)
    line = made.line
    given = at.get("arguments")
    args, outs = given if type(given) is Given else ((), ())
    callee = known(at.get("function"), line)
    if isinstance(callee, ir.Name) and callee.id == "nameof" and args:
        return ir.Const(word(args[0].value), line)
    if isinstance(callee, ir.Name) and callee.id[:1].isupper() and state.class_open() and not state.known(callee.id):
        # No function stands alone: one that the class does not declare it has from its bases.
        callee = ir.Attr(ir.Name("this", line), callee.id, line)
    found: ir.Expr = ir.Call(callee, args, line, new=False)
    set_ = tuple(out for out in outs if not (isinstance(out, ir.Name) and out.id == "_"))
    if set_:
        found = ir.Bind(set_[0] if len(set_) == 1 else ir.Group(set_, line), found, line)
    return found


# --- operators -------------------------------------------------------------------------------


def binary(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    line, right = made.line, at.get("right")
    left, op = known(at.get("left"), line), str(at.get("operator"))
    if type(right) is Thrown:
        return left
    return ir.Binary(_OPS.get(op, op), left, known(right, line), line)


def cast_as(_: State, made: Made) -> ir.Expr:
    return known(made.get("left"), made.line)


def is_type(_: State, made: Made) -> ir.Expr:
    return ir.Binary("instanceof", known(made.get("left"), made.line), ir.Other((), made.line), made.line)


def prefix(_: State, made: Made) -> ir.Expr:
    value = known(made.parts[-1][1] if made.parts else None, made.line)
    op = next((each for __, each in made.parts if isinstance(each, str)), "")
    if op in {"++", "--", "+", "^", "&", "*"}:
        return value
    return ir.Unary("not" if op == "!" else op or "-", value, made.line)


def awaited(_: State, made: Made) -> ir.Expr:
    return ir.Unary("await", known(made.parts[-1][1] if made.parts else None, made.line), made.line)


def choice(_: State, made: Made) -> ir.Choice:
    at = dict(made.parts)
    line = made.line
    test, then, otherwise = (known(at.get(name), line) for name in ("condition", "consequence", "alternative"))
    return ir.Choice(test, then, otherwise, line)


def assignment(_: State, made: Made) -> ir.Expr | ir.Assign:
    at = dict(made.parts)
    line, op = made.line, str(at.get("operator"))
    left, right = known(at.get("left"), line), known(at.get("right"), line)
    if op == "=":
        return ir.Bind(left, right, line)
    if op == "??=":
        return _added("??", left, right, line)
    return ir.Assign((left,), right, line, adds=True)


def thrown(_: State, made: Made) -> Thrown:
    inside = made.expressions()
    return Thrown(inside[0] if inside else None, made.line)


def nothing(_: State, made: Made) -> ir.Const:
    return ir.Const(None, made.line)
