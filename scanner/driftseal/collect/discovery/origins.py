"""What an expression comes from: the library's name of what is called, whatever it is called here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, Project
from driftseal.collect.discovery.bindings import Bindings, How

_DEPTH: Final = 24
"""Variables, attributes and results that one answer may go through."""
_MARKS: Final = str.maketrans(dict.fromkeys("\"'[]|,()? ", " "))


@dataclass(frozen=True)
class Origins:
    """Answers for one package, and remembers them."""

    project: Project
    constants: Constants
    bindings: Bindings
    _known: dict[tuple[str, int, int], str] = field(default_factory=dict, init=False, repr=False)

    def of(self, spot: Spot, depth: int = _DEPTH) -> str:
        """``openai.OpenAI().chat.completions.create``; empty where nobody can say."""
        key = spot.path, spot.scope, id(spot.expr)
        if key not in self._known:
            self._known[key] = ""  # what comes from itself comes from nowhere
            self._known[key] = self._of(spot, depth)
        return self._known[key]

    def _of(self, spot: Spot, depth: int) -> str:  # noqa: PLR0911  # one kind a line
        expr = spot.expr
        if depth <= 0:
            return ""
        if isinstance(expr, ir.Name):
            return self._name(spot, expr.id, depth)
        if isinstance(expr, ir.Attr):
            return self._attribute(spot, expr, depth)
        if isinstance(expr, ir.Call):
            return self._called(spot, expr, depth)
        if isinstance(expr, ir.Index):
            whole = self.of(spot.at(expr.value), depth - 1)
            return f"{whole}[]" if whole else ""
        if isinstance(expr, ir.ClassValue):
            return self._class(ClassRef(spot.path, expr.cls), depth)
        return next(filter(None, (self.of(spot.at(part), depth - 1) for part in _alternatives(expr))), "")

    def _attribute(self, spot: Spot, expr: ir.Attr, depth: int) -> str:
        if isinstance(expr.value, ir.Name) and expr.value.id in {"self", "this"}:
            return self._own(spot, expr.name, depth)
        whole = self.of(spot.at(expr.value), depth - 1)
        return f"{whole}.{expr.name}" if whole else self._lead(spot, depth)

    def _name(self, spot: Spot, name: str, depth: int) -> str:
        local = self.bindings.local(spot, name)
        if local is not None:
            function = self.project.modules[spot.path].functions[local.scope]
            for bound in local.values:
                found = self.of(Spot(spot.path, local.scope, bound.expr), depth - 1) if bound.how is How.IS else ""
                if found:
                    return found
            annotation = next((param.annotation for param in function.params if param.name == name), "")
            return self.annotated(spot.path, annotation)
        return self._known_as(spot.path, name, depth)

    def _known_as(self, path: str, name: str, depth: int) -> str:
        ref = self.project.named(path, name)
        if isinstance(ref, External):
            return ref.name
        if isinstance(ref, Instance):
            whole = ref.of.name if isinstance(ref.of, External) else self._class(ref.of, depth)
            return f"{whole}()" if whole else ""
        if isinstance(ref, ClassRef):
            return self._class(ref, depth)
        if isinstance(ref, FunctionRef) or ref is None:
            return ""
        value = getattr(ref, "value", None)
        return self.of(Spot(ref.path, 0, value), depth - 1) if value is not None else ""

    def annotated(self, path: str, annotation: str) -> str:
        """An object of the type that an annotation names: ``OpenAI | None`` is one of ``openai.OpenAI``."""
        for word in annotation.translate(_MARKS).replace("*", " ").replace("&", " ").split():
            head, _, rest = word.partition(".")
            ref = self.project.named(path, head) if head.isidentifier() else None
            if isinstance(ref, External) and ref.module not in {"typing", "collections.abc"}:
                return ".".join(part for part in (ref.name, rest) if part) + "()"
            if isinstance(ref, ClassRef):
                whole = self._class(ref, _DEPTH)
                if whole:
                    return f"{whole}()"
        return ""

    def _own(self, spot: Spot, name: str, depth: int) -> str:
        number = self.constants.class_around(spot.path, spot.scope)
        if number is None:
            return ""
        ref = ClassRef(spot.path, number)
        for value in self.bindings.own(ref).get(name, ()):
            found = self.of(value, depth - 1)
            if found:
                return found
        for owner, each in self.project.fields(ref):
            if each.name == name:
                return self.annotated(owner.path, each.annotation)
        return ""

    def _called(self, spot: Spot, call: ir.Call, depth: int) -> str:
        whole = self.of(spot.at(call.callee), depth - 1)
        if whole:
            return f"{whole}()"
        led = self.constants.follow(spot.at(call.callee))
        if not isinstance(led.expr, ir.Closure):
            return ""
        function = self.project.modules[led.path].functions[led.expr.function]
        declared = self.annotated(led.path, function.returns) if function.returns else ""
        if declared:
            return declared
        for value in self.bindings.returned(FunctionRef(led.path, led.expr.function)):
            found = self.of(value, depth - 2)
            if found:
                return found
        return ""

    def _lead(self, spot: Spot, depth: int) -> str:
        led = self.constants.follow(spot)
        return self.of(led, depth - 1) if led.expr is not spot.expr else ""

    def _class(self, ref: ClassRef, depth: int) -> str:
        """A class of the package is as good as the first class of a library that it derives from."""
        for base in self.project.cls(ref).bases:
            found = self.of(Spot(ref.path, 0, base), depth - 1)
            if found:
                return found
        return ""


def _alternatives(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """What an expression is one of."""
    if isinstance(expr, (ir.Unary, ir.Bind)):
        return (expr.value,)
    if isinstance(expr, ir.Choice):
        return expr.then, expr.otherwise
    return (expr.left, expr.right) if isinstance(expr, ir.Binary) and expr.op in {"or", "??"} else ()
