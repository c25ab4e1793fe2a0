"""What decides how a call is made, or whether, that a helper makes for others.

``subprocess.run(args, shell=shell)``, ``spawn(file, args, options)``, ``if shell: …``: whoever calls the helper tells.
Until then it is one of the helper's parameters, or a part of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.taint.frame import ANY, Frame
from driftseal.observe.taint.labels import EMPTY, Label, Origin
from driftseal.observe.taint.summary import Binding, Given, Switch
from driftseal.observe.taint.targets import Arguments
from driftseal.observe.taint.values import UNKNOWN, Value

State: TypeAlias = bool | Switch | None
"""Whether something is true, or what tells it; None where nobody knows."""
Params: TypeAlias = tuple[ir.Param, ...]
_CASES: Final = frozenset({"lower", "toLowerCase", "toUpperCase", "upper"})
_COMPARED: Final = 64
"""Texts with which a function compares parameters that are told to those who call it."""
_OBJECT: Final = Label("this", ())
"""What a method is called on, which is no parameter."""


def option(name: str, args: Arguments, behind: int, params: Params) -> State:
    """Whether a keyword, or a member of an object argument, is true; false where none is given.

    Behind so many arguments a parameter may be such an object; ``params`` are those of the function that calls.
    """
    state: State = False
    for members in (args.named, *(value.fields or {} for value in args.positional if not value.items)):
        if name in members:
            state = _state(members[name], params)
            break
    else:
        options = (*(each for each in args.positional[behind:] if not each.items), args.rest)
        label = next(filter(None, map(_parameter, options)), None)
        state = _switch(Label(label.root, (*label.path, name)), params) if label is not None else False
    return state._replace(unset=state.unset or False) if isinstance(state, Switch) else state


def branch(value: Value, params: Params) -> Switch | None:
    """What decides about a branch that is taken where a value is true; None for all but parameters.

    A variable around the function may be set by anybody, at any time.
    """
    state = _state(value, params)
    return state if isinstance(state, Switch) and isinstance(state.label.root, int) else None


def decided(frame: Frame, test: ir.Expr) -> bool | None:
    """Whether a condition holds that a parameter alone decides, of which every call leaves what the signature says.

    ``async def validate(url, allow_private=False)``. None where somebody gives something for it.
    """
    truth = True
    while isinstance(test, ir.Unary) and test.op in {"not", "!"}:
        test, truth = test.value, not truth
    number = frame.numbers.get(test.id) if isinstance(test, ir.Name) and test.id not in frame.rebound else None
    if number is None or (by_default := flag(frame.function.params[number])) is None:
        return None
    return None if frame.library.is_given(frame.ref, number) else by_default is truth


def compared(frame: Frame, test: ir.Expr) -> tuple[str, int | None]:
    """The text that something is compared with, and the parameter that this is, in small letters or large ones."""
    if isinstance(test, ir.Binary) and test.op in {"==", "==="}:
        for side, given in ((test.left, test.right), (test.right, test.left)):
            if isinstance(side, ir.Const) and isinstance(side.value, str):
                inner = given.callee if isinstance(given, ir.Call) else None
                name = inner.value if isinstance(inner, ir.Attr) and inner.name in _CASES else given
                own = isinstance(name, ir.Name) and name.id not in frame.rebound
                return side.value, frame.numbers.get(name.id) if own and isinstance(name, ir.Name) else None
    return "", None


def remember(frame: Frame, text: str, number: int) -> None:
    """Remember that a parameter is compared with a text; one that several are compared with tells nothing of any."""
    known = frame.summary.compared
    if len(known) < _COMPARED or text in known:
        known[text] = number if known.get(text, number) == number else ANY


def hand_on(frame: Frame, ref: FunctionRef, compared: Mapping[str, int], binding: Binding) -> None:
    """Remember what a function is given for those of its parameters that are compared with texts."""
    for text, number in compared.items():
        value = binding.value(Label(number, ()))
        label = _parameter(value) if value.text is None else None
        given: Given = value.text
        if label is not None and isinstance(label.root, int) and not label.path:
            remember(frame, text, label.root)
            given = frame.ref, label.root
        frame.summary.given.setdefault((ref, number), set()).add(given)


def flag(param: ir.Param) -> bool | None:
    """What a parameter is by default that is true or false; None of any other."""
    default = param.default
    return default.value if isinstance(default, ir.Const) and isinstance(default.value, bool) else None


def told(switch: Switch, binding: Binding, params: Params) -> bool | Switch:
    """Whether it is done once the function is called by another one, which has these parameters."""
    label = switch.label
    if label.path:
        state = _member(binding.value(Label(label.root, label.path[:-1])), label.path[-1], params, unset=switch.unset)
    else:
        value = binding.value(label)
        state = switch.unset if _is_nothing(value) else _state(value, params)
    if isinstance(state, Switch):
        return state._replace(wanted=switch.wanted, unset=switch.unset if state.unset is None else state.unset)
    return state is None or state == switch.wanted


def _member(whole: Value, name: str, params: Params, *, unset: bool | None) -> State:
    if name in (whole.fields or {}):
        return _state((whole.fields or {})[name], params)
    if not whole.taints:
        return unset if _is_nothing(whole) or unset else False
    label = _parameter(whole)
    return _switch(Label(label.root, (*label.path, name)), params) if label is not None else None


def _state(value: Value, params: Params) -> State:
    if value.const is not UNKNOWN:
        # What is nothing at first is often set later, by somebody else.
        return None if value.const is None else bool(value.const)
    label = _parameter(value)
    return _switch(label, params) if label is not None else None


def _parameter(value: Value) -> Label | None:
    """The parameter, of a function around this one too, or the part of one that a value is as it was given."""
    ((label, taint),) = value.taints.items() if len(value.taints) == 1 else ((_OBJECT, EMPTY),)
    return None if taint.node is not None or isinstance(label.root, Origin) or label.root == "this" else label


def _is_nothing(value: Value) -> bool:
    return value.const is UNKNOWN and not value.taints and value.fields is None and value.ref is None


def _switch(label: Label, params: Params) -> Switch:
    """A part of a parameter; where a call gives nothing for it, it is what the signature says."""
    param = params[label.root] if isinstance(label.root, int) else None
    default = param.default if param is not None else None
    pattern = param.pattern if param is not None else None
    for name in label.path:
        default, pattern = _entry(pattern, name) or _entry(default, name), None
    return Switch(label, wanted=True, unset=bool(default.value) if isinstance(default, ir.Const) else None)


def _entry(whole: ir.Expr | None, name: str) -> ir.Expr | None:
    """What stands under a name in an object, or is bound to it by default in a pattern."""
    for entry in whole.entries if isinstance(whole, ir.Mapping) else ():
        if isinstance(entry.key, ir.Const) and entry.key.value == name:
            return entry.value.value if isinstance(entry.value, ir.Bind) else entry.value
    return None
