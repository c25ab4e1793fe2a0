"""Which arguments of a modelled call reach a sink, and as what."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import product
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, Instance, ModuleRef, Project
from driftseal.observe.taint import bodies, constants, prototypes, subjects, switches, targets
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import FOLLOWS, FOREIGN, Guard, Origin
from driftseal.observe.taint.models import Sink
from driftseal.observe.taint.summary import Hit, Switch
from driftseal.observe.taint.targets import Arguments
from driftseal.observe.taint.values import CLEAN, UNKNOWN, Value, appended, deep, member, with_taints
from driftseal.observe.taint.words import words


def applies(sink: Sink, expr: ir.Call, args: Arguments, project: Project) -> bool:
    """Whether the call is made in the way that makes it a sink."""
    if sink.needs and not _true(sink.needs, args):
        return False
    for word in sink.unless:
        if _true(word, args):
            return False
        for value in args.all:
            if any(name.endswith(word) for name in _called_after(value, project)):
                return False
    if sink.mode:
        mode = next(iter(_given(sink.mode, args)), None)
        if mode is None:
            return False
        return not _reads(sink, expr) if mode.text is None else bool(set("wax+") & set(mode.text))
    return True


def _reads(sink: Sink, expr: ir.Call) -> bool:
    """Whether a file is opened by flags that change nothing: ``os.O_RDONLY | os.O_NOFOLLOW``."""
    given = (arg.value for place, arg in enumerate(expr.args) if (arg.name or place) in sink.mode)
    flags = {part for each in given for part in _flags(each)}
    known = bool(flags) and all(each.startswith("O_") for each in flags)
    return known and flags.isdisjoint(words("writing-flags"))


def _flags(value: ir.Expr) -> Iterator[str]:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ir.Binary) and part.op == "|":
            waiting += (part.left, part.right)
        elif isinstance(part, (ir.Attr, ir.Name)):
            yield part.name if isinstance(part, ir.Attr) else part.id


def _true(name: str, args: Arguments) -> bool:
    """Whether a keyword, or a member of an object argument, may be true; ``name=text`` asks whether it may be that."""
    name, _, wanted = name.partition("=")
    for values in (args.named, *((value.fields or {}) for value in args.positional if not value.items)):
        if name in values:
            const = values[name].const
            return const is UNKNOWN or (const == wanted if wanted else bool(const))
    return False


def _given(places: tuple[int | str, ...], args: Arguments) -> Iterator[Value]:
    """The arguments at these places."""
    names = [place for place in places if isinstance(place, str) and "." not in place]
    # What is given by its name is in no keywords that come from elsewhere.
    rest = CLEAN if any(name in args.named for name in names) else args.rest
    for place in places:
        if place == "*":
            yield from args.all
        elif isinstance(place, str):
            if place in args.named:
                yield args.named[place]
            number, _, name = place.partition(".")
            if name and number.isdecimal() and int(number) < len(args.positional):
                yield (args.positional[int(number)].fields or {}).get(name, CLEAN)
        elif place < len(args.positional):
            value = args.positional[place]
            members = value.fields if not value.items else None
            if members and names:
                yield from (members[name] for name in names if name in members)
                # Of an object that is spread into this one, the members of these names come along.
                if value.taints:
                    yield from (member(Value(value.taints), name) for name in names)
            else:
                yield value
        elif rest.taints:
            yield rest


def _property(receiver: Value, place: str, places: tuple[int | str, ...], args: Arguments) -> Iterator[Value]:
    """What a property of the receiver was set to: of an object, its members that count."""
    inner = receiver
    for name in place.split(".")[1:]:
        inner = member(inner, name)
    names = tuple(each for each in places if isinstance(each, str) and not each.startswith("self"))
    yield from _given((0, *names), args._replace(positional=(inner,), named={}))


_FILTERS: Final = 4
"""Filters, one inside the other, that are looked at."""
_JOINED: Final = frozenset({"$and", "$or", "$nor", "$not", "$elemMatch"})
"""Operators whose operands are filters."""
_PROGRAM: Final = Value(const="program")
"""Of a library that runs one of its own, with the arguments that it is given."""


def sink(frame: Frame, expr: ir.Call, name: str, sink: Sink, receiver: Value, args: Arguments, sure: int) -> None:
    """Tell every value that reaches a sink."""
    if sink.kind == "member" and args.positional[:1] and isinstance(args.positional[0].ref, _NAMESPACES):
        return  # a class or a module is a table of names
    if sink.kind == "stdin":
        sure = min(sure, _fed(frame, expr))
    kind, values = _taken(sink, receiver, args)
    kind = "command" if kind == "stdin" else kind  # of a shell, as was asked above
    state = _in_shell(frame, sink, args)
    if state is True or state is None:
        kind = "command"
    ends = (_FOLLOWS,) if kind == "ssrf" and (_redirected(name, args) or _told_to(frame, expr, name)) else ()
    if kind == "path-write" and any(_sent(value) for value in args.all if value not in values):
        ends = (_FOREIGN,)
    ways: list[tuple[str, Switch | None]] = [(kind, frame.env.when)]
    if isinstance(state, Switch):
        ways = [("command", state), (kind, state._replace(wanted=False))]
    named = () if frame.python else _named(sink)
    for (kind, when), value in product(ways, values if sure >= 0 else ()):
        if not value.taints and not value.fields:
            continue
        members = named if kind == sink.kind and value.fields is None else ()
        for exact, label, taint in constants.uses(kind, value):
            frame.hit(
                Hit(
                    label,
                    exact,
                    frame.spot(exact, name, expr.line),
                    taint.node,
                    frame.guards(label, taint) + ends,
                    None,
                    (frame.path, expr.line, f"{name}()"),
                    kind == "argv" and taint.node is None and not value.fields,
                    frame.env.case,
                    min(sure, taint.sure),
                    _program(value) if exact == "argv-option" else taint.fixed,
                    when=when,
                    members=members if taint.node is None else (),
                )
            )


def _in_shell(frame: Frame, sink: Sink, args: Arguments) -> switches.State:
    """Whether a shell reads what is run, or what of the function's own parameters says so."""
    if not sink.shell_if:
        return False
    places = [place for place in sink.args if isinstance(place, int)]
    return switches.option(sink.shell_if, args, max(places, default=1) + 1, frame.function.params)


