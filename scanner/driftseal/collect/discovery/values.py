"""Every text that an expression may be: through variables, dicts, defaults, callers, options and environments.

`code.constants` says what an expression certainly is. A bill of materials asks what it may be: a loader that takes one
of thirty models by language has thirty models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef, ValueRef
from driftseal.collect.discovery.bindings import Bindings, Bound, How
from driftseal.collect.discovery.callers import Budget, Callers
from driftseal.collect.discovery.options import Options
from driftseal.collect.discovery.sites import Index

_STEPS: Final = 3000
"""Expressions that one question may look at."""
_DEPTH: Final = 24
_MOST: Final = 400
"""Texts that one question may find."""
_STEP: Final = 0.97
"""How much surer a text is than one that is a step of guessing further away."""
_ASKED: Final = frozenset(
    {
        "get",
        "pop",
        "getenv",
        "setdefault",
        "getordefault",
        "config",
        "env",
        "unwrap_or",
        "orelse",
        "getattr",
        "getenvordefault",
    }
    | {"getproperty", "getvalue", "unwrap_or_else", "get_or_insert", "string"}
)
"""Functions that give what is set somewhere, or else their last argument."""
_DECLARED: Final = frozenset(
    {"field", "option", "argument", "query", "body", "form", "param", "hyperparameter", "input"}
)
"""Functions that declare a field or an option, with its default."""
_SAME: Final = frozenset(
    {
        "str",
        "string",
        "strip",
        "lower",
        "tostring",
        "to_string",
        "into",
        "some",
        "to_owned",
        "as_str",
        "asstring",
        "trim",
    }
    | {
        "of",
        "ptr",
        "clone",
        "value",
        "valueof",
        "astext",
        "list",
        "tuple",
        "set",
        "sorted",
        "reversed",
        "array",
        "from",
    }
    | {"iter", "copy", "deepcopy", "secretstr", "path"}
)
"""Functions that give back what they are given, or called on, as far as texts go."""
_PICKING: Final = frozenset({"choice", "next", "max", "min"})
"""Functions that give one of what they are given."""
_HOLDERS: Final = frozenset(
    {"args", "opts", "options", "opt", "parsed", "namespace", "flags", "cli_args", "cmd_args", "params"}
)
"""What people call parsed options."""


class Value(NamedTuple):
    """A text that an expression may be."""

    text: str
    spot: Spot
    """Where it is written."""
    name: str
    """Of the variable, field or option that holds it, where one does."""
    sure: float

    @property
    def line(self) -> int:
        """From 1."""
        return getattr(self.spot.expr, "line", 0)


@dataclass(slots=True)
class _Question:
    left: int = _STEPS
    seen: set[tuple[str, int, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Values:
    """Answers for one package."""

    index: Index
    constants: Constants
    bindings: Bindings
    budget: Budget = field(default_factory=Budget)

    @cached_property
    def _callers(self) -> Callers:
        return Callers(self.index, self.constants, self.budget)

    @cached_property
    def _options(self) -> Options:
        return Options(self.index, self.constants)

    def of(self, spot: Spot) -> list[Value]:
        """Each text once, in the order of finding; none once the budget is spent."""
        found: dict[str, Value] = {}
        for value in self._of(spot, 1.0, "", _DEPTH, _Question()):
            if value.text not in found or found[value.text].sure < value.sure:
                found[value.text] = value
            if len(found) >= _MOST:
                break
        return list(found.values())

    def _of(self, spot: Spot, sure: float, name: str, depth: int, asked: _Question) -> Iterator[Value]:
        expr = spot.expr
        key = spot.path, spot.scope, id(expr)
        asked.left -= 1
        self.budget.left -= 1
        if depth <= 0 or asked.left < 0 or self.budget.spent or key in asked.seen:
            return
        asked.seen.add(key)
        if isinstance(expr, ir.Const):
            if isinstance(expr.value, str):
                yield Value(expr.value, spot, name, sure)
            return
        if isinstance(expr, (ir.Text, ir.Binary)) and not (
            isinstance(expr, ir.Binary) and expr.op in {"or", "??", "and"}
        ):
            text = self.constants.text(spot)
            if text is not None:
                yield Value(text, spot, name, sure)
            return
        for part, less, called in self._next(spot):
            yield from self._of(part, sure * less, called or name, depth - 1, asked)

    def _next(self, spot: Spot) -> Iterator[tuple[Spot, float, str]]:
        expr = spot.expr
        if isinstance(expr, ir.Name):
            yield from self._name(spot, expr.id)
        elif isinstance(expr, ir.Attr):
            yield from self._attribute(spot, expr)
        elif isinstance(expr, ir.Index):
            yield from self._item(spot, expr.value, expr.key)
        elif isinstance(expr, ir.Call):
            yield from self._call(spot, expr)
        else:
            yield from ((spot.at(part), 1.0, "") for part in _parts(expr))

    # --- names ------------------------------------------------------------------------------

    def _name(self, spot: Spot, name: str) -> Iterator[tuple[Spot, float, str]]:
        local = self.bindings.local(spot, name)
        if local is None:
            yield from self._of_file(spot.path, name)
            return
        for bound in local.values:
            yield from self._bound(Spot(spot.path, local.scope, bound.expr), bound, name)
        if local.parameter >= 0:
            for given in self._callers.give(spot.path, local):
                yield given, _STEP, name

    def _bound(self, at: Spot, bound: Bound, name: str) -> Iterator[tuple[Spot, float, str]]:
        if bound.how in {How.EACH, How.VALUE}:
            for member in self.members(at, values=bound.how is How.VALUE):
                yield member, _STEP, name
        elif bound.how is How.GIVEN:
            for default in _default(at):
                yield default, _STEP, name
        else:
            yield at, 1.0, name

    def _of_file(self, path: str, name: str) -> Iterator[tuple[Spot, float, str]]:
        everything = self.bindings.of(path, 0).get(name)
        if everything:
            for bound in everything:
                yield from self._bound(Spot(path, 0, bound.expr), bound, name)
            return
        ref = self.index.project.named(path, name)
        if isinstance(ref, ValueRef):
            yield Spot(ref.path, 0, ref.value), 1.0, name

    def _attribute(self, spot: Spot, expr: ir.Attr) -> Iterator[tuple[Spot, float, str]]:
        if isinstance(expr.value, ir.Name) and expr.value.id in {"self", "this", "cls"}:
            number = self.constants.class_around(spot.path, spot.scope)
            if number is not None:
                yield from self._set(ClassRef(spot.path, number), expr.name, 1.0)
            return
        led = self.constants.follow(spot)
        if led.expr is not expr:
            yield from ((default, 1.0, expr.name) for default in _default(led))
            return
        if _holds_options(last_name(expr.value)) or self._options.parses(spot.at(expr.value)):
            yield from self._options.default(spot.path, expr.name)
        owner = self._class_of(spot.at(expr.value))
        if owner is not None:
            yield from self._set(owner, expr.name, _STEP)

    def _set(self, owner: ClassRef, name: str, sure: float) -> Iterator[tuple[Spot, float, str]]:
        """What the attribute of an object is set to."""
        for value in self.bindings.own(owner).get(name, ()):
            yield from ((default, sure, name) for default in _default(value))

    def _class_of(self, spot: Spot) -> ClassRef | None:
        """The class of the package that a parameter or a field is declared to be of."""
        if not isinstance(spot.expr, ir.Name):
            return None
        local = self.bindings.local(spot, spot.expr.id)
        if local is None or local.parameter < 0:
            return None
        param = self.index.project.modules[spot.path].functions[local.scope].params[local.parameter]
        for word in param.annotation.replace("|", " ").replace("[", " ").replace("]", " ").split():
            ref = self.index.project.named(spot.path, word.strip("'\""))
            if isinstance(ref, ClassRef):
                return ref
        return None

    # --- parts of collections ---------------------------------------------------------------

    def _item(self, spot: Spot, whole: ir.Expr, key: ir.Expr) -> Iterator[tuple[Spot, float, str]]:
        known = self.constants.fold(spot.at(key))
        symbol = last_name(whole)
        for at in self._wholes(spot.at(whole)):
            if isinstance(at.expr, ir.Mapping):
                one = self.constants.entry(at, known) if isinstance(known, str) else None
                if one is not None:
                    yield one, 1.0, symbol
                elif known is None:
                    yield from ((at.at(entry.value), _STEP, symbol) for entry in at.expr.entries)
            elif isinstance(at.expr, ir.Group):
                picked = isinstance(known, int) and -1 <= known < len(at.expr.items) and bool(at.expr.items)
                parts = (at.expr.items[known],) if picked and isinstance(known, int) else at.expr.items
                yield from ((at.at(part), _STEP, symbol) for part in parts)
        if isinstance(known, str) and (_holds_options(symbol) or self._options.parses(spot.at(whole))):
            yield from self._options.default(spot.path, known)

    def _wholes(self, spot: Spot) -> Iterator[Spot]:
        """The collections that an expression may be."""
        led = self.constants.follow(spot)
        if isinstance(led.expr, (ir.Mapping, ir.Group)):
            yield led
        elif isinstance(led.expr, ir.Binary):
            for side in (led.expr.left, led.expr.right):
                inner = self.constants.follow(led.at(side))
                if isinstance(inner.expr, (ir.Mapping, ir.Group)):
                    yield inner
        elif isinstance(led.expr, (ir.Index, ir.Attr)):
            # One mapping inside another, by a key that nobody knows.
            for part, _, _ in self._next(led):
                if isinstance(part.expr, (ir.Mapping, ir.Group)):
                    yield part

    def members(self, spot: Spot, *, values: bool = False) -> Iterator[Spot]:
        """What a loop over a collection takes, one after the other."""
        expr = spot.expr
        if isinstance(expr, ir.Call):
            name = last_name(expr.callee)
            if isinstance(expr.callee, ir.Attr) and name in {"values", "items", "keys"}:
                wanted = name == "values" or (name == "items" and values)
                yield from self.members_of(self._wholes(spot.at(expr.callee.value)), values=wanted)
            elif expr.args and name in {"sorted", "list", "set", "tuple", "reversed", "enumerate", "entries", "tqdm"}:
                yield from self.members(spot.at(expr.args[0].value), values=values)
            return
        yield from self.members_of(self._wholes(spot), values=values)

    def members_of(self, wholes: Iterator[Spot], *, values: bool) -> Iterator[Spot]:
        """The values or the keys of mappings; of lists what they hold."""
        for at in wholes:
            if isinstance(at.expr, ir.Group):
                yield from (at.at(part) for part in at.expr.items)
            elif isinstance(at.expr, ir.Mapping):
                for entry in at.expr.entries:
                    part = entry.value if values else entry.key
                    if part is not None:
                        yield at.at(part)

    # --- calls ------------------------------------------------------------------------------

    def _call(self, spot: Spot, call: ir.Call) -> Iterator[tuple[Spot, float, str]]:
        name = last_name(call.callee)
        low = name.lower()
        base = call.callee.value if isinstance(call.callee, ir.Attr) else None
        # ``aws.String(name)`` is the text itself; ``flag.String("model", "…", "…")`` declares an option.
        if low in _ASKED and call.args and not (low in _SAME and len(call.args) == 1):
            if base is not None and low in {"get", "pop"}:
                yield from self._item(spot, base, call.args[0].value)
            default = _otherwise(call, low)
            if default is not None:
                # What is set in the environment counts before the default, so this is less than certain.
                yield spot.at(default), 0.9, ""
        elif low in _DECLARED and call.args:
            yield from ((default, 1.0, "") for default in _default(spot))
        elif low in _SAME:
            same = call.args[0].value if call.args else base
            if same is not None:
                yield spot.at(same), 1.0, ""
        elif low in _PICKING and call.args:
            yield from ((member, _STEP, "") for member in self.members(spot.at(call.args[0].value)))
        else:
            led = self.constants.follow(spot.at(call.callee))
            if isinstance(led.expr, ir.Closure):
                for value in self.bindings.returned(FunctionRef(led.path, led.expr.function)):
                    yield value, _STEP, name


def _holds_options(name: str) -> bool:
    """Whether people call parsed options so: ``args``, ``model_args``, ``opts``."""
    low = name.lower()
    return low in _HOLDERS or low.endswith("_args")


def _parts(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """What an expression is one of."""
    if isinstance(expr, ir.Choice):
        return expr.then, expr.otherwise
    if isinstance(expr, ir.Binary):
        return (expr.right,) if expr.op == "and" else (expr.left, expr.right)
    if isinstance(expr, (ir.Unary, ir.Bind)):
        return (expr.value,)
    if isinstance(expr, ir.Group):
        return expr.items
    return (expr.element,) if isinstance(expr, ir.Comprehension) else ()


def _otherwise(call: ir.Call, name: str) -> ir.Expr | None:
    """What a call gives where nothing is set."""
    default = next((arg.value for arg in call.args if arg.name == "default"), None)
    if default is None and (len(call.args) > 1 or name.startswith(("unwrap", "orelse"))):
        default = call.args[-1].value
    return default


def _default(spot: Spot) -> Iterator[Spot]:
    """A default as it stands, or the one that ``Field(default=…)`` and the like declare."""
    expr = spot.expr
    if not (isinstance(expr, ir.Call) and last_name(expr.callee).lower() in _DECLARED):
        yield spot
        return
    for arg in expr.args:
        if arg.name in {"default", "default_factory"} or not arg.name:
            yield spot.at(arg.value)
            return
