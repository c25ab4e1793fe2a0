"""What an expression amounts to: its labels, its constants, what it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, Instance
from driftseal.observe.taint import application, bodies, calls, constants, credentials, guards, lookup, stores, targets
from driftseal.observe.taint.env import guarded
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import MORE, NAMED, NOTHING, Node, merged, stepped
from driftseal.observe.taint.values import (
    CLEAN,
    Value,
    appended,
    chosen,
    deep,
    join,
    named,
    of_family,
    with_field,
    with_taints,
)

_COMPARED: Final = frozenset(
    {"==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "not in", "is", "is not", "instanceof"}
)
_PATHS: Final = frozenset({"path-read", "path-write", "path-delete"})
_INNARDS: Final = re.compile(r"__(?:code|globals|closure|defaults|kwdefaults|func|wrapped|annotations|mro|bases)__")
"""Members that functions and classes have, and no text that somebody sent."""
_PAIR: Final = 2
_SHORT: Final = 8
"""Members of a list that are told apart where something is made of each."""
_SPELLED: Final = re.compile(r"(?:[^%]|%[%ra])*")
"""A pattern of a text into which values go as literals of Python."""
_CODE: Final = frozenset({"code"})
_HALTS: Final = {"and": True, "&&": True, "or": False, "||": False}
"""Operators that ask for their second side only where the first came out like this."""
_ASKS: Final = frozenset({ir.Binary, ir.Call, ir.Unary})
"""Expressions that may look at a value, or do something with it."""
_ROW: Final = 16
_NUMBERS: Final = frozenset({"-", "**", "//", "<<", ">>", "&", "^"})


def evaluate(frame: Frame, expr: ir.Expr) -> Value:
    """The value of an expression; its calls and assignments take effect."""
    if frame.known is not None and (known := frame.known.get(id(expr))) is not None:
        return known[0]
    if frame.depth <= 0 or not frame.library.spend():
        frame.complete = False
        return CLEAN
    frame.depth -= 1
    value = _BY_TYPE[type(expr)](frame, expr)
    frame.depth += 1
    if frame.met is not None:
        frame.met[id(expr)] = value, expr
    return value


def _const(_frame: Frame, expr: ir.Const) -> Value:
    return Value(NOTHING, expr.value)


def _name(frame: Frame, expr: ir.Name) -> Value:
    name = "this" if expr.id == "self" and frame.cls is not None else expr.id
    known = frame.env.vars.get(name)
    if known is not None:
        return known
    if name == "cls" and frame.cls is not None:
        return Value(ref=frame.cls)
    return lookup.outside(frame, name, expr.line)


def _attr(frame: Frame, expr: ir.Attr) -> Value:
    whole = evaluate(frame, expr.value)
    if expr.name == "__dict__":
        return credentials.as_table(frame, whole, expr.line)
    if expr.name == "lifespan_context" and frame.python:
        return lookup.held(frame, whole)
    value = lookup.attribute(frame, whole, expr.name, expr.line)
    if isinstance(value.ref, FunctionRef) and bodies.is_property(frame.library.project.function(value.ref)):
        read = ir.Call(expr, (), expr.line, new=False)
        return application.apply(frame, targets.Target(value.ref), whole, targets.Arguments((), {}, CLEAN), read)
    if value.taints and _INNARDS.fullmatch(expr.name):
        return Value(ref=value.ref)
    return value


def _index(frame: Frame, expr: ir.Index) -> Value:
    whole, key = evaluate(frame, expr.value), evaluate(frame, expr.key)
    if _last_of_path(expr):
        last = {label: taint._replace(cleaned=taint.cleaned | _PATHS) for label, taint in deep(whole).items()}
        return Value(last)
    known = named(key)
    if known is not None:
        return lookup.attribute(frame, whole, known, expr.line)
    if type(expr.key) is ir.Group and whole.items and whole.fields:
        return _slice(whole, expr.key)
    told = chosen(whole, key)
    if told is not None:
        return told
    family = _begun(frame, expr.key) if whole.taints else ""
    # A name that comes from nowhere else is one of a list of the source.
    listed = bool(whole.taints) and isinstance(expr.key, ir.Name) and not deep(key)
    return lookup.element(of_family(whole, family) if family or listed else whole)


def _slice(whole: Value, bounds: ir.Group) -> Value:
    """``papers[:3]`` is a list of what the list holds; of ``papers[1:]``, nobody says what stands in which place."""
    first = bounds.items[0] if bounds.items else None
    if type(first) is ir.Const and not first.value:
        return whole
    return Value(whole.taints, fields={"*": lookup.element(whole)})


def _begun(frame: Frame, key: ir.Expr) -> str:
    """The constant that a name begins with which is put together: ``f"CONNECTION_{n}"``."""
    begun = frame.env.written.get(key.id, key) if isinstance(key, ir.Name) else key
    while isinstance(begun, ir.Binary) and begun.op == "+":
        begun = begun.left
    if isinstance(begun, ir.Text) and begun.tag is None and begun.parts:
        begun = begun.parts[0]
    return begun.value if isinstance(begun, ir.Const) and isinstance(begun.value, str) else ""


def _last_of_path(expr: ir.Index) -> bool:
    """``name.split("/")[-1]`` and ``splitext(name)[1]``, which lead into no folder."""
    of, key = expr.value, expr.key
    if isinstance(of, ir.Call) and targets.called(of) == "splitext":
        return isinstance(key, ir.Const) and key.value == 1
    if not isinstance(of, ir.Call) or targets.called(of) not in {"split", "rsplit"} or not of.args:
        return False
    by = of.args[0].value
    last = isinstance(key, ir.Unary) and key.op == "-" and isinstance(key.value, ir.Const) and key.value.value == 1
    return last and isinstance(by, ir.Const) and by.value in {"/", "\\"}


def _call(frame: Frame, expr: ir.Call) -> Value:
    return calls.call(frame, expr)


def _text(frame: Frame, expr: ir.Text) -> Value:
    parts = [evaluate(frame, part) for part in expr.parts]
    if expr.tag is not None:
        inside = tuple(ir.Arg("", part, spread=False) for part in expr.parts)
        return calls.call(frame, ir.Call(expr.tag, inside, expr.line, new=False), tuple(parts))
    return constants.text([credentials.as_text(frame, part, expr.line) for part in parts], frame.path, expr.line)


def _binary(frame: Frame, expr: ir.Binary) -> Value:  # noqa: PLR0911  # a branch a kind of operator
    op = expr.op
    left, right = _sides(frame, expr)
    if op in _COMPARED or op in _NUMBERS:
        return CLEAN
    if op in {"or", "and", "??", "||", "&&"}:
        return join(left, right) if left.const is not None or not left.taints else right
    if op == "+":
        if left.items and right.items:
            return appended(left, (right.fields or {}).values())
        if left.items:
            return with_taints(left, deep(right))
        return constants.text([left, right], frame.path, expr.line)
    if op == "/" and not left.taints and left.const is not None and right.taints:
        # Joining paths, where the left side stays in front unless the right one is absolute.
        joined = stepped(right.taints, Node(None, frame.path, expr.line, "joined to a path"))
        here = isinstance(left.ref, Instance) and isinstance(left.ref.of, External) and left.ref.of.name.endswith("cwd")
        if not here:
            joined = {label: taint._replace(fixed=taint.fixed or "?") for label, taint in joined.items()}
        return Value(joined, ref=left.ref)
    if op == "/" and right.taints:
        # Below a folder that somebody chose as well.
        below = stepped(right.taints, Node(None, frame.path, expr.line, "joined to a path"))
        below = {label: taint._replace(fixed=taint.fixed or "?") for label, taint in below.items()}
        node = Node(None, frame.path, expr.line, MORE)
        return Value(merged((stepped(left.taints, node), below)), ref=left.ref)
    named = op == "/" and bool(right.text) and not right.taints
    node = Node(None, frame.path, expr.line, NAMED if named else f"combined with {op}")
    taints = stepped(merged((deep(left), deep(right))), node)
    if op == "%" and left.text is not None and _SPELLED.fullmatch(left.text):
        taints = {label: taint._replace(cleaned=taint.cleaned | _CODE) for label, taint in taints.items()}
    return Value(taints, ref=left.ref if op == "/" else None)


def _sides(frame: Frame, expr: ir.Binary) -> tuple[Value, Value]:
    """Both sides of an operator, of which the second is only asked for where the first came out one way."""
    if expr.op not in _HALTS or type(expr.right) not in _ASKS or type(expr.left) not in _ASKS or _is_long(expr):
        return evaluate(frame, expr.left), evaluate(frame, expr.right)
    left, truths, falses = guards.tested(frame, expr.left)
    checks = truths if _HALTS[expr.op] else falses
    if not checks:
        return left, evaluate(frame, expr.right)
    held = frame.env.checks
    frame.env.add(checks)
    right = evaluate(frame, expr.right)
    right = right._replace(taints=guarded(frame.env.checks, right.taints)) if right.taints else right
    frame.env.checks = held
    return left, right


def _is_long(expr: ir.Binary) -> bool:
    """Whether so many conditions stand in a row that nobody asks for each what holds by those before."""
    left: ir.Expr = expr
    for _ in range(_ROW):
        if not isinstance(left, ir.Binary):
            return False
        left = left.left
    return True


def _unary(frame: Frame, expr: ir.Unary) -> Value:
    value = evaluate(frame, expr.value)
    if expr.op == "await":
        frame.summary.waits = True
    return CLEAN if expr.op in {"not", "-", "~", "typeof", "delete", "void"} else value


def _group(frame: Frame, expr: ir.Group) -> Value:
    value = Value(fields={}, items=True)
    for item in expr.items:
        if isinstance(item, ir.Unary) and item.op == "*":
            inner = evaluate(frame, item.value)
            known = inner.items and inner.fields is not None
            value = appended(value, (inner.fields or {}).values()) if known else with_taints(value, deep(inner))
            if known:
                value = with_taints(value, inner.taints)
        else:
            value = appended(value, (evaluate(frame, item),))
    return value


def _mapping(frame: Frame, expr: ir.Mapping) -> Value:
    value = Value(fields={}, ref=lookup.typed(frame.library.project, frame.path, expr.type))
    for entry in expr.entries:
        inner = evaluate(frame, entry.value)
        if entry.key is None:
            inner = credentials.as_table(frame, inner, expr.line)
            for name, each in (inner.fields or {}).items():
                value = with_field(value, name, each)
            value = with_taints(value, inner.taints)
            continue
        key = evaluate(frame, entry.key)
        value = with_field(value, named(key) or "*", inner)
    return value


def _closure(frame: Frame, expr: ir.Closure) -> Value:
    value = Value(ref=FunctionRef(frame.path, expr.function), scope=frame.env.vars)
    frame.closures[expr.function] = value
    return value


def _class_value(frame: Frame, expr: ir.ClassValue) -> Value:
    return Value(ref=ClassRef(frame.path, expr.cls))


def _choice(frame: Frame, expr: ir.Choice) -> Value:
    _, truths, falses = guards.tested(frame, expr.test)
    held = frame.env.checks
    found = []
    for branch, checks in ((expr.then, truths), (expr.otherwise, falses)):
        frame.env.add(checks)
        value = evaluate(frame, branch)
        if value.taints:
            value = value._replace(taints=guarded(frame.env.checks, value.taints))
        found.append(value)
        frame.env.checks = held
    return join(found[0], found[1])


def _bind(frame: Frame, expr: ir.Bind) -> Value:
    value = evaluate(frame, expr.value)
    stores.assign(frame, expr.target, value)
    return value


def _comprehension(frame: Frame, expr: ir.Comprehension) -> Value:
    kept, held = dict(frame.env.vars), frame.env.checks
    # What is known of its parts holds for one turn alone.
    met, known, frame.met, frame.known = frame.met, frame.known, None, None
    sources = [evaluate(frame, source) for source in expr.sources]
    listed = _listed(sources[0]) if len(sources) == 1 and not expr.tests else ()
    named = isinstance(expr.element, ir.Group) and len(expr.element.items) == _PAIR
    if listed and named and (table := _table(frame, expr, listed)) is not None:
        frame.env.vars, frame.env.checks, frame.met, frame.known = kept, held, met, known
        return table
    if listed and not isinstance(expr.element, ir.Group):
        found = Value(fields={}, items=True)
        for each in listed:
            stores.assign(frame, expr.targets[0], each)
            found = appended(found, (evaluate(frame, expr.element),))
    else:
        for target, source in zip(expr.targets, sources, strict=False):
            stores.assign(frame, target, lookup.element(source))
        found = _each(frame, expr)
    frame.env.vars, frame.env.checks, frame.met, frame.known = kept, held, met, known
    return found


def _table(frame: Frame, expr: ir.Comprehension, listed: tuple[Value, ...]) -> Value | None:
    """``{one.name: one for one in (…)}`` of what is known one by one, by constant names; None for what callers sent."""
    fields: dict[str, Value] = {}
    key, value = expr.element.items if isinstance(expr.element, ir.Group) else (expr.element, expr.element)
    for each in listed:
        stores.assign(frame, expr.targets[0], each)
        name = evaluate(frame, key).text
        if name is None:
            return None
        fields[name] = evaluate(frame, value)
        if fields[name].ref is None or deep(fields[name]):
            return None  # data, and nothing to be called
    return Value(fields=fields)


def _each(frame: Frame, expr: ir.Comprehension) -> Value:
    """What any element of a comprehension is."""
    for test in expr.tests:
        frame.env.add(guards.tested(frame, test)[1])
    value = evaluate(frame, expr.element)
    taints = dict(guarded(frame.env.checks, value.taints))
    for part in (value.fields or {}).values():
        # Key and value have each passed checks of their own; what lies under the keys counts.
        taints |= guarded(frame.env.checks, deep(part))
    return Value(taints)


def _listed(source: Value) -> tuple[Value, ...]:
    """The members of a short list of which every one is known."""
    whole = source.items and source.fields is not None and not source.taints
    members = tuple(source.fields.values()) if whole and source.fields is not None else ()
    return members if len(members) <= _SHORT else ()


def _other(frame: Frame, expr: ir.Other) -> Value:
    return Value(merged(deep(evaluate(frame, part)) for part in expr.parts))


_BY_TYPE: Final[Mapping[type, Callable[[Frame, Any], Value]]] = {
    ir.Const: _const,
    ir.Name: _name,
    ir.Attr: _attr,
    ir.Index: _index,
    ir.Call: _call,
    ir.Text: _text,
    ir.Binary: _binary,
    ir.Unary: _unary,
    ir.Group: _group,
    ir.Mapping: _mapping,
    ir.Closure: _closure,
    ir.ClassValue: _class_value,
    ir.Choice: _choice,
    ir.Bind: _bind,
    ir.Comprehension: _comprehension,
    ir.Other: _other,
}
