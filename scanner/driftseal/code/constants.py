"""What an expression is when it is written down: texts and numbers through names, files, enums and concatenation."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Instance, Project, Ref, ValueRef, top_level
from driftseal.regexes import regex

Constant: TypeAlias = "str | int | float | bool | None"

_STEPS: Final = 4000
"""Expressions that one question may look at: names that double one another would go on for ever."""
_DEPTH: Final = 40
_CHARS: Final = 256 * 1024
"""Length of one text that is put together."""
_WHOLE: Final = frozenset({"freeze", "assign", "seal", "structuredClone", "deepFreeze", "cast", "MappingProxyType"})
"""Functions that give back their first argument, as far as constants go."""
_LETTERS: Final = frozenset({"chr", "fromCharCode", "fromCodePoint"})
UNKNOWN: Final = "{…}"
"""Stands in a text for what is known only once the program runs."""
_CONVERSION: Final = regex(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_CLEANED: Final = frozenset({"dedent", "cleandoc", "strip", "trim", "rstrip", "lstrip", "trimEnd", "trimStart"})


class Spot(NamedTuple):
    """An expression with the place that its names are to be read in."""

    path: str
    scope: int
    """Index of the function around it."""
    expr: ir.Expr
    given: Mapping[str, Spot] | None = None
    """Values of the variables of a loop, for one turn of it."""

    def at(self, expr: ir.Expr) -> Spot:
        """Another expression of the same place."""
        return Spot(self.path, self.scope, expr, self.given)


class Constants:
    """Follows names of one project, and remembers what functions bind."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._bound: dict[tuple[str, int], dict[str, ir.Expr | None]] = {}
        self._own: dict[tuple[str, int], dict[str, Spot]] = {}
        self._left = _STEPS
        self._fills = False

    # --- names ------------------------------------------------------------------------------

    def follow(self, spot: Spot, depth: int = _DEPTH) -> Spot:
        """Where the names of an expression lead; the expression itself where they lead nowhere."""
        self._left = _STEPS
        return self._follow(spot, depth)

    def _follow(self, spot: Spot, depth: int) -> Spot:
        for _ in range(depth):
            self._left -= 1
            if self._left < 0:
                return spot
            found = self._next(spot, depth - 1)
            if found is None:
                return spot
            spot = found
        return spot

    def _next(self, spot: Spot, depth: int) -> Spot | None:  # noqa: PLR0911  # one case a line, in order
        expr = spot.expr
        if isinstance(expr, ir.Name):
            return self._name(spot, expr.id)
        if isinstance(expr, ir.Attr):
            return self._attribute(spot, expr, depth)
        if isinstance(expr, ir.Index):
            return self._item(spot, expr, depth)
        if isinstance(expr, ir.Bind):
            return spot.at(expr.value)
        if isinstance(expr, ir.Unary) and expr.op == "await":
            return spot.at(expr.value)
        if isinstance(expr, ir.Call) and expr.args and last_name(expr.callee) in _WHOLE:
            return spot.at(expr.args[-1 if last_name(expr.callee) == "cast" else 0].value)
        return None

    def _name(self, spot: Spot, name: str) -> Spot | None:
        if spot.given is not None and name in spot.given:
            return spot.given[name]
        module = self.project.modules[spot.path]
        scope = spot.scope
        while scope > 0:
            bound = self._names_of(spot.path, scope)
            if name in bound:
                value = bound[name]
                return None if value is None else Spot(spot.path, scope, value, spot.given)
            scope = module.functions[scope].outer
        return _spot_of(self.project.named(spot.path, name))

    def _names_of(self, path: str, number: int) -> dict[str, ir.Expr | None]:
        key = path, number
        if key not in self._bound:
            function = self.project.modules[path].functions[number]
            bound: dict[str, ir.Expr | None] = {param.name: None for param in function.params if param.name}
            for param in function.params:
                bound |= dict.fromkeys(names_in(param.pattern))
            for name, value in top_level(function.body):
                bound.setdefault(name, value)
            self._bound[key] = bound
        return self._bound[key]

    def _attribute(self, spot: Spot, expr: ir.Attr, depth: int) -> Spot | None:
        if isinstance(expr.value, ir.Name) and expr.value.id in {"self", "this", "cls"}:
            return self._of_self(spot, expr.name)
        whole = self._follow(spot.at(expr.value), depth)
        return self.member(whole, expr.name, depth)

    def _of_self(self, spot: Spot, name: str) -> Spot | None:
        number = self.class_around(spot.path, spot.scope)
        return self._of_class(ClassRef(spot.path, number), name) if number is not None else None

    def class_around(self, path: str, scope: int) -> int | None:
        """The class whose method a function is or lies in."""
        functions = self.project.modules[path].functions
        while scope > 0:
            if functions[scope].cls >= 0:
                return functions[scope].cls
            scope = functions[scope].outer
        return None

    def member(self, whole: Spot, name: str, depth: int = _DEPTH) -> Spot | None:
        """``whole.name``, where what is whole has been followed already."""
        expr = whole.expr
        if isinstance(expr, ir.Mapping):
            return self.entry(whole, name, depth)
        if isinstance(expr, ir.Const) and name == "value":
            return whole
        if isinstance(expr, ir.ClassValue):
            return self._of_class(ClassRef(whole.path, expr.cls), name)
        if isinstance(expr, ir.Call):
            made = self._follow(whole.at(expr.callee), depth) if depth > 0 else whole
            if isinstance(made.expr, ir.ClassValue):
                return self._of_class(ClassRef(made.path, made.expr.cls), name)
        if isinstance(expr, (ir.Name, ir.Attr)):
            # A module, or an object that only the project knows.
            found = self.project.resolve(whole.path, expr)
            return _spot_of(self.project.member(found, name)) if found is not None else None
        return None

    def _of_class(self, ref: ClassRef, name: str) -> Spot | None:
        found = _spot_of(self.project.method(ref, name))
        if found is not None:
            return found
        return self.own(ref).get(name)

    def own(self, ref: ClassRef) -> Mapping[str, Spot]:
        """What the methods of a class set on its object: ``self.x = …``."""
        key = ref.path, ref.number
        if key not in self._own:
            own: dict[str, Spot] = {}
            for index in self.project.cls(ref).methods:
                for each in self.project.modules[ref.path].functions[index].body:
                    if isinstance(each, ir.Assign):
                        for target in each.targets:
                            if isinstance(target, ir.Attr) and isinstance(target.value, ir.Name):
                                own.setdefault(target.name, Spot(ref.path, index, each.value))
            self._own[key] = own
        return self._own[key]

    def _item(self, spot: Spot, expr: ir.Index, depth: int) -> Spot | None:
        whole = self._follow(spot.at(expr.value), depth)
        key = self._fold(spot.at(expr.key), depth)
        if isinstance(key, str):
            return self.member(whole, key, depth)
        if isinstance(whole.expr, ir.Group) and isinstance(key, int) and -1 <= key < len(whole.expr.items):
            return whole.at(whole.expr.items[key]) if whole.expr.items else None
        return None

    def entry(self, whole: Spot, name: str, depth: int = _DEPTH) -> Spot | None:
        """The value that a mapping holds under a name, its own first, then those that are spread into it."""
        if not isinstance(whole.expr, ir.Mapping) or depth <= 0:
            return None
        for entry in reversed(whole.expr.entries):
            key = entry.key
            if isinstance(key, ir.Const) and key.value == name:
                return whole.at(entry.value)
            if key is not None and not isinstance(key, ir.Const) and self._fold(whole.at(key), depth - 1) == name:
                return whole.at(entry.value)
        for entry in reversed(whole.expr.entries):
            if entry.key is None:
                found = self.entry(self._follow(whole.at(entry.value), depth - 1), name, depth - 1)
                if found is not None:
                    return found
        return None

    # --- values -----------------------------------------------------------------------------

    def fold(self, spot: Spot) -> Constant:
        """The constant that an expression amounts to; None for null and for what nobody can say."""
        self._left = _STEPS
        return self._fold(spot, _DEPTH)

    def text(self, spot: Spot | None) -> str | None:
        """The text that an expression amounts to."""
        value = self.fold(spot) if spot is not None else None
        return value if isinstance(value, str) else None

    def wording(self, spot: Spot | None) -> str | None:
        """The text that an expression amounts to, with `UNKNOWN` for parts of it that nobody can say.

        None where no word is known: whoever writes for models would else hide all that they say behind one variable.
        """
        found = self.text(spot)
        if found is None and spot is not None:
            self._fills = True
            found = self.text(spot)
            self._fills = False
        return found if found is not None and found.replace(UNKNOWN, "").strip() else None

    def _fold(self, spot: Spot, depth: int) -> Constant:  # noqa: PLR0911  # one case a line, in order
        self._left -= 1
        if depth <= 0 or self._left < 0:
            return None
        expr = spot.expr
        if isinstance(expr, ir.Const):
            return expr.value
        if isinstance(expr, ir.Text):
            return self._joined(spot, expr.parts, "", depth)
        if isinstance(expr, ir.Binary):
            return self._binary(spot, expr, depth)
        if isinstance(expr, ir.Unary):
            return self._unary(spot, expr, depth)
        if isinstance(expr, ir.Choice):
            then = self._fold(spot.at(expr.then), depth - 1)
            return then if then is not None else self._fold(spot.at(expr.otherwise), depth - 1)
        if isinstance(expr, ir.Call):
            found = self._call(spot, expr, depth)
            if found is not None:
                return found
        onward = self._next(spot, depth - 1)
        return self._fold(onward, depth - 1) if onward is not None else None

    def _binary(self, spot: Spot, expr: ir.Binary, depth: int) -> Constant:
        left = self._fold(spot.at(expr.left), depth - 1)
        if expr.op in {"or", "??"} and left is not None and left != "":
            return left
        right = self._fold(spot.at(expr.right), depth - 1)
        if expr.op in {"or", "??"}:
            return right
        if self._fills and expr.op == "%" and isinstance(left, str):
            return _CONVERSION.sub(UNKNOWN, left)
        if self._fills and expr.op == "+" and str in {type(left), type(right)}:
            left, right = (UNKNOWN if side is None else side for side in (left, right))
        if expr.op == "+" and isinstance(left, str) and isinstance(right, (str, int)) and not isinstance(right, bool):
            return f"{left}{right}" if len(left) < _CHARS else None
        return None

    def _unary(self, spot: Spot, expr: ir.Unary, depth: int) -> Constant:
        value = self._fold(spot.at(expr.value), depth - 1)
        if expr.op == "not" and isinstance(value, (bool, int)):
            return not value
        if expr.op == "-" and isinstance(value, (int, float)) and not isinstance(value, bool):
            return -value
        return value if expr.op == "await" else None

    def _joined(self, spot: Spot, parts: tuple[ir.Expr, ...], by: str, depth: int) -> str | None:
        texts = []
        size = 0
        for part in parts:
            value = self._fold(spot.at(part), depth - 1)
            value = UNKNOWN if value is None and self._fills else value
            if value is None or size > _CHARS:
                return None
            texts.append(str(value))
            size += len(texts[-1])
        return by.join(texts)

    def _call(self, spot: Spot, call: ir.Call, depth: int) -> Constant:
        """``dedent(x)``, ``x.trim()``, ``", ".join([…])`` and ``[…].join(", ")``."""
        name = last_name(call.callee)
        value = call.callee.value if isinstance(call.callee, ir.Attr) else None
        if name in _CLEANED:
            whole = call.args[0].value if call.args and name in {"dedent", "cleandoc"} else value
            text = self._fold(spot.at(whole), depth - 1) if whole is not None else None
            return textwrap.dedent(text).strip() if isinstance(text, str) else None
        if name == "join" and value is not None and call.args:
            given = call.args[0].value
            for items, by in ((value, given), (given, value)):
                group = self._follow(spot.at(items), depth - 1)
                between = self._fold(spot.at(by), depth - 1)
                if isinstance(group.expr, ir.Group) and isinstance(between, str):
                    return self._joined(group, group.expr.items, between, depth)
        if name in {"String", "str"} and call.args:
            return self._fold(spot.at(call.args[0].value), depth - 1)
        if name in _LETTERS and call.args:
            codes = [self._fold(spot.at(arg.value), depth - 1) for arg in call.args]
            known = [code for code in codes if isinstance(code, int) and 0 <= code <= sys.maxunicode]
            return "".join(map(chr, known)) if len(known) == len(codes) else None
        if name == "concat" and value is not None and isinstance(self._fold(spot.at(value), depth - 1), str):
            return self._joined(spot, (value, *(arg.value for arg in call.args)), "", depth)
        return None


