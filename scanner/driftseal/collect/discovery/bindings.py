"""Everything that a variable, an attribute or a result may be, where `code.constants` tells only the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot
from driftseal.code.project import ClassRef, FunctionRef, Project

_WITHIN: Final = 3
"""Calls and collections around a comprehension that is found."""


class How(StrEnum):
    """How a name stands to an expression."""

    IS = "is"
    EACH = "each"
    """A loop binds it to every member, of a mapping to every key."""
    VALUE = "value"
    """A loop binds it to the second part of every member: the values of ``items()``."""
    GIVEN = "given"
    """A parameter: whoever calls gives it; the expression is its default."""


class Bound(NamedTuple):
    """One thing that a name is bound to."""

    how: How
    expr: ir.Expr


class Local(NamedTuple):
    """A name that a function binds."""

    scope: int
    name: str
    values: Sequence[Bound]
    parameter: int
    """Its place among the parameters, -1 for a variable."""


@dataclass(frozen=True)
class Bindings:
    """Of one package."""

    project: Project
    _functions: dict[tuple[str, int], Mapping[str, list[Bound]]] = field(default_factory=dict, init=False, repr=False)
    _classes: dict[ClassRef, Mapping[str, list[Spot]]] = field(default_factory=dict, init=False, repr=False)

    def local(self, spot: Spot, name: str) -> Local | None:
        """What a name is bound to by the functions around a place; None for a name of the whole file."""
        functions = self.project.modules[spot.path].functions
        scope = spot.scope
        while scope > 0:
            function = functions[scope]
            bound = self.of(spot.path, scope)
            for index, param in enumerate(function.params):
                if param.name == name:
                    given = [Bound(How.GIVEN, param.default)] if param.default is not None else []
                    return Local(scope, name, [*given, *bound.get(name, ())], index)
            if name in bound:
                return Local(scope, name, bound[name], -1)
            for index, param in enumerate(function.params):
                if param.pattern is not None and any(key == name for key, _ in _pattern(param.pattern)):
                    return Local(scope, name, [], index)
            scope = function.outer
        return None

    def of(self, path: str, scope: int) -> Mapping[str, list[Bound]]:
        """Every name that the body of a function binds; of function 0, of the file."""
        key = path, scope
        if key not in self._functions:
            found: dict[str, list[Bound]] = {}
            function = self.project.modules[path].functions[scope]
            for name, bound in _bound(function.body):
                found.setdefault(name, []).append(bound)
            for param in function.params:
                for name, default in _pattern(param.pattern) if param.pattern is not None else ():
                    if default is not None:
                        found.setdefault(name, []).append(Bound(How.IS, default))
            self._functions[key] = found
        return self._functions[key]

    def own(self, ref: ClassRef) -> Mapping[str, list[Spot]]:
        """What the methods of a class set on its object, and what its body sets."""
        if ref not in self._classes:
            found: dict[str, list[Spot]] = {}
            for index in self.project.cls(ref).methods:
                for node in _statements(self.project.modules[ref.path].functions[index].body):
                    if isinstance(node, ir.Assign):
                        for target in node.targets:
                            if isinstance(target, ir.Attr) and isinstance(target.value, ir.Name):
                                found.setdefault(target.name, []).append(Spot(ref.path, index, node.value))
            for owner, each in self.project.fields(ref):
                if each.value is not None:
                    found.setdefault(each.name, []).append(Spot(owner.path, 0, each.value))
            self._classes[ref] = found
        return self._classes[ref]

    def returned(self, ref: FunctionRef) -> Iterator[Spot]:
        """What a function gives back."""
        for node in _statements(self.project.function(ref).body):
            if isinstance(node, ir.Return) and node.value is not None:
                yield Spot(ref.path, ref.number, node.value)


def _statements(body: ir.Block) -> Iterator[ir.Stmt]:
    stack = list(reversed(body))
    while stack:
        each = stack.pop()
        yield each
        blocks: tuple[ir.Block, ...] = ()
        if isinstance(each, ir.If):
            blocks = (each.then, each.otherwise)
        elif isinstance(each, ir.Loop):
            blocks = (each.body,)
        elif isinstance(each, ir.Try):
            blocks = (each.body, *(handler.body for handler in each.handlers), each.final)
        stack += [inner for block in reversed(blocks) for inner in reversed(block)]


def _bound(body: ir.Block) -> Iterator[tuple[str, Bound]]:
    for each in _statements(body):
        if isinstance(each, ir.Assign):
            for target in each.targets:
                yield from _taken(target, each.value)
        elif isinstance(each, ir.Loop) and each.source is not None:
            yield from _looped(each.targets, each.source)
        if isinstance(each, (ir.Assign, ir.Return, ir.Do)) and each.value is not None:
            for one in _comprehensions(each.value, _WITHIN):
                # Each ``for`` has a target and a source.
                for target, source in zip(one.targets, one.sources, strict=False):
                    yield from _looped((target,), source)


def _comprehensions(expr: ir.Expr, depth: int) -> Iterator[ir.Comprehension]:
    """Loops inside an expression; their names are as good as those of the function around them."""
    if isinstance(expr, ir.Comprehension):
        yield expr
    inner: Sequence[ir.Expr] = ()
    if isinstance(expr, ir.Call):
        inner = [arg.value for arg in expr.args]
    elif isinstance(expr, ir.Group):
        inner = expr.items
    elif isinstance(expr, ir.Mapping):
        inner = [entry.value for entry in expr.entries]
    for one in inner if depth > 0 else ():
        yield from _comprehensions(one, depth - 1)


def _taken(target: ir.Expr, value: ir.Expr) -> Iterator[tuple[str, Bound]]:
    if isinstance(target, ir.Name):
        yield target.id, Bound(How.IS, value)
    elif isinstance(target, ir.Group) and isinstance(value, ir.Group):
        for one, part in zip(target.items, value.items, strict=False):
            yield from _taken(one, part)
    elif isinstance(target, ir.Mapping):
        for entry in target.entries:
            if isinstance(entry.key, ir.Const):
                whole: ir.Expr = ir.Attr(value, str(entry.key.value), target.line)
                if isinstance(entry.value, ir.Bind):
                    whole = ir.Binary("??", whole, entry.value.value, target.line)
                inner = entry.value.target if isinstance(entry.value, ir.Bind) else entry.value
                if isinstance(inner, ir.Name):
                    yield inner.id, Bound(How.IS, whole)


def _looped(targets: tuple[ir.Expr, ...], source: ir.Expr) -> Iterator[tuple[str, Bound]]:
    parts = targets[0].items if len(targets) == 1 and isinstance(targets[0], ir.Group) else targets
    for index, one in enumerate(parts):
        if isinstance(one, ir.Name):
            yield one.id, Bound(How.VALUE if index else How.EACH, source)


def _pattern(pattern: ir.Expr) -> Iterator[tuple[str, ir.Expr | None]]:
    """The names that a parameter is taken apart into, with their defaults."""
    if isinstance(pattern, ir.Bind):
        pattern = pattern.target
    if isinstance(pattern, ir.Mapping):
        for entry in pattern.entries:
            bound = entry.value
            if isinstance(bound, ir.Bind) and isinstance(bound.target, ir.Name):
                yield bound.target.id, bound.value
            elif isinstance(bound, ir.Name):
                yield bound.id, None
