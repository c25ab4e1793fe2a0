"""What a call does with data: into functions of the project, by models of libraries, or by default."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, ModuleRef, ValueRef
from driftseal.observe.taint import bindings, bodies, constants, credentials, dispatch, groups, library, lookup, targets
from driftseal.observe.taint.application import apply, around, take
from driftseal.observe.taint.callbacks import callbacks, functions
from driftseal.observe.taint.env import guarded
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Taints
from driftseal.observe.taint.tables import TABLE
from driftseal.observe.taint.unknown import unknown
from driftseal.observe.taint.values import CLEAN, Value, deep, join, with_field, with_taints
from driftseal.observe.taint.words import words

_CLASSES: Final = 16
"""Classes of one table of which an object may be made."""
_COLLECTION: Final = "_mongodb"
"""Stands for collections of documents whatever database they lie in."""
_LISTENERS: Final = 4
"""Functions that one event calls; of more, nobody knows whose it is."""
_ITSELF: Final = frozenset({"apply", "bind", "call"})
"""Methods of a function that call it, or give it back with a part of what it is called with."""
_STATEMENTS: Final = ("_dbapi.Cursor.execute", "mysql2.Connection.query")
"""Stand for any method that runs the statement which it is given first, each in its own language."""


def call(frame: Frame, expr: ir.Call, given: tuple[Value, ...] | None = None) -> Value:
    """Take a call into account; its result."""
    if isinstance(expr.callee, ir.Name) and expr.callee.id in {"require", "import"}:
        ref = frame.library.project.resolve(frame.path, expr)
        if ref is not None:
            return lookup.standing_for(frame, ref)
    receiver, target = targets.callee(frame, expr)
    args = targets.arguments(frame, expr) if given is None else targets.Arguments(given, {}, CLEAN)
    if isinstance(receiver.ref, FunctionRef) and targets.called(expr) in _ITSELF and target.ref is None:
        receiver, target, args = _handed_this(expr, receiver, args)
        if targets.called(expr) == "bind" and not args.positional:
            return target
    listening = _listening(frame, expr, args)
    if listening:
        return _of_project(frame, listening, CLEAN, args._replace(positional=args.positional[1:]), expr)
    working = _at_work(frame, expr)
    if working:
        return _of_project(frame, working, CLEAN, args, expr)
    taken = groups.taken(expr, receiver, args)
    if taken is not None:
        return taken
    return groups.of(frame, expr, _called(frame, expr, receiver, target, args))


def _listening(frame: Frame, expr: ir.Call, args: targets.Arguments) -> list[targets.Target]:
    """The functions that are called for an event of the project's own: ``bus.emit("deploy", options)``."""
    if targets.called(expr) != "emit" or not isinstance(expr.callee, ir.Attr) or not args.positional[1:]:
        return []
    event = args.positional[0].text
    if event is None or event in words("common-events"):
        return []
    found = frame.library.registered.listening(event)
    return [targets.Target(ref, sure=1) for ref in found] if len(found) <= _LISTENERS else []


def _at_work(frame: Frame, expr: ir.Call) -> list[targets.Target]:
    """The functions that a thread calls with what it is sent: ``worker.postMessage(rows)``."""
    if targets.called(expr) != "postMessage" or not isinstance(expr.callee, ir.Attr) or not expr.args:
        return []
    on = expr.callee.value
    # What a thread says itself is for whoever began it.
    if isinstance(on, ir.Name) and on.id in {"parentPort", "self"}:
        return []
    found = frame.library.registered.at_work()
    return [targets.Target(ref, sure=1) for ref in found] if len(found) <= _LISTENERS else []


def _handed_this(expr: ir.Call, function: Value, args: targets.Arguments) -> tuple[Value, Value, targets.Arguments]:
    """Of ``run.call(this, first)`` and ``run.apply(this, [first])``: what it is called on, the function, the others."""
    this, *others = args.positional or (CLEAN,)
    if targets.called(expr) == "apply" and len(others) == 1:
        listed = others[0]
        known = listed.items and listed.fields is not None
        others = [*(listed.fields or {}).values()] if known else []
        args = args._replace(rest=args.rest if known else with_taints(args.rest, deep(listed)))
    return this, function, args._replace(positional=tuple(others))


