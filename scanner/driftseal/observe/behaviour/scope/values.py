"""What the expressions of a function amount to, as far as that is constant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from driftseal.code import ir
from driftseal.code.constants import Constant, Spot
from driftseal.code.project import ClassRef, ValueRef
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.scope.names import HOPS, SELVES, Names

if TYPE_CHECKING:
    from driftseal.observe.behaviour.whole import Code

_PAIRS: Final = frozenset({"entries", "items", "keys", "values"})
"""Methods of a table by which it is gone through."""
_MAKERS: Final = frozenset({"__init__", "constructor"})
_MADE: Final = 8
"""Objects of a class that are looked at."""


class Values(Names):
    """A function whose constants can be told."""

    def __init__(self, code: Code, path: str, number: int, inner: tuple[int, ...]) -> None:
        super().__init__(code, path, number, inner)
        self._paths: dict[int, str] = {}
        self._meant: dict[str, Any] = {}

    def constant(self, expr: ir.Expr) -> str | None:
        """The text that an expression is, also by the name of a variable; None for what is not constant."""
        for _ in range(HOPS):
            if type(expr) is ir.Const:  # as most are, and nothing need be folded for
                return expr.value if isinstance(expr.value, str) else None
            if isinstance(expr, (ir.Attr, ir.Index)):
                expr = self._entry(expr)
            if not isinstance(expr, ir.Name):
                return nodes.fold(expr, self.set_to)
            ref = self.code.project.named(self.path, expr.id)
            value = self.assigned.get(expr.id) or (ref.value if isinstance(ref, ValueRef) else None)
            if value is None:
                return None
            expr = value
        return None

    def default(self, expr: ir.Expr) -> Constant:
        """What an expression amounts to as long as nobody sets what it is read from; None where nobody can say."""
        return self.code.defaults.fold(Spot(self.path, self.number, expr))

    def _entry(self, expr: ir.Attr | ir.Index, hops: int = HOPS) -> ir.Expr:
        """What a member of a constant table or a field of an object is set to; the expression itself otherwise."""
        if isinstance(expr, ir.Attr) and isinstance(expr.value, ir.Name) and expr.value.id in SELVES:
            field = self._field(expr)
            return field if field is not None else self._own(expr)
        table = self.set_to(expr.value, hops) if isinstance(expr.value, ir.Name) else None
        key = expr.name if isinstance(expr, ir.Attr) else nodes.text(expr.key)
        if isinstance(table, ir.Group) and isinstance(expr, ir.Index) and isinstance(expr.key, ir.Const):
            number = expr.key.value
            known = isinstance(number, int) and 0 <= number < len(table.items)
            return table.items[number] if known and isinstance(number, int) else expr
        for entry in table.entries if isinstance(table, ir.Mapping) and key else ():
            if nodes.text(entry.key) == key:
                return entry.value
        merged = self._merged(table, key, hops) if isinstance(table, ir.Mapping) and key else None
        return merged if merged is not None else expr

    def _merged(self, table: ir.Mapping, key: str, hops: int) -> ir.Expr | None:
        """What a table has under a key by another one that it begins with: ``{**DEFAULTS, **over}``."""
        for entry in table.entries[:-_MADE:-1]:
            if entry.key is not None or hops <= 0:
                return None
            if isinstance(entry.value, ir.Name) and self._left_empty(entry.value.id, key):
                continue
            inner = self.set_to(entry.value, hops - 1)
            found = inner.entries if isinstance(inner, ir.Mapping) else ()
            return next((each.value for each in found if nodes.text(each.key) == key), None)
        return None

    def _left_empty(self, name: str, key: str) -> bool:
        """Whether a parameter of a constructor says nothing of a key wherever an object is made."""
        names = [param.name for param in self.function.params if param.name not in SELVES]
        if name not in names or self.function.cls < 0 or self.function.name not in _MAKERS:
            return False
        made = self.code.made(ClassRef(self.path, self.function.cls))
        rest = next(param.rest for param in self.function.params if param.name == name) == "**"
        return 0 < len(made) <= _MADE and all(
            not any(arg.spread or arg.name == key for arg in call.args)
            if rest
            else len(call.args) <= names.index(name) and not any(arg.spread for arg in call.args)
            for _, call in made
        )

    def _own(self, expr: ir.Attr) -> ir.Expr:
        """What a field of the same object is set to by its class; the expression itself where nobody says."""
        cls = self.function.cls
        if cls < 0:
            return expr
        fields = (each.value for each in self.module.classes[cls].fields if each.name == expr.name)
        known = self.code.field(self.path, cls, expr.name)
        value = known[1] if known is not None else next((each for each in fields if each is not None), None)
        if known is not None and isinstance(value, ir.Name):
            # What the constructor is given, unless whoever calls it says otherwise.
            given = (each.default for each in known[0].function.params if each.name == value.id)
            value = next((each for each in given if each is not None), None) or self._handed(cls, known[0], value)
        return value if isinstance(value, (ir.Const, ir.Call, ir.Text, ir.Binary, ir.Mapping)) else expr

    def _handed(self, cls: int, maker: Values, name: ir.Name) -> ir.Expr:
        """The text that a constructor is given wherever an object is made; the name itself where texts differ."""
        names = [param.name for param in maker.function.params]
        names = names[1:] if names[:1] == ["self"] else names
        key = self.path, cls, name.id
        if name.id not in names or key in self.code.folding:
            return name
        self.code.folding.add(key)  # An object may be made with what one of its class holds.
        place = names.index(name.id)
        given: set[str | None] = set()
        for other, call in self.code.made(ClassRef(self.path, cls))[:_MADE]:
            named = (arg.value for arg in call.args if arg.name == name.id)
            plain = (arg.value for arg in call.args[place : place + 1] if not arg.name)
            value = next(iter((*named, *plain)), None)
            given.add(other.constant(value) if isinstance(value, (ir.Const, ir.Name)) else None)
        self.code.folding.discard(key)
        whole = given.pop() if len(given) == 1 else None
        return ir.Const(whole, name.line) if whole is not None else name

    def _field(self, expr: ir.Attr) -> ir.Expr | None:
        """What a field of the same object is set to in the body of its class, or to which constant in a method."""
        if type(expr.value) is not ir.Name or expr.value.id not in SELVES or self.function.cls < 0:
            return None
        known = self.code.field(self.path, self.function.cls, expr.name)
        if known is None:
            return None
        where, value = known
        if where.number == 0 or type(value) is ir.Const:
            return value
        key = self.path, self.function.cls, expr.name
        if where is self or type(value) not in {ir.Text, ir.Binary, ir.Name} or key in self.code.folding:
            return None
        self.code.folding.add(key)  # What is put together of itself is no constant.
        # Names in it are those of the other method.
        whole = where.constant(value)
        self.code.folding.discard(key)
        return ir.Const(whole, expr.line) if whole is not None else None

    def set_to(self, expr: Any, hops: int = HOPS) -> Any:
        """What a name is set to here or at the top of the file; anything else as it is."""
        for left in range(hops, 0, -1):
            if type(expr) is ir.Attr or type(expr) is ir.Index:
                # Fewer each time: ``x = x[key]`` would lead round for ever.
                return self._entry(expr, left - 1)
            if type(expr) is not ir.Name:
                return expr
            value = self._meaning(expr.id)
            if value is None or value is expr:
                return expr
            expr = value
        return expr

    def _meaning(self, name: str) -> Any:
        if name not in self._meant:
            self._meant[name] = self.assigned.get(name) or self.code.top(self.path).get(name) or self._imported(name)
        return self._meant[name]

    def _imported(self, name: str) -> Any:
        """The table of constants that a name of another file is set to; a name in it would be that file's own."""
        ref = self.code.project.named(self.path, name)
        value = ref.value if isinstance(ref, ValueRef) and ref.path != self.path else None
        return value if isinstance(value, ir.Mapping) else None

    def path_of(self, node: Any) -> str:
        """The constant parts of a path that is joined, also by way of names; empty for anything else."""
        known = self._paths.get(id(node))
        if known is None:
            known = self._paths[id(node)] = nodes.path(node, known=self.set_to)
        return known

    @cached_property
    def looped(self) -> Mapping[str, ir.Expr]:
        """Names that go through a list or table of constants, with that."""
        found: dict[str, ir.Expr] = {}
        for node in self.of(ir.Loop):
            source = node.source
            if type(source) is ir.Call and type(source.callee) is ir.Attr and source.callee.name in _PAIRS:
                # ``table.items()`` and ``Object.entries(table)``.
                source = source.args[0].value if source.args else source.callee.value
            whole = self.set_to(source) if type(source) in {ir.Name, ir.Attr, ir.Group} else None
            if isinstance(whole, (ir.Group, ir.Mapping)):
                targets = (each for target in node.targets for each in nodes.walk(target))
                found |= {each.id: whole for each in targets if type(each) is ir.Name}
        return found
