"""Which functions a call may mean, and what it gives them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, Project
from driftseal.observe.taint import dispatch, lookup
from driftseal.observe.taint.frame import ANY, Frame
from driftseal.observe.taint.models import Model
from driftseal.observe.taint.tables import TABLE
from driftseal.observe.taint.values import CLEAN, Value, deep, with_taints
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_CANDIDATES: Final = 4
_GENERATIONS: Final = 3
"""Classes between one and another that it is derived from."""
_ASYNC: Final = "__async"
_NUMBERED: Final = regex(r"(?<=[a-z])\$\d+$")
_SEVERAL: Final = 2


class Arguments(NamedTuple):
    """What a call is given."""

    positional: tuple[Value, ...]
    named: Mapping[str, Value]
    rest: Value
    """What is spread where nobody knows into which places."""

    @property
    def all(self) -> tuple[Value, ...]:
        """Every argument."""
        return (*self.positional, *self.named.values(), self.rest)


_OVERLOADS: Final = frozenset({"java", "csharp"})
"""Languages in which methods of a class may share a name."""


class Target(NamedTuple):
    """A function of the project that a call may mean."""

    ref: FunctionRef
    case: str = ""
    sure: int = 2
    this: Value | None = None
    """What it is called on, where a table tells more of that than the call."""


def called(expr: ir.Call) -> str:
    """The last part of the name of what is called."""
    callee = expr.callee
    if type(callee) is ir.Unary and callee.op == "await":
        callee = callee.value
    if type(callee) is ir.Attr:
        return callee.name
    if type(callee) is not ir.Name:
        return ""
    # Bundlers number names that several files use: ``join$1``.
    return _NUMBERED.sub("", callee.id) if "$" in callee.id else callee.id


def callee(frame: Frame, expr: ir.Call) -> tuple[Value, Value]:
    """The receiver of a call, and what is called."""
    callee = expr.callee
    if isinstance(callee, ir.Attr):
        above = _inherited(frame, callee) if frame.python else None
        if above is not None:
            return frame.env.vars.get("this", CLEAN), Value(ref=above)
        receiver = frame.value(callee.value)
        return receiver, lookup.attribute(frame, receiver, callee.name, expr.line)
    if isinstance(callee, ir.Name) and callee.id == "super" and frame.cls is not None:
        this = frame.env.vars.get("this", CLEAN)
        bases = [frame.library.project.resolve(frame.path, base) for base in frame.library.project.cls(frame.cls).bases]
        base = next((each for each in bases if isinstance(each, ClassRef)), None)
        if frame.python:
            return this, Value(ref=External("super", ()))
        return this, Value(ref=frame.library.project.method(base, "constructor") if base is not None else None)
    return CLEAN, frame.value(callee)


def _inherited(frame: Frame, callee: ir.Attr) -> FunctionRef | None:
    """Of ``super().search``, the method of the class that this one is derived from, where the project has it."""
    above = callee.value
    if type(above) is not ir.Call or above.args or frame.cls is None:
        return None
    if type(above.callee) is not ir.Name or above.callee.id != "super":
        return None
    project = frame.library.project
    bases = [project.resolve(frame.path, base) for base in project.cls(frame.cls).bases]
    methods = (project.method(base, callee.name) for base in bases if isinstance(base, ClassRef))
    return next((each for each in methods if isinstance(each, FunctionRef)), None)


def outside_name(target: Value) -> str:
    """The full name of what is called outside of the project."""
    ref = target.ref
    if isinstance(ref, External):
        return ref.name
    return ref.of.name if isinstance(ref, Instance) and isinstance(ref.of, External) else ""


def arguments(frame: Frame, expr: ir.Call) -> Arguments:
    """The values of a call's arguments."""
    positional: list[Value] = []
    named: dict[str, Value] = {}
    rest = CLEAN
    for arg in expr.args:
        value = frame.value(arg.value)
        if isinstance(value.ref, FunctionRef):
            # Whoever gets a function may give it whatever it takes.
            frame.library.give(value.ref, ANY)
        if arg.name:
            named[arg.name] = value
        elif not arg.spread:
            positional.append(value)
        elif value.fields is not None and value.items:
            positional += value.fields.values()
            rest = with_taints(rest, value.taints)
        elif value.fields is not None:
            named.update(value.fields)
            rest = with_taints(rest, value.taints)
        else:
            rest = with_taints(rest, deep(value))
    return Arguments(tuple(positional), named, rest)


def _overload(frame: Frame, ref: FunctionRef, count: int) -> FunctionRef:
    """Of several methods of a class with one name, one that takes as many arguments, texts rather than numbers."""
    project = frame.library.project
    module, function = project.modules[ref.path], project.function(ref)
    if function.cls < 0 or module.language not in _OVERLOADS:
        return ref
    methods = [(number, module.functions[number]) for number in module.classes[function.cls].methods]
    same = [(number, one) for number, one in methods if one.name == function.name and len(one.params) == count]
    texts = [sum(not lookup.scalar(param.annotation) for param in one.params) for _, one in same]
    return FunctionRef(ref.path, same[texts.index(max(texts))][0]) if same else ref


