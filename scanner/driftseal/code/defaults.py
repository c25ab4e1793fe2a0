"""What a setting is as long as nobody sets it: the second argument of an environment lookup, the default of a field."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constant, Constants, Spot, last_name
from driftseal.code.project import ClassRef, top_level

_LOOKUPS: Final = frozenset({"getenv", "getenvb", "get"})
"""Calls that look a name up in the environment, with what they give where it is not there."""
_AROUND: Final = ("environ", "env", "ENV")
"""What ``get`` is a method of then."""
_PLAIN: Final = frozenset({"lower", "upper", "strip", "rstrip", "casefold", "split"})
"""Methods that leave a text what it is, as far as a default goes."""
_HOLDERS: Final = frozenset({"Field", "field", "Option", "Argument", "Parameter"})
"""Functions that a default is told to: those of pydantic, dataclasses and typer."""


class Defaults(Constants):
    """Constants, and what stands in for what nobody has set."""

    def _fold(self, spot: Spot, depth: int) -> Constant:
        expr = spot.expr
        if isinstance(expr, ir.Binary) and expr.op in {"==", "!=", "in", "not in"}:
            return self._compared(spot, expr, depth)
        return super()._fold(spot, depth)

    def _compared(self, spot: Spot, expr: ir.Binary, depth: int) -> Constant:
        """``getenv("VERIFY", "true").lower() == "true"``, ``… in ("1", "true")``."""
        left = self._fold(spot.at(expr.left), depth - 1)
        if not isinstance(left, str):
            return None
        right = self._follow(spot.at(expr.right), depth - 1)
        among = right.expr.items if isinstance(right.expr, ir.Group) else (right.expr,)
        same = left.lower() in {self._fold(right.at(each), depth - 1) for each in among}
        return same is (expr.op in {"==", "in"})

    def _call(self, spot: Spot, call: ir.Call, depth: int) -> Constant:
        found = super()._call(spot, call, depth)
        if found is not None or depth <= 0:
            return found
        name = last_name(call.callee)
        on = call.callee.value if isinstance(call.callee, ir.Attr) else None
        if name in _PLAIN and on is not None:
            return self._fold(spot.at(on), depth - 1)
        if name == "bool" and call.args:
            value = self._fold(spot.at(call.args[0].value), depth - 1)
            return value if isinstance(value, bool) else None
        default = _default_of(call, name, on)
        return self._fold(spot.at(default), depth - 1) if default is not None else None

    def _name(self, spot: Spot, name: str) -> Spot | None:
        found = super()._name(spot, name)
        if found is None:
            return self._parameter(spot, name)
        body = self.project.modules[found.path].functions[found.scope].body
        # What is set one way here and another way there depends on more than a default.
        return found if len([True for each, _ in top_level(body) if each == name]) <= 1 else None

    def _parameter(self, spot: Spot, name: str) -> Spot | None:
        """What a parameter of the function around an expression is where its callers leave it out."""
        functions = self.project.modules[spot.path].functions
        scope = spot.scope
        while scope > 0:
            for param in functions[scope].params:
                if param.name == name:
                    default = param.default
                    return (
                        Spot(spot.path, functions[scope].outer, default) if default else self._object(spot.path, param)
                    )
            scope = functions[scope].outer
        return None

    def _object(self, path: str, param: ir.Param) -> Spot | None:
        """An object of the class that a parameter's type names, of whose fields nothing is told."""
        known = self.project.named(path, param.annotation) if param.annotation.isidentifier() else None
        if not isinstance(known, ClassRef):
            return None
        return Spot(known.path, 0, ir.Call(ir.ClassValue(known.number, param.line), (), param.line, new=True))

    def member(self, whole: Spot, name: str, depth: int = 40) -> Spot | None:
        """See `Constants.member`; also of an object that a function of the project gives back, or a parser."""
        if not isinstance(whole.expr, ir.Call) or depth <= 0:
            return super().member(whole, name, depth)
        given = next((arg.value for arg in whole.expr.args if arg.name == name), None)
        made = self._follow(whole.at(whole.expr.callee), depth - 1)
        if isinstance(made.expr, ir.ClassValue):
            return whole.at(given) if given is not None else super().member(whole, name, depth)
        if isinstance(made.expr, ir.Closure):
            function = self.project.modules[made.path].functions[made.expr.function]
            for each in function.body:
                if isinstance(each, ir.Return) and each.value is not None:
                    back = self._follow(Spot(made.path, made.expr.function, each.value), depth - 1)
                    return self.member(back, name, depth - 1)
        if last_name(whole.expr.callee) == "parse_args":
            return self._argument(whole, name)
        on = whole.expr.callee.value if isinstance(whole.expr.callee, ir.Attr) else None
        return self._of_object(whole.at(on), name, depth - 1) if on is not None else None

    def _of_object(self, cls: Spot, name: str, depth: int) -> Spot | None:
        """A field of what a class makes by a method that it has from elsewhere: ``Settings.model_validate(given)``."""
        if isinstance(cls.expr, ir.Name) and cls.expr.id == "cls":
            return self._of_self(cls, name)
        known = self._follow(cls, depth)
        return super().member(known, name, depth) if isinstance(known.expr, ir.ClassValue) else None

    def _argument(self, whole: Spot, name: str) -> Spot | None:
        """``parser.add_argument("--host", default="…")`` beside ``parser.parse_args()``."""
        module = self.project.modules[whole.path]
        for each in module.functions[whole.scope].body:
            call = each.value if isinstance(each, (ir.Do, ir.Assign)) else None
            if isinstance(call, ir.Call) and last_name(call.callee) == "add_argument" and call.args:
                options = [arg.value.value for arg in call.args if not arg.name and isinstance(arg.value, ir.Const)]
                if any(str(option).lstrip("-").replace("-", "_") == name for option in options):
                    given = next((arg.value for arg in call.args if arg.name == "default"), None)
                    return whole.at(given) if given is not None else None
        return None


def _default_of(call: ir.Call, name: str, on: ir.Expr | None) -> ir.Expr | None:
    """What a call stands for where a setting was not made."""
    if name in _HOLDERS:
        named = next((arg.value for arg in call.args if arg.name == "default"), None)
        return named or next((arg.value for arg in call.args if not arg.name), None)
    if name not in _LOOKUPS or len(call.args) < 2:  # noqa: PLR2004  # a name and a default
        return None
    if name == "get" and (on is None or last_name(on) not in _AROUND):
        return None
    return call.args[1].value
