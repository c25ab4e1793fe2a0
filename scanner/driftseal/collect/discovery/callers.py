"""What the callers of a function give for its parameters, as far as one package shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot
from driftseal.code.project import FunctionRef
from driftseal.collect.discovery.bindings import Local
from driftseal.collect.discovery.sites import Index, Site

_ALL_STEPS: Final = 1_000_000
"""Expressions that all questions about one package may look at."""
_CALLERS: Final = 60
"""Calls of one function that are looked at."""
_CALL: Final = 10
"""Steps that seeing what a call calls counts for."""


@dataclass(slots=True)
class Budget:
    """What all questions about one package may cost together, so that no package is asked about for ever."""

    left: int = _ALL_STEPS

    @property
    def spent(self) -> bool:
        """Whether some question was left without its whole answer."""
        return self.left <= 0


@dataclass(frozen=True)
class Callers:
    """Answers for one package."""

    index: Index
    constants: Constants
    budget: Budget

    def give(self, path: str, local: Local) -> Iterator[Spot]:
        """What the callers of a function in this package give for one of its parameters."""
        project = self.index.project
        function = project.modules[path].functions[local.scope]
        called = function.name
        if function.cls >= 0 and called in {"__init__", "constructor", "__new__"}:
            called = project.modules[path].classes[function.cls].name
        skip = int(function.cls >= 0 and not function.static and function.params[0].name in {"self", "cls"})
        if not called or local.parameter < skip:
            return
        for site in self.index.by_name.get(called, ())[:_CALLERS]:
            # To see what a call calls costs more than to look at an expression.
            self.budget.left -= _CALL
            if self._means(site, FunctionRef(path, local.scope), called):
                given = self._argument(site, local, local.parameter - skip)
                if given is not None:
                    yield site.spot(given)

    def _means(self, site: Site, ref: FunctionRef, called: str) -> bool:
        """Whether a call is of this function."""
        led = self.constants.follow(site.spot(site.call.callee))
        function = self.index.project.function(ref)
        if isinstance(led.expr, ir.Closure):
            return FunctionRef(led.path, led.expr.function) == ref
        if isinstance(led.expr, ir.ClassValue):
            return led.path == ref.path and led.expr.cls == function.cls
        # A method of an object that nobody knows: the name has to be the only one of its kind.
        return isinstance(site.call.callee, ir.Attr) and function.cls >= 0 and len(self._named.get(called, ())) == 1

    @cached_property
    def _named(self) -> dict[str, list[FunctionRef]]:
        found: dict[str, list[FunctionRef]] = {}
        for ref in self.index.project.functions():
            found.setdefault(self.index.project.function(ref).name, []).append(ref)
        return found

    @staticmethod
    def _argument(site: Site, local: Local, place: int) -> ir.Expr | None:
        for arg in site.call.args:
            if arg.name == local.name:
                return arg.value
        plain: Sequence[ir.Arg] = [arg for arg in site.call.args if not arg.name]
        if place >= len(plain) or any(arg.spread for arg in plain[: place + 1]):
            return None
        value = plain[place].value
        if isinstance(value, ir.Mapping):
            for entry in value.entries:
                if isinstance(entry.key, ir.Const) and entry.key.value == local.name:
                    return entry.value
        return value
