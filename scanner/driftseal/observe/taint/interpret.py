"""Reads a function's statements in order, branch by branch, and sums up what it does with data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import External, FunctionRef, Instance, Ref
from driftseal.code.walk import below
from driftseal.observe.taint import (
    application,
    bodies,
    guards,
    lookup,
    predicates,
    settings,
    sinks,
    stores,
    switches,
    targets,
)
from driftseal.observe.taint.env import Env, merge
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Label, Origin, Taint, by_default
from driftseal.observe.taint.summary import Check, Summary, Switch
from driftseal.observe.taint.values import CLEAN, Value, deep
from driftseal.observe.taint.words import words

_ROUNDS: Final = 2
_UNROLLED: Final = 8
"""Elements of a list that is written out, each of which is gone through by itself."""
"""Times that the body of a loop is read, so that what one turn leaves reaches the next."""
_LENIENT: Final = ("allow", "disable", "insecure", "no_", "permit", "skip", "trust", "unsafe")
"""How names of settings begin by which a check is left out."""
_TESTS: Final = (ir.Binary, ir.Unary, ir.Call, ir.Name, ir.Bind)
_CAUGHT: Final = External("_error", ())
"""What the name of an error that is caught stands for."""
_CALLED: Final = ir.Call(ir.Name("", 0), (), 0, new=False)


def read(frame: Frame) -> Summary:
    """The summary of the frame's function."""
    _parameters(frame)
    if _block(frame, frame.function.body):
        frame.leave(Value(const=None), (), ())
    for number in list(frame.closures):
        # Whoever gets a function may call it, with what is around it here.
        if FunctionRef(frame.path, number) not in frame.applied:
            call = _CALLED._replace(line=frame.module.functions[number].line)
            target = targets.Target(FunctionRef(frame.path, number))
            application.take(frame, target, frame.env.vars.get("this", CLEAN), targets.Arguments((), {}, CLEAN), call)
    summary = frame.finish()
    if frame.closures or frame.ref.number == 0:
        summary.scope = dict(frame.env.vars)
    return summary


_HARMLESS: Final = Taint(cleaned=frozenset({"*"}))


def _parameters(frame: Frame) -> None:
    if frame.cls is not None and frame.function.cls >= 0:
        frame.env.vars["this"] = Value({Label("this", ()): Taint()}, ref=Instance(frame.cls))
    project = frame.library.project
    for number, param in enumerate(frame.function.params):
        if number == 0 and param.name in {"self", "cls"} and frame.function.cls >= 0:
            continue
        frame.numbers[param.name] = number
        ref = lookup.typed(project, frame.path, param.annotation) or _by_default(frame, param)
        value = Value({Label(number, ()): Taint()}, ref=ref)
        if lookup.scalar(param.annotation):
            # Whether something is true may decide how a call is made.
            value = Value({Label(number, ()): _HARMLESS}) if "bool" in param.annotation else CLEAN
        if param.pattern is not None:
            stores.assign(frame, param.pattern, value)
        if param.name:
            frame.env.vars[param.name] = value


def _by_default(frame: Frame, param: ir.Param) -> Ref | None:
    """What a parameter stands for as long as nobody says otherwise: ``loader=yaml.SafeLoader``."""
    if not isinstance(param.default, ir.Attr):
        return None
    found = frame.library.project.resolve(frame.path, param.default)
    return found if isinstance(found, External) else None


def _block(frame: Frame, body: ir.Block) -> bool:
    """Read statements; false where none of them lets the next one be reached."""
    for each in body:  # noqa: SIM110  # every statement passes here
        if not _BY_TYPE[type(each)](frame, each):
            return False
    return True