def fold(project: Project, path: str, expr: ir.Expr, scope: int = 0) -> Constant:
    """What an expression amounts to, read in the function of this index; None where it is no constant."""
    return Constants(project).fold(Spot(path, scope, expr))


def last_name(callee: ir.Expr) -> str:
    """The last part of what is called or named: ``tool`` of ``self.server.tool``."""
    if isinstance(callee, ir.Name):
        return callee.id
    if isinstance(callee, ir.Attr):
        return callee.name
    if isinstance(callee, ir.Index) and isinstance(callee.key, ir.Const):
        return str(callee.key.value)
    if isinstance(callee, ir.Other) and callee.parts:
        return last_name(callee.parts[-1])
    return ""


def names_in(pattern: ir.Expr | None) -> Iterator[str]:
    """The names that a pattern binds."""
    if isinstance(pattern, ir.Name):
        yield pattern.id
    elif isinstance(pattern, ir.Mapping):
        for entry in pattern.entries:
            yield from names_in(entry.value)
    elif isinstance(pattern, ir.Group):
        for item in pattern.items:
            yield from names_in(item)
    elif isinstance(pattern, ir.Unary):
        yield from names_in(pattern.value)
    elif isinstance(pattern, ir.Bind):
        yield from names_in(pattern.target)
    elif isinstance(pattern, ir.Binary):
        yield from names_in(pattern.left)


def _spot_of(ref: Ref | None) -> Spot | None:
    if isinstance(ref, ValueRef):
        return Spot(ref.path, 0, ref.value)
    if isinstance(ref, FunctionRef):
        return Spot(ref.path, ref.number, ir.Closure(ref.number, 0))
    if isinstance(ref, ClassRef):
        return Spot(ref.path, 0, ir.ClassValue(ref.number, 0))
    if isinstance(ref, Instance) and isinstance(ref.of, ClassRef):
        return Spot(ref.of.path, 0, ir.Call(ir.ClassValue(ref.of.number, 0), (), 0, new=True))
    return None