def _named(sink: Sink) -> tuple[str, ...]:
    """The members that count of an object which is given in a place of its own; in Python they are keywords."""
    names = tuple(each for each in sink.args if isinstance(each, str) and "." not in each and each not in _PLACES)
    return names if any(isinstance(each, int) for each in sink.args) else ()


_PLACES: Final = frozenset({"*", "self"})


def _fed(frame: Frame, expr: ir.Call) -> int:
    """How sure one may be that a program runs what it reads, as shells do; below zero where another one reads it."""
    root: ir.Expr = expr if targets.called(expr) in {"run", "check_output"} else expr.callee
    while isinstance(root, ir.Attr):
        root = root.value
    made = frame.env.written.get(root.id) if isinstance(root, ir.Name) else root
    made = made.value if isinstance(made, ir.Unary) and made.op == "await" else made
    first = frame.value(made.args[0].value) if isinstance(made, ir.Call) and made.args else CLEAN
    program, *others = [each.text for each in (first.fields or {}).values()] or [first.text]
    if program is None:
        return -1 if frame.python else 0
    # Which code it is, is said already: ``bash -c …``, ``python script.py``.
    told = any(each is None or each in words("code-options") or not each.startswith("-") for each in others)
    return 2 if not told and posixpath.basename(program) in words("shells") | words("evaluating") else -1


def _called_after(value: Value, project: Project) -> list[str]:
    """Full names of what a value stands for outside of the project, or of what its class is derived from."""
    ref = value.ref.of if isinstance(value.ref, Instance) else value.ref
    if isinstance(ref, ClassRef):
        found = [project.resolve(ref.path, base) for base in project.cls(ref).bases]
    else:
        found = [ref] if ref is not None else []
    return [each.name for each in found if isinstance(each, External)]


def climbed(frame: Frame, target: ir.Index) -> None:
    """Tell every name that leads a function into an object, and out of it to what all objects share."""
    if not isinstance(target.key, (ir.Name, ir.Index)) or frame.module.language not in prototypes.LANGUAGES:
        return
    taints = deep(frame.value(target.key))
    into = target.value.id if isinstance(target.value, ir.Name) else ""
    if not taints or into not in frame.library.climbs(frame.ref):
        return
    spot = frame.spot("prototype", "a member of any object", target.line)
    call = frame.path, target.line, "set under a name of the caller's"
    for label, taint in taints.items():
        # What the function itself refuses was looked at already.
        frame.hit(Hit(label, "prototype", spot, taint.node, (), None, call, False, frame.env.case, taint.sure))


