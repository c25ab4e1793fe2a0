"""How the statements of Java are built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from driftseal.code import ir
from driftseal.code._chains import any_of, chained
from driftseal.code._java_state import Body, Case, Label, State, Switch, Type
from driftseal.code._java_values import dotted, known, word
from driftseal.code._lowering import EXPRESSIONS, Built, Made, statements

_GROWS: Final = frozenset({"append", "insert", "add"})
"""Methods that put something into their object and give it back."""


def body(value: Built) -> ir.Block:
    """The statements of something built; assignments that stand alone are statements."""
    if type(value) is Switch:
        return tuple(branches(value, None))
    if isinstance(value, ir.Bind):
        return (_set(value),)
    return tuple(each for part in value for each in body(part)) if type(value) is list else tuple(statements(value))


def block(_: State, made: Made) -> list[ir.Stmt]:
    return [each for __, value in made.parts for each in body(value)]


def error(_: State, made: Made) -> Built:
    """What can be saved of something that is no Java."""
    found: list[ir.Stmt] = []
    for __, value in made.parts:
        if type(value) in EXPRESSIONS and not isinstance(value, ir.Bind):
            found.append(ir.Do(value, value.line))
        elif type(value) is tuple:
            found += [ir.Do(arg.value, made.line) for arg in value if type(arg) is ir.Arg]
        elif type(value) in {Case, Body}:
            found += value.body if type(value) is Case else value.rest
        else:
            found += body(value)
    return found


def expression(_: State, made: Made) -> list[ir.Stmt]:
    return [each for __, value in made.parts for each in _alone(value)]


def _alone(value: Built) -> ir.Block:
    # An assignment in an assignment comes first.
    if isinstance(value, ir.Bind) and isinstance(value.value, ir.Bind):
        return (*_alone(value.value), ir.Assign((value.target,), value.value.target, value.line, adds=False))
    if type(value) in EXPRESSIONS and not isinstance(value, ir.Bind):
        return tuple(ir.Do(each, each.line) for each in _steps(value))
    return body(value)


def _steps(value: ir.Expr) -> list[ir.Expr]:
    """``a.append(b).append(c)`` as two calls of ``a``."""
    found: list[ir.Expr] = []
    inner = value
    while isinstance(inner, ir.Call) and isinstance(inner.callee, ir.Attr) and inner.callee.name in _GROWS:
        found.append(inner)
        inner = inner.callee.value
    if len(found) < len(("first", "second")) or not isinstance(inner, (ir.Name, ir.Attr)):
        return [value]
    calls = (each for each in reversed(found) if isinstance(each, ir.Call) and isinstance(each.callee, ir.Attr))
    return [each._replace(callee=ir.Attr(inner, _method(each), each.line)) for each in calls]


def _method(call: ir.Call) -> str:
    """The name of the method that is called."""
    return call.callee.name if isinstance(call.callee, ir.Attr) else ""


def _set(value: ir.Bind) -> ir.Stmt:
    """An assignment; one that adds says so."""
    inner = value.value
    if isinstance(inner, ir.Binary) and inner.left is value.target and inner.op == "+":
        return ir.Assign((value.target,), inner.right, value.line, adds=True)
    return ir.Assign((value.target,), inner, value.line, adds=False)


def variables(_: State, made: Made) -> list[ir.Stmt]:
    """``T a = b, c;`` where ``c`` is nothing yet."""
    found: list[ir.Stmt] = []
    for field, value in made.parts:
        if field == "declarator" and isinstance(value, ir.Assign):
            found.append(value)
        elif field == "declarator" and type(value) is list:
            found += value
    return found


def variable(_: State, made: Made) -> Built:
    """``a = b``; a ``switch`` sets ``a`` in each of its cases."""
    at = dict(made.parts)
    target = ir.Name(word(at.get("name")), made.line)
    value = at.get("value")
    if type(value) is Switch:
        return branches(value, lambda each: ir.Assign((target,), each, each.line, adds=False))
    if value is None:
        return target
    return ir.Assign((target,), known(value, made.line), made.line, adds=False)


# --- leaving ---------------------------------------------------------------------------------


def returned(_: State, made: Made) -> list[ir.Stmt]:
    value = next((value for __, value in made.parts if value is not None), None)
    if type(value) is Switch:
        return branches(value, lambda each: ir.Return(each, each.line))
    return [ir.Return(known(value, made.line) if value is not None else None, made.line)]


def yielded(_: State, made: Made) -> ir.Do:
    """``yield a``: the last that a case does."""
    return ir.Do(known(next(iter(made.expressions()), None), made.line), made.line)


def raised(_: State, made: Made) -> ir.Raise:
    return ir.Raise(next(iter(made.expressions()), None), made.line)


def leave(_: State, made: Made) -> ir.Leave:
    return ir.Leave(made.line)


def asserted(_: State, made: Made) -> Built:
    test, *message = made.expressions() or [ir.Other((), made.line)]
    failed = ir.Raise(message[0] if message else None, made.line)
    return ir.If(ir.Unary("not", test, made.line), (failed,), (), made.line)


# --- branches and loops ----------------------------------------------------------------------


def branch(_: State, made: Made) -> ir.If:
    at = dict(made.parts)
    test = known(at.get("condition"), made.line)
    return ir.If(test, body(at.get("consequence")), body(at.get("alternative")), made.line)


def counted(_: State, made: Made) -> list[ir.Stmt]:
    """``for (a; b; c)``."""
    before = [each for part in made.all("init") for each in body(part)]
    after = [each for part in made.all("update") for each in body(part)]
    test = made.get("condition")
    inside = (*body(made.get("body")), *after)
    return [*before, ir.Loop((), None, known(test, made.line) if test is not None else None, inside, made.line)]


def each_of(_: State, made: Made) -> ir.Loop:
    """``for (T a : b)``."""
    at = dict(made.parts)
    target = ir.Name(word(at.get("name")), made.line)
    return ir.Loop((target,), known(at.get("value"), made.line), None, body(at.get("body")), made.line)


def while_(_: State, made: Made) -> ir.Loop:
    at = dict(made.parts)
    return ir.Loop((), None, known(at.get("condition"), made.line), body(at.get("body")), made.line)


def labelled(_: State, made: Made) -> list[ir.Stmt]:
    """A statement with a label, which is dropped."""
    return [each for __, value in made.parts[1:] for each in body(value)]


# --- switch ----------------------------------------------------------------------------------


def opens_switch(state: State, _node: object, _kind: str) -> None:
    """Count how deep they nest."""
    state.switches += 1


def label(_: State, made: Made) -> Label:
    """``case a, b``; of a pattern ``T b`` the type is what is compared."""
    values: list[ir.Expr] = []
    for __, value in made.parts:
        if type(value) is Type:
            values.append(dotted(value.text, made.line))
        elif type(value) in EXPRESSIONS:
            values.append(value)
    return Label(tuple(values) if values or "default" not in made.text[:7] else None)


def cases(_: State, made: Made) -> Built:
    """A tuple of cases; labels without anything share what the next one has."""
    found: list[Case] = []
    waiting: list[ir.Expr] = []
    default = False
    for __, each in made.parts:
        if type(each) is not Case:
            continue
        default = default or each.values is None
        waiting += each.values or ()
        if each.body or not each.falls:
            found += [Case(tuple(waiting), each.body, each.line, each.falls)] if waiting else []
            found += [Case(None, each.body, each.line, each.falls)] if default else []
            waiting, default = [], False
    return tuple(found)


def case(_: State, made: Made) -> Case:
    """``case a: b; break;`` or ``case a -> b``."""
    values: list[ir.Expr] = []
    inside: list[ir.Stmt] = []
    default = False
    for __, value in made.parts:
        if type(value) is Label:
            default = default or value.values is None
            values += value.values or ()
        else:
            inside += _alone(value)
    falls = made.type == "switch_block_statement_group"
    if inside and isinstance(inside[-1], ir.Leave):
        inside.pop()
    return Case(None if default else tuple(values), tuple(inside), made.line, falls)


def switch(state: State, made: Made) -> Switch:
    at = dict(made.parts)
    given = at.get("body")
    around = state.switches
    state.switches -= 1
    return Switch(known(at.get("condition"), made.line), given if type(given) is tuple else (), made.line, around)


def branches(switch: Switch, finish: Callable[[ir.Expr], ir.Stmt] | None) -> list[ir.Stmt]:
    """A ``switch`` as chains of branches; as a value, the last expression of each case is finished."""
    arms: list[tuple[ir.Expr, ir.Block, int]] = []
    otherwise: ir.Block = ()
    for each in switch.cases:
        inside = each.body
        last = inside[-1] if inside else None
        if finish is not None and isinstance(last, ir.Do):
            inside = (*inside[:-1], finish(last.value))
        if each.values is None:
            otherwise = inside
        else:
            arms.append((any_of(switch.subject, each.values, each.line), inside, each.line))
    return chained(arms, otherwise, switch.around)
