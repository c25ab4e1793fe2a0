"""Functions that are handed to calls, and what they are called with."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code.project import FunctionRef, Instance
from driftseal.observe.taint import bindings, constants, letters, subjects, targets
from driftseal.observe.taint.application import apply, around
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import merged
from driftseal.observe.taint.tables import TABLE
from driftseal.observe.taint.values import CLEAN, Value, deep, with_clean, with_taints
from driftseal.observe.taint.words import words


def callbacks(
    frame: Frame,
    args: targets.Arguments,
    receiver: Value,
    expr: ir.Call,
    result: Value,
    target: targets.Target | None = None,
) -> Value:
    """Functions among the arguments are called with what the other arguments carry.

    ``target`` is the function of the project that calls them, where it is one.
    """
    handed = functions(args)
    if not handed:
        return result
    bound = merged(value.taints for value in handed)
    # What a function is bound to, ``partial(read, path)``, it was bound to by name; it is given nothing of it here.
    beside = {label: taint for label, taint in deep(result).items() if label not in bound}
    others = merged(
        [beside, *(deep(value) for value in (receiver, *args.all) if not isinstance(value.ref, FunctionRef))]
    )
    ref = receiver.ref if isinstance(receiver.ref, Instance) else None
    placed = targets.placed(frame, args, targets.called(expr))
    if target is None and _maps(frame, expr, args):
        # What comes of a list is what comes of each element, whatever went in: ``ids.map(() => "?")``.
        result = Value(ref=result.ref, items=result.items)
    for value in handed[:TABLE]:
        assert isinstance(value.ref, FunctionRef)  # noqa: S101  # told apart above
        function = frame.library.project.function(value.ref)
        each = Value(others, ref=ref)
        given = _handed(frame, target, args, value, receiver, expr) if target is not None else None
        given = given or placed or targets.Arguments(_each(expr, function, each), {}, Value(others))
        back = apply(frame, targets.Target(value.ref), CLEAN, given, expr)
        if targets.called(expr) in words("mapping") and letters.keeps(function):
            back = with_clean(back, subjects.PATHS)
        if back.items and targets.called(expr) == "flatMap":
            back = constants.valued(back)
        if (back.taints or back.fields) and (target is not None or targets.called(expr) not in words("deciding")):
            result = with_taints(result, deep(back))
    return result


def _maps(frame: Frame, expr: ir.Call, args: targets.Arguments) -> bool:
    """Whether a call gives back what a function of the project makes of every element, and nothing else."""
    name = targets.called(expr)
    if frame.python:
        place = 0 if name == "map" and isinstance(expr.callee, ir.Name) else None
    else:
        method = name in words("mapping") and isinstance(expr.callee, ir.Attr) and len(expr.args) == 1
        place = 0 if method else 1 if name == "from" else None
    given = args.positional[place : place + 1] if place is not None else ()
    return any(isinstance(each.ref, FunctionRef) for each in given)


def _each(expr: ir.Call, function: ir.Function, value: Value) -> tuple[Value, ...]:
    """What a function is called with for every element of a list: the element, and which one it is.

    What is gone through by ``forEach`` may be a table, of which the second is a key.
    """
    given = [value] * len(function.params[:4])
    name = targets.called(expr)
    if len(given) > 1 and isinstance(expr.callee, ir.Attr) and len(expr.args) == 1:
        counts = name in words("counting") or function.params[1].name in words("counters")
        given[1] = CLEAN if counts and name in words("counting") | {"forEach"} else value
    return tuple(given)


def _handed(
    frame: Frame, target: targets.Target, args: targets.Arguments, given: Value, receiver: Value, expr: ir.Call
) -> targets.Arguments | None:
    """What a function of the project calls one with that it is handed, where its body shows all of it; else None."""
    alone = frame.library.called_alone(target.ref)
    place = next((place for place, value in enumerate(args.positional) if value is given), None) if alone else None
    if place is None:
        return None
    function = frame.library.project.function(target.ref)
    number = place + (function.cls >= 0 and bool(function.params) and function.params[0].name in {"self", "cls"})
    if number not in alone:
        return None
    summary = frame.library.summary(target.ref, frame.asker)
    binding = bindings.bind(frame, target.ref, receiver, args, expr, around(frame, target.ref))
    return targets.Arguments(tuple(binding.into(value) for value in summary.handed.get(number, ())), {}, CLEAN)


def functions(args: targets.Arguments) -> list[Value]:
    """The functions among the arguments of a call, and in tables that are among them."""
    given = args.all
    found = [value for value in given if isinstance(value.ref, FunctionRef)]
    for value in given:
        if value.fields and not value.items:
            members = value.fields.values()
            found += [inner for inner in members if isinstance(inner.ref, FunctionRef) and inner.scope is not None]
    return found