def _called(frame: Frame, expr: ir.Call, receiver: Value, target: Value, args: targets.Arguments) -> Value:
    name = targets.outside_name(target)
    made = _made(frame, expr, receiver, target, name, args)
    if made is not None:
        return made
    # What is called a cursor and nothing more is known of is the driver's, not whatever else here has such a method.
    driven = receiver.ref is None and _on_database(frame, expr, words("cursor-names"))
    found = () if driven else _candidates(frame, expr, receiver, target, args)
    if found:
        return _of_project(frame, found, receiver, args, expr)
    text = _text(frame, expr, receiver, args)
    if text is not None:
        return text
    shown = credentials.of_call(frame, expr, receiver, args)
    if shown is not None:
        return shown
    model = frame.models.call(name) if name else None
    sure = 2
    if model is None and (stored := _of_collection(frame, expr)):
        name, model, sure = stored, frame.models.call(stored), 1
    if model is None and isinstance(expr.callee, ir.Attr) and not isinstance(receiver.ref, (ModuleRef, ClassRef)):
        model, sure = frame.models.method(expr.callee.name), 0
    if model is None and (driven or _on_database(frame, expr, words("database-names"))):
        model, sure = next(filter(None, map(frame.models.call, _STATEMENTS)), None), 1
    if model is None:
        return unknown(frame, expr, receiver, args, target)
    result = library.apply(frame, expr, name or targets.called(expr), model, receiver, args, sure)
    result = callbacks(frame, args, receiver, expr, result)
    if name == "Promise":
        result = with_taints(result, _settled(frame, args, expr))
    return _kept(frame, expr, result) if result.taints and targets.called(expr) in words("keeping") else result


def _candidates(
    frame: Frame, expr: ir.Call, receiver: Value, target: Value, args: targets.Arguments
) -> list[targets.Target]:
    """The functions of the project that are called; of those that derived classes are to write, it is asked later."""
    if targets.left_open(frame, expr, receiver, target) is not None:
        frame.ask(targets.called(expr), args.positional)
    return targets.candidates(frame, expr, receiver, target)


def _text(frame: Frame, expr: ir.Call, receiver: Value, args: targets.Arguments) -> Value | None:
    """What is put together of the members of a list, or into a constant pattern; None where it is neither."""
    called = targets.called(expr)
    if called == "join" and (parts := _listed(receiver, args)):
        return constants.text(parts, frame.path, expr.line)
    if called != "format" or not frame.python or receiver.text is None or args.rest.taints:
        return None
    return constants.filled(receiver.text, args.positional, args.named, frame.path, expr.line)


def _made(
    frame: Frame, expr: ir.Call, receiver: Value, target: Value, name: str, args: targets.Arguments
) -> Value | None:
    """What is made where a class is called, or filled with what is given: ``Model(…)``, ``Model.model_validate(…)``.

    None where nothing of the project's own is, nor a table.
    """
    if isinstance(target.ref, ClassRef):
        of_table = dispatch.chosen(frame, expr.callee)
        if any(isinstance(value.ref, FunctionRef) for _, value in of_table):
            return None
        return _constructed(frame, of_table, target.ref, args, expr)
    if isinstance(receiver.ref, ClassRef) and isinstance(expr.callee, ir.Attr) and args.positional:
        filled = not isinstance(target.ref, FunctionRef) and expr.callee.name in words("filling")
        if filled:
            of_table = dispatch.chosen(frame, expr.callee.value)
            return _constructed(frame, of_table, receiver.ref, _by_name(args.positional[0]), expr)
    if name == "Object.entries" and len(args.positional) == 1:
        return _pairs(args.positional[0])
    return _mapped(args) if name == "Map" else None


def _constructed(
    frame: Frame, of_table: Sequence[tuple[str, Value]], ref: ClassRef, args: targets.Arguments, expr: ir.Call
) -> Value:
    """An object of this class, or of any of those that a table holds of which one is taken by a computed name."""
    classes = list(dict.fromkeys(each.ref for _, each in of_table if isinstance(each.ref, ClassRef)))[:_CLASSES]
    made = [_construct(frame, each, args, expr) for each in classes or [ref]]
    result = made[0]
    for each in made[1:]:
        result = join(result, each)
    return result


def _of_project(
    frame: Frame, found: Sequence[targets.Target], receiver: Value, args: targets.Arguments, expr: ir.Call
) -> Value:
    """The result of a call that means one of these functions."""
    result = CLEAN
    if frame.effect is expr and not functions(args):
        for each in found:
            take(frame, each, receiver, args, expr)
        return result  # nobody takes it
    for each in found:
        given = apply(frame, each, receiver, args, expr)
        result = given if len(found) == 1 else with_taints(result, deep(given))
    return callbacks(frame, args, receiver, expr, result, found[0] if len(found) == 1 else None)


def _pairs(table: Value) -> Value | None:
    """The names of a table of functions, each with what lies under it; None of any other table."""
    fields = table.fields or {}
    if table.items or table.taints or not any(isinstance(each.ref, FunctionRef) for each in fields.values()):
        return None
    pairs = [
        Value(fields={"0": Value(const=name), "1": value}, items=True) for name, value in islice(fields.items(), TABLE)
    ]
    return Value(fields={str(at): pair for at, pair in enumerate(pairs)}, items=True)