def _assign(frame: Frame, each: ir.Assign) -> bool:
    value = frame.value(each.value)
    if each.type and not value.fields and not isinstance(each.value, ir.Const):
        value = lookup.as_told(frame, value, frame.path, each.type)
    for target in each.targets:
        if isinstance(target, ir.Index) and not frame.python:
            sinks.climbed(frame, target)
        if each.adds:
            added = ir.Binary("+", target, each.value, each.line)
            stores.assign(frame, target, frame.value(added))
        else:
            stores.assign(frame, target, value)
            if isinstance(target, ir.Name) and not isinstance(each.value, (ir.Const, ir.Closure)):
                frame.env.written[target.id] = each.value
            elif isinstance(target, ir.Mapping):
                frame.env.written |= _members(target, each.value)
            elif isinstance(target, ir.Group):
                frame.env.firsts |= _first(target, each.value)
                frame.parts |= _parts(target, each.value)
    return True


def _members(target: ir.Mapping, value: ir.Expr) -> dict[str, ir.Expr]:
    """What the names of ``const { host } = new URL(link)`` are set to."""
    pairs = [(entry.key, entry.value) for entry in target.entries]
    return {
        name.id: ir.Attr(value, key.value, name.line)
        for key, name in pairs
        if isinstance(name, ir.Name) and isinstance(key, ir.Const) and isinstance(key.value, str)
    }


def _parts(target: ir.Group, value: ir.Expr) -> dict[str, ir.Expr]:
    """What the names of ``model, handler = TABLE[name]`` are set to; what a call gives is known by its first part."""
    if not isinstance(value, (ir.Attr, ir.Index, ir.Name)):
        return {}
    names = ((place, item) for place, item in enumerate(target.items) if isinstance(item, ir.Name))
    return {item.id: ir.Index(value, ir.Const(place, item.line), item.line) for place, item in names}


def _first(target: ir.Group, value: ir.Expr) -> dict[str, ir.Call]:
    """The call whose first result is what the first name of ``ok, reason = check(path)`` stands for."""
    name = target.items[0] if target.items else None
    call = value.value if isinstance(value, ir.Unary) and value.op == "await" else value
    return {name.id: call} if isinstance(name, ir.Name) and isinstance(call, ir.Call) else {}


def _do(frame: Frame, each: ir.Do) -> bool:
    value = each.value
    while isinstance(value, ir.Unary) and value.op == "await":
        value = value.value
    if isinstance(value, ir.Unary) and value.op == "yield" and frame.function.name:
        # What is handed out may be all that the caller takes, or not: the function goes on. Where compilers write it
        # for ``await``, the function has no name.
        return _if(frame, ir.If(ir.Other((), each.line), (ir.Return(value.value, each.line),), (), each.line))
    frame.effect = value
    frame.alone = value is each.value
    frame.value(each.value)
    frame.effect = None
    return not _fails(frame, value)


def _fails(frame: Frame, value: ir.Expr) -> bool:
    """Whether what is called does nothing but raise: ``abort()``, ``fail("…")``."""
    if not isinstance(value, ir.Call) or not isinstance(value.callee, ir.Name):
        return False
    ref = frame.value(value.callee).ref
    return isinstance(ref, FunctionRef) and bodies.fails(frame.library.project.function(ref))


def _return(frame: Frame, each: ir.Return) -> bool:
    if each.value is None:
        frame.leave(Value(const=None), (), ())
        return False
    if isinstance(each.value, _TESTS):
        frame.leave(*guards.tested(frame, each.value))
    else:
        said = _verdict(each.value)
        _, truths, falses = guards.tested(frame, said) if said is not None else (None, (), ())
        frame.leave(frame.value(each.value), truths, falses)
    return False


def _verdict(value: ir.Expr) -> ir.Expr | None:
    """The test by which an answer says how it went: ``{ valid: allowed.has(host), host }``."""
    for entry in value.entries if isinstance(value, ir.Mapping) else ():
        if isinstance(entry.key, ir.Const) and entry.key.value in words("verdicts"):
            return entry.value if isinstance(entry.value, _TESTS) else None
    return None


def _raise(frame: Frame, each: ir.Raise) -> bool:
    if each.value is None:
        return False
    frame.met = {}
    frame.throw(deep(frame.value(each.value)))
    # What an error is made of is in its text, whatever else its class keeps.
    met, frame.met = frame.met, None
    for arg in each.value.args if isinstance(each.value, ir.Call) else ():
        frame.throw(deep(met[id(arg.value)][0]) if id(arg.value) in met else {})
    return False


