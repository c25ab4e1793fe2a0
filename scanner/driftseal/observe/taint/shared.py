"""Variables that outlive a call: what one function sets of a file's, or of a function's around it, another reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from driftseal.code import ir
from driftseal.code.project import FunctionRef, Project
from driftseal.code.walk import of
from driftseal.observe.taint import bodies
from driftseal.observe.taint.labels import Label, Origin, Taint
from driftseal.observe.taint.values import UNKNOWN, Value, deep

VARIABLE: Final = "variable"
"""The kind of an origin that is such a variable: where it comes from is known once all functions were read."""
_NESTED: Final = 16
"""Functions inside functions that are looked through for whose a variable is."""
_HELD: Final = Taint(cleaned=frozenset({"result"}))
"""Of what such a variable holds: who shows it shows nothing of the server's own."""

Bound: TypeAlias = Callable[[FunctionRef], frozenset[str]]
"""The names of a function's own variables."""
Shared: TypeAlias = Mapping[tuple[int, str], frozenset[str]]
"""Variables, by the number of the function whose own they are, with the members that are set; empty for the whole."""


def find(project: Project, path: str, bound: Bound) -> Shared:
    """The variables of a file that a function sets to something which its caller may have a part in."""
    module = project.modules[path]
    found: dict[tuple[int, str], set[str]] = {}
    tables = _tables(module)
    for number, function in enumerate(module.functions[1:], 1):
        for each in bodies.statements(function.body) if function.shared or tables else ():
            if not isinstance(each, ir.Assign) or isinstance(each.value, (ir.Const, ir.Closure, ir.ClassValue)):
                continue
            for name, member in (place for target in each.targets for place in _places(target)):
                if name not in (tables if member else function.shared):
                    continue
                whose = owner(module, path, number, name, bound)
                own = (owner(module, path, number, used.id, bound) for used in of((ir.Name,), each.value))
                if not (member and whose) and whose != number and any(own):
                    found.setdefault((whose, name), set()).add(member)
    return {variable: frozenset(members) for variable, members in found.items()}


def marked(value: Value, path: str, owner: int, name: str, members: Iterable[str]) -> Value:
    """What such a variable is read as: it may be what it was set to first, or what a function has put there."""
    for member in members:
        held = {Label(Origin(VARIABLE, f"{name}.{member}" if member else name, path, owner), ()): _HELD}
        if not member:
            return Value({**value.taints, **held}, UNKNOWN, value.fields, value.items, value.ref, value.scope)
        before = (value.fields or {}).get(member)
        inner = Value({**(deep(before) if before is not None else {}), **held}, ref=before.ref if before else None)
        value = value._replace(fields={**(value.fields or {}), member: inner})
    return value


def place(origin: Origin) -> tuple[FunctionRef, str]:
    """The function whose variable an origin is, and its name with the member."""
    return FunctionRef(origin.path, origin.line), origin.name


def _tables(module: ir.Module) -> frozenset[str]:
    """Variables of the file that hold members."""
    tables = (ir.Mapping, ir.Call)
    top = (each for each in module.functions[0].body if isinstance(each, ir.Assign) and isinstance(each.value, tables))
    return frozenset(target.id for each in top for target in each.targets if isinstance(target, ir.Name))


def _places(target: ir.Expr) -> Iterable[tuple[str, str]]:
    """The variable, and the member of it, that a target sets."""
    if isinstance(target, ir.Attr) and isinstance(target.value, ir.Name):
        yield target.value.id, target.name
    elif isinstance(target, ir.Index) and isinstance(target.value, ir.Name):
        key = target.key.value if isinstance(target.key, ir.Const) else None
        yield from ((target.value.id, key),) if isinstance(key, str) and key else ()
    else:
        yield from ((name, "") for name in sorted(bodies.names(target)))


def owner(module: ir.Module, path: str, number: int, name: str, bound: Bound) -> int:
    """The function whose own a variable is that another one uses; the top level where it is no function's."""
    for _ in range(_NESTED):
        if number <= 0:
            break
        if name in bound(FunctionRef(path, number)):
            return number
        number = module.functions[number].outer
    return 0
