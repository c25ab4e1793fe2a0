"""What an expression amounts to when functions are called and objects are made: constants, seen through helpers.

`Constants` follows names alone. Servers put the names and texts of their tools together by functions that are given
them, in objects that keep them, and out of tables; here those are worked out as far as nothing but the code decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import UNKNOWN, Constant, Constants, Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef, Project
from driftseal.observe.tools._binding import SELF, bound
from driftseal.observe.tools._bodies import Step, call_above, given_back, rewrites

_MAKERS: Final = frozenset({"constructor", "__init__"})
_BASES: Final = 8
"""Classes that one class is derived from, one after another."""
_TEXT: Final[dict[str, Callable[[str], str]]] = {
    "lower": str.lower,
    "toLowerCase": str.lower,
    "upper": str.upper,
    "toUpperCase": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "toString": str,
}
_REPLACES: Final = frozenset({"replace", "replaceAll"})
_CHARS: Final = 256 * 1024


class Values(Constants):
    """Constants of one project, through calls of its functions and the objects of its classes."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.set: dict[tuple[str, str, str], Spot] = {}
        """What is set on an object by key, as in ``fn.__name__ = "x"``: by file, name of the object and key."""

        self._assumes = False
        self._rewrites: dict[tuple[str, int], dict[str, list[Step]]] = {}

    @contextmanager
    def assuming(self) -> Iterator[None]:
        """Take parameters for their defaults, where no call says what they are."""
        self._assumes = True
        try:
            yield
        finally:
            self._assumes = False

    def value(self, spot: Spot, depth: int = 12) -> Spot:
        """Where an expression leads through names and calls; the expression itself where it leads nowhere."""
        whole = self.follow(spot)
        for _ in range(depth):
            if not isinstance(whole.expr, ir.Call):
                break
            made = self.result(whole, depth)
            if made is None:
                break
            whole = self._follow(made, depth)
        return whole

    # --- names ------------------------------------------------------------------------------

    def _name(self, spot: Spot, name: str) -> Spot | None:
        if spot.given is not None and name in spot.given:
            return spot.given[name]
        module = self.project.modules[spot.path]
        scope = spot.scope
        while scope > 0:
            names = self._names_of(spot.path, scope)
            if name in names:
                value = names[name]
                if value is not None:
                    return Spot(spot.path, scope, value, spot.given)
                return self._default(spot.path, scope, name)
            scope = module.functions[scope].outer
        return super()._name(spot, name)

    def _default(self, path: str, scope: int, name: str) -> Spot | None:
        """What a parameter is when nobody says otherwise."""
        if not self._assumes:
            return None
        for param in self.project.modules[path].functions[scope].params:
            if param.name == name and isinstance(param.default, (ir.Const, ir.Name, ir.Attr, ir.Text, ir.Mapping)):
                unset = isinstance(param.default, ir.Const) and not isinstance(param.default.value, str)
                return None if unset else Spot(path, scope, param.default)
        return None

    def _names_of(self, path: str, number: int) -> dict[str, ir.Expr | None]:
        known = (path, number) in self._bound
        names = super()._names_of(path, number)
        if not known:
            for each in self.project.modules[path].functions[number].body:
                if isinstance(each, ir.Assign):
                    for target in each.targets:
                        if isinstance(target, ir.Group):
                            for index, part in enumerate(target.items):
                                if isinstance(part, ir.Name):
                                    names.setdefault(part.id, ir.Index(each.value, ir.Const(index, each.line), 0))
        return names

    def _attribute(self, spot: Spot, expr: ir.Attr, depth: int) -> Spot | None:
        if isinstance(expr.value, ir.Name):
            if expr.value.id in SELF and spot.given is not None and expr.value.id in spot.given:
                found = self.member(self._follow(spot.given[expr.value.id], depth), expr.name, depth)
                if found is not None:
                    return found
            known = self.set.get((spot.path, expr.value.id, expr.name))
            if known is not None:
                return known if known.scope == 0 else known._replace(given=spot.given)
        if expr.name in {"__name__", "__doc__"}:
            return self._of_function(self._follow(spot.at(expr.value), depth), expr.name)
        return super()._attribute(spot, expr, depth)

    def _of_function(self, whole: Spot, name: str) -> Spot | None:
        if not isinstance(whole.expr, ir.Closure):
            return None
        function = self.project.modules[whole.path].functions[whole.expr.function]
        return whole.at(ir.Const(function.name if name == "__name__" else function.doc, function.line))

    def _next(self, spot: Spot, depth: int) -> Spot | None:
        call = spot.expr
        two = 2
        if isinstance(call, ir.Call) and last_name(call.callee) == "getattr" and len(call.args) >= two:
            name = self._fold(spot.at(call.args[1].value), depth)
            if isinstance(name, str):
                return self._next(spot.at(ir.Attr(call.args[0].value, name, call.line)), depth)
        got = self._got(spot, call, depth) if isinstance(call, ir.Call) and last_name(call.callee) == "get" else None
        return got if got is not None else super()._next(spot, depth)

    def _got(self, spot: Spot, call: ir.Call, depth: int) -> Spot | None:
        """``TABLE.get("key")``."""
        if not isinstance(call.callee, ir.Attr) or not call.args or depth <= 0:
            return None
        name = self._fold(spot.at(call.args[0].value), depth - 1)
        table = self._follow(spot.at(call.callee.value), depth - 1) if isinstance(name, str) else None
        return self.entry(table, name, depth) if table is not None and isinstance(name, str) else None

    # --- members ----------------------------------------------------------------------------

    def member(self, whole: Spot, name: str, depth: int = 12) -> Spot | None:
        """See `Constants.member`; through what a call makes as well."""
        if not isinstance(whole.expr, ir.Call) or depth <= 0:
            return super().member(whole, name, depth)
        self._left -= 1
        if self._left < 0:
            return None
        made = self._follow(whole.at(whole.expr.callee), depth)
        if isinstance(made.expr, ir.ClassValue):
            return self._of_instance(ClassRef(made.path, made.expr.cls), whole, name, depth)
        result = self.result(whole, depth)
        if result is not None:
            return self.member(self._follow(result, depth), name, depth - 1)
        for arg in whole.expr.args:
            if arg.name == name:
                return whole.at(arg.value)
        return super().member(whole, name, depth)

    def _of_instance(self, ref: ClassRef, whole: Spot, name: str, depth: int) -> Spot | None:
        """``whole.name``, where what is whole is a call of a class."""
        call = whole.expr
        args = call.args if isinstance(call, ir.Call) else ()
        at = whole
        for _ in range(_BASES):
            cls = self.project.cls(ref)
            maker = self._maker(ref)
            found, given = self._in_class(ref, cls, name, at, args, whole, maker)
            if found is not None:
                return found
            base = next((self._follow(Spot(ref.path, 0, base), depth) for base in cls.bases[:1]), None)
            if base is None or not isinstance(base.expr, ir.ClassValue):
                return None
            if maker is not None:
                over = call_above(self.project.function(maker).body)
                at, args = (
                    Spot(maker.path, maker.number, ir.Const(None, 0), given),
                    over.args if over is not None else (),
                )
            ref = ClassRef(base.path, base.expr.cls)
        return None

    def _in_class(  # all that one class of the chain needs
        self,
        ref: ClassRef,
        cls: ir.Class,
        name: str,
        at: Spot,
        args: tuple[ir.Arg, ...],
        whole: Spot,
        maker: FunctionRef | None,
    ) -> tuple[Spot | None, dict[str, Spot]]:
        """A member that one class tells of, and what its constructor was given."""
        own: dict[str, Spot] = {"self": whole, "this": whole}
        given = own
        if maker is not None:
            given = own | bound(self, self.project.function(maker), at, args, (maker.path, maker.number))
        for index in cls.methods:
            if self.project.modules[ref.path].functions[index].name == name:
                return Spot(ref.path, index, ir.Closure(index, 0), own), given
        set_by = self.own(ref).get(name)
        if set_by is not None:
            return set_by._replace(given=given), given
        for number, one in enumerate(cls.fields):
            if one.name == name:
                told = _field(at, args, name, number) if maker is None else None
                if told is None and one.value is not None:
                    told = Spot(ref.path, 0, one.value, own)
                if told is not None:
                    return told, given
        return None, given

    def _maker(self, ref: ClassRef) -> FunctionRef | None:
        functions = self.project.modules[ref.path].functions
        for index in self.project.cls(ref).methods:
            if functions[index].name in _MAKERS:
                return FunctionRef(ref.path, index)
        return None

    # --- calls ------------------------------------------------------------------------------

    def result(self, spot: Spot, depth: int = 12) -> Spot | None:
        """What a call of a function of this project gives back; None for classes and for functions of others."""
        call = spot.expr
        self._left -= 1
        if not isinstance(call, ir.Call) or depth <= 0 or self._left < 0:
            return None
        made = self._follow(spot.at(call.callee), depth)
        if not isinstance(made.expr, ir.Closure):
            return None
        home = made.path, made.expr.function
        function = self.project.modules[made.path].functions[made.expr.function]
        returned = self._returned(function.body)
        if returned is None:
            return None
        given = dict(made.given or {}) | bound(self, function, spot, call.args, home)
        if isinstance(call.callee, ir.Attr) and function.cls >= 0 and "self" not in given:
            given |= dict.fromkeys(("self", "this"), spot.at(call.callee.value))
        return Spot(*home, returned, given)

    def _returned(self, body: ir.Block) -> ir.Expr | None:
        return given_back(body)

    def _item(self, spot: Spot, expr: ir.Index, depth: int) -> Spot | None:
        found = super()._item(spot, expr, depth)
        if found is None and isinstance(expr.key, ir.Const) and isinstance(expr.key.value, int) and depth > 0:
            made = self.result(self._follow(spot.at(expr.value), depth), min(depth, 12))
            if made is not None:
                whole = self._follow(made, depth)
                if isinstance(whole.expr, ir.Group) and expr.key.value < len(whole.expr.items):
                    return whole.at(whole.expr.items[expr.key.value])
        return found

    def _fold(self, spot: Spot, depth: int) -> Constant:
        if isinstance(spot.expr, ir.Name) and spot.scope > 0 and depth > 0:
            changed = self._rewritten(spot, spot.expr, depth)
            if changed is not None:
                return changed
        if isinstance(spot.expr, ir.Choice) and depth > 0:
            holds = self.truth(spot.at(spot.expr.test), depth - 1)
            if holds is not None:
                return self._fold(spot.at(spot.expr.then if holds else spot.expr.otherwise), depth - 1)
        if isinstance(spot.expr, ir.Closure) and depth > 0:
            function = self.project.modules[spot.path].functions[spot.expr.function]
            returned = self._returned(function.body)
            if returned is None or any(param.name not in SELF for param in function.params):
                return None
            return super()._fold(Spot(spot.path, spot.expr.function, returned, spot.given), depth - 1)
        return super()._fold(spot, depth)

    def _rewritten(self, spot: Spot, name: ir.Name, depth: int) -> Constant:
        """A text that statements above go on with: ``text += "…"``, ``text = f"{text}…"``."""
        scope = spot.scope
        while scope > 0 and name.id not in self._names_of(spot.path, scope):
            scope = self.project.modules[spot.path].functions[scope].outer
        steps = self._steps(spot.path, scope).get(name.id) if scope > 0 else None
        if not steps or (spot.given is not None and isinstance(spot.given.get(name.id), Spot) and scope == 0):
            return None
        first = self._next(spot, depth - 1)
        value = self._fold(first, depth - 1) if first is not None else None
        for step in steps:
            if not isinstance(value, str) or (name.line and step.line >= name.line):
                break
            given = dict(spot.given or {}) | {name.id: spot.at(ir.Const(value, 0))}
            at = Spot(spot.path, scope, step.value, given)
            if all(self.truth(at.at(test), depth - 1) is holds for test, holds in step.tests):
                more = self._fold(at, depth - 1)
                if more is None:
                    break
                value = f"{value}{more}" if step.adds else more
        return value if isinstance(value, str) and len(value) < _CHARS else None

    def _steps(self, path: str, scope: int) -> dict[str, list[Step]]:
        key = path, scope
        if key not in self._rewrites:
            found: dict[str, list[Step]] = {}
            self._rewrites[key] = found
            for step in rewrites(self.project.modules[path].functions[scope].body):
                found.setdefault(step.name, []).append(step)
        return self._rewrites[key]

    def truth(self, spot: Spot, depth: int = 12) -> bool | None:  # noqa: PLR0911  # one case a line, in order
        """Whether a condition holds; None where nobody can say."""
        expr = spot.expr
        if depth <= 0:
            return None
        if isinstance(expr, ir.Unary) and expr.op == "not":
            held = self.truth(spot.at(expr.value), depth - 1)
            return None if held is None else not held
        if isinstance(expr, ir.Binary):
            return self._compared(spot, expr, depth)
        if isinstance(expr, ir.Const):
            return bool(expr.value)
        if isinstance(expr, (ir.Closure, ir.ClassValue, ir.Mapping)):
            return True
        onward = self._next(spot, depth - 1)
        if onward is not None:
            return self.truth(onward, depth - 1)
        if isinstance(expr, ir.Attr):
            whole = self._follow(spot.at(expr.value), depth - 1).expr
            if isinstance(whole, ir.Mapping) and all(isinstance(entry.key, ir.Const) for entry in whole.entries):
                return False
        value = self._fold(spot, depth - 1)
        return bool(value) if value is not None else None

    def _compared(self, spot: Spot, expr: ir.Binary, depth: int) -> bool | None:
        left, right = spot.at(expr.left), spot.at(expr.right)
        if expr.op in {"and", "or"}:
            sides = {self.truth(left, depth - 1), self.truth(right, depth - 1)}
            decides = expr.op == "or"
            if decides in sides:
                return decides
            return None if None in sides else not decides
        if expr.op in {"==", "!="}:
            one, other = self._fold(left, depth - 1), self._fold(right, depth - 1)
            if one is None or other is None:
                return None
            return (one == other) == (expr.op == "==")
        return None

    def _call(self, spot: Spot, call: ir.Call, depth: int) -> Constant:
        found = super()._call(spot, call, depth)
        if found is not None:
            return found
        name = last_name(call.callee)
        if isinstance(call.callee, ir.Attr) and (name in _TEXT or name in _REPLACES or name == "format"):
            text = self._fold(spot.at(call.callee.value), depth - 1)
            if isinstance(text, str):
                return self._changed(spot, text, name, call, depth)
        result = self.result(spot, min(depth - 1, 12))
        return self._fold(result, depth - 1) if result is not None else None

    def _changed(self, spot: Spot, text: str, name: str, call: ir.Call, depth: int) -> Constant:
        if name in _TEXT:
            return _TEXT[name](text)
        told = {str(arg.name or at): self._fold(spot.at(arg.value), depth - 1) for at, arg in enumerate(call.args)}
        if name == "format":
            return _formatted(text, told, UNKNOWN if self._fills else None)
        old, new = told.get("0"), told.get("1")
        if not isinstance(old, str) or not isinstance(new, str) or not old or len(text) > _CHARS // (len(new) + 1):
            return text if self._fills else None
        return text.replace(old, new, 1 if name == "replace" and "." in spot.path and not _python(spot) else -1)


def _python(spot: Spot) -> bool:
    return spot.path.endswith(".py")


def _formatted(text: str, told: Mapping[str, Constant], otherwise: str | None) -> str | None:
    """``"…{name}…".format(name="x")``, where every place is a bare name or number that is known."""
    parts = text.replace("{{", "\0").replace("}}", "\1").split("{")
    out = [parts[0]]
    for count, part in enumerate(parts[1:]):
        name, closed, rest = part.partition("}")
        value = told.get(name or str(count), otherwise) or otherwise
        if not closed or value is None:
            return None
        out += [str(value), rest]
    made = "".join(out).replace("\0", "{").replace("\1", "}")
    return made if len(made) < _CHARS else None


def _field(at: Spot, args: tuple[ir.Arg, ...], name: str, number: int) -> Spot | None:
    """A field of a dataclass or model, from the call that makes it."""
    for arg in args:
        if arg.name == name:
            return at.at(arg.value)
    plain = [arg for arg in args if not arg.name and not arg.spread]
    return at.at(plain[number].value) if number < len(plain) and len(plain) == len(args) else None
