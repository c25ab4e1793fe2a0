"""How the objects, collections and queries of C# are built."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._csharp_state import Clause, Filled, Given, State
from driftseal.code._csharp_values import inside as values_in
from driftseal.code._csharp_values import is_member, known, word, written
from driftseal.code._lowering import EXPRESSIONS, Made

_SETTINGS: Final = {"ProcessStartInfo": ("FileName", "Arguments", "ArgumentList")}
"""Classes of which nothing matters but their properties, with those that the constructor takes, in order."""
_NEW: Final = "new"
"""The class of ``new()``, until the declaration says which."""


def filled(_: State, made: Made) -> Filled:
    items = (value for __, value in made.parts if type(value) in EXPRESSIONS or type(value) is Filled)
    return Filled(tuple(items), made.line)


def created(_: State, made: Made) -> ir.Expr:
    """``new T(a) { B = c }``: without arguments its members make it, else they are named arguments."""
    line = made.line
    type_ = made.get("type")
    given = next((value for __, value in made.parts if type(value) is Given), Given((), ()))
    inside = next((value for __, value in made.parts if type(value) is Filled), None)
    callee: ir.Expr = ir.Name(_NEW, line)
    if type_ is not None:
        callee = ir.Name(type_.name, line) if type(type_) is ir.Attr and is_member(type_) else known(type_, line)
    settings = _SETTINGS.get(word(callee))
    if settings is not None and len(given.args) <= len(settings):
        return _set_up(word(callee), settings, given, inside, line)
    if inside is None or (given.args and not any(isinstance(item, ir.Bind) for item in inside.items)):
        return ir.Call(callee, given.args, line, new=True)
    if given.args:
        return ir.Call(callee, (*given.args, *_named(inside)), line, new=True)
    return _put_together(inside, written(made, "type"), line)


def _named(inside: Filled) -> list[ir.Arg]:
    return [
        ir.Arg(word(item.target), item.value, spread=False)
        for item in inside.items
        if isinstance(item, ir.Bind) and word(item.target)
    ]


def _set_up(type_: str, settings: tuple[str, ...], given: Given, inside: Filled | None, line: int) -> ir.Mapping:
    """An object whose constructor does nothing but set properties; lists among them are there from the start."""
    entries = [
        ir.Entry(ir.Const(arg.name[:1].upper() + arg.name[1:] if arg.name else name, line), arg.value)
        for name, arg in zip(settings, given.args, strict=False)
    ]
    entries += [ir.Entry(ir.Const(name, line), ir.Group((), line)) for name in settings if name.endswith("List")]
    entries += [entry for item in (inside.items if inside is not None else ()) if (entry := _entry(item)) is not None]
    return ir.Mapping(tuple(entries), line, type_)


def _put_together(inside: Filled, type_: str, line: int) -> ir.Expr:
    entries = [_entry(item) for item in inside.items]
    if inside.items and all(entry is None for entry in entries):
        return ir.Group(tuple(known(item, line) for item in inside.items), line)
    return ir.Mapping(tuple(entry for entry in entries if entry is not None), line, type_)


def _entry(item: ir.Expr | Filled) -> ir.Entry | None:
    """``A = b``, ``["a"] = b`` or ``{ a, b }``."""
    if isinstance(item, Filled):
        pair = [known(each, item.line) for each in item.items]
        return ir.Entry(pair[0], pair[1]) if len(pair) == len(("key", "value")) else None
    if not isinstance(item, ir.Bind):
        return None
    if isinstance(item.target, ir.Index):
        return ir.Entry(item.target.key, item.value)
    return ir.Entry(ir.Const(word(item.target), item.line), item.value)


def anonymous(_: State, made: Made) -> ir.Mapping:
    """``new { a, B = c }``."""
    entries: list[ir.Entry] = []
    label: str | None = None
    for __, value in made.parts:
        if value == "=" and entries:
            label = str(getattr(entries.pop().key, "value", ""))
        elif type(value) in EXPRESSIONS:
            key = label if label is not None else word(value)
            entries.append(ir.Entry(ir.Const(key, made.line), value))
            label = None
    return ir.Mapping(tuple(entries), made.line, "")


def array(_: State, made: Made) -> ir.Group:
    inside = next((value for __, value in made.parts if type(value) is Filled), Filled((), made.line))
    return ir.Group(tuple(known(item, made.line) for item in inside.items), made.line)


def group(_: State, made: Made) -> ir.Group:
    return ir.Group(tuple(values_in(made)), made.line)


def tuple_(_: State, made: Made) -> ir.Group:
    return ir.Group(tuple(value.value for __, value in made.parts if type(value) is ir.Arg), made.line)


def spread(_: State, made: Made) -> ir.Unary:
    return ir.Unary("*", known(made.parts[-1][1] if made.parts else None, made.line), made.line)


def changed(_: State, made: Made) -> ir.Mapping:
    """``a with { B = c }``."""
    whole, *others = made.expressions() or [ir.Other((), made.line)]
    entries = [entry for other in others if (entry := _entry(other)) is not None]
    return ir.Mapping((ir.Entry(None, whole), *entries), made.line, "")


def with_member(_: State, made: Made) -> ir.Expr:
    inside = made.expressions()
    target = inside[0] if inside else ir.Other((), made.line)
    return ir.Bind(target, inside[-1] if inside else target, made.line)


def declared(state: State, made: Made) -> ir.Name:
    """``var x`` in the place of a value."""
    found = word(made.get("name")) or "_"
    state.declare(found)
    return ir.Name(found, made.line)


def clause(state: State, made: Made) -> Clause:
    label = made.get("name")
    inside = [value for field, value in made.parts if field != "name" and type(value) in EXPRESSIONS]
    target = ir.Name(word(label), made.line) if label is not None else None
    if made.type in {"join_clause", "let_clause"} and inside:
        target = ir.Name(word(inside.pop(0)), made.line)
    if target is not None:
        state.declare(target.id)
    return Clause(made.type, target, tuple(inside))


def query(_: State, made: Made) -> ir.Comprehension:
    """``from a in b where c select d``."""
    clauses = [value for __, value in made.parts if type(value) is Clause]
    bound = [each for each in clauses if each.target is not None and each.values]
    ends = [each for each in clauses if each.kind in {"select_clause", "group_clause"} and each.values]
    tests = tuple(value for each in clauses if each.kind == "where_clause" for value in each.values)
    result = ends[-1].values[0] if ends else ir.Other((), made.line)
    return ir.Comprehension(
        result,
        tuple(each.target for each in bound if each.target is not None),
        tuple(each.values[0] for each in bound),
        tests,
        made.line,
    )
