"""What the roots of a called function stand for at one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.taint import lookup, switches, targets
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Label
from driftseal.observe.taint.summary import Binding, Check, Summary
from driftseal.observe.taint.values import CLEAN, Value, appended, member, with_taints

_NOTHING: Final = Value({})
"""What a parameter is that a call gives nothing for; `CLEAN` itself is what is left of what it is joined with."""


def possible(
    frame: Frame, expr: ir.Call, held: Callable[[Summary], tuple[Check, ...]]
) -> Iterator[tuple[Check, ...] | Iterator[Check]]:
    """Of each function of the project that a call may mean, the checks of its summary in terms of the caller."""
    receiver, target = targets.callee(frame, expr)
    args = targets.arguments(frame, expr)
    for each in targets.candidates(frame, expr, receiver, target):
        told = held(frame.library.summary(each.ref, frame.asker))
        # Most check nothing, and what their parameters stand for need not be known.
        yield bind(frame, each.ref, receiver, args, expr, target.scope).checks(told) if told else told
    for value in args.all if not isinstance(target.ref, FunctionRef) else ():
        if isinstance(value.ref, FunctionRef):
            inner = targets.Arguments((lookup.element(receiver),), {}, CLEAN)
            told = held(frame.library.summary(value.ref, frame.asker))
            yield bind(frame, value.ref, CLEAN, inner, expr, value.scope).checks(told) if told else told


def bind(
    frame: Frame,
    ref: FunctionRef,
    receiver: Value,
    args: targets.Arguments,
    expr: ir.Call,
    scope: Mapping[str, Value] | None,
) -> Binding:
    """What the roots of a called function stand for."""
    function = frame.library.project.function(ref)
    params = list(enumerate(function.params))
    bound: dict[int | str, Value] = {}
    if function.cls >= 0 and not function.static and params and params[0][1].name in {"self", "cls"}:
        params = params[1:]
    if function.cls >= 0 and not function.static:
        bound["this"] = receiver
    positional = list(args.positional)
    taken = {param.name for _, param in params if not param.rest}
    for number, param in params:
        if param.rest == "**" or (param.rest and not positional):
            named = {name: value for name, value in args.named.items() if name not in taken}
            value = Value(args.rest.taints, fields=named)
        elif param.rest:
            value = with_taints(appended(Value(fields={}, items=True), positional), args.rest.taints)
            positional = []
        elif param.name in args.named:
            value = args.named[param.name]
        elif positional:
            value = positional.pop(0)
        else:
            value = _spread(frame, args.rest, param.name)
        bound[number] = value
        if value is not _NOTHING and (flag := switches.flag(param)) is not None and value.const is not flag:
            frame.library.give(ref, number)
    return _Around(frame, ref, bound, expr, scope)


def _spread(frame: Frame, rest: Value, name: str) -> Value:
    """Of values that are spread the one that a parameter gets: ``run(**arguments)`` takes each by its name."""
    if not rest.taints and rest.fields is None:
        return _NOTHING
    if frame.python and name and all(taint.node is None for taint in rest.taints.values()):
        found = member(rest, name)
        return found._replace(
            taints={each: taint._replace(sure=min(taint.sure, 1)) for each, taint in found.taints.items()}
        )
    # Which of them it is, nobody knows.
    return Value({label: taint._replace(sure=0) for label, taint in rest.taints.items()})


class _Around(Binding):
    """Looks for the variables around a closure where it was made."""

    def __init__(
        self,
        frame: Frame,
        ref: FunctionRef,
        bound: dict[int | str, Value],
        expr: ir.Call,
        scope: Mapping[str, Value] | None,
    ) -> None:
        super().__init__(bound, frame.path, expr.line, targets.called(expr))
        self._frame = frame
        self._scope = scope
        self._bound = bound
        self._inside = ref.path == frame.path and _around(frame, ref)

    def value(self, label: Label) -> Value:
        """See `Binding.value`."""
        if isinstance(label.root, str) and label.root not in self._bound:
            self._bound[label.root] = self._variable(label.root)
        return super().value(label)

    def _variable(self, name: str) -> Value:
        if self._inside:
            known = self._frame.env.vars.get(name)
            if known is not None:
                return known
            if self._scope is not None and name in self._scope:
                return self._scope[name]
        return lookup.outside(self._frame, name, self.line)


def _around(frame: Frame, ref: FunctionRef) -> bool:
    number = frame.module.functions[ref.number].outer
    for _ in range(16):
        if number == frame.ref.number:
            return True
        if number <= 0:
            return False
        number = frame.module.functions[number].outer
    return False