def _mapped(args: targets.Arguments) -> Value | None:
    """``new Map([["name", value], …])``, whose names are constant."""
    pairs = args.positional[0] if len(args.positional) == 1 else CLEAN
    members = [(each.fields or {}) for each in (pairs.fields or {}).values()] if pairs.items else []
    named = {each["0"].text: each["1"] for each in members if "0" in each and "1" in each}
    known = bool(members) and len(named) == len(members) and not pairs.taints and None not in named
    fields = {name: value for name, value in named.items() if name is not None}
    return Value(fields=fields, ref=Instance(External("Map", ()))) if known else None


def _listed(receiver: Value, args: targets.Arguments) -> list[Value]:
    """The parts of ``"/".join([base, name])`` and ``[base, name].join("/")`` in their order; none of other lists."""
    if len(args.positional) != 1 or args.named or args.rest.taints:
        return []
    whole, between = (receiver, args.positional[0]) if receiver.items else (args.positional[0], receiver)
    if not whole.items or not whole.fields or whole.taints or between.text is None:
        return []
    parts = [part for member in whole.fields.values() for part in (between, member)]
    return parts[1:]


def _settled(frame: Frame, args: targets.Arguments, expr: ir.Call) -> Taints:
    """What a promise is settled with by the function that it is made of: ``resolve(value)``."""
    ref = args.positional[0].ref if args.positional else None
    if not isinstance(ref, FunctionRef):
        return {}
    put = frame.library.summary(ref, frame.asker).mutated.get(0, {})
    nothing = targets.Arguments((), {}, CLEAN)
    return bindings.bind(frame, ref, CLEAN, nothing, expr, around(frame, ref)).taints(put) if put else {}


def _on_database(frame: Frame, expr: ir.Call, names: frozenset[str]) -> bool:
    """Whether something unknown of such a name runs a statement: ``cursor.execute(…)``, ``this.pool.query(…)``."""
    if not isinstance(expr.callee, ir.Attr) or not expr.args:
        return False
    # In Python a query is an object that is put together.
    if expr.callee.name != "execute" and (frame.python or expr.callee.name != "query"):
        return False
    on = expr.callee.value
    name = on.name if isinstance(on, ir.Attr) else on.id if isinstance(on, ir.Name) else ""
    return name.lower().rpartition("_")[2] in names


def _of_collection(frame: Frame, expr: ir.Call) -> str:
    """The full name of what is asked of a collection, whatever its database is: ``db.collection("a").find(…)``."""
    callee = expr.callee
    if not isinstance(callee, ir.Attr) or callee.name not in words("filtering"):
        return ""
    on: object = callee.value
    if bodies.last(callee.value).lower().lstrip("_#") in words("collection-names"):
        return f"{_COLLECTION}.{callee.name}"
    if isinstance(on, ir.Name):
        known = frame.library.project.named(frame.path, on.id) if on.id not in frame.env.written else None
        on = known.value if isinstance(known, ValueRef) else frame.env.written.get(on.id)
    elif isinstance(on, ir.Attr) and frame.cls is not None:
        module = frame.library.project.modules[frame.cls.path]
        methods = (module.functions[number].body for number in module.classes[frame.cls.number].methods)
        on = next(iter(bodies.written_to(methods, on.name)), None)
    on = on.value if isinstance(on, ir.Unary) and on.op == "await" else on
    made = isinstance(on, ir.Call) and targets.called(on) in {"collection", "model"}
    return f"{_COLLECTION}.{callee.name}" if made else ""


def _kept(frame: Frame, expr: ir.Call, result: Value) -> Value:
    """What is left of a collection: elements of which a condition holds."""
    checks = [check for told in bindings.possible(frame, expr, attrgetter("truths")) for check in told]
    return result._replace(taints=guarded(checks, result.taints)) if checks else result


def _by_name(table: Value) -> targets.Arguments:
    """What ``Model.model_validate(table)`` gives the fields of an object: each what stands under its name."""
    if table.fields is not None and not table.items:
        return targets.Arguments((), dict(table.fields), with_taints(CLEAN, table.taints))
    return targets.Arguments((), {}, with_taints(CLEAN, deep(table)))


def _construct(frame: Frame, cls: ClassRef, args: targets.Arguments, expr: ir.Call) -> Value:
    """A new object of a class of the project."""
    project = frame.library.project
    made = Value(fields={}, ref=Instance(cls))
    for name in bodies.CONSTRUCTORS:
        init = project.method(cls, name)
        if isinstance(init, FunctionRef):
            take(frame, targets.Target(init), made, args, expr)
            summary = frame.library.summary(init, frame.asker)
            binding = bindings.bind(frame, init, made, args, expr, None)
            for field, value in summary.this.items():
                made = with_field(made, field, binding.into(value))
            return callbacks(frame, args, CLEAN, expr, made)
    for each, value in zip(project.cls(cls).fields, args.positional, strict=False):
        made = with_field(made, each.name, value)
    for name, value in args.named.items():
        made = with_field(made, name, value)
    return with_taints(made, args.rest.taints) if args.rest.taints else made
