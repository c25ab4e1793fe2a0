"""What tables and lists hold out of which the function of a tool is taken: each member with the name that it has there.

A table may be written out, filled by what registers functions, or made of a list: ``{one.name: one for one in TOOLS}``,
``new Map(modules.map((one) => [one.definition.name, one]))``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Instance, ModuleRef, ValueRef
from driftseal.observe.taint import bodies, lookup
from driftseal.observe.taint.denoted import SELF
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.registered import Entry
from driftseal.observe.taint.values import CLEAN, Value, named

TABLE: Final = 64
"""Members of one table that a computed name may mean."""
_NESTED: Final = 3
"""Tables of which one is made of another."""
_HOPS: Final = 6
"""Members and calls between an element of a list and what stands for it in a table."""
_MADE: Final = frozenset({"Map", "fromEntries", "dict", "OrderedDict"})
"""What makes a table of pairs."""

Named: TypeAlias = tuple[str, Value]
"""A member by its name; the name is empty where nobody knows it."""


class _OfList(NamedTuple):
    """How a table is made of a list."""

    source: ir.Expr
    target: ir.Expr
    """What an element is called."""
    key: ir.Expr
    value: ir.Expr


def members(frame: Frame, source: ir.Expr) -> list[Named]:
    """The members of a list, each with the name that it has itself."""
    if isinstance(source, ir.Call) and isinstance(source.callee, ir.Attr):
        if source.callee.name == "__subclasses__":
            return [(_own_name(frame, each), each) for each in _derived(frame, source.callee.value)]
        if source.callee.name == "values":
            # ``table.values()`` and ``Object.values(table)``
            source = source.args[0].value if source.args else source.callee.value
    if isinstance(source, ir.Group):
        listed = [standing_for(frame, each) for each in source.items[:TABLE]]
    else:
        whole = plain(frame, source)
        listed = list(islice((whole.fields or {}).values(), TABLE))
    return [(_own_name(frame, each), each) for each in listed] or registered(frame, source)


def searched(frame: Frame, source: ir.Expr, test: ir.Function) -> list[Named]:
    """The members of a list out of which a function takes one, each with what it is compared by."""
    last = test.body[-1] if test.body else None
    compared = last.value if isinstance(last, ir.Return) else None
    found = members(frame, source)
    if not isinstance(compared, ir.Binary) or not test.params:
        return found
    target = test.params[0].pattern or ir.Name(test.params[0].name, 0)
    keys = (
        (_of_element(frame, each, target, side) or CLEAN)
        for _, each in found
        for side in (compared.left, compared.right)
    )
    texts = [one.text or other.text for one, other in zip(keys, keys, strict=True)]
    return [(text or name, each) for text, (name, each) in zip(texts, found, strict=True)]


def registered(frame: Frame, table: ir.Expr) -> list[Named]:
    """What is in a table that is empty where it is written: it is filled elsewhere, or made of a list."""
    if frame.nested >= _NESTED:
        return []
    if isinstance(table, ir.Attr) and isinstance(table.value, ir.Name) and table.value.id in SELF:
        cls = frame.cls
        if cls is None:
            return []
        module = frame.library.project.modules[cls.path]
        methods = (module.functions[number].body for number in module.classes[cls.number].methods)
        top = _top(frame, cls.path)
        made = (_of_list(top, each) for each in bodies.written_to(methods, table.name)[:1])
        found = next((each for each in made if each), [])
        return found or _put(frame, frame.library.registered.of_member(cls, table.name))
    written = frame.env.written.get(table.id) if isinstance(table, ir.Name) else None
    if written is not None:
        frame.nested += 1  # ``table = {one: one for one in table}``
        found = _of_list(frame, written)
        frame.nested -= 1
        return found
    ref = frame.library.project.resolve(frame.path, table) if isinstance(table, (ir.Name, ir.Attr)) else None
    if not isinstance(ref, ValueRef):
        return []
    made_of = _of_list(_top(frame, ref.path), ref.value)
    return made_of or _put(frame, frame.library.registered.of_variable(ref.path, ref.value))


def _top(frame: Frame, path: str) -> Frame:
    inner = frame.at_top(path)
    inner.nested = frame.nested + 1
    return inner


def _put(frame: Frame, entries: Iterable[Entry]) -> list[Named]:
    """What was put into a table by what registers functions, objects and parts of objects."""
    found = []
    for name, part_of, ref in islice(entries, TABLE):
        value = Value(ref=ref)
        found.append((name or _own_name(frame, value), Value(fields={part_of: value}) if part_of else value))
    return found


def _of_list(frame: Frame, table: ir.Expr) -> list[Named]:
    """The entries of a table that is made of a list."""
    made = _taken_apart(frame, table)
    if made is None:
        return []
    found = []
    for _, each in members(frame, made.source):
        value = _of_element(frame, each, made.target, made.value)
        if value is not None:
            key = _of_element(frame, each, made.target, made.key) or CLEAN
            found.append((key.text or "", value))
    return found


def _taken_apart(frame: Frame, table: ir.Expr) -> _OfList | None:
    pairs: ir.Expr = table
    if isinstance(table, ir.Call) and bodies.last(table.callee) in _MADE and table.args:
        pairs = table.args[0].value
    if isinstance(pairs, ir.Comprehension) and pairs.targets and pairs.sources:
        return _pair(pairs.sources[0], pairs.targets[0], pairs.element)
    if pairs is table or not isinstance(pairs, ir.Call) or bodies.last(pairs.callee) != "map" or not pairs.args:
        return None
    given = pairs.args[0].value
    if not isinstance(given, ir.Closure) or not isinstance(pairs.callee, ir.Attr):
        return None
    function = frame.module.functions[given.function]
    last = function.body[-1] if function.body else None
    if not function.params or not isinstance(last, ir.Return) or last.value is None:
        return None
    param = function.params[0]
    return _pair(pairs.callee.value, param.pattern or ir.Name(param.name, param.line), last.value)


def _pair(source: ir.Expr, target: ir.Expr, element: ir.Expr) -> _OfList | None:
    if not isinstance(element, ir.Group) or len(element.items) != len(("key", "value")):
        return None
    return _OfList(source, target, element.items[0], element.items[1])


def _of_element(frame: Frame, each: Value, target: ir.Expr, expr: ir.Expr, hops: int = _HOPS) -> Value | None:
    """What an expression is for an element of a list, which has a name in it."""
    if hops == 0:
        return None
    if isinstance(expr, ir.Name):
        if isinstance(target, ir.Name):
            return each if target.id == expr.id else None
        names = _bound(target) if isinstance(target, ir.Mapping) else {}
        return part(frame, each, names[expr.id]) if expr.id in names else None
    if isinstance(expr, ir.Attr):
        whole = _of_element(frame, each, target, expr.value, hops - 1)
        return part(frame, whole, expr.name) if whole is not None else None
    if isinstance(expr, ir.Call):
        made = _of_element(frame, each, target, expr.callee, hops - 1)
        return Value(ref=Instance(made.ref)) if made is not None and isinstance(made.ref, ClassRef) else None
    return None


def _bound(pattern: ir.Mapping) -> dict[str, str]:
    """Variables by the names of the members that a pattern sets them to."""
    return {
        entry.value.id: entry.key.value
        for entry in pattern.entries
        if isinstance(entry.value, ir.Name) and isinstance(entry.key, ir.Const) and isinstance(entry.key.value, str)
    }


def _derived(frame: Frame, base: ir.Expr) -> Iterator[Value]:
    """The classes that are derived from one."""
    ref = frame.library.project.resolve(frame.path, base)
    for each in islice(frame.library.registered.derived(ref), TABLE) if isinstance(ref, ClassRef) else ():
        yield Value(ref=each)


def _own_name(frame: Frame, value: Value) -> str:
    return (part(frame, value, "name") or CLEAN).text or ""


def part(frame: Frame, whole: Value, name: str) -> Value | None:
    """A member of an entry: a field, a method of its class, or what stands in a module."""
    found = (whole.fields or {}).get(name)
    if found is not None:
        return found
    of = whole.ref.of if isinstance(whole.ref, Instance) else whole.ref
    if isinstance(of, ClassRef):
        ref = frame.library.project.method(of, name)
        # A method remembers the object that it is taken from.
        return Value(ref=ref, scope={"this": whole}) if isinstance(ref, FunctionRef) else _set_in_class(frame, of, name)
    inner = frame.library.project.member(of, name) if isinstance(of, ModuleRef) else None
    return lookup.standing_for(frame, inner) if inner is not None else None


def _set_in_class(frame: Frame, of: ClassRef, name: str) -> Value | None:
    given = next((one.value for one in frame.library.project.cls(of).fields if one.name == name), None)
    return frame.at_top(of.path).value(given) if isinstance(given, ir.Const) else None


def plain(frame: Frame, expr: ir.Expr) -> Value:
    """What a name or a member stands for. Anything else would be evaluated again with every call that asks."""
    inner = expr
    while isinstance(inner, ir.Attr):
        inner = inner.value
    return frame.value(expr) if isinstance(inner, ir.Name) else CLEAN


def standing_for(frame: Frame, expr: ir.Expr) -> Value:
    """What an element of a list stands for that is written out: also an object that is made there."""
    if isinstance(expr, ir.Call):
        ref = frame.library.project.resolve(frame.path, expr.callee)
        return Value(ref=Instance(ref)) if isinstance(ref, ClassRef) else CLEAN
    return frame.value(expr) if isinstance(expr, (ir.Mapping, ir.Closure)) else plain(frame, expr)


def constant(frame: Frame, key: ir.Expr) -> str | None:
    """A key that is always the same."""
    return named(Value(const=key.value) if isinstance(key, ir.Const) else plain(frame, key))
