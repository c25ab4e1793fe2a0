"""Where values are put: variables, members, elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, ModuleRef
from driftseal.observe.taint import lookup, shared, targets
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import KEYS, PATH, Label, Node, Origin, Taint, Taints, merged, stepped
from driftseal.observe.taint.summary import Hit
from driftseal.observe.taint.values import CLEAN, Value, appended, deep, join, member, named, with_field, with_taints
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

_PAIRS: Final = frozenset({"passed through items()", "passed through entries()", "passed through iteritems()"})
_ENVIRONMENT: Final = frozenset({"process-environment"})
_BUILDING: Final = frozenset({"csharp", "go", "java", "rust"})
KEPT: Final = "kept"
"""Kind of a sink that is none: a member of an object, or a variable, of which something else is made later."""
CLASS: Final = "class "
"""Stands before the number of the class, in the name of such a sink, where a member of its objects is meant."""
_OWN: Final = regex(r"(?!BASH_|DYLD_|GIT_|LD_|NODE_|NPM_|PERL|PYTHON|RUBY)[A-Z][A-Z0-9_]{2,60}_")
"""How names of variables begin that are no loader's or interpreter's: ``SIMCTL_CHILD_``."""


def _is_own(key: Value) -> bool:
    """Whether a name under which something is put begins as no variable does that other programs listen to."""
    heads = {taint.fixed for taint in key.taints.values()}
    return bool(heads) and all(map(_OWN.fullmatch, heads))


def _harmless(value: Value) -> Value:
    """A value that may be put into the environment of a program."""
    taints = {label: taint._replace(cleaned=taint.cleaned | _ENVIRONMENT) for label, taint in deep(value).items()}
    return Value(taints, ref=value.ref)


def assign(frame: Frame, target: ir.Expr, value: Value) -> None:  # noqa: C901  # a branch a kind of target
    """Bind what a target names."""
    if isinstance(target, ir.Name):
        _bind_name(frame, target.id, value)
    elif isinstance(target, ir.Attr):
        put(frame, target.value, target.name, value)
    elif isinstance(target, ir.Index):
        key = frame.value(target.key)
        put(frame, target.value, named(key) or "*", _harmless(value) if _is_own(key) else value)
    elif isinstance(target, ir.Group):
        _apart(frame, target.items, value)
    elif isinstance(target, ir.Mapping):
        for entry in target.entries:
            name = frame.value(entry.key).text if entry.key is not None else None
            inner = lookup.attribute(frame, value, name, target.line) if name is not None else value
            assign(frame, entry.value, inner)
    elif isinstance(target, ir.Bind):
        # A default, where nothing is given.
        assign(frame, target.target, join(value, frame.value(target.value)))
    elif isinstance(target, ir.Unary):
        assign(frame, target.value, value)
    elif isinstance(target, (ir.Choice, ir.Binary, ir.Other)):
        for part in target.parts if isinstance(target, ir.Other) else ():
            assign(frame, part, value)


def _apart(frame: Frame, items: Iterable[ir.Expr], value: Value) -> None:
    for number, item in enumerate(items):
        if isinstance(item, ir.Unary) and item.op == "*":
            assign(frame, item.value, Value(deep(value)))
        elif value.items and value.fields is not None and str(number) in value.fields:
            assign(frame, item, with_taints(value.fields[str(number)], value.taints))
        elif value.fields is None:
            assign(frame, item, Value(value.taints if number else _key(frame, item, value)))
        else:
            assign(frame, item, lookup.element(value))


def _key(frame: Frame, item: ir.Expr, value: Value) -> Taints:
    """The first part of what is taken apart: a check of a key says nothing of what lies under it."""
    named = {_of_key(label, taint): taint for label, taint in value.taints.items()}
    return stepped(named, Node(None, frame.path, item.line, "taken out first"))


def _of_key(label: Label, taint: Taint) -> Label:
    """The label of the names under which things lie in an object: one that is written out has the server's own."""
    node = taint.node
    whole = node is not None and node.parent is None and node.what in _PAIRS and not isinstance(label.root, Origin)
    return Label(label.root, (*label.path, KEYS)) if whole and len(label.path) < PATH else label


def _bind_name(frame: Frame, name: str, value: Value) -> None:
    shares = name in frame.function.shared
    own = not shares and (name in frame.env.vars or frame.python or name in frame.own)
    frame.env.vars[name] = value
    frame.env.written.pop(name, None)
    frame.env.firsts.pop(name, None)
    if name in frame.numbers:
        frame.rebound.add(name)
    if not own and value.taints:
        frame.mutate(name, deep(value))
    if shares:
        _tell_of(frame, name, "", value)