def _leave(frame: Frame, _each: ir.Leave) -> bool:
    frame.left.append(frame.env.copy())
    return False


def _if(frame: Frame, each: ir.If) -> bool:
    """A chain of branches, read one after the other so that a long switch does not nest."""
    case, ends, left = frame.env.case, None, frame.env
    before = frame.env.checks if not each.otherwise and _opts_out(each.test) else None
    while True:
        decided = switches.decided(frame, each.test)
        _, truths, falses = guards.tested(frame, each.test)
        held, otherwise = frame.env, frame.env.copy()
        held.when, otherwise.when = _switched(frame, each.test)
        held.add(truths)
        text, number = switches.compared(frame, each.test)
        held.case = text or case
        if number is not None:
            switches.remember(frame, text, number)
        left_out = _leaves_out(frame, each) if decided is None else None
        if left_out is not None:
            frame.excuse(idle=left_out)
        elif decided is not False and _block(frame, each.then):
            ends = merge(ends, frame.env, case) if ends is not None else frame.env
        left = frame.env
        frame.env = otherwise
        if not predicates.looks_up(each):
            otherwise.add(falses)
        if decided is True or len(each.otherwise) != 1 or not isinstance(each.otherwise[0], ir.If):
            break
        each = each.otherwise[0]
    ends_checks = ends.checks if ends is not None else ()
    last = frame.env if decided is not True and _block(frame, each.otherwise) else None
    left = frame.env if last is None else left
    merged = merge(ends, last and frame.env, case)
    if before is not None and ends is not None and merged is not None:
        merged.add(
            [
                check._replace(guard=by_default(check.guard))
                for check in ends_checks
                if check.guard.strong and check not in before
            ]
        )
    frame.env = merged if merged is not None else left
    return merged is not None


def _switched(frame: Frame, test: ir.Expr) -> tuple[Switch | None, Switch | None]:
    """What of the parameters decides that the branch of a condition is taken, and that it is not."""
    before, truth = frame.env.when, True
    while isinstance(test, ir.Unary) and test.op in {"not", "!"}:
        test, truth = test.value, not truth
    name = test.id if isinstance(test, ir.Name) else ""
    if before is not None or not isinstance(test, (ir.Name, ir.Attr)) or name in frame.rebound:
        return before, before
    switch = switches.branch(frame.value(test), frame.function.params)
    if switch is None:
        return None, None
    return switch._replace(wanted=truth), switch._replace(wanted=not truth)


def _opts_out(test: ir.Expr) -> bool:
    """``not self.allow_private``: what only those who set the server up may leave out."""
    inner = test.value if isinstance(test, ir.Unary) and test.op in {"not", "!"} else None
    return isinstance(inner, ir.Attr) and inner.name.lower().lstrip("_#").startswith(_LENIENT)


def _leaves_out(frame: Frame, each: ir.If) -> bool | None:
    """Whether a function ends here by default, where nothing but settings decides whether it ends; else None.

    What it checks after that is left out as the settings say, and holds otherwise.
    """
    ends = each.then[0] if len(each.then) == 1 else None
    if not isinstance(ends, ir.Return) or not (ends.value is None or ends.value == ir.Const(True, ends.value.line)):
        return None
    if guards.lets_all(frame, each.test, truth=True):
        return False
    if isinstance(each.test, ir.Name) or not _of_settings(frame, each.test):
        return None
    return bool(settings.by_default(frame.library.project, frame.path, frame.ref.number, each.test))


def _of_settings(frame: Frame, test: ir.Expr) -> bool:
    """Whether no caller has a part in a condition."""
    names = {node.id for node in below(test) if isinstance(node, ir.Name)}
    if not names.isdisjoint(frame.numbers):
        return False
    # What a comparison comes to says nothing of what is compared. What a closure is handed may be an element of a list
    # of what is allowed, which only its caller knows.
    own = names if frame.function.name else ()
    made = (label for name in own for label in deep(frame.env.vars.get(name, CLEAN)))
    found = (*deep(frame.value(test)), *made)
    return all(isinstance(label.root, Origin) or label.root == "this" for label in found)