def _overriding(frame: Frame, ref: FunctionRef) -> list[Target]:
    """Of a method that does nothing itself: those of derived classes, as long as they are few."""
    project = frame.library.project
    function = project.function(ref)
    return _of_derived(frame, ClassRef(ref.path, function.cls), function.name) if project.is_abstract(ref) else []


def _of_derived(frame: Frame, base: ClassRef, name: str) -> list[Target]:
    """The methods of this name of derived classes, as long as they are few."""
    project = frame.library.project
    others = frame.library.methods(name)
    if len(others) > TABLE:
        return []
    found = [each for each in others if _derives(project, ClassRef(each.path, project.function(each).cls), base)]
    # Of many, each is a tool or a command of its own, and one says nothing of the others.
    return [Target(each, sure=1) for each in found] if len(found) <= _CANDIDATES else []


def left_open(frame: Frame, expr: ir.Call, receiver: Value, target: Value) -> ClassRef | None:
    """The class whose own method this is, where others are to write what it does: ``this.execute(args)``."""
    on = expr.callee.value if isinstance(expr.callee, ir.Attr) else None
    if not isinstance(on, ir.Name) or on.id not in {"self", "this"} or not isinstance(receiver.ref, Instance):
        return None
    if isinstance(target.ref, FunctionRef) and not frame.library.project.is_abstract(target.ref):
        return None
    known = target.ref is not None and not isinstance(target.ref, FunctionRef)
    return receiver.ref.of if not known and isinstance(receiver.ref.of, ClassRef) else None


def _derives(project: Project, cls: ClassRef, base: ClassRef) -> bool:
    """Whether a class is derived from another, over few others."""
    line = [cls]
    for _ in range(_GENERATIONS):
        above = [project.resolve(each.path, one) for each in line for one in project.cls(each).bases]
        line = [each for each in above if isinstance(each, ClassRef)]
        if base in line:
            return True
    return False


def candidates(frame: Frame, expr: ir.Call, receiver: Value, target: Value) -> list[Target]:
    """The functions of the project that a call may mean."""
    of_table = [
        Target(value.ref, name, this=(value.scope or {}).get("this"))
        for name, value in dispatch.chosen(frame, expr.callee)
        if isinstance(value.ref, FunctionRef)
    ]
    if of_table:
        return of_table
    if isinstance(target.ref, FunctionRef):
        return [Target(_overload(frame, target.ref, len(expr.args))), *_overriding(frame, target.ref)]
    if isinstance(target.ref, Instance) and isinstance(target.ref.of, ClassRef):
        method = frame.library.project.method(target.ref.of, "__call__")
        return [Target(method)] if isinstance(method, FunctionRef) else []
    base = left_open(frame, expr, receiver, target)
    if base is not None:
        return _of_derived(frame, base, called(expr))
    if target.ref is None and isinstance(expr.callee, ir.Attr) and receiver.ref is None:
        name = expr.callee.name
        methods = frame.library.methods(name) if name not in words("common-methods") else ()
        if len(methods) <= _CANDIDATES and frame.models.method(name) is None:
            return [Target(ref, sure=1) for ref in methods]
    return []


def model_of(frame: Frame, expr: ir.Call) -> Model | None:
    """The model of what is called."""
    receiver, target = callee(frame, expr)
    name = outside_name(target)
    model = frame.models.call(name) if name else None
    if model is None and isinstance(expr.callee, ir.Attr) and receiver.ref is None:
        model = frame.models.method(expr.callee.name)
    return model


def placed(frame: Frame, args: Arguments, name: str) -> Arguments | None:
    """Of ``to_thread(function, first, second)``: what the function is given, each in its place.

    Compilers write ``__async(this, [first, second], function* …)`` for an asynchronous function with patterns.
    """
    if name == _ASYNC:
        given = next((value.fields for value in args.positional if value.items and value.fields), None)
        return Arguments(tuple(given.values()), {}, CLEAN) if given else None
    spread = _spread(frame, args)
    if spread is not None or not frame.python or args.rest.taints:
        return spread
    places = [place for place, value in enumerate(args.positional) if isinstance(value.ref, FunctionRef)]
    if len(places) != 1 or (places[0] + 1 == len(args.positional) and not args.named):
        return None
    return Arguments(args.positional[places[0] + 1 :], args.named, CLEAN)


def _spread(frame: Frame, args: Arguments) -> Arguments | None:
    """Of ``retry(function, [first, second])`` and ``Thread(target=function, args=(first,))``: each in its place.

    A list behind a function of several parameters is what it is given, not what it goes through, if all have one.
    """
    given = args.named.get("args", CLEAN) if "target" in args.named or "func" in args.named else CLEAN
    ref: object = args.named.get("target", args.named.get("func", CLEAN)).ref
    for function, value in itertools.pairwise(args.positional):
        if isinstance(function.ref, FunctionRef) and value.items:
            ref, given = function.ref, value
    if not isinstance(ref, FunctionRef) or not given.items or given.fields is None or given.taints:
        return None
    count = len(frame.library.project.function(ref).params)
    if len(given.fields) != count or (count < _SEVERAL and "args" not in args.named):
        return None
    return Arguments(tuple(given.fields.values()), {}, CLEAN)
