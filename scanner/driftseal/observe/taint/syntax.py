"""Checks of code by its tree before it is run, as calculators make: which kinds of nodes may stand in it.

By an attribute ``row.__class__.__base__.__subclasses__`` leads out of whatever names are there: a check that lets
attributes through, and asks none for its name, keeps nobody (CWE-95).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, External, Instance
from driftseal.code.walk import below
from driftseal.observe.taint import subjects
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import Guard
from driftseal.observe.taint.summary import Check
from driftseal.observe.taint.values import Value

_CODE: Final = frozenset({"code"})
_MODULE: Final = "ast."
_OUT: Final = "Attribute"
_ASKED: Final = "attr"
"""The member of an attribute's node that holds its name."""
_VISITORS: Final = ("NodeVisitor", "NodeTransformer")
_VISITS: Final = frozenset({"visit", "generic_visit"})
_MOST: Final = 400
"""Kinds of nodes of one list that are looked at."""
_NAMES: Final = "co_names"
"""The member of a code object that holds every name in it."""
NAMED: Final = "its names are of a list"
LISTED: Final = "its nodes are of some kinds"
DENIED: Final = "its nodes are of none of some kinds"


def of_kind(frame: Frame, subject: ir.Expr, kinds: ir.Expr, *, truth: bool) -> Iterator[Check]:
    """What it says of code that a node of its tree is, or is not, of these kinds."""
    named = _nodes(frame.value(kinds))
    if not named:
        return
    asks = any(isinstance(node, ir.Attr) and node.name == _ASKED for node in below(frame.function.body))
    strong = asks or ((_OUT not in named) if truth else (_OUT in named))
    guard = Guard(strong=strong, what=LISTED if truth else DENIED, kinds=_CODE)
    yield from subjects.checked(frame, subject, guard, anywhere=True)


def members(frame: Frame, subject: ir.Expr, listed: ir.Expr, *, truth: bool) -> Iterator[Check]:
    """``type(node) in KINDS``, and ``name in NAMES`` of each that compiled code speaks of."""
    if isinstance(subject, ir.Call) and isinstance(subject.callee, ir.Name) and subject.callee.id == "type":
        for arg in subject.args:
            yield from of_kind(frame, arg.value, listed, truth=truth)
    source = frame.looped.get(subject.id) if isinstance(subject, ir.Name) else None
    if truth and isinstance(source, ir.Attr) and source.name == _NAMES:
        yield from subjects.checked(frame, source.value, Guard(strong=True, what=NAMED, kinds=_CODE), anywhere=True)


def visited(frame: Frame, expr: ir.Call, receiver: Value) -> Iterator[Check]:
    """What a visitor of the project's own says of the tree that it goes through without raising anything."""
    of = receiver.ref.of if isinstance(receiver.ref, Instance) else None
    callee = expr.callee
    visits = isinstance(callee, ir.Attr) and callee.name in _VISITS and len(expr.args) == 1
    if not visits or not isinstance(of, ClassRef) or not _is_visitor(frame, of):
        return
    module = frame.library.project.modules[of.path]
    bodies = {
        module.functions[number].name: module.functions[number].body for number in module.classes[of.number].methods
    }
    raising = {name for name, body in bodies.items() if any(isinstance(node, ir.Raise) for node in below(body))}
    if not raising:
        return
    listed: set[str] = set()
    for name in raising & _VISITS:
        for node in below(bodies[name]):
            if isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) and node.callee.id == "isinstance":
                listed |= _nodes(frame.at_top(of.path).value(node.args[-1].value))
    strong = f"visit_{_OUT}" in raising or (bool(listed) and _OUT not in listed)
    guard = Guard(strong=strong, what=LISTED if listed else DENIED, kinds=_CODE)
    yield from subjects.checked(frame, expr.args[0].value, guard, anywhere=True)


def _is_visitor(frame: Frame, of: ClassRef) -> bool:
    bases = (frame.library.project.resolve(of.path, base) for base in frame.library.project.cls(of).bases)
    return any(isinstance(base, External) and base.name.endswith(_VISITORS) for base in bases)


def _nodes(value: Value) -> set[str]:
    """Names of the kinds of nodes of Python's ``ast`` that one or a list of classes stands for."""
    found: set[str] = set()
    waiting = [value]
    while waiting and len(found) < _MOST:
        one = waiting.pop()
        ref = one.ref
        if isinstance(ref, External) and ref.name.startswith(_MODULE):
            found.add(ref.name.removeprefix(_MODULE))
        waiting += list((one.fields or {}).values())[:_MOST]
    return found