def _written_out(frame: Frame, each: ir.Loop) -> Sequence[Value]:
    """The elements of a short list that stands in the head of a loop: what is done with each of them has an order.

    ``foreach (var arg in new[] { "-Command", script }) info.ArgumentList.Add(arg);``
    """
    listed = each.source
    if not isinstance(listed, ir.Group) or not 0 < len(listed.items) <= _UNROLLED or len(each.targets) != 1:
        return ()
    if not all(isinstance(one, (ir.Assign, ir.Do)) for one in each.body):
        return ()
    value = frame.value(listed)
    return tuple((value.fields or {}).values()) if value.items and not value.taints else ()


def _loop(frame: Frame, each: ir.Loop) -> bool:
    elements = _written_out(frame, each)
    for element in elements:
        stores.assign(frame, each.targets[0], element)
        _block(frame, each.body)
    if elements:
        return True
    outer, frame.left = frame.left, []
    for _ in range(_ROUNDS):
        before = frame.env.copy()
        if each.source is not None:
            inner = lookup.element(frame.value(each.source))
            frame.looped |= {target.id: each.source for target in each.targets if isinstance(target, ir.Name)}
            for target in each.targets:
                stores.assign(frame, target, inner)
        if each.test is not None:
            frame.env.add(guards.tested(frame, each.test)[1])
        after: Env | None = frame.env if _block(frame, each.body) else None
        after = after and frame.env
        held = _of_each(frame, each, after)
        frame.env = merge(after, before, before.case) or before
        frame.env.add(held)
        if _unchanged(frame, before):
            break
    for env in frame.left:
        frame.env = merge(frame.env, env, frame.env.case) or frame.env
    frame.left = outer
    return True


def _unchanged(frame: Frame, before: Env) -> bool:
    """Whether the next turn of a loop would read what this one has read.

    Names that the body binds for itself say nothing new, unless something was read or set by one before it was bound.
    """
    now = frame.env
    if now is before:
        return True
    if now.checks != before.checks or len(now.written) != len(before.written):
        return False
    if not all(_same(now.vars[name], value) for name, value in before.vars.items()):
        return False
    own = now.vars.keys() - before.vars.keys()
    return own.isdisjoint(frame.globals) and own.isdisjoint(frame.mutated)


def _same(one: Value, other: Value) -> bool:
    """Whether two values are equal, as far as that can be told without looking into what they hold."""
    return one is other or (one.fields is other.fields and one.scope is other.scope and one == other)


def _of_each(frame: Frame, each: ir.Loop, after: Env | None) -> list[Check]:
    """Checks of every element hold for what is gone through, since a value without elements does no harm."""
    if after is None or each.source is None:
        return []
    whole = deep(frame.value(each.source))
    return [check for check in after.checks if check.label in whole]


def _try(frame: Frame, each: ir.Try) -> bool:
    before = frame.env.copy()
    outer, frame.thrown = frame.thrown, {}
    ends = frame.env if _block(frame, each.body) else None
    ends = ends and frame.env
    caught, frame.thrown = frame.thrown, outer
    if not each.handlers:
        frame.throw(caught)
    case = before.case
    start = merge(before.copy(), frame.env.copy(), case) or before
    last = frame.env
    for handler in each.handlers:
        frame.env = start.copy()
        if handler.name:
            frame.env.vars[handler.name] = Value(caught, ref=_CAUGHT)
        if _block(frame, handler.body):
            ends = merge(ends, frame.env, case)
    frame.env = ends if ends is not None else last
    return _block(frame, each.final) and ends is not None


_BY_TYPE: Final[Mapping[type, Callable[[Frame, Any], bool]]] = {
    ir.Assign: _assign,
    ir.Do: _do,
    ir.Return: _return,
    ir.Raise: _raise,
    ir.Leave: _leave,
    ir.If: _if,
    ir.Loop: _loop,
    ir.Try: _try,
}
