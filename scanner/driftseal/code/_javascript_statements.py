"""How JavaScript's statements are built: every builder gives a list of them."""

from __future__ import annotations

from driftseal.code import _javascript_enums as enums
from driftseal.code import ir
from driftseal.code._javascript_commonjs import assigned_exports, bundled, declared
from driftseal.code._javascript_state import Hoisted, State
from driftseal.code._javascript_values import bound, expr, fields, only, target_name
from driftseal.code._lowering import Built, Made, is_expression, statements


def effects(state: State, value: ir.Expr) -> list[ir.Stmt]:
    """An expression for its effect; what minifiers fold into one expression becomes statements again."""
    if isinstance(value, ir.Bind):
        return assigned(state, value)
    if isinstance(value, ir.Binary) and value.op in {"and", "or"}:
        right = tuple(effects(state, value.right))
        then, otherwise = (right, ()) if value.op == "and" else ((), right)
        return [ir.If(value.left, then, otherwise, value.line)] if right else _done(value.left)
    if isinstance(value, ir.Choice):
        then, otherwise = tuple(effects(state, value.then)), tuple(effects(state, value.otherwise))
        return [ir.If(value.test, then, otherwise, value.line)]
    if id(value) in state.commas and isinstance(value, ir.Other):
        return [each for part in value.parts for each in effects(state, part)]
    if isinstance(value, ir.Unary) and value.op in {"not", "void"}:
        return effects(state, value.value)
    return _done(value)


def _done(value: ir.Expr) -> list[ir.Stmt]:
    if isinstance(value, (ir.Const, ir.Name)):
        return []
    if _never_returns(value):
        return [ir.Raise(value, value.line)]
    return [ir.Do(value, value.line)]


def _never_returns(value: ir.Expr) -> bool:
    callee = value.callee if isinstance(value, ir.Call) else None
    if not isinstance(callee, ir.Attr) or not isinstance(callee.value, ir.Name):
        return False
    return callee.value.id == "process" and callee.name in {"exit", "abort"}


def assigned(state: State, bind: ir.Bind) -> list[ir.Stmt]:
    """An assignment as a statement; ``a = b = c`` shares one value."""
    targets, value = [bind.target], bind.value
    if isinstance(value, ir.Binary) and value.left is bind.target:
        return [ir.Assign((bind.target,), value.right, bind.line, adds=True)]
    while isinstance(value, ir.Bind) and not (isinstance(value.value, ir.Binary) and value.value.left is value.target):
        targets.append(value.target)
        value = value.value
    before, value = unrolled(state, value)
    return [*before, *assigned_exports(state, targets, value, bind.line)]


def unrolled(state: State, value: ir.Expr) -> tuple[list[ir.Stmt], ir.Expr]:
    """The effects of a comma expression, and its value."""
    if id(value) in state.commas and isinstance(value, ir.Other):
        before = [each for part in value.parts[:-1] for each in effects(state, part)]
        return before, value.parts[-1]
    return [], value


def block(_: State, made: Made) -> list[ir.Stmt]:
    """Statements in order, declarations of functions first."""
    hoisted: list[ir.Stmt] = []
    rest: list[ir.Stmt] = []
    for _field, value in made.parts:
        kind = type(value)
        if kind is Hoisted:
            hoisted += value
        elif kind is list:
            rest += value
        elif value is not None:
            rest += statements(value)
    return hoisted + rest


def body(state: State, value: Built) -> ir.Block:
    """What a branch or a loop holds."""
    if isinstance(value, list):
        return tuple(value)
    if is_expression(value):
        return tuple(effects(state, value))
    return tuple(statements(value))


def expression(state: State, made: Made) -> list[ir.Stmt]:
    """An expression as a statement."""
    found: list[ir.Stmt] = []
    for value in made.expressions():
        filled = enums.members(state, value)
        if filled is not None:
            found.append(ir.Assign((ir.Name(filled[0], value.line),), filled[1], value.line, adds=False))
        else:
            found += effects(state, value)
    return bundled(state, found)


def declaration(_: State, made: Made) -> list[ir.Stmt]:
    """``const``, ``let``, ``var``, ``using``."""
    return [each for _, value in made.parts if type(value) is list for each in value]


