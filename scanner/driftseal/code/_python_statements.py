"""How the statements of Python are built.

A block is a list of statements until its owner settles it: a class wants to know what was declared in its body.
"""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, STATEMENTS, Built, Made
from driftseal.code._python_state import Case, Declared, Else, Finally, State, Type
from driftseal.code._python_values import known

_KEPT: Final = STATEMENTS | {Declared, Case}
_DESCRIBED: Final = frozenset({ir.Assign, Declared})


def block(state: State, made: Made) -> list[Built]:
    """Statements in order; loose expressions become statements."""
    found: list[Built] = []
    before: Built = found
    for __, value in made.parts:
        kind = type(value)
        if kind is list:
            found += value
        elif kind is ir.Do and type(value.value) is ir.Const:
            # A text says something of what it stands under: the head of the block, or a field.
            found += (value,) if before is found or type(before) in _DESCRIBED else ()
        elif kind in _KEPT:
            found.append(value)
        elif kind in EXPRESSIONS:
            found.append(ir.Do(value, value.line))
        before = value
    if state.evaluated:
        at = 1 if found and type(found[0]) is ir.Do and type(found[0].value) is ir.Const else 0
        found[at:at], state.evaluated = state.evaluated, []
    return found


def settled(value: Built) -> ir.Block:
    """The statements of a block, without literals that stand alone."""
    if type(value) is not list:
        return ()
    found: list[ir.Stmt] = []
    for each in value:
        kind = type(each)
        if kind is Declared:
            found += () if each.assign is None else (each.assign,)
        elif kind in STATEMENTS and not (kind is ir.Do and type(each.value) is ir.Const):
            found.append(each)
    return tuple(found)


def error(_: State, made: Made) -> Built:
    """What can be saved of something that is no Python."""
    found: list[Built] = []
    waiting = [value for __, value in reversed(made.parts)]
    while waiting:
        value = waiting.pop()
        if type(value) in _KEPT:
            found.append(value)
        elif type(value) in EXPRESSIONS:
            found.append(ir.Do(value, value.line))
        elif isinstance(value, (list, tuple)):
            waiting.extend(reversed(value))
    return found


# --- simple statements -----------------------------------------------------------------------


def expression(state: State, made: Made) -> Built:
    """An expression for its effect, or an assignment that stands as one."""
    if len(made.parts) == 1:
        value = made.parts[0][1]
        if type(value) not in EXPRESSIONS:
            return value
        if type(value) is ir.Unary and value.op == "yield":
            # What is handed out may be all that the caller takes, or not: the function goes on.
            return ir.If(ir.Other((), value.line), (ir.Return(value.value, value.line),), (), value.line)
        return ir.Do(value, made.line)
    return block(state, made)


def assignment(_: State, made: Made) -> Built:
    """``a = b = c`` has the inner assignment for its value; an annotation alone binds nothing."""
    at = dict(made.parts)
    left, right = known(at.get("left"), made.line), at.get("right")
    found: ir.Assign | None = None
    if type(right) is ir.Assign:
        found = ir.Assign((left, *right.targets), right.value, made.line, adds=False)
    elif type(right) in EXPRESSIONS:
        found = ir.Assign((left,), known(right, made.line), made.line, adds=False)
    written = at.get("type")
    if type(written) is Type and isinstance(left, ir.Name):
        found = found._replace(type=written.text) if found is not None else None
        return Declared(left.id, written.text, found, made.line)
    return found


def augmented(_: State, made: Made) -> ir.Assign:
    at = dict(made.parts)
    left, right = known(at.get("left"), made.line), known(at.get("right"), made.line)
    return ir.Assign((left,), right, made.line, adds=True)


def returned(_: State, made: Made) -> ir.Return:
    inside = made.expressions()
    return ir.Return(inside[0] if inside else None, made.line)


def raised(_: State, made: Made) -> list[ir.Stmt]:
    """``raise a from b``, where making ``b`` may do something."""
    at = dict(made.parts)
    value, cause = at.get(None), at.get("cause")
    first = [ir.Do(cause, made.line)] if type(cause) is ir.Call else []
    return [*first, ir.Raise(value if type(value) in EXPRESSIONS else None, made.line)]


def asserted(_: State, made: Made) -> Built:
    test, *message = made.expressions() or [ir.Other((), made.line)]
    failed = ir.Raise(message[0] if message else None, made.line)
    return ir.If(ir.Unary("not", test, made.line), (failed,), (), made.line)


def deleted(_: State, made: Made) -> ir.Do:
    inside = made.expressions()
    value = inside[0] if len(inside) == 1 else ir.Group(tuple(inside), made.line)
    return ir.Do(ir.Unary("delete", value, made.line), made.line)


def leave(_: State, __: str, line: int) -> ir.Leave:
    return ir.Leave(line)


def printed(_: State, made: Made) -> ir.Do:
    """A statement of Python 2 that is a call today."""
    function = made.type.partition("_")[0]
    args = tuple(
        ir.Arg("file" if function == "print" and field != "argument" else "", value, spread=False)
        for field, value in made.parts
        if type(value) in EXPRESSIONS
    )
    return ir.Do(ir.Call(ir.Name(function, made.line), args, made.line, new=False), made.line)


# --- loops and handlers ----------------------------------------------------------------------


def loop(_: State, made: Made) -> list[ir.Stmt]:
    """What stands under ``else`` follows the loop."""
    at = dict(made.parts)
    source, test = at.get("right"), at.get("condition")
    found = ir.Loop(
        (at["left"],) if type(at.get("left")) in EXPRESSIONS else (),
        source if type(source) in EXPRESSIONS else None,
        test if type(test) in EXPRESSIONS else None,
        settled(at.get("body")),
        made.line,
    )
    after = at.get("alternative")
    return [found, *(after.body if type(after) is Else else ())]


def tried(_: State, made: Made) -> ir.Try:
    body, handlers, final = settled(made.get("body")), [], ()
    for __, value in made.parts:
        kind = type(value)
        if kind is ir.Handler:
            handlers.append(value)
        elif kind is Else:
            body += value.body
        elif kind is Finally:
            final = value.body
    return ir.Try(body, tuple(handlers), final, made.line)


def finally_(state: State, made: Made) -> Finally:
    return Finally(settled(block(state, made)))


def handler(_: State, made: Made) -> ir.Handler:
    """``except A as b``, or ``except A, b`` of Python 2."""
    caught = [value for field, value in made.parts if field == "value"]
    body = next((value for __, value in made.parts if type(value) is list), None)
    kind, bound = caught[0] if caught else None, caught[1] if len(caught) > 1 else None
    if type(kind) is ir.Bind:
        bound, kind = kind.target, kind.value
    kinds = kind.items if type(kind) is ir.Group else (kind,)
    types = tuple(name for name in map(_dotted, kinds) if name)
    made_up = tuple(ir.Do(each, made.line) for each in kinds if each is not None and not _dotted(each))
    return ir.Handler(types, bound.id if type(bound) is ir.Name else "", (*made_up, *settled(body)))


def _dotted(kind: Built) -> str:
    parts: list[str] = []
    while type(kind) is ir.Attr:
        parts.append(kind.name)
        kind = kind.value
    return ".".join((kind.id, *reversed(parts))) if type(kind) is ir.Name else ""


def item(_: State, made: Made) -> Built:
    value = known(made.get("value"), made.line)
    if isinstance(value, ir.Bind):
        return ir.Assign((value.target,), value.value, made.line, adds=False)
    return ir.Do(value, made.line)
