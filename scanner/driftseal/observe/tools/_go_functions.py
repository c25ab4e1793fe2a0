"""What an expression of Go stands for as a function: closures, methods, factories, wrappers, and who calls what."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.code.walk import below
from driftseal.observe.tools.sites import Sites

_DEPTH: Final = 6
_STEPS: Final = 200
"""Expressions that one question looks at."""


class Functions:
    """Looks up the functions of one project."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._constants = sites.constants
        self._called: dict[str, list[Spot]] | None = None
        self._methods: dict[str, list[FunctionRef]] | None = None
        self._left = _STEPS

    def handler(self, spot: Spot | None) -> Spot | None:
        """The function that an expression stands for, as a closure where it is written."""
        self._left = _STEPS
        return self._handler(spot, _DEPTH) if spot is not None else None

    def _handler(self, spot: Spot, depth: int) -> Spot | None:
        self._left -= 1
        if depth == 0 or self._left < 0:
            return None
        whole = self._constants.follow(spot)
        expr = whole.expr
        if isinstance(expr, ir.Closure):
            return whole
        if isinstance(expr, ir.Call):
            return self._from_call(whole, expr, depth)
        if isinstance(expr, (ir.Name, ir.Attr)):
            ref = self.resolved(whole)
            return Spot(ref.path, 0, ir.Closure(ref.number, expr.line)) if ref is not None else None
        return None

    def _from_call(self, whole: Spot, call: ir.Call, depth: int) -> Spot | None:
        """A factory gives back a closure; a wrapper is given the function that it wraps."""
        ref = self.resolved(whole.at(call.callee))
        for each in self._sites.project.function(ref).body if ref is not None else ():
            value = each.value if isinstance(each, ir.Return) else None
            if ref is not None and isinstance(value, ir.Closure):
                inner = self._sites.project.modules[ref.path].functions[value.function]
                wrapped = {param.name for param in self._sites.project.function(ref).params}
                if not any(_calls(inner.body, name) for name in wrapped):
                    return Spot(ref.path, ref.number, value)
        for arg in call.args:
            if isinstance(arg.value, (ir.Closure, ir.Name, ir.Attr, ir.Call)):
                found = self._handler(whole.at(arg.value), depth - 1)
                if found is not None:
                    return found
        return None

    def resolved(self, spot: Spot) -> FunctionRef | None:
        """A function by its name, a method by a name that no other has."""
        whole = self._constants.follow(spot)
        if isinstance(whole.expr, ir.Closure):
            return FunctionRef(whole.path, whole.expr.function)
        if isinstance(whole.expr, (ir.Name, ir.Attr)):
            found = self._sites.project.resolve(whole.path, whole.expr)
            if isinstance(found, FunctionRef):
                return found
            if found is None and isinstance(whole.expr, ir.Attr):
                return self._only_method(whole.expr.name)
        return None

    def _only_method(self, name: str) -> FunctionRef | None:
        if self._methods is None:
            self._methods = {}
            for path, module in self._sites.project.modules.items():
                for cls in module.classes if module.language == "go" else ():
                    for number in cls.methods:
                        self._methods.setdefault(module.functions[number].name, []).append(FunctionRef(path, number))
        found = self._methods.get(name, ())
        return found[0] if len(found) == 1 else None

    def given(self, ref: FunctionRef, whole: Spot, call: ir.Call) -> dict[str, Spot]:
        """What the parameters of a function stand for in one call of it."""
        params = self._sites.project.function(ref).params
        return {param.name: whole.at(arg.value) for param, arg in zip(params, call.args, strict=False)}

    def callers(self, name: str) -> list[Spot]:
        """Calls of functions with this name."""
        if self._called is None:
            self._called = {}
            for path, module in self._sites.project.modules.items():
                for number, function in enumerate(module.functions if module.language == "go" else ()):
                    for node in below(function.body):
                        if isinstance(node, ir.Call):
                            self._called.setdefault(last_name(node.callee), []).append(Spot(path, number, node))
        return self._called.get(name, []) if name else []


def _calls(body: ir.Block, name: str) -> bool:
    """Whether a function calls what has this name."""
    return any(
        isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) and node.callee.id == name
        for node in below(body)
    )
