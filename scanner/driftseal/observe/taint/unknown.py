"""Calls of which nobody knows what they do: whatever goes in may come out."""

from __future__ import annotations

import itertools
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, FunctionRef, Instance, ModuleRef
from driftseal.observe.taint import library, lookup, stores, syntax, targets
from driftseal.observe.taint.callbacks import callbacks, functions
from driftseal.observe.taint.env import guarded
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Node, Taint, merged, stepped
from driftseal.observe.taint.values import CLEAN, Value, chosen, deep, join, member, with_taints
from driftseal.observe.taint.words import words

_NAMED: Final = frozenset({"python", "javascript", "typescript", "tsx"})
"""Languages of which the names of calls that carry data on are known."""
_REPLACING: Final = frozenset({"replace", "replaceAll"})
_TAKES: Final = frozenset({"clear", "delete", "discard", "pop", "popitem", "remove"})
"""What takes something out of an object by the name that it is given."""
_SAYS: Final = "cast"
"""What says of a value what it is."""
_PAIR: Final = 2
_SETTLES: Final = "resolve"
"""How the function is called that is handed to whoever makes a promise."""


def unknown(frame: Frame, expr: ir.Call, receiver: Value, args: targets.Arguments, target: Value) -> Value:
    """Whoever is not known gives back whatever goes in."""
    if isinstance(expr.callee, ir.Name):
        _hand(frame, target, args)
    name = targets.called(expr)
    if name == _SAYS and frame.python and len(args.positional) == _PAIR:
        return lookup.as_told(frame, args.positional[1], frame.path, _type(expr.args[0].value))
    return _made(frame, expr, name, receiver, args, target)


def _made(frame: Frame, expr: ir.Call, name: str, receiver: Value, args: targets.Arguments, target: Value) -> Value:
    """What comes back by a name."""
    if name in words("accessors") and args.positional and isinstance(expr.callee, ir.Attr):
        found = _member(receiver, args.positional[0])
        if found is not None:
            return join(found, args.positional[1]) if args.positional[1:] else found
    table = _is_table(receiver)
    if name in words("accessors") and receiver.fields and not receiver.taints and args.positional:
        # Whatever the name, the answer is one of the table, or the default.
        return join(lookup.element(receiver), args.positional[1]) if args.positional[1:] else lookup.element(receiver)
    # A part that is taken out, and what a table holds, do not come from what they are asked for by.
    alone = name in words("cutting") or (table and name in words("accessors"))
    if _looks_up(frame, expr, name, receiver, args):
        besides = (*args.positional[1:], args.named.get("default", CLEAN))
        return with_taints(Value(ref=_result_ref(args, target)), merged(map(deep, (receiver, *besides))))
    _put(frame, expr, receiver, args, table=table)
    if frame.effect is expr and not functions(args):
        return CLEAN  # nobody takes the result
    inner = deep(receiver)
    # Nothing of what is looked for stands in the text any more.
    put = args._replace(positional=args.positional[1:]) if name in _REPLACING and args.positional[1:] else args
    taints = inner if alone else merged((inner, *map(deep, put.all)))
    result = Value(ref=_result_ref(args, target))
    if taints:
        operands = len(expr.args) + (isinstance(expr.callee, ir.Attr) and bool(inner))
        node = Node(
            None,
            frame.path,
            expr.line,
            library.passing(frame, name, receiver, args),
            normal=name in words("normalising"),
            real=name in words("unlinking"),
            pure=operands == 1 and name not in words("losing"),
        )
        clean = library.replaced(frame, name, receiver, args)
        # What nobody knows may as well look something up by what it is given.
        guessed = frame.module.language in _NAMED and not _carries(name)
        stepped_on = stepped(taints, node)
        if clean or guessed:
            stepped_on = {
                label: Taint(step, cleaned | clean, guards, fixed, 0 if guessed else sure)
                for label, (step, cleaned, guards, fixed, sure) in stepped_on.items()
            }
        result = Value(stepped_on, ref=result.ref)
        if isinstance(target.ref, External) and args.named and name[:1].isupper():
            # An object of a class that nobody knows holds under their names what it was given.
            whole = merged(deep(value) for value in (receiver, *args.positional, args.rest))
            result = result._replace(taints=stepped(whole, node), fields=dict(args.named))
    return callbacks(frame, args, receiver, expr, result)