def put(frame: Frame, whole: ir.Expr, name: str, value: Value) -> None:
    """``whole.name = value``: the variable at the root holds it from now on."""
    if isinstance(whole, ir.Name):
        root = "this" if whole.id == "self" and frame.cls is not None else whole.id
        before = frame.env.vars.get(root)
        own = before is not None
        after = with_field(before if before is not None else CLEAN, name, value)
        if own or root == "this":
            frame.env.vars[root] = after
        if root in {"this", "cls"} and frame.cls is not None:
            frame.library.keep(frame.cls, name, value)
            kinds = frame.library.watched.get((frame.cls, name))
            if kinds is not None:
                _tell(frame, f"{CLASS}{frame.cls.number}.{name}", name, value, kinds)
        elif root in frame.numbers or not own:
            frame.mutate(frame.numbers.get(root, root), deep(value))
            if root not in frame.numbers:
                _tell_of(frame, root, name, value)
    elif isinstance(whole, ir.Attr) and isinstance(whole.value, ir.Name) and whole.value.id in frame.env.vars:
        before = member(frame.env.vars[whole.value.id], whole.name)
        put(frame, whole.value, whole.name, with_field(before, name, value))
    elif isinstance(whole, (ir.Attr, ir.Index)):
        spoil(frame, whole, deep(value))


def _tell_of(frame: Frame, root: str, name: str, value: Value) -> None:
    """Tell what a caller has put into a variable that is not the function's own, or into a member of it."""
    if not frame.library.watched:
        return
    number = shared.owner(frame.module, frame.path, frame.function.outer, root, frame.library.bound)
    whole = f"{root}.{name}" if name else root
    kinds = frame.library.watched.get((FunctionRef(frame.path, number), whole))
    if kinds is not None:
        _tell(frame, f"{number}.{whole}", whole, value, kinds)


def _tell(frame: Frame, place: str, name: str, value: Value, kinds: AbstractSet[str]) -> None:
    """Tell what the caller of a function has it put into a member of its object, or into a variable."""
    spot = frame.spot(KEPT, place, frame.function.line)
    where = frame.path, frame.function.line, f"kept as {name}"
    for label, taint in deep(value).items():
        if isinstance(label.root, int) and "*" not in taint.cleaned and not kinds <= taint.cleaned:
            guards = frame.guards(label, taint)
            frame.hit(
                Hit(label, KEPT, spot, taint.node, guards, None, where, False, frame.env.case, taint.sure, taint.fixed)
            )


def spoil(frame: Frame, expr: ir.Expr, taints: Mapping[Label, Taint]) -> None:
    """Something of these labels went into what an expression names."""
    if not taints:
        return
    expr, names = _root(frame, expr)
    if isinstance(expr, ir.Name):
        inner = Value(taints)
        for name in names[:-1]:
            inner = Value(fields={name: inner})
        if names:
            before = frame.env.vars.get(expr.id, CLEAN)
            known = member(before, names[-1]) if before is not CLEAN else CLEAN
            put(frame, expr, names[-1], join(known, inner))
        elif expr.id in frame.env.vars:
            frame.env.vars[expr.id] = with_taints(frame.env.vars[expr.id], taints)
            if expr.id in frame.numbers:
                frame.mutate(frame.numbers[expr.id], taints)
        else:
            frame.mutate(expr.id, taints)
            if expr.id in frame.globals:
                frame.globals[expr.id] = with_taints(frame.globals[expr.id], taints)


def _root(frame: Frame, expr: ir.Expr) -> tuple[ir.Expr, list[str]]:
    """What a member is a part of, and the names that lead there, the last first; ``*`` for what is looked up."""
    names: list[str] = []
    while True:
        if isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr) and expr.callee.name == "setdefault":
            names.append("*")
            expr = expr.callee.value
        elif isinstance(expr, (ir.Attr, ir.Index)):
            names.append(expr.name if isinstance(expr, ir.Attr) else named(frame.value(expr.key)) or "*")
            expr = expr.value
        else:
            return expr, names


def _behind(taints: Taints, path: str, line: int) -> Taints:
    """What is put at the end of a text that is made piece by piece."""
    put_in = stepped(taints, Node(None, path, line, "put into a string"))
    return {label: taint._replace(fixed=taint.fixed or "?") for label, taint in put_in.items()}


def builds(frame: Frame, name: str) -> bool:
    """Whether a method puts something at the end of a text: lists of these languages have others."""
    return frame.module.language in _BUILDING and name in words("appending")


def collect(
    frame: Frame, whole: ir.Expr, receiver: Value, args: targets.Arguments, *, each: bool = False, text: bool = False
) -> None:
    """A method of which nobody takes the result puts its arguments into its object, or ``each`` member of a list.

    ``text`` says that the object is a text which is made piece by piece.
    """
    if isinstance(receiver.ref, (External, ModuleRef, ClassRef)):
        return
    first = args.positional[0] if each and len(args.positional) == 1 else CLEAN
    if first.items and first.fields is not None and not first.taints:
        args = args._replace(positional=tuple(first.fields.values()))
    # Of what is spread out nobody knows how much it is, so what stands behind it has no place.
    rest = deep(args.rest)
    if isinstance(whole, ir.Name) and whole.id in frame.env.vars and receiver.items:
        frame.env.vars[whole.id] = with_taints(appended(receiver, args.positional), rest)
    elif isinstance(whole, ir.Attr) and receiver.items:
        put(frame, whole.value, whole.name, with_taints(appended(receiver, args.positional), rest))
    else:
        put_in = merged(deep(value) for value in args.all)
        spoil(frame, whole, _behind(put_in, frame.path, whole.line) if text else put_in)
