"""What models say that a call of a library does."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code.project import External, Instance, Ref
from driftseal.observe.taint import constants, patterns
from driftseal.observe.taint.apis import SINKS
from driftseal.observe.taint.summary import Hit
from driftseal.observe.taint.values import (
    UNKNOWN,
    Label,
    Node,
    Origin,
    Taint,
    Taints,
    Value,
    appended,
    deep,
    member,
    merged,
    stepped,
    with_taints,
)

if TYPE_CHECKING:
    from driftseal.observe.taint.calls import Arguments
    from driftseal.observe.taint.frame import Frame
    from driftseal.observe.taint.models import Model, Sink

_WORDS: Final = 12
"""Constants of one argument that name what is read."""
_NAME: Final = 200
"""Characters of that name."""
_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PAIR: Final = 2
_JOINS: Final = frozenset({"join", "resolve", "joinpath", "Join", "Combine"})
_HERE: Final = ("cwd", "getcwd")
_REPLACING: Final = frozenset({"sub", "replace", "replaceAll"})
_OPTION: Final = frozenset({"argv-option", "argv"})
_CONTENT: Final = frozenset({"file", "network", "process", "database"})
"""Sources whose results are what lies under a name."""
_NAMED: Final = frozenset(SINKS) - {"code", "deserialise", "template", "unpack"} | {"result"}
_PATTERNS: Final = frozenset({"compile", "RegExp", "MustCompile", "Regex"})


def apply(frame: Frame, expr: ir.Call, name: str, model: Model, receiver: Value, args: Arguments, sure: int) -> Value:
    """Take a modelled call into account; its result."""
    from driftseal.observe.taint import calls, guards

    reached = model.capabilities - {sink.capability for sink in model.sinks}
    for sink in model.sinks:
        if _applies(sink, args):
            if sink.capability in model.capabilities:
                reached |= {sink.capability}
            _sink(frame, expr, name, sink, receiver, args, sure)
    if sure:
        where = next((host for host in map(constants.host, args.all) if host), "") if "network" in reached else ""
        what = _used_on(frame, expr, name, model, args) if reached else ""
        for label in sorted(reached):
            frame.reach(label, frame.spot(label, name, expr.line), where, what)
    if model.guard and (frame.effect is expr or calls.called(expr) == "relative_to"):
        frame.env.add(guards.of_model(frame, expr, model.guard))
    if frame.effect is expr and isinstance(expr.callee, ir.Attr) and not model.sinks:
        calls.collect(frame, expr.callee.value, receiver, args)
    result = _result(frame, expr, name, model, receiver, args)
    return calls.callbacks(frame, args, receiver, expr, result)


def _result(frame: Frame, expr: ir.Call, name: str, model: Model, receiver: Value, args: Arguments) -> Value:
    from driftseal.observe.taint import calls

    ref = External(model.returns, ()) if model.returns else External(name, ())
    result = Value(ref=Instance(ref))
    last = calls.called(expr)
    if (last in _PATTERNS or name.endswith("Regex.new")) and args.positional and args.positional[0].text is not None:
        return result._replace(fields={"pattern": args.positional[0]})
    if last in {"Set", "set", "frozenset", "tuple", "list", "freeze"} and args.positional:
        result = args.positional[0]
    if model.lists:
        return _built(frame, expr, result.ref, receiver, args)
    if model.same and args.positional:
        return args.positional[0]
    if "*" in model.clean:
        return Value(ref=result.ref)
    clean = model.clean | replaced(frame, last, receiver, args)
    if model.source is not None and model.source.kind in _CONTENT:
        # What is read is not the name by which it is read; it can be harmful by its content alone.
        clean |= _NAMED
    if model.passes:
        result = _through(frame, expr, result, receiver, args, clean)
    if model.source is not None:
        origin = Origin(model.source.kind, _read(frame, expr) or name, frame.path, expr.line)
        result = with_taints(result, {Label(origin, ()): Taint()})
    return result


def _through(
    frame: Frame, expr: ir.Call, result: Value, receiver: Value, args: Arguments, clean: frozenset[str]
) -> Value:
    """The result once it carries what goes into the call."""
    from driftseal.observe.taint import calls

    last = calls.called(expr)
    taints = merged(deep(value) for value in (receiver, *args.all))
    whole = receiver if not args.all[:-1] else args.positional[0] if len(args.positional) == 1 else None
    if whole is not None and whole.text is not None and not taints and last in {"str", "String", "Path", "resolve"}:
        result = result._replace(const=whole.text)
    if not taints:
        return result
    operands = len(expr.args) + (isinstance(expr.callee, ir.Attr) and bool(deep(receiver)))
    normal = last in calls.NORMALISE
    node = Node(None, frame.path, expr.line, f"passed through {last}()", normal=normal, pure=operands == 1)
    below = _stands_before(receiver, args) if last in _JOINS else None
    passed = {
        label: taint._replace(
            cleaned=taint.cleaned | clean,
            fixed=taint.fixed or ("?" if below is not None and label not in below else ""),
        )
        for label, taint in stepped(taints, node).items()
    }
    return result._replace(taints=merged((result.taints, passed)))


def _stands_before(receiver: Value, args: Arguments) -> Taints | None:
    """What goes into the folder that a path is joined to; None where there is no folder, or the current one."""
    parts = list(args.positional)
    if isinstance(receiver.ref, Instance) or receiver.taints or receiver.text is not None:
        parts.insert(0, receiver)
    if len(parts) < _PAIR:
        return None
    ref = parts[0].ref.of if isinstance(parts[0].ref, Instance) else None
    return None if isinstance(ref, External) and ref.name.endswith(_HERE) else deep(parts[0])


def replaced(frame: Frame, last: str, receiver: Value, args: Arguments) -> frozenset[str]:
    """The sinks for which a text is harmless once everything but listed characters is taken out of it."""
    if last not in _REPLACING or not args.positional:
        return frozenset()
    fields = args.positional[0].fields or receiver.fields or {}
    pattern = fields["pattern"].text if "pattern" in fields else args.positional[0].text
    put = next((value.text for value in args.positional[1:2]), None)
    every = last != "replace" or frame.python or (pattern or "").rpartition("/")[2].count("g") > 0
    listed = patterns.unlisted(pattern or "")
    if listed is None or put is None or not every or not patterns.plain(listed + put):
        return frozenset()
    return frozenset(SINKS) - (_OPTION if "-" in listed else frozenset())


def _used_on(frame: Frame, expr: ir.Call, name: str, model: Model, args: Arguments) -> str:
    """What a capability is used on: the method of a request that changes something, else what the call names."""
    method = name.rpartition(".")[2].upper()
    if method in _METHODS:
        return method
    for values in (args.named, *((value.fields or {}) for value in args.positional if not value.items)):
        given = values["method"].text if "method" in values else None
        if given is not None and given.upper() in _METHODS:
            return given.upper()
    first = args.positional[0].text if args.positional else None
    if first is not None and first.upper() in _METHODS:
        return first.upper()
    of_itself = name.startswith("_io.") or any("self" in sink.args for sink in model.sinks)
    return _read(frame, expr, of_itself=of_itself)


def _read(frame: Frame, expr: ir.Call, *, of_itself: bool = False) -> str:  # noqa: C901  # a branch a kind of expression
    """The constant parts of what is read: the name of a variable, the path of a file."""
    words: list[str] = []
    parts: list[ir.Expr] = [] if of_itself else [arg.value for arg in expr.args[:1]]
    if not parts and isinstance(expr.callee, ir.Attr):
        parts = [expr.callee.value]
    while parts and len(words) < _WORDS:
        part = parts.pop(0)
        if isinstance(part, ir.Const) and isinstance(part.value, str):
            words.append(part.value)
        elif isinstance(part, ir.Name):
            known = frame.env.vars.get(part.id)
            written = frame.env.written.get(part.id)
            if known is not None and known.text is not None:
                words.append(known.text)
            elif written is not None and len(words) < _WORDS - 1 and not isinstance(written, ir.Name):
                parts.insert(0, written)
                words.append("")
        elif isinstance(part, ir.Call):
            named = isinstance(part.callee, ir.Name) and part.callee.id == "open"
            parts = [arg.value for arg in (part.args[:1] if named else part.args)] + parts
            if isinstance(part.callee, ir.Attr):
                parts.insert(0, part.callee.value)
        elif isinstance(part, ir.Binary):
            parts = [part.left, part.right, *parts]
        elif isinstance(part, ir.Text):
            parts = [*part.parts, *parts]
    return posixpath.normpath("/".join(word for word in words if word))[:_NAME] if any(words) else ""


def _applies(sink: Sink, args: Arguments) -> bool:
    """Whether the call is made in the way that makes it a sink."""
    if sink.needs and not _true(sink.needs, args):
        return False
    for word in sink.unless:
        if _true(word, args):
            return False
        for value in args.all:
            ref = value.ref.of if isinstance(value.ref, Instance) else value.ref
            if isinstance(ref, External) and ref.name.endswith(word):
                return False
    if sink.mode:
        mode = next(iter(_given(sink.mode, args)), None)
        if mode is None:
            return False
        return mode.text is None or bool(set("wax+") & set(mode.text))
    return True


def _true(name: str, args: Arguments) -> bool:
    """Whether a keyword, or a member of an object argument, may be true."""
    for values in (args.named, *((value.fields or {}) for value in args.positional if not value.items)):
        if name in values:
            const = values[name].const
            return const is UNKNOWN or bool(const)
    return False


def _given(places: tuple[int | str, ...], args: Arguments) -> Iterator[Value]:
    """The arguments at these places."""
    names = [place for place in places if isinstance(place, str)]
    for place in places:
        if place == "*":
            yield from args.all
        elif isinstance(place, str):
            if place in args.named:
                yield args.named[place]
        elif place < len(args.positional):
            value = args.positional[place]
            members = value.fields if not value.items else None
            if members and names:
                yield from (members[name] for name in names if name in members)
                if value.taints:
                    yield Value(value.taints)
            else:
                yield value
        elif args.rest.taints:
            yield args.rest


def _built(frame: Frame, expr: ir.Call, ref: Ref | None, receiver: Value, args: Arguments) -> Value:
    """A command with more arguments; the variable that the builder lies in has them from now on."""
    made = _line([receiver, *args.positional] if receiver.items else [Value(fields={}, items=True), *args.positional])
    made = made._replace(ref=ref)
    root = expr.callee
    while isinstance(root, (ir.Attr, ir.Call, ir.Unary)):
        root = root.callee if isinstance(root, ir.Call) else root.value
    if isinstance(root, ir.Name) and receiver.items and root.id in frame.env.vars and frame.env.vars[root.id].items:
        frame.env.vars[root.id] = made
    return made


def _property(receiver: Value, place: str, places: tuple[int | str, ...], args: Arguments) -> Iterator[Value]:
    """What a property of the receiver was set to: of an object, its members that count."""
    inner = receiver
    for name in place.split(".")[1:]:
        inner = member(inner, name)
    names = tuple(each for each in places if isinstance(each, str) and not each.startswith("self"))
    yield from _given((0, *names), args._replace(positional=(inner,), named={}))


_PROGRAM: Final = Value(const="program")
"""Of a library that runs one of its own, with the arguments that it is given."""


def _sink(frame: Frame, expr: ir.Call, name: str, sink: Sink, receiver: Value, args: Arguments, sure: int) -> None:
    kind, values = _taken(sink, receiver, args)
    for value in values:
        if not value.taints and not value.fields:
            continue
        for exact, label, taint in constants.uses(kind, value):
            frame.hit(
                Hit(
                    label,
                    exact,
                    frame.spot(exact, name, expr.line),
                    taint.node,
                    frame.guards(label, taint),
                    None,
                    (frame.path, expr.line, f"{name}()"),
                    kind == "argv" and taint.node is None and not value.fields,
                    frame.env.case,
                    min(sure, taint.sure),
                    _program(value) if exact == "argv-option" else taint.fixed,
                )
            )


def _taken(sink: Sink, receiver: Value, args: Arguments) -> tuple[str, list[Value]]:
    """What a sink takes, and as what: a list with a program in front is an ``argv``, however it was given."""
    values = list(_given(sink.args, args))
    if sink.kind == "argv-option" and "*" in sink.args:
        # Keywords become ``--name=value``, which is one option whatever the value is.
        values = [*args.positional, args.rest]
    if "self" in sink.args:
        values.append(receiver)
    for place in sink.args:
        if isinstance(place, str) and place.startswith("self."):
            values += _property(receiver, place, sink.args, args)
    if sink.kind == "argv-option":
        return "argv", [_line([_PROGRAM, *values])]
    if sink.kind == "command" and any(value.items for value in values):
        # Whoever takes a line or a list splits only the line.
        return "argv", [_line(values)]
    if sink.kind == "argv":
        kind = "command" if sink.shell_if and _true(sink.shell_if, args) else "argv"
        return kind, [_line(values)]
    return sink.kind, values


def _program(value: Value) -> str:
    """The program that the first of its arguments names."""
    first = (value.fields or {}).get("0")
    return (first.text if first is not None else None) or "?"


def _line(values: list[Value]) -> Value:
    """A program and its arguments as one list, however they were given."""
    if len(values) == 1:
        return values[0]
    whole = Value(fields={}, items=True)
    for value in values:
        if value.items and value.fields is not None:
            whole = with_taints(appended(whole, value.fields.values()), value.taints)
        else:
            whole = appended(whole, (value,))
    return whole