_NAMESPACES: Final = (ClassRef, External, ModuleRef)
_FOREIGN: Final = Guard(strong=False, what=FOREIGN, kinds=frozenset({"path-write"}))
_FOLLOWS: Final = Guard(strong=False, what=FOLLOWS, kinds=frozenset({"ssrf"}))


def _sent(value: Value) -> bool:
    """Whether anything in a value came over the network."""
    return any(isinstance(label.root, Origin) and label.root.kind == "network" for label in deep(value))


def _redirected(name: str, args: Arguments) -> bool:
    """Whether a request goes on to wherever the answer points."""
    if name.partition(".")[0] not in words("redirected") or args.rest.taints:
        return False
    options = [args.named, *((value.fields or {}) for value in args.positional)]
    if any(not each.keys().isdisjoint(words("redirect-options")) for each in options):
        return any(_true(each, args) for each in ("allow_redirects", "follow_redirects")) or any(
            value.text == "follow" for each in options for key, value in each.items() if key == "redirect"
        )
    # Of options that are handed in nobody knows.
    return all(value.fields is not None or not value.taints for value in args.positional[1:])


def _told_to(frame: Frame, expr: ir.Call, name: str) -> bool:
    """Whether a client follows redirects that was made to: ``httpx.Client(follow_redirects=True)``."""
    if not name.startswith("httpx.") or not isinstance(expr.callee, ir.Attr):
        return any(arg.name == "follow_redirects" and _is_true(arg.value) for arg in expr.args)
    made = expr.callee.value
    if isinstance(made, ir.Name):
        made = subjects.set_to(frame, made)
    elif isinstance(made, ir.Attr) and frame.cls is not None:
        functions = (frame.module.functions[number] for number in frame.library.project.cls(frame.cls).methods)
        made = next((each for each in bodies.written_to((one.body for one in functions), made.name)), made)
    given = (*(made.args if isinstance(made, ir.Call) else ()), *expr.args)
    return any(arg.name == "follow_redirects" and _is_true(arg.value) for arg in given)


def _is_true(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Const) and expr.value is True


def _taken(sink: Sink, receiver: Value, args: Arguments) -> tuple[str, list[Value]]:
    """What a sink takes, and as what: a list with a program in front is an ``argv``, however it was given."""
    values = list(_given(sink.args, args))
    if sink.kind in {"argv", "argv-option"} and "*" in sink.args:
        # Keywords become ``--name=value``, which is one option whatever the value is, or say where and how it is run.
        # Of a list that is spread out nobody knows which of its members is the program.
        values = [*(args.positional or (CLEAN,)), args.rest]
    if "self" in sink.args:
        values.append(receiver)
    for place in sink.args:
        if isinstance(place, str) and place.startswith("self."):
            values += _property(receiver, place, sink.args, args)
    if sink.kind == "process-environment":
        # The value of a variable that is named here is that variable's; what counts is who names them.
        return sink.kind, [
            with_taints(Value((value.fields or {}).get("*", CLEAN).taints), value.taints) for value in values
        ]
    if sink.kind == "document":
        return sink.kind, [each for value in values for each in compared(value)]
    if sink.kind == "argv-option":
        return "argv", [line([_PROGRAM, *values])]
    if sink.kind == "command" and any(value.items for value in values):
        # Whoever takes a line or a list splits only the line.
        return "argv", [line(values)]
    if sink.kind == "argv":
        # ``spawn(line, {cwd})``: what is no list in the place of the arguments says how they are run.
        values = [*values[:1], *(each for each in values[1:] if each.items or each.fields is None)]
        return sink.kind, [line(values)]
    return sink.kind, values


def compared(value: Value, depth: int = _FILTERS) -> Iterator[Value]:
    """What a filter of documents compares with, wherever that may be an object that says otherwise: ``{"$ne": 1}``.

    Of a filter that is taken whole nothing is told: to choose it is what the caller is there for.
    """
    if value.fields and value.taints and not value.items:
        yield Value(value.taints)  # ``{ shop, ...filter }``: what is added may stand in the place of what was fixed
    for name, inner in (value.fields or {}).items() if depth else ():
        if name.startswith("$") and name not in _JOINED:
            continue
        if inner.fields is not None:
            yield from compared(inner, depth - 1)
        elif not value.items:
            yield inner


def _program(value: Value) -> str:
    """The program that the first of its arguments names."""
    first = (value.fields or {}).get("0")
    return (first.text if first is not None else None) or "?"


def line(values: list[Value]) -> Value:
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
