"""Functions of JavaScript that walk into an object by names they are given, and so into what all objects share.

``node = node[name]`` with ``__proto__``, or ``constructor`` and then ``prototype``, leads out of the object to the
prototype of every other one; what is set there every object has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import FunctionRef, Project, ValueRef

LANGUAGES: Final = frozenset({"javascript", "typescript", "tsx", "jsx"})
_OWN: Final = frozenset({"hasOwn", "hasOwnProperty", "getOwnPropertyDescriptor"})
_WHOLE: Final = frozenset({"startsWith", "endsWith"})
"""Tests that look at one end of a text, wherever else a name may stand."""
_PROTO: Final = "__proto__"
_MADE: Final = ("constructor", "prototype")
_FOLDS: Final = frozenset({"reduce", "reduceRight"})
_HELPERS: Final = 8
"""Functions that are called for a verdict, and looked into."""
_NONE: Final = frozenset[str]()
_MOST: Final = 2000
"""Nodes of one function that are looked at."""


def climbs(project: Project, ref: FunctionRef) -> frozenset[str]:
    """Variables of whose objects a function sets members, reached by names of which it refuses too few."""
    module = project.modules[ref.path]
    if module.language not in LANGUAGES:
        return _NONE
    nodes = list(_nodes(module, module.functions[ref.number]))
    inner = (module.functions[node.function] for node in nodes if isinstance(node, ir.Closure))
    walked = set(_walked(nodes, {param.name for each in inner for param in each.params}))
    walked |= set(_folded(nodes)) if walked else set()
    merged = {} if walked else dict(_merged(module.functions[ref.number], nodes))
    into = walked | set(merged)
    set_in = {node.value.id for node in _targets(nodes) if isinstance(node.value, ir.Name)}
    if not into & set_in or _looks_at_own(nodes, into):
        return _NONE
    known = _refused(project, ref, nodes)
    # Where only what is an object is walked into, ``constructor``, a function, is not.
    enough = any(name in known for name in _MADE) or (merged and _asks_type(nodes, into))
    return _NONE if _PROTO in known and enough else frozenset(into & set_in)


def _nodes(module: ir.Module, function: ir.Function) -> Iterator[ir.Node]:
    """Everything in a function and in those that stand in it."""
    waiting, left = [function.body], _MOST
    while waiting:
        for node in walk.below(waiting.pop()):
            left -= 1
            if left < 0:
                return
            if isinstance(node, ir.Node):
                yield node
            if isinstance(node, ir.Closure):
                waiting.append(module.functions[node.function].body)


def _targets(nodes: list[ir.Node]) -> Iterator[ir.Index]:
    """Members by a name that is no constant, where something is put under it."""
    for node in nodes:
        for target in node.targets if isinstance(node, ir.Assign) else ():
            if isinstance(target, ir.Index) and not isinstance(target.key, ir.Const):
                yield target


def _walked(nodes: list[ir.Node], handed: set[str]) -> Iterator[str]:
    """Names that become a member of what they are: ``node = node[name]``; what each turn of a fold gives back.

    ``handed``: parameters of functions that stand in this one.
    """
    for node in nodes:
        if isinstance(node, ir.Assign):
            for target in node.targets:
                member = _member(node.value)
                if isinstance(target, ir.Name) and member is not None and _name(member.value) == target.id:
                    yield target.id
        elif isinstance(node, ir.Return) and node.value is not None:
            member = _member(node.value)
            if member is not None and _name(member.value) in handed and isinstance(member.key, ir.Name):
                # ``names.reduce((node, name) => node[name], whole)``
                yield _name(member.value)


def _folded(nodes: list[ir.Node]) -> Iterator[str]:
    """Names that are set to what a fold over names gives back: ``const node = names.reduce(…, whole)``."""
    for node in nodes:
        if isinstance(node, ir.Assign) and isinstance(node.value, ir.Call) and _last(node.value) in _FOLDS:
            yield from filter(None, map(_name, node.targets))


def _merged(function: ir.Function, nodes: list[ir.Node]) -> Iterator[tuple[str, ir.Index]]:
    """Parameters of whose members the function itself is called again: ``merge(target[key], source[key])``."""
    names = {param.name for param in function.params}
    for node in nodes:
        callee = node.callee if isinstance(node, ir.Call) else None
        called = callee.id if isinstance(callee, ir.Name) else callee.name if isinstance(callee, ir.Attr) else ""
        if isinstance(node, ir.Call) and called and called == function.name and node.args:
            member = _member(node.args[0].value)
            if member is not None and _name(member.value) in names:
                yield _name(member.value), member


def _member(expr: ir.Expr) -> ir.Index | None:
    """A member by a name that is no constant, also ``node[name] ??= {}`` and ``node[name] || {}``."""
    for _ in range(_HELPERS):
        if isinstance(expr, ir.Binary) and expr.op in {"or", "||", "??"}:
            expr = expr.left
        elif isinstance(expr, ir.Bind):
            expr = expr.target
    return expr if isinstance(expr, ir.Index) and not isinstance(expr.key, ir.Const) else None


def _name(expr: ir.Expr) -> str:
    return expr.id if isinstance(expr, ir.Name) else ""


def _last(call: ir.Call) -> str:
    callee = call.callee
    if isinstance(callee, ir.Attr) and callee.name in {"call", "apply"} and isinstance(callee.value, ir.Attr):
        callee = callee.value
    return callee.name if isinstance(callee, ir.Attr) else callee.id if isinstance(callee, ir.Name) else ""


def _looks_at_own(nodes: list[ir.Node], into: set[str]) -> bool:
    """Whether it is asked if the object that is walked into has the member itself, or objects have no prototype."""
    for node in nodes:
        if isinstance(node, ir.Call):
            asked = {_name(arg.value) for arg in node.args}
            asked |= {_name(node.callee.value)} if isinstance(node.callee, ir.Attr) else set()
            if (_last(node) in _OWN and asked & into) or (_last(node) == "create" and _is_nothing(node)):
                return True
    return False


def _is_nothing(call: ir.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0].value, ir.Const) and call.args[0].value.value is None


def _asks_type(nodes: list[ir.Node], into: set[str]) -> bool:
    """Whether the type of the member is asked before it is walked into."""
    for node in nodes:
        asked: list[ir.Expr] = []
        if isinstance(node, ir.Unary) and node.op == "typeof":
            asked = [node.value]
        elif isinstance(node, ir.Call) and _last(node).lower().startswith("is"):
            asked = [arg.value for arg in node.args]
        if any(isinstance(each, ir.Index) and _name(each.value) in into for each in asked):
            return True
    return False


def _refused(project: Project, ref: FunctionRef, nodes: list[ir.Node]) -> frozenset[str]:
    """Which of the three names the function tests for, itself, by lists of the file or by helpers that it asks."""
    ends = {id(arg.value) for node in nodes if isinstance(node, ir.Call) and _last(node) in _WHOLE for arg in node.args}
    texts = [node for node in nodes if isinstance(node, ir.Const) and id(node) not in ends]
    for name in {node.id for node in nodes if isinstance(node, ir.Name)}:
        known = project.named(ref.path, name)
        if isinstance(known, ValueRef):
            texts += [node for node in walk.below(known.value) if isinstance(node, ir.Const)]
        elif isinstance(known, FunctionRef) and known != ref:
            module = project.modules[known.path]
            inside = list(_nodes(module, module.functions[known.number]))
            texts += [node for node in inside if isinstance(node, ir.Const)]
            for other in {node.id for node in inside if isinstance(node, ir.Name)}:
                listed = project.named(known.path, other)
                if isinstance(listed, ValueRef):
                    texts += [node for node in walk.below(listed.value) if isinstance(node, ir.Const)]
    said = "\n".join(node.value for node in texts if isinstance(node.value, str))
    return frozenset(name for name in (_PROTO, *_MADE) if name in said)
