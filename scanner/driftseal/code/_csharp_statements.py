"""How the statements of C# are built."""

from __future__ import annotations

from typing import NamedTuple

from driftseal.code import ir
from driftseal.code._csharp_state import Declaration, Declarator, Members, State, Switched, Thrown, When, chained
from driftseal.code._csharp_values import known, word, written
from driftseal.code._lowering import EXPRESSIONS, STATEMENTS, Built, Made, statements

_NEW = "new"


class Finally(NamedTuple):
    """What stands under ``finally``."""

    body: ir.Block


class Caught(NamedTuple):
    """``(T name)`` of a handler."""

    type: str
    name: str


class Hoisted(list[ir.Stmt]):
    """A local function, which holds from the start of its block."""


def body_of(value: Built) -> list[ir.Stmt]:
    """The statements that something built amounts to."""
    if type(value) is Declaration:
        return declarations(value)
    if type(value) is Thrown:
        return [ir.Raise(value.value, value.line)]
    if type(value) in EXPRESSIONS:
        return effect(value, value.line)
    if type(value) is Members:
        return [each for one in value.values for each in body_of(one)]
    if isinstance(value, list):
        return [each for one in value for each in body_of(one)]
    return list(statements(value))


def block(_: State, made: Made) -> list[ir.Stmt]:
    """Statements in order, local functions first."""
    values = [value for __, value in made.parts]
    hoisted = [each for value in values if type(value) is Hoisted for each in value]
    return [*hoisted, *(each for value in values if type(value) is not Hoisted for each in body_of(value))]


def error(_: State, made: Made) -> Built:
    """What can be saved of something that is no C#."""
    found: list[ir.Stmt] = []
    for __, value in made.parts:
        found += body_of(value)
    return found


def effect(value: Built, line: int) -> list[ir.Stmt]:
    """An expression as a statement: an assignment, a call, a branch."""
    if type(value) is ir.Bind:
        targets = [value.target]
        inner = value.value
        while type(inner) is ir.Bind and len(targets) < len("abcdefgh"):
            targets.append(inner.target)
            inner = inner.value
        return [ir.Assign(tuple(targets), inner, line, adds=False)]
    if type(value) is Switched:
        return returned(value, line, returns=False)
    if type(value) is Thrown:
        return [ir.Raise(value.value, line)]
    if type(value) in STATEMENTS:
        return [value]
    return [ir.Do(value, line)] if type(value) in EXPRESSIONS and type(value) is not ir.Const else []


def expression(_: State, made: Made) -> Built:
    value = made.parts[0][1] if made.parts else None
    return effect(value, made.line) if type(value) is not list else value


def returned(value: Built, line: int, *, returns: bool = True) -> list[ir.Stmt]:
    """What a function gives back, branch by branch."""
    if type(value) is Thrown:
        return [ir.Raise(value.value, line)]
    if type(value) is Switched:
        arms: list[tuple[ir.Expr, ir.Block, int]] = []
        for test, each in value.arms:
            at = each.line
            arms.append((test, tuple(returned(each, at) if returns else effect(each, at)), at))
        last = value.otherwise
        rest = () if last is None else returned(last, last.line) if returns else effect(last, last.line)
        return chained(arms, tuple(rest), value.longest)
    if type(value) is ir.Choice:
        then, otherwise = returned(value.then, line), returned(value.otherwise, line)
        return [ir.If(value.test, tuple(then), tuple(otherwise), line)]
    return [ir.Return(known(value, line), line)]


def result(_: State, made: Made) -> list[ir.Stmt]:
    """``return x``, ``=> x``."""
    values = [value for __, value in made.parts if value != "return"]
    if not values:
        return [ir.Return(None, made.line)]
    return returned(values[-1], made.line)


def yielded(_: State, made: Made) -> Built:
    """What is handed out may be all that the caller takes, or not: the function goes on."""
    inside = made.expressions()
    if not inside:
        return ir.Return(None, made.line)
    return ir.If(ir.Other((), made.line), (ir.Return(inside[0], made.line),), (), made.line)


def raised(_: State, made: Made) -> ir.Raise:
    inside = made.expressions()
    return ir.Raise(inside[0] if inside else None, made.line)


def leave(_: State, made: Made) -> ir.Leave:
    return ir.Leave(made.line)


# --- declarations ----------------------------------------------------------------------------


