"""The nodes of a function by kind, and what its names are set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes

if TYPE_CHECKING:
    from driftseal.observe.behaviour.whole import Code

_MADE: Final = frozenset({ir.Attr, ir.Index, ir.Mapping, ir.Call, ir.Group, ir.Choice, ir.Binary})
"""Defaults of parameters that hold more than a constant."""
_ADDS: Final = frozenset(
    {"append", "push", "extend", "unshift", "insert", "concat", "update", "attach", "set_content"}
    | {"Append", "WriteByte", "WriteRune", "WriteString"}
)
_GUARDS: Final = 12
"""Statements of a block among which a branch is looked for that ends the function early."""


class Body:
    """One function, the functions nested in it included, unless they are too many."""

    def __init__(self, code: Code, path: str, number: int, inner: tuple[int, ...]) -> None:
        module = code.project.modules[path]
        self.code = code
        self.path = path
        self.number = number
        self.module = module
        self.function = module.functions[number]
        self.inner = tuple(module.functions[index] for index in inner)

    @property
    def functions(self) -> tuple[ir.Function, ...]:
        """The function, then those nested in it."""
        return (self.function, *self.inner)

    @cached_property
    def _by_kind(self) -> Mapping[type, Sequence[Any]]:
        """The nodes of the body by kind, each in the order of the source."""
        found: dict[type, list[Any]] = {}
        for function in self.functions:
            nodes.sort(function.body, found)
        for cls in self.module.classes if self.number == 0 else ():
            # What stands in the body of a class is worked out when the file is loaded.
            nodes.sort(tuple(_set_in_class(cls, each) for each in cls.fields if each.value is not None), found)
        count = sum(map(len, found.values()))
        # A scope beyond a bound is left out whole; the gap says so.
        return found if self.code.spend(count) and self.code.hold(count) else {}

    def of(self, *kinds: type) -> Sequence[Any]:
        """Nodes of these kinds, in the order of the source within each kind."""
        by_kind = self._by_kind
        if len(kinds) == 1:  # as most ask, and nothing need be copied for
            return by_kind.get(kinds[0], ())
        found: list[Any] = []
        for kind in kinds:
            found += by_kind.get(kind, ())
        return found

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name and member that is spelled out."""
        spelled = {node.id for node in self.of(ir.Name)}
        # A name that is imported under another one, or set to a member, counts by both.
        members = self.code.members(self.path)
        renamed = {members[name] for name in spelled & members.keys()}
        return frozenset((*spelled, *renamed, *(node.name for node in self.of(ir.Attr))))

    @cached_property
    def keys(self) -> frozenset[str]:
        """Names of arguments and constant keys of mappings."""
        entries = {node.key.value for node in self.of(ir.Entry) if type(node.key) is ir.Const}
        named = {node.name for node in self.of(ir.Arg)}
        return frozenset(str(key) for key in entries | named if key)

    @cached_property
    def entries(self) -> frozenset[str]:
        """Constant keys of what is set under one: ``server["command"] = …``."""
        targets = (each for node in self.of(ir.Assign) for each in node.targets if type(each) is ir.Index)
        return frozenset(nodes.text(each.key) for each in targets)

    @cached_property
    def assigned(self) -> Mapping[str, ir.Expr]:
        """What names are first set to."""
        found: dict[str, ir.Expr] = {}
        for node in self.of(ir.Assign):
            for target in node.targets:
                for name, value in nodes.bound(target, node.value):
                    found.setdefault(name, value)
        return found

    @cached_property
    def own(self) -> Mapping[str, Sequence[ir.Attr]]:
        """Where fields of the same object are named, by their names."""
        found: dict[str, list[ir.Attr]] = {}
        for node in self.of(ir.Attr):
            if type(node.value) is ir.Name and node.value.id in nodes.SELVES:
                found.setdefault(node.name, []).append(node)
        return found

    @cached_property
    def defaults(self) -> tuple[ir.Param, ...]:
        """Parameters whose defaults hold more than a constant."""
        return tuple(each for each in self.function.params if each.name and type(each.default) in _MADE)

    @cached_property
    def _given(self) -> frozenset[str]:
        """Parameters of the function, which stand before names of the file; ``os=os`` is such a name."""
        return frozenset(param.name for param in self.function.params if param.default is None)

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Names that are bound together by one call, each with the others: ``handle, path = mkstemp()``."""
        found: dict[str, tuple[str, ...]] = {}
        for node in self.of(ir.Assign):
            for target in node.targets if type(node.value) is ir.Call else ():
                items = target.items if type(target) is ir.Group else ()
                bound = [each.id for each in items if type(each) is ir.Name]
                found |= {name: tuple(each for each in bound if each != name) for name in bound if len(bound) > 1}
        return found

    @cached_property
    def grown(self) -> Mapping[str, Sequence[ir.Expr]]:
        """What is added to names after they were first set: appended, put under a key, set once more."""
        found: dict[str, list[ir.Expr]] = {}
        for call in self.of(ir.Call):
            callee = call.callee
            if type(callee) is ir.Attr and callee.name in _ADDS and type(callee.value) is ir.Name:
                found.setdefault(callee.value.id, []).extend(arg.value for arg in call.args)
        for node in self.of(ir.Assign):
            for target in node.targets:
                base: Any = target
                while type(base) is ir.Attr or type(base) is ir.Index:
                    base = base.value
                if type(base) is ir.Name and self.assigned.get(base.id) is not node.value:
                    found.setdefault(base.id, []).append(node.value)
        return found

    @cached_property
    def constants(self) -> tuple[ir.Const, ...]:
        """Every constant text."""
        return tuple(node for node in self.of(ir.Const) if isinstance(node.value, str))

    @cached_property
    def rests(self) -> Mapping[int, ir.Block]:
        """What follows a branch in its block, by the identity of the branch."""
        blocks = [function.body for function in self.functions]
        for node in self.of(ir.If, ir.Loop, ir.Try):
            blocks += (
                (node.then, node.otherwise)
                if isinstance(node, ir.If)
                else (node.body, *(handler.body for handler in getattr(node, "handlers", ())))
            )
        found = {}
        for block in blocks:
            # From the first branch on; a block of thousands of them would cost its square.
            first = next((place for place, each in enumerate(block) if isinstance(each, ir.If)), len(block))
            for place in range(first, min(len(block), first + _GUARDS)):
                if isinstance(block[place], ir.If):
                    found[id(block[place])] = block[place + 1 :]
        return found


def _set_in_class(cls: ir.Class, field: ir.Field) -> ir.Assign:
    target = ir.Attr(ir.Name(cls.name, field.line), field.name, field.line)
    return ir.Assign((target,), field.value or ir.Const(None, field.line), field.line, adds=False)
