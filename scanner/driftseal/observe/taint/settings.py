"""What a condition comes to while those who set a server up have set nothing: of the environment, of defaults."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constant, Constants, Spot, last_name
from driftseal.code.project import Project

_DEPTH: Final = 16
_ANDS: Final = frozenset({"and", "&&"})
_ORS: Final = frozenset({"or", "||"})
_SAME: Final = frozenset({"==", "==="})
_DIFFER: Final = frozenset({"!=", "!=="})
_READERS: Final = frozenset({"getenv", "get"})
"""Calls that read one variable, with what it is by default behind its name."""


def by_default(project: Project, path: str, scope: int, test: ir.Expr) -> bool | None:
    """Whether a condition holds as long as no variable of the environment is set; None where nobody can say."""
    return _Unset(project).holds(Spot(path, scope, test))


class _Unset(Constants):
    """Constants through calls, to whom every variable of the environment is empty."""

    def holds(self, spot: Spot, depth: int = _DEPTH) -> bool | None:
        expr = spot.expr
        if depth <= 0:
            return None
        if isinstance(expr, ir.Unary) and expr.op in {"not", "!"}:
            held = self.holds(spot.at(expr.value), depth - 1)
            return None if held is None else not held
        if isinstance(expr, ir.Binary) and expr.op in _ANDS | _ORS:
            sides = [self.holds(spot.at(side), depth - 1) for side in (expr.left, expr.right)]
            decides = expr.op in _ORS
            return decides if decides in sides else None if None in sides else not decides
        if isinstance(expr, ir.Binary) and expr.op in _SAME | _DIFFER:
            one, other = self._fold(spot.at(expr.left), depth - 1), self._fold(spot.at(expr.right), depth - 1)
            return None if one is None or other is None else (one == other) == (expr.op in _SAME)
        onward = self._next(spot, depth - 1)
        if onward is not None:
            return self.holds(onward, depth - 1)
        value = self._fold(spot, depth - 1)
        return None if value is None else bool(value)

    def _next(self, spot: Spot, depth: int) -> Spot | None:
        self._left -= 1
        expr = spot.expr
        if self._left < 0 or depth <= 0:
            return None
        if _is_environment(expr.value if isinstance(expr, (ir.Attr, ir.Index)) else None):
            return spot.at(ir.Const("", 0))
        if isinstance(expr, ir.Call):
            return _read(spot, expr) or self._result(spot, expr, depth)
        return super()._next(spot, depth)

    def _result(self, spot: Spot, call: ir.Call, depth: int) -> Spot | None:
        """What a function of the project gives back whatever it is given: one without branches."""
        made = self._follow(spot.at(call.callee), depth)
        if not isinstance(made.expr, ir.Closure):
            return None
        function = self.project.modules[made.path].functions[made.expr.function]
        last = function.body[-1] if function.body else None
        if not isinstance(last, ir.Return) or last.value is None:
            return None
        if not all(isinstance(each, ir.Assign) for each in function.body[:-1]):
            return None
        given = {
            param.name: spot.at(arg.value)
            for param, arg in zip(function.params, call.args, strict=False)
            if not arg.name and not arg.spread
        }
        return Spot(made.path, made.expr.function, last.value, given)

    def member(self, whole: Spot, name: str, depth: int = _DEPTH) -> Spot | None:
        """See ``Constants.member``; of what a call gives back as well."""
        if isinstance(whole.expr, ir.Call) and depth > 0:
            made = self._next(whole, depth)
            if made is not None:
                return self.member(self._follow(made, depth - 1), name, depth - 1)
        return super().member(whole, name, depth)

    def _fold(self, spot: Spot, depth: int) -> Constant:
        if isinstance(spot.expr, ir.Binary) and spot.expr.op in _SAME | _DIFFER and depth > 0:
            return self.holds(spot, depth - 1)
        return super()._fold(spot, depth)


def _is_environment(expr: ir.Expr | None) -> bool:
    """``process.env``, ``os.environ``, ``Bun.env``."""
    return isinstance(expr, ir.Attr) and expr.name in {"env", "environ"} and isinstance(expr.value, ir.Name)


def _read(spot: Spot, call: ir.Call) -> Spot | None:
    """``os.environ.get("X", "default")``."""
    whole = call.callee.value if isinstance(call.callee, ir.Attr) else None
    reads = _is_environment(whole) or (isinstance(whole, ir.Name) and whole.id == "os")
    if last_name(call.callee) not in _READERS or not reads:
        return None
    return spot.at(call.args[1].value if len(call.args) > 1 else ir.Const("", 0))
