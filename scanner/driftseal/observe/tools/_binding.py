"""What the parameters of a function stand for in one call of it."""

from __future__ import annotations

from collections.abc import Sequence

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot

SELF = frozenset({"self", "this", "cls"})


def bound(
    constants: Constants, function: ir.Function, at: Spot, call: Sequence[ir.Arg], home: tuple[str, int]
) -> dict[str, Spot]:
    """Values of a function's parameters, given the arguments of a call that stands at a place.

    ``home`` is the function itself, where the defaults of its parameters are read.
    """
    params = [param for param in function.params if param.name not in SELF or function.cls < 0]
    named = {arg.name: at.at(arg.value) for arg in call if arg.name}
    for arg in call:
        if arg.spread:
            _spread(constants, at.at(arg.value), named)
    plain = [arg.value for arg in call if not arg.name and not arg.spread]
    given: dict[str, Spot] = {}
    for param in params:
        if param.rest == "*":
            given[param.name] = at.at(ir.Group(tuple(plain), param.line))
            plain = []
        elif param.rest:
            continue
        elif param.name in named:
            given[param.name] = named[param.name]
        elif plain:
            value = at.at(plain.pop(0))
            if param.pattern is not None:
                take_apart(constants, param.pattern, value, given, home)
            else:
                given[param.name] = value
        elif param.default is not None:
            given[param.name] = Spot(*home, param.default, given)
    return given


def _spread(constants: Constants, whole: Spot, named: dict[str, Spot]) -> None:
    known = constants.follow(whole)
    if isinstance(known.expr, ir.Mapping):
        for entry in known.expr.entries:
            if isinstance(entry.key, ir.Const):
                named.setdefault(str(entry.key.value), known.at(entry.value))


def take_apart(
    constants: Constants, target: ir.Expr, value: Spot, given: dict[str, Spot], home: tuple[str, int] | None = None
) -> None:
    """Bind the names of a pattern to the parts of a value."""
    if isinstance(target, ir.Name):
        given[target.id] = value
        return
    whole = constants.follow(value)
    if isinstance(target, ir.Group) and isinstance(whole.expr, ir.Group):
        for part, item in zip(target.items, whole.expr.items, strict=False):
            take_apart(constants, part, whole.at(item), given, home)
    elif isinstance(target, ir.Mapping):
        for entry in target.entries:
            if isinstance(entry.key, ir.Const):
                _member(constants, entry, whole, given, home)


def _member(
    constants: Constants, entry: ir.Entry, whole: Spot, given: dict[str, Spot], home: tuple[str, int] | None
) -> None:
    inner = constants.member(whole, str(entry.key.value)) if isinstance(entry.key, ir.Const) else None
    target = entry.value
    if isinstance(target, ir.Bind):
        if inner is None and home is not None:
            inner = Spot(*home, target.value, given)
        target = target.target
    if inner is not None:
        take_apart(constants, target, inner, given, home)
