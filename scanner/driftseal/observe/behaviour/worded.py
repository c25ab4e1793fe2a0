"""Texts of tools that are spelled when they are read: by a trap or a method that turns codes into letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Instance, ValueRef
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_TEXTS: Final = frozenset({"description", "instructions"})
_GETTERS: Final = frozenset({"__getattr__", "__getattribute__", "__getitem__", "__missing__"})
_HOPS: Final = 3


def find(code: Code) -> Iterator[Fact]:
    """``text-spelled``."""
    for scope in code.scopes:
        for value in _told(scope):
            name = _base(value)
            getter = _getter(scope, name) if name else None
            if getter is not None and _spells(code, getter):
                place = code.project.function(getter).line
                what = f"a text of {name}" if getter.path != scope.path else name
                yield scope.fact("text-spelled", value.line, what, *((place, "here"),) * (getter.path == scope.path))
                return


def _told(scope: Scope) -> Iterator[Any]:
    """What a tool or one of its parameters says of itself."""
    if _TEXTS.isdisjoint(scope.keys) and "describe" not in scope.words:
        return
    for node in scope.of(ir.Entry) if "description" in scope.keys else ():
        if text(node.key) in _TEXTS:
            yield node.value
    for call in scope.of(ir.Call):
        yield from (arg.value for arg in call.args if arg.name in _TEXTS)
        if last(call.callee) == "describe" and call.args:
            yield call.args[0].value


def _base(value: Any) -> str:
    """The object of which a text is taken: ``phrases`` of ``phrases.max``, of ``getattr(phrases, key)``."""
    if isinstance(value, ir.Call) and last(value.callee) == "getattr" and value.args:
        value = value.args[0].value
    elif isinstance(value, (ir.Attr, ir.Index)):
        value = value.value
    else:
        return ""
    return value.id if isinstance(value, ir.Name) else ""


def _getter(scope: Scope, name: str) -> FunctionRef | None:
    """The function that gives the members of an object which stands at the top of a file."""
    project = scope.code.project
    known = project.named(scope.path, name)
    for _ in range(_HOPS):
        if not isinstance(known, ValueRef):
            break
        if isinstance(known.value, ir.Call) and last(known.value.callee) == "Proxy":
            traps = (node for arg in known.value.args for node in walk(arg.value) if isinstance(node, ir.Entry))
            given = (each.value for each in traps if text(each.key) == "get" and isinstance(each.value, ir.Closure))
            return next((FunctionRef(known.path, each.function) for each in given), None)
        known = project.resolve(known.path, known.value)
    cls = known.of if isinstance(known, Instance) else None
    if isinstance(cls, ClassRef):
        found = (project.method(cls, method) for method in sorted(_GETTERS))
        return next((each for each in found if isinstance(each, FunctionRef)), None)
    return None


def _spells(code: Code, getter: FunctionRef) -> bool:
    """Whether a function, or one inside it, turns codes into letters or moves letters."""
    functions = code.project.modules[getter.path].functions
    waiting, seen = [getter.number], set[int]()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        for node in walk(functions[number].body):
            if isinstance(node, ir.Closure):
                waiting.append(node.function)
                continue
            word = last(node.callee) if isinstance(node, ir.Call) else text(node)
            if says("spelling", word) or (isinstance(node, ir.Binary) and node.op == "^"):
                return True
    return False
