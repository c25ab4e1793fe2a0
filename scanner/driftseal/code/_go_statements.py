"""How the statements of Go are built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code._go_state import Case, Head, Range, Several, State, Type
from driftseal.code._go_values import condition, dotted, known
from driftseal.code._lowering import EXPRESSIONS, Built, Made, statements

_TELLS: Final = re.compile(r"(?:_|ok|OK|found|exists|has|e|er|err\w*|\w*(?:Err|Ok))\Z")
"""What Go programmers call the result that says whether the others count."""
_FAILS: Final = re.compile(r"(?:Errorf?|New\w*Error\w*|New|Wrapf?|WithMessagef?|WithStack|Join|Err\w*|\w*Error)\Z")
"""Functions that make an error."""
_BASIC: Final = re.compile(r"(?:string|bool|byte|rune|error|any|u?int\d*|float\d*)\Z")
_BEHIND_HOST: Final = {"RawQuery": "?", "RawFragment": "?", "Fragment": "?", "RawPath": "/"}
"""Parts of an address by what stands before them."""
_NAMED: Final = re.compile(r"[A-Za-z_][\w.]*\Z")


def block(_: State, made: Made) -> list[ir.Stmt]:
    return made.block()


def body(value: Built) -> ir.Block:
    """The statements of something built."""
    return tuple(statements(value))


def error(_: State, made: Made) -> Built:
    """What can be saved of something that is no Go."""
    found: list[ir.Stmt] = []
    for __, value in made.parts:
        if type(value) in EXPRESSIONS:
            found.append(ir.Do(value, value.line))
        elif type(value) is Several:
            found += [ir.Do(each, each.line) for each in value.items]
        elif type(value) is Case:
            found += value.body
        else:
            found += statements(value)
    return found


# --- assignments -----------------------------------------------------------------------------


def items(value: Built) -> tuple[ir.Expr, ...]:
    """Expressions in a row, or one alone."""
    if type(value) is Several:
        return value.items
    return (value,) if type(value) in EXPRESSIONS else ()


def assignment(state: State, made: Made) -> list[ir.Stmt]:
    """``a, b = c, d``, ``a := b``, ``a += b``."""
    at = dict(made.parts)
    op = at.get("operator") or "="
    names = (each.id for each in items(at.get("left")) if isinstance(each, ir.Name))
    (state.declare if made.type == "short_var_declaration" else state.share)(names)
    return list(assigned(items(at.get("left")), items(at.get("right")), made.line, adds=op not in {"=", ":="}))


def assigned(left: Sequence[ir.Expr], right: Sequence[ir.Expr], line: int, *, adds: bool) -> Iterator[ir.Stmt]:
    """Targets set to values, one by one; of several that a call gives back the last may only say that it failed."""
    if len(left) == len(right):
        for target, value in zip(left, right, strict=True):
            yield _set(target, value, line, adds=adds)
    elif len(right) == 1:
        value, last = right[0], left[-1] if left else None
        if isinstance(value, ir.Index) and isinstance(last, ir.Name) and last.id != "_" and len(left) > 1:
            # Whether the map holds the key, asked for beside what it holds.
            yield ir.Assign((last,), condition(value), line, adds=False)
        tells = isinstance(last, ir.Name) and _TELLS.match(last.id)
        if len(left) > 1 and (tells or not isinstance(value, (ir.Call, ir.Bind))):
            left = left[:-1]
        target = left[0] if len(left) == 1 else ir.Group(tuple(left), line)
        yield _set(target, value, line, adds=False)
    else:
        for value in right:
            yield ir.Do(value, line)


def _set(target: ir.Expr, value: ir.Expr, line: int, *, adds: bool) -> ir.Stmt:
    if isinstance(target, ir.Name) and target.id == "_":
        return ir.Do(value, line)
    if isinstance(target, ir.Attr) and target.name in _BEHIND_HOST:
        # What is set behind the host of an address chooses none.
        value = ir.Text((ir.Const(_BEHIND_HOST[target.name], line), value), line, None)
    return ir.Assign((target,), value, line, adds=adds)


def variable(state: State, made: Made) -> list[ir.Stmt]:
    """``var a, b T = c, d``; one without a value is empty, or an object of its type."""
    names = [value for field, value in made.parts if field == "name" and isinstance(value, ir.Name)]
    state.declare(each.id for each in names)
    at = dict(made.parts)
    values = items(at.get("value"))
    if values:
        return list(assigned(names, values, made.line, adds=False))
    written = at.get("type")
    text = written.text if type(written) is Type else ""
    value: ir.Expr = ir.Other((), made.line)
    if _NAMED.match(text) and not _BASIC.match(text):
        value = ir.Call(dotted(text, made.line), (), made.line, new=True)
    return [ir.Assign((each,), value, made.line, adds=False) for each in names if each.id != "_"]


def constant(_: State, made: Made) -> list[ir.Stmt]:
    """``const a = b``; one that repeats what stands above says nothing."""
    names = [value for field, value in made.parts if field == "name" and isinstance(value, ir.Name)]
    values = items(dict(made.parts).get("value"))
    return list(assigned(names, values, made.line, adds=False)) if len(names) == len(values) else []


def step(_: State, made: Made) -> ir.Assign:
    """``a++``."""
    target = known(next(iter(made.expressions()), None), made.line)
    return ir.Assign((target,), ir.Const(1, made.line), made.line, adds=True)


def send(_: State, made: Made) -> ir.Assign:
    """``channel <- value``: the channel holds it."""
    at = dict(made.parts)
    return ir.Assign((known(at.get("channel"), made.line),), known(at.get("value"), made.line), made.line, adds=True)


def receive(state: State, made: Made) -> list[ir.Stmt]:
    """``a := <-channel`` in a ``select``."""
    at = dict(made.parts)
    left, right = items(at.get("left")), items(at.get("right"))
    state.declare(each.id for each in left if isinstance(each, ir.Name))
    return list(assigned(left, right, made.line, adds=False)) if left else [ir.Do(one, made.line) for one in right]


# --- leaving ---------------------------------------------------------------------------------


def leave(_: State, made: Made) -> ir.Leave:
    return ir.Leave(made.line)


def returned(state: State, made: Made) -> list[ir.Stmt]:
    """What a function gives back, without what only says whether that counts."""
    before: list[ir.Stmt] = []
    results = state.scopes[-1].results
    given = next((items(value) for __, value in made.parts if value is not None), ())
    if not given and results and results[0][0]:
        given = tuple(ir.Name(name, made.line) for name, __ in results)
    if given and results and results[-1][1] == "error" and len(given) == len(results):
        *rest, last = given
        if _is_error(last) and all(_is_empty(each) for each in rest) and (rest or not isinstance(last, ir.Name)):
            return [ir.Raise(last, made.line)]
    if len(given) == len(results) > 1 and results[-1][1] in {"error", "bool"}:
        before += [ir.Do(given[-1], made.line)] if isinstance(given[-1], (ir.Call, ir.Bind)) else []
        given = given[:-1]
    if [kind for _, kind in results] == ["bool"] and given:
        given = (condition(given[0]),)
    if len(given) > 1:
        return [*before, ir.Return(ir.Group(given, made.line), made.line)]
    return [*before, ir.Return(given[0] if given else None, made.line)]


def _is_error(value: ir.Expr) -> bool:
    """Whether a value in the place of an error is one."""
    if isinstance(value, ir.Call):
        callee = value.callee
        return isinstance(callee, ir.Attr) and bool(_FAILS.match(callee.name))
    if isinstance(value, ir.Mapping):
        return True
    name = value.id if isinstance(value, ir.Name) else value.name if isinstance(value, ir.Attr) else ""
    return name[:3].lower() == "err"


def _is_empty(value: ir.Expr) -> bool:
    if isinstance(value, ir.Const):
        return not value.value
    return isinstance(value, (ir.Mapping, ir.Group)) and not (
        value.entries if isinstance(value, ir.Mapping) else value.items
    )


# --- branches and loops ----------------------------------------------------------------------


def branch(_: State, made: Made) -> list[ir.Stmt]:
    """``if a := b; c {} else {}``; ``return err`` below ``err != nil`` fails for sure."""
    at = dict(made.parts)
    test = condition(known(at.get("condition"), made.line))
    then = body(at.get("consequence"))
    failed = test.value if isinstance(test, ir.Unary) and test.op == "not" else None
    if isinstance(failed, ir.Binary) and failed.op == "instanceof" and isinstance(failed.left, ir.Name):
        then = tuple(_failing(each, failed.left.id) for each in then)
    return [*body(at.get("initializer")), ir.If(test, then, body(at.get("alternative")), made.line)]


def _failing(each: ir.Stmt, name: str) -> ir.Stmt:
    if isinstance(each, ir.Return) and isinstance(each.value, ir.Name) and each.value.id == name:
        return ir.Raise(each.value, each.line)
    return each


def over(state: State, made: Made) -> Range:
    """``a, b := range c``; without a name for the key, as languages do it that have none."""
    at = dict(made.parts)
    left = items(at.get("left"))
    state.declare(each.id for each in left if isinstance(each, ir.Name))
    targets = tuple(each for each in left if not (isinstance(each, ir.Name) and each.id == "_"))
    return Range(targets, known(at.get("right"), made.line))


def head(_: State, made: Made) -> Head:
    at = dict(made.parts)
    test = at.get("condition")
    return Head(body(at.get("initializer")), test if type(test) in EXPRESSIONS else None, body(at.get("update")))


def loop(_: State, made: Made) -> list[ir.Stmt]:
    """``for`` in all its forms."""
    inside = body(made.get("body"))
    for field, value in made.parts:
        if type(value) is Range:
            return [ir.Loop(value.targets, value.source, None, inside, made.line)]
        if type(value) is Head:
            return [*value.before, ir.Loop((), None, value.test, (*inside, *value.after), made.line)]
        if field is None and type(value) in EXPRESSIONS:
            return [ir.Loop((), None, value, inside, made.line)]
    return [ir.Loop((), None, None, inside, made.line)]


def called(_: State, made: Made) -> ir.Do:
    """``go f()``, ``defer f()``."""
    return ir.Do(known(next(iter(made.expressions()), None), made.line), made.line)


def labelled(_: State, made: Made) -> list[ir.Stmt]:
    return made.block()