def _member(receiver: Value, key: Value) -> Value | None:
    """What is asked for by its name; None where nobody knows the name, or there is nothing to ask."""
    if key.text is not None:
        return member(receiver, key.text) if receiver.taints or receiver.fields else None
    return chosen(receiver, key)


def _type(expr: ir.Expr) -> str:
    """A type that is given as a name, or as a text."""
    return expr.id if isinstance(expr, ir.Name) else str(expr.value) if isinstance(expr, ir.Const) else ""


def _looks_up(frame: Frame, expr: ir.Call, name: str, receiver: Value, args: targets.Arguments) -> bool:
    """Whether something unknown is asked for a member or an answer, ``self.waiting.get(key)``: neither is the key."""
    return (
        frame.module.language in _NAMED
        and name == "get"
        and not functions(args)
        and isinstance(expr.callee, ir.Attr)
        and len(args.positional) <= len(("key", "default"))
        # ``lodash.get(all, path)`` takes what it asks as well.
        and (
            len(args.positional) == 1
            if isinstance(receiver.ref, External)
            else not isinstance(receiver.ref, (ModuleRef, ClassRef))
        )
    )


def _put(frame: Frame, expr: ir.Call, receiver: Value, args: targets.Arguments, *, table: bool) -> None:
    """What a call puts into its object, or promises."""
    name = targets.called(expr)
    if name == _SETTLES and isinstance(expr.callee, ir.Name):
        stores.spoil(frame, expr.callee, guarded(frame.env.checks, merged(map(deep, args.all))))
    if frame.python and frame.effect is expr:
        frame.env.add(syntax.visited(frame, expr, receiver))
        if name == "setattr" and len(args.positional) == len(expr.args) == len(("object", "name", "value")):
            stores.put(frame, expr.args[0].value, args.positional[1].text or "*", args.positional[2])
    key = args.positional[0].text if table and name == "set" and args.positional[1:] else None
    if key is not None and isinstance(expr.callee, ir.Attr):
        stores.put(frame, expr.callee.value, key, args.positional[1])
    elif frame.effect is expr and isinstance(expr.callee, ir.Attr) and name not in _TAKES:
        given = args._replace(positional=args.positional[1:]) if table and name == "set" else args
        stores.collect(
            frame, expr.callee.value, receiver, given, each=name == "extend", text=stores.builds(frame, name)
        )


def _hand(frame: Frame, target: Value, args: targets.Arguments) -> None:
    """Remember what a parameter is called with."""
    for label, taint in target.taints.items():
        if isinstance(label.root, int) and not label.path and taint.node is None:
            before = frame.summary.handed.get(label.root, ())
            pairs = itertools.zip_longest(before, args.positional, fillvalue=CLEAN)
            frame.summary.handed[label.root] = tuple(join(one, other) for one, other in pairs)


def _is_table(receiver: Value) -> bool:
    """Whether something is a ``Map``, which gives back what was put in, whatever it is asked for by."""
    made = receiver.ref.of if isinstance(receiver.ref, Instance) else None
    return isinstance(made, External) and made.name in words("tables")


def _carries(name: str) -> bool:
    """Whether what comes back is made of what goes in, as far as a name tells; a class is named to hold it."""
    return not name or name[:1].isupper() or name in words("carrying")


def _result_ref(args: targets.Arguments, target: Value) -> External | Instance | FunctionRef | None:
    """A wrapped function is that function; what a library makes is known by its maker."""
    functions = [value.ref for value in args.positional if isinstance(value.ref, (FunctionRef, External))]
    if len(args.positional) == 1 and functions and not target.taints:
        return functions[0]
    return Instance(target.ref) if isinstance(target.ref, External) and target.ref.symbols else None
