"""What a function of the project does, applied where it is called: its summary in terms of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Instance
from driftseal.observe.taint import bindings, constants, lookup, predicates, stores, subjects, switches, targets
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Guard, Label, Origin, Taint, foremost, outlived
from driftseal.observe.taint.summary import UNAWAITED, Binding, Check, Hit, Summary, Switch, decodes, normalised
from driftseal.observe.taint.values import CLEAN, Value, deep
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_GUARDS: Final = 6
"""Checks of one value that are told."""
_WAITED: Final = regex(r"(?:Promise|Awaitable|Task|ValueTask|CompletableFuture)[<\[]")
_WORD: Final = regex(r"[A-Z]?[a-z]+")
_FIRST: Final = (Label(0, ()), Label(1, ()), Label(2, ()))
"""The first parameter of a function, of a method, or behind a context."""


class _Call:
    """One call of a function of the project: many of its sinks are reached by the same few values."""

    __slots__ = ("_used", "binding", "case", "sure", "where")

    def __init__(self, binding: Binding, where: tuple[str, int, str], case: str, sure: int) -> None:
        self.binding = binding
        self.where = where
        self.case = case
        self.sure = sure
        self._used: dict[tuple[str, Label, tuple[str, ...]], list[tuple[str, Label, Taint, tuple[Guard, ...]]]] = {}

    @property
    def program(self) -> str:
        """Which one a helper is told first that runs any program; empty where it is told none."""
        first = next((value.text for value in map(self.binding.value, _FIRST) if value.text), "")
        return first if " " not in first else ""

    def uses(self, frame: Frame, hit: Hit) -> list[tuple[str, Label, Taint, tuple[Guard, ...]]]:
        """See `constants.uses`; with the checks that each value has passed."""
        key = hit.kind, hit.label, hit.members
        found = self._used.get(key)
        if found is None:
            value = self._part(self.binding.value(hit.label), hit.members)
            uses = constants.uses(hit.kind, value, self.program or constants.PROGRAM)
            found = [(exact, mine, taint, frame.guards(mine, taint)) for exact, mine, taint in uses]
            self._used[key] = found
        return found

    @staticmethod
    def _part(value: Value, members: tuple[str, ...]) -> Value:
        """Of an object that is given for a parameter, the members that count there."""
        if not members or value.items or not value.fields:
            return value
        return value._replace(fields={name: each for name, each in value.fields.items() if name in members})


def apply(frame: Frame, target: targets.Target, receiver: Value, args: targets.Arguments, expr: ir.Call) -> Value:
    """Take what a function of the project does into account; its result."""
    summary, binding = take(frame, target, receiver, args, expr)
    return _as_told(frame, target.ref, binding.into(summary.returns))


def take(
    frame: Frame, target: targets.Target, receiver: Value, args: targets.Arguments, expr: ir.Call
) -> tuple[Summary, Binding]:
    """Take what a function of the project does into account, apart from what it gives back: often nobody asks."""
    ref, case = target.ref, target.case or frame.env.case
    receiver = target.this or receiver
    scope = around(frame, ref)
    frame.applied.add(ref)
    frame.summary.calls.add((ref, case))
    summary = frame.library.summary(ref, frame.asker)
    frame.library.spend(len(summary.hits) + len(summary.mutated) + len(summary.this))
    binding = bindings.bind(frame, ref, receiver, args, expr, scope)
    name = frame.library.project.function(ref).name or "a function"
    where = frame.path, expr.line, f"passed to {name}()"
    switches.hand_on(frame, ref, summary.compared, binding)
    made = _Call(binding, where, case, target.sure)
    for hit in list(summary.hits.values()):
        _raise(frame, made, hit)
    _effects(frame, summary, binding, ref, expr)
    for asked, values in summary.asks.items():
        ask(frame, asked, receiver, tuple(binding.into(value) for value in values), expr, target)
    frame.throw(summary.thrown)
    ensured = list(binding.checks(summary.ensures))
    if summary.waits and frame.effect is expr and frame.alone:
        ensured = [check._replace(guard=_unawaited(check.guard, name)) for check in ensured]
        if _is_check(name) and frame.library.refuses(ref) and any(map(_given, args.all)):
            frame.reach(UNAWAITED, frame.spot(UNAWAITED, name, expr.line), "")
    frame.env.add(ensured)
    refuses = frame.effect is expr and not ensured and not summary.idle and frame.library.refuses(ref)
    if refuses:
        of_types = _of_types(frame, ref)
        guard = subjects.TYPED if of_types else Guard(strong=False, what=f"passed {name}()", kinds=frozenset())
        given = [item for value in args.all for item in deep(value).items()]
        frame.env.add(Check(label, taint.node, guard) for label, taint in given)
    return summary, binding


def ask(
    frame: Frame, name: str, receiver: Value, given: tuple[Value, ...], expr: ir.Call, target: targets.Target
) -> None:
    """A function calls a method of its own object that a derived class is to write: the one of this object is called.

    In a class that leaves it to others as well, whoever calls this function knows the object.
    """
    cls = receiver.ref.of if isinstance(receiver.ref, Instance) else None
    method = frame.library.project.method(cls, name) if isinstance(cls, ClassRef) else None
    if isinstance(method, FunctionRef) and not frame.library.project.is_abstract(method):
        if method not in frame.asked:
            frame.asked.add(method)
            found = targets.Target(method, target.case, target.sure)
            take(frame, found, receiver, targets.Arguments(given, {}, CLEAN), expr)
            frame.asked.discard(method)
    elif cls == frame.cls and cls is not None:
        frame.ask(name, given)


def around(frame: Frame, ref: FunctionRef) -> Mapping[str, Value] | None:
    """The variables around a closure of this function."""
    return frame.closures[ref.number].scope if ref.path == frame.path and ref.number in frame.closures else None


def _of_types(frame: Frame, ref: FunctionRef) -> bool:
    """Whether what refuses a value looks at its type alone."""
    return predicates.of_types_alone(frame.library.project, ref)


def _raise(frame: Frame, call: _Call, hit: Hit) -> None:
    """Tell a hit of the called function in terms of the caller."""
    case = hit.case or call.case
    state = switches.told(hit.when, call.binding, frame.function.params) if hit.when is not None else True
    if state is False:
        return
    when = state if isinstance(state, Switch) else frame.env.when
    decoded = decodes(hit.node, None)
    if isinstance(hit.label.root, Origin):
        sure = min(hit.sure, call.sure)
        frame.hit(hit._replace(node=None, below=hit, call=call.where, case=case, sure=sure, when=when))
        return
    for kind, label, taint, passed in call.uses(frame, hit):
        if kind == "argv-option" and taint.fixed:
            continue
        guards = outlived(passed, decoded=True) if decoded else passed
        if hit.guards:
            guards = foremost(tuple(dict.fromkeys((*guards, *normalised(hit.guards, taint.node)))), _GUARDS)
        whole = hit.whole and taint.node is None
        sure, before = min(hit.sure, taint.sure, call.sure), hit.before or taint.fixed
        if kind == "argv-option" and before in {"", "?"}:
            before = call.program or constants.program(call.binding.value(hit.label)) or before
        own = (hit.object or hit.label.root == "this") and _is_bare(call.binding.value(Label(hit.label.root, ())))
        told = Hit(label, kind, hit.spot, taint.node, guards, hit, call.where, whole, case, sure, before, own, when)
        frame.hit(told._replace(members=hit.members) if hit.members and taint.node is None else told)


def _is_check(name: str) -> bool:
    """Whether a function is there to refuse, by the first word of its name: ``require_owner``, ``assertAllowed``."""
    return _WORD.findall(name)[:1] != [] and _WORD.findall(name)[0].lower() in words("checking")


def _given(value: Value) -> bool:
    """Whether a caller of the function has a part in a value."""
    return any(isinstance(label.root, int) for label in deep(value))


def _is_bare(value: Value) -> bool:
    """Whether nobody knows what a value is made of, only where it comes from."""
    return bool(value.taints) and not value.fields and value.ref is None


def _unawaited(guard: Guard, name: str) -> Guard:
    """A check of which nobody hears in time that it failed."""
    return Guard(strong=False, what=f"checked by {name}() without waiting for it", kinds=guard.kinds)


def _effects(frame: Frame, summary: Summary, binding: Binding, ref: FunctionRef, expr: ir.Call) -> None:
    """What the called function puts into its arguments, its object and the variables around it."""
    function = frame.library.project.function(ref)
    for root, taints in summary.mutated.items():
        mine = binding.taints(taints)
        if isinstance(root, str):
            if mine:
                stores.spoil(frame, ir.Name(root, expr.line), mine)
            continue
        shift = (
            function.cls >= 0
            and not function.static
            and function.params[:1]
            and function.params[0].name in {"self", "cls"}
        )
        place = root - bool(shift)
        if 0 <= place < len(expr.args) and not expr.args[place].name:
            stores.spoil(frame, expr.args[place].value, mine)
    if summary.this and isinstance(expr.callee, ir.Attr) and isinstance(expr.callee.value, ir.Name):
        for name, value in summary.this.items():
            stores.put(frame, expr.callee.value, name, binding.into(value))


def _as_told(frame: Frame, ref: FunctionRef, result: Value) -> Value:
    """What a function gives back; where no class of the project is seen to make it, of the one its signature names."""
    told = frame.library.project.function(ref).returns
    return lookup.as_told(frame, result, ref.path, _WAITED.sub("", told)) if told else result
