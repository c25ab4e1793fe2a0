"""What an expression stands for by names alone, before any data is followed: functions, and objects of classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import ClassRef, FunctionRef, Instance, Project, ValueRef

SELF: Final = frozenset({"self", "this", "cls"})
_HOPS: Final = 3
"""Names between an expression and what it stands for."""
_MOST: Final = 256
"""Elements of one list."""
_LOOPS: Final = frozenset({ir.Loop})
_ASSIGNS: Final = frozenset({ir.Assign})


class Denoted:
    """What stands for what in a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._set: dict[FunctionRef, Mapping[str, list[ir.Expr]]] = {}
        self._gone_through: dict[FunctionRef, Mapping[str, ir.Expr]] = {}
        self._below: Mapping[ClassRef, Sequence[ClassRef]] | None = None

    def derived(self, base: ClassRef) -> Sequence[ClassRef]:
        """The classes that name another one above them."""
        if self._below is None:
            found: dict[ClassRef, list[ClassRef]] = {}
            for path, module in self._project.modules.items():
                for number, cls in enumerate(module.classes):
                    above = (self._project.resolve(path, each) for each in cls.bases)
                    for each in {one for one in above if isinstance(one, ClassRef)}:
                        found.setdefault(each, []).append(ClassRef(path, number))
            self._below = found
        return self._below.get(base, ())

    def of(self, at: FunctionRef, expr: ir.Expr, hops: int = _HOPS) -> Iterator[FunctionRef | Instance]:
        """The functions, and the objects of classes, that an expression in a function names, makes or is.

        They are several where a loop goes through them.
        """
        if isinstance(expr, ir.Unary) and expr.op == "await":
            expr = expr.value
        if isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr) and expr.callee.name == "bind":
            expr = expr.callee.value
        if isinstance(expr, ir.Closure):
            yield FunctionRef(at.path, expr.function)
        elif isinstance(expr, ir.Call):
            yield from self._made(at, expr, hops)
        elif isinstance(expr, ir.Attr) and isinstance(expr.value, ir.Name) and expr.value.id in SELF:
            yield from self._own(at, expr.name)
        elif isinstance(expr, (ir.Name, ir.Attr)) and hops:
            yield from self._named(at, expr, hops)

    def _made(self, at: FunctionRef, call: ir.Call, hops: int) -> Iterator[Instance]:
        """An object that is made; also what a method of it gives back that gives back the object itself."""
        if isinstance(call.callee, ir.Attr) and isinstance(call.callee.value, ir.Call) and hops:
            for one in self.of(at, call.callee.value, hops - 1):
                if isinstance(one, Instance) and isinstance(one.of, ClassRef):
                    method = self._project.method(one.of, call.callee.name)
                    if isinstance(method, FunctionRef) and _gives_itself(self._project.function(method)):
                        yield one
            return
        for each in self._items(at, call.callee):
            made = self._project.resolve(at.path, each)
            if isinstance(made, ClassRef):
                yield Instance(made)

    def around(self, ref: FunctionRef) -> ClassRef | None:
        """The class of which a function is a method, or stands in one."""
        functions = self._project.modules[ref.path].functions
        number = ref.number
        while number > 0 and functions[number].cls < 0:
            number = functions[number].outer
        return ClassRef(ref.path, functions[number].cls) if number > 0 else None

    def _own(self, at: FunctionRef, name: str) -> Iterator[FunctionRef]:
        cls = self.around(at)
        found = self._project.method(cls, name) if cls is not None else None
        if isinstance(found, FunctionRef):
            yield found

    def _named(self, at: FunctionRef, expr: ir.Expr, hops: int) -> Iterator[FunctionRef | Instance]:
        for each in self._items(at, expr):
            if each is not expr:
                yield from self.of(at, each, hops - 1)
                continue
            ref = self._project.resolve(at.path, each)
            if isinstance(ref, (FunctionRef, Instance)):
                yield ref
            elif isinstance(ref, ValueRef) and isinstance(ref.value, (ir.Call, ir.Unary)):
                yield from self.of(FunctionRef(ref.path, 0), ref.value, hops - 1)
            elif ref is None and isinstance(each, ir.Name) and at.number:
                yield from self._local(at, each.id, hops)

    def _local(self, at: FunctionRef, name: str, hops: int) -> Iterator[FunctionRef | Instance]:
        """What a variable of the function is set to, where that happens once."""
        known = self._set.get(at)
        if known is None:
            found: dict[str, list[ir.Expr]] = {}
            for one in walk.of(_ASSIGNS, self._project.function(at).body):
                for to in one.targets:
                    if isinstance(to, ir.Name):
                        found.setdefault(to.id, []).append(one.value)
            known = self._set[at] = found
        values = known.get(name, ())
        if len(values) == 1:
            yield from self.of(at, values[0], hops - 1)

    def _items(self, at: FunctionRef, expr: ir.Expr) -> tuple[ir.Expr, ...]:
        """What a loop of the function sets a variable to, where that is written out; else the expression itself."""
        source = self._loops(at).get(expr.id) if isinstance(expr, ir.Name) else None
        if source is None:
            return (expr,)
        if isinstance(source, (ir.Name, ir.Attr)):
            ref = self._project.resolve(at.path, source)
            return ref.value.items[:_MOST] if isinstance(ref, ValueRef) and isinstance(ref.value, ir.Group) else ()
        return source.items[:_MOST] if isinstance(source, ir.Group) else ()

    def _loops(self, at: FunctionRef) -> Mapping[str, ir.Expr]:
        """What the loops of a function go over, by the variables that they set."""
        if at not in self._gone_through:
            found: dict[str, ir.Expr] = {}
            for node in walk.of(_LOOPS, self._project.function(at).body):
                for one in node.targets if node.source is not None else ():
                    if isinstance(one, ir.Name):
                        found.setdefault(one.id, node.source)
            self._gone_through[at] = found
        return self._gone_through[at]


def _gives_itself(function: ir.Function) -> bool:
    """Whether a method gives back the object that it is called on: ``return this``."""
    last = function.body[-1] if function.body else None
    return isinstance(last, ir.Return) and isinstance(last.value, ir.Name) and last.value.id in SELF
