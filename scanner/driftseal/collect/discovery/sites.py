"""What the functions of a package call and what they give names to, found in one pass over each file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import Project
from driftseal.code.walk import children
from driftseal.observe import aside

_COMPARING: Final = frozenset(
    {
        "startswith",
        "endswith",
        "includes",
        "contains",
        "has",
        "match",
        "test",
        "indexof",
        "equals",
        "removeprefix",
        "hasprefix",
    }
    | {
        "removesuffix",
        "replace",
        "replaceall",
        "split",
        "find",
        "index",
        "starts_with",
        "ends_with",
        "equalsignorecase",
    }
)
"""Functions that hold one text against another."""


_TYPES: Final = frozenset({"Literal", "Annotated", "Union", "Optional"})
"""What makes a type of what stands in brackets behind it."""


_LEAVES: Final = frozenset({str, int, bool, float, ir.Name, ir.Closure, ir.ClassValue, ir.Leave})
_NAMING: Final = frozenset({ir.Assign, ir.Mapping})
_KEPT: Final = frozenset({ir.Mapping, ir.Group, ir.Index})


class Site(NamedTuple):
    """A call and where it stands."""

    call: ir.Call
    path: str
    scope: int
    """Index of the function around it."""

    def spot(self, expr: ir.Expr) -> Spot:
        """An expression of the call, in its place."""
        return Spot(self.path, self.scope, expr)


class Named(NamedTuple):
    """A value with the name that it is given: of a variable, a field, a key, a parameter, an argument."""

    name: str
    value: ir.Expr
    path: str
    scope: int
    line: int

    @property
    def spot(self) -> Spot:
        """The value in its place."""
        return Spot(self.path, self.scope, self.value)


@dataclass(slots=True)
class Sites:
    """Of one file, in the order of the source."""

    calls: list[Site] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    texts: list[tuple[ir.Const, int]] = field(default_factory=list)
    """Texts as values, each with its function: neither compared, nor a key, nor standing alone."""
    attributes: list[tuple[ir.Attr, int]] = field(default_factory=list)
    """The longest chains."""
    mappings: list[tuple[ir.Mapping, int]] = field(default_factory=list)
    groups: list[tuple[ir.Group, int]] = field(default_factory=list)
    items: list[tuple[ir.Index, int]] = field(default_factory=list)
    """``whole[key]``."""


@dataclass(frozen=True)
class Index:
    """The sites of every file of one package; each file is looked through when it is first asked about."""

    project: Project
    _known: dict[str, Sites] = field(default_factory=dict, init=False, repr=False)

    def of(self, path: str) -> Sites:
        """The sites of one file."""
        if path not in self._known:
            self._known[path] = _look(self.project.modules[path])
        return self._known[path]

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[Site]]:
        """Calls of the package by the last part of what they call; those of tests are none of its own."""
        found: dict[str, list[Site]] = {}
        for path in self.project.modules:
            if not aside.is_aside(path):
                for site in self.of(path).calls:
                    found.setdefault(last_name(site.call.callee), []).append(site)
        return found

    def symbol(self, path: str, scope: int) -> str:
        """The function around a place, as people call it; empty at the top level."""
        return self.project.modules[path].functions[scope].qualname if scope > 0 else ""


def chain(expr: ir.Expr) -> tuple[str, ...]:
    """``a.b.c`` as its parts; what a call gives is called after what it calls, with brackets."""
    parts: list[str] = []
    while isinstance(expr, ir.Attr):
        parts.append(expr.name)
        expr = expr.value
    if isinstance(expr, ir.Name):
        parts.append(expr.id)
    elif isinstance(expr, ir.Call):
        parts.append(f"{last_name(expr.callee)}()")
    else:
        parts.append("")
    return tuple(reversed(parts))


def _look(module: ir.Module) -> Sites:
    found = Sites()
    for number, function in enumerate(module.functions):
        outer = max(function.outer, 0)
        for param in function.params:
            if param.default is not None:
                if param.name:
                    found.named.append(Named(param.name, param.default, module.path, outer, param.line))
                _below(param.default, module.path, outer, found)
            if param.pattern is not None:
                _below(param.pattern, module.path, number, found)
        for decorator in function.decorators:
            _below(decorator, module.path, outer, found)
        _below(function.body, module.path, number, found)
    for cls in module.classes:
        for each in cls.fields:
            if each.value is not None:
                found.named.append(Named(each.name, each.value, module.path, 0, each.line))
                _below(each.value, module.path, 0, found)
        _below((cls.decorators, cls.bases), module.path, 0, found)
    return found


def _below(start: object, path: str, scope: int, found: Sites) -> None:
    stack: list[object] = [start]
    while stack:
        node = stack.pop()
        if node is not None:
            stack.extend(_noted(node, path, scope, found))


def _noted(node: object, path: str, scope: int, found: Sites) -> Sequence[object]:
    """Takes down what a node is; what there is to look at below it, in reverse."""
    kind = type(node)
    # Types are compared, not asked for: there are hundreds of thousands of nodes, and no node's class has a subclass.
    if isinstance(node, tuple):
        return node[::-1]
    if kind in _LEAVES:
        return ()
    if isinstance(node, ir.Const):
        if isinstance(node.value, str):
            found.texts.append((node, scope))
        return ()
    if isinstance(node, ir.Attr):
        found.attributes.append((node, scope))
        return (_head(node),)
    if isinstance(node, ir.Call):
        found.calls.append(Site(node, path, scope))
        found.named += _arguments(node, path, scope)
        # What is called is told by the call itself; what its object is made of is looked at as well.
        compares = last_name(node.callee).lower() in _COMPARING
        given = [arg.value for arg in node.args[::-1] if not (compares and isinstance(arg.value, ir.Const))]
        return (*given, _head(node.callee))
    if kind in _KEPT:
        _keep(node, scope, found)
    if kind in _NAMING:
        found.named += _names(node, path, scope)
    return _values(node)[::-1]


def _keep(node: object, scope: int, found: Sites) -> None:
    if isinstance(node, ir.Mapping):
        found.mappings.append((node, scope))
    elif isinstance(node, ir.Group):
        found.groups.append((node, scope))
    elif isinstance(node, ir.Index):
        found.items.append((node, scope))


def _head(expr: ir.Expr) -> ir.Expr:
    """What a chain of attributes begins with."""
    while isinstance(expr, ir.Attr):
        expr = expr.value
    return expr


def _values(node: object) -> list[object]:
    """The parts of a node that are values: no keys, no operands of a comparison, no text that stands alone."""
    if isinstance(node, ir.Mapping):
        return [entry.value for entry in node.entries]
    if isinstance(node, ir.Binary) and node.op in {"==", "!=", "in", "not in", "<", ">", "<=", ">=", "is"}:
        return [side for side in (node.left, node.right) if not isinstance(side, (ir.Const, ir.Group))]
    if isinstance(node, ir.Do) and isinstance(node.value, ir.Const):
        return []
    if isinstance(node, ir.Index) and last_name(node.value) in _TYPES:
        return []
    return children(node)


def _arguments(call: ir.Call, path: str, scope: int) -> Iterator[Named]:
    for arg in call.args:
        if arg.name and not arg.spread:
            yield Named(arg.name, arg.value, path, scope, call.line)
    if len(call.args) == 1 and not call.args[0].name and isinstance(call.callee, ir.Attr):
        # Builders: ``.model("…")``.
        yield Named(call.callee.name, call.args[0].value, path, scope, call.line)


def _names(node: object, path: str, scope: int) -> Iterator[Named]:
    if isinstance(node, ir.Assign):
        for target in node.targets:
            name = last_name(target)
            if name:
                yield Named(name, node.value, path, scope, node.line)
            elif isinstance(target, ir.Mapping) and isinstance(node.value, ir.Attr):
                # ``const { KEY } = process.env`` gives each name what the object has of it.
                for key in (entry.key for entry in target.entries):
                    if isinstance(key, ir.Const) and isinstance(key.value, str):
                        yield Named(key.value, node.value, path, scope, key.line)
    elif isinstance(node, ir.Mapping):
        for entry in node.entries:
            if isinstance(entry.key, ir.Const) and isinstance(entry.key.value, str):
                yield Named(entry.key.value, entry.value, path, scope, getattr(entry.value, "line", node.line))