def declarator(state: State, made: Made) -> list[ir.Stmt]:
    """One name or pattern with its value; without one it is undefined."""
    parts = fields(made)
    target = expr(parts.get("name"), made.line)
    state.declared.update((state.owners[-1], name) for name in bound(target))
    before, value = unrolled(state, expr(parts["value"], made.line)) if "value" in parts else ([], None)
    state.label(value, target_name(target))
    if value is None:
        return [ir.Assign((target,), ir.Const(None, made.line), made.line, adds=False)]
    if isinstance(value, ir.Bind):
        inner = assigned(state, value)
        return [*before, *inner, ir.Assign((target,), value.target, made.line, adds=False)]
    declared(state, target, value)
    if (filled := enums.members(state, value)) is not None:
        value = filled[1]
    told = str(parts.get("type") or "")
    return [*before, ir.Assign((target,), value, made.line, adds=False, type=told)]


def returned(state: State, value: ir.Expr | None, line: int) -> list[ir.Stmt]:
    """What a function gives back."""
    if value is None:
        return [ir.Return(None, line)]
    before, value = unrolled(state, value)
    return [*before, ir.Return(value, line)]


def return_(state: State, made: Made) -> list[ir.Stmt]:
    """``return``."""
    inside = made.expressions()
    return returned(state, inside[0] if inside else None, made.line)


def throw(state: State, made: Made) -> list[ir.Stmt]:
    """``throw``."""
    before, value = unrolled(state, only(made))
    return [*before, ir.Raise(value, made.line)]


def if_(state: State, made: Made) -> list[ir.Stmt]:
    """``if`` with its ``else``."""
    parts = fields(made)
    before, test = unrolled(state, expr(parts.get("condition"), made.line))
    then, otherwise = body(state, parts.get("consequence")), body(state, parts.get("alternative"))
    return [*before, ir.If(test, then, otherwise, made.line)]


def else_(state: State, made: Made) -> list[ir.Stmt]:
    """What stands behind ``else``."""
    return [each for _, value in made.parts if value is not None for each in body(state, value)]


def for_(state: State, made: Made) -> list[ir.Stmt]:
    """``for (a; b; c)``: what comes first, then a loop with what comes after each turn at its end."""
    test = next((value for value in made.all("condition") if is_expression(value)), None)
    step = body(state, made.get("increment"))
    inside = (*body(state, made.get("body")), *step)
    return [*body(state, made.get("initializer")), ir.Loop((), None, test, inside, made.line)]


def for_in(state: State, made: Made) -> list[ir.Stmt]:
    """``for (a of b)``; ``for (a in b)`` goes over the keys."""
    parts = fields(made)
    source = expr(parts.get("right"), made.line)
    if parts.get("operator") == "in":
        keys = ir.Attr(ir.Name("Object", made.line), "keys", made.line)
        source = ir.Call(keys, (ir.Arg("", source, spread=False),), made.line, new=False)
    before, source = unrolled(state, source)
    targets = (expr(parts.get("left"), made.line),)
    state.declared.update((state.owners[-1], name) for name in bound(targets[0]))
    return [*before, ir.Loop(targets, source, None, body(state, parts.get("body")), made.line)]


def while_(state: State, made: Made) -> list[ir.Stmt]:
    """``while`` and ``do``."""
    parts = fields(made)
    test = expr(parts.get("condition"), made.line)
    return [ir.Loop((), None, test, body(state, parts.get("body")), made.line)]


def catch(state: State, made: Made) -> ir.Handler:
    """``catch (a)``; an error that is taken apart has no name."""
    parts = fields(made)
    name = parts.get("parameter")
    return ir.Handler((), name.id if isinstance(name, ir.Name) else "", body(state, parts.get("body")))


def try_(state: State, made: Made) -> list[ir.Stmt]:
    """``try`` with its ``catch`` and ``finally``."""
    parts = fields(made)
    handler = parts.get("handler")
    handlers = (handler,) if isinstance(handler, ir.Handler) else ()
    return [ir.Try(body(state, parts.get("body")), handlers, body(state, parts.get("finalizer")), made.line)]


def labelled(state: State, made: Made) -> list[ir.Stmt]:
    """A statement with a label, which is dropped."""
    return list(body(state, made.get("body")))


def leave(_: State, made: Made) -> list[ir.Stmt]:
    """``break`` and ``continue``."""
    return [ir.Leave(made.line)]


def with_(state: State, made: Made) -> list[ir.Stmt]:
    """``with (a)``: its body."""
    parts = fields(made)
    return [*body(state, parts.get("object")), *body(state, parts.get("body"))]


def namespace(state: State, made: Made) -> list[ir.Stmt]:
    """A namespace of TypeScript: what is inside stands beside it."""
    return list(body(state, made.get("body")))