def declarator(state: State, made: Made) -> Declarator:
    at = dict(made.parts)
    name = at.get("name")
    values = [value for field, value in made.parts if field is None and value is not None and value != "="]
    if name is not None:
        found = word(name)
        state.declare(found)
        target: ir.Expr = ir.Name(found, made.line)
    else:
        target = values.pop(0) if values and type(values[0]) is ir.Group else ir.Other((), made.line)
    values = [value for value in values if value == "this" or not isinstance(value, str)]
    return Declarator(target, known(values[-1], made.line) if values else None, made.line)


def declaration(_: State, made: Made) -> Declaration:
    """``T a = b``, where ``new()`` makes a ``T``."""
    type_ = "" if (type_ := written(made, "type")) == "var" else type_
    found = [_typed(value, type_) for __, value in made.parts if type(value) is Declarator]
    return Declaration(type_, tuple(found))


def _typed(one: Declarator, type_: str) -> Declarator:
    return one._replace(value=typed(one.value, type_)) if one.value is not None else one


def typed(value: ir.Expr, type_: str) -> ir.Expr:
    """``new()`` as ``new T()``."""
    if isinstance(value, ir.Call) and value.new and isinstance(value.callee, ir.Name) and value.callee.id == _NEW:
        return value._replace(callee=ir.Name(type_.partition("<")[0].rstrip("?"), value.line))
    if isinstance(value, ir.Mapping) and not value.type:
        return value._replace(type=type_)
    return value


def declarations(value: Declaration) -> list[ir.Stmt]:
    """Each variable that is set at once."""
    return [
        ir.Assign((one.target,), one.value, one.line, adds=False) for one in value.declarators if one.value is not None
    ]


def local(_: State, made: Made) -> list[ir.Stmt]:
    return [each for __, value in made.parts if type(value) is Declaration for each in declarations(value)]


# --- branches and loops ----------------------------------------------------------------------


def branch(_: State, made: Made) -> ir.If:
    at = dict(made.parts)
    then, otherwise = (tuple(body_of(at.get(name))) for name in ("consequence", "alternative"))
    return ir.If(known(at.get("condition"), made.line), then, otherwise, made.line)


def each(_: State, made: Made) -> ir.Loop:
    at = dict(made.parts)
    target = at.get("left")
    if not isinstance(target, ir.Group):
        target = ir.Name(word(target) or "_", made.line)
    source = known(at.get("right"), made.line)
    return ir.Loop((target,), source, None, tuple(body_of(at.get("body"))), made.line)


def counted(_: State, made: Made) -> list[ir.Stmt]:
    """``for (a; b; c)``."""
    first = [one for field, value in made.parts if field == "initializer" for one in body_of(value)]
    after = [one for field, value in made.parts if field == "update" for one in body_of(value)]
    test = made.get("condition")
    inside = (*body_of(made.get("body")), *after)
    return [*first, ir.Loop((), None, known(test, made.line) if test is not None else None, inside, made.line)]


def repeated(_: State, made: Made) -> ir.Loop:
    at = dict(made.parts)
    test = known(at.get("condition"), made.line)
    return ir.Loop((), None, test, tuple(body_of(at.get("body"))), made.line)


def using(state: State, made: Made) -> list[ir.Stmt]:
    return block(state, made)


# --- exceptions ------------------------------------------------------------------------------


def tried(_: State, made: Made) -> ir.Try:
    handlers = tuple(value for __, value in made.parts if type(value) is ir.Handler)
    final = next((value.body for __, value in made.parts if type(value) is Finally), ())
    return ir.Try(tuple(body_of(made.get("body"))), handlers, final, made.line)


def finally_(state: State, made: Made) -> Finally:
    return Finally(tuple(block(state, made)))


def handler(_: State, made: Made) -> ir.Handler:
    caught = next((value for __, value in made.parts if type(value) is Caught), Caught("", ""))
    tests = [value.test for __, value in made.parts if type(value) is When]
    first = [ir.Do(test, made.line) for test in tests if type(test) is ir.Call]
    return ir.Handler((caught.type,) if caught.type else (), caught.name, (*first, *body_of(made.get("body"))))


def caught(state: State, made: Made) -> Caught:
    name = word(made.get("name"))
    if name:
        state.declare(name)
    return Caught(written(made, "type"), name)
