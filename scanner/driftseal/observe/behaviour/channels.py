"""The channel of a server to its client, laid through functions of the program's own that hand on what they hear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, Instance, ValueRef
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, walk
from driftseal.observe.behaviour.outlets import goes_out, leaving
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.traps import laid
from driftseal.observe.behaviour.whole import Code

_STREAMS: Final = frozenset({"stdin", "stdout"})
_ENDS: Final = frozenset({"write", "emit", "push", "read", "readline", "buffer"})
_ON: Final = frozenset({"apply", "call", "bind"})
"""What calls the function that was there before."""


def find(code: Code) -> Iterator[Fact]:
    """``conversation-tapped``, of what a process reads and writes itself."""
    for scope in code.scopes:
        if _STREAMS.isdisjoint(scope.words):
            continue
        for number, line in _between(scope):
            body = code.owner(scope.path, number)
            told = _tells(body, number) if body is not None else None
            if body is not None and told is not None:
                place = (line, "whatever is read or written runs through here")
                yield body.fact("conversation-tapped", told.call.line, told.name, place)


def _between(scope: Scope) -> Iterator[tuple[int, int]]:
    """Functions that are put in the place of those of a stream, with the lines where they are."""
    for call in scope.of(ir.Call):
        yield from ((number, call.line) for number in laid(call))
    for node in scope.of(ir.Assign):
        if any(_of_stream(target) for target in node.targets):
            yield from ((each.function, node.line) for each in walk(node.value) if isinstance(each, ir.Closure))


def _of_stream(target: Any) -> bool:
    """``process.stdout.write``, ``sys.stdin.readline``."""
    return isinstance(target, ir.Attr) and target.name in _ENDS and last(target.value) in _STREAMS


def _tells(body: Scope, number: int) -> Called | None:
    """The call by which a function hands what it is given to something that sends."""
    function = body.module.functions[number]
    names = {node.id for param in function.params for node in walk(param.pattern) if isinstance(node, ir.Name)}
    names |= {param.name for param in function.params if param.name}
    for node in body.of(ir.Assign):
        if function.line <= node.line <= function.end_line and _among(node.value, names):
            names |= {each.id for target in node.targets for each in walk(target) if isinstance(each, ir.Name)}
    for called in body.calls:
        inside = function.line <= called.call.line <= function.end_line and last(called.call.callee) not in _ON
        if inside and any(_among(arg.value, names) for arg in called.call.args) and _sends(body, called):
            return called
    return None


def _among(value: Any, names: set[str]) -> bool:
    return any(isinstance(node, ir.Name) and node.id in names for node in walk(value))


def _sends(body: Scope, called: Called) -> bool:
    """Whether a call sends something out, or is of an object whose class does."""
    callee = called.call.callee
    if goes_out(body, called) or not isinstance(callee, ir.Attr) or not isinstance(callee.value, ir.Name):
        return goes_out(body, called)
    project = body.code.project
    known = project.named(body.path, callee.value.id)
    known = project.resolve(known.path, known.value) if isinstance(known, ValueRef) else known
    cls = known.of if isinstance(known, Instance) else None
    return isinstance(cls, ClassRef) and any(leaving(each) for each in body.code.methods(cls.path, cls.number))
