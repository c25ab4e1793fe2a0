"""What code does again and again, or as soon as it is loaded, and nobody has asked it for."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.scopes import Scope, once

_TIMERS: Final = frozenset({"setTimeout", "setInterval", "Timer", "call_later", "Thread", "setImmediate"})
_CALLS: Final = 4
"""Functions that call one another between a timer and what is done."""
_ASKED: Final = frozenset(
    {"argv", "__name__", "ArgumentParser", "OptionParser", "parseArgs", "click", "typer", "prompt"}
)
"""Words of a file that people run for what it does, and tell how."""


def around(scope: Scope, line: int) -> ir.Function:
    """The innermost function of a scope that holds a line."""
    holding = [each for each in scope.functions if each.line <= line <= each.end_line]
    return min(holding, key=lambda each: each.end_line - each.line, default=scope.function)


def again(scope: Scope, function: ir.Function) -> bool:
    """Whether a function goes round without end, or is handed to a timer or a thread."""
    return loops(scope, function) or timed(scope, function)


def loops(scope: Scope, function: ir.Function) -> bool:
    """Whether a function has a loop that goes through nothing."""
    return any(node.source is None and function.line <= node.line <= function.end_line for node in scope.of(ir.Loop))


def timed(scope: Scope, function: ir.Function) -> bool:
    """Whether a timer or a thread is given a function: itself, or by the name that it is set to."""
    return not _handed(scope).isdisjoint({function.name or "-", function.line})


@once
def _handed(scope: Scope) -> frozenset[str | int]:
    """What timers and threads are given by a scope: names of functions, and lines of those that have none."""
    found: set[str | int] = set()
    for called in scope.calls if not _TIMERS.isdisjoint(scope.lasts) else ():
        if called.name.rpartition(".")[2] in _TIMERS or nodes.last(called.call.callee) in _TIMERS:
            for arg in called.call.args:
                given = scope.set_to(arg.value)
                if isinstance(given, ir.Closure):
                    found.add(scope.module.functions[given.function].line)
                elif name := nodes.last(arg.value):
                    found.add(name)
    return frozenset(found)


@once
def _of_file(top: Scope) -> frozenset[str | int]:
    return frozenset[str | int]().union(*(_handed(each) for each in top.code.of_file(top.path)))


@once
def _rounds(scope: Scope) -> tuple[tuple[int, int], ...]:
    """First and last lines of loops that go through nothing, and of functions that timers or threads are given."""
    bodies = ((node.line, node.body) for node in scope.of(ir.Loop) if node.source is None)
    loops = [
        (line, max((getattr(each, "line", 0) for each in nodes.walk(body)), default=line)) for line, body in bodies
    ]
    top = scope.code.owner(scope.path, 0) or scope
    given = _of_file(top)
    # At the top of a file no function stands for the whole of it.
    own = [each for each in scope.functions if scope.number or each is not scope.function]
    handed = [(each.line, each.end_line) for each in own if not given.isdisjoint({each.name or "-", each.line})]
    return (*loops, *handed)


def in_round(scope: Scope, line: int) -> bool:
    """Whether a line is come to again and again, with nobody who calls it."""
    if _in_round(scope, line):
        return True
    top = scope.code.owner(scope.path, 0)
    return top is not None and scope.number in _led_to(top)


def _in_round(scope: Scope, line: int) -> bool:
    return any(first <= line <= last for first, last in _rounds(scope))


@once
def _led_to(top: Scope) -> frozenset[int]:
    """Functions of a file that nothing else in it calls than what timers and threads are given, or what that calls."""
    callers: dict[int, list[tuple[int, bool]]] = {}
    for scope in top.code.of_file(top.path):
        for called, helper in scope.helped:
            if helper.path == top.path:
                callers.setdefault(helper.number, []).append((scope.number, _in_round(scope, called.call.line)))
    found: set[int] = set()
    for _ in range(_CALLS):
        more = {
            number
            for number, those in callers.items()
            if all(timed or caller in found or caller == number for caller, timed in those)
            and any(timed or caller in found for caller, timed in those)
        }
        if more <= found:
            break
        found |= more
    return frozenset(found)


def on_load(scope: Scope) -> bool:
    """Whether what a scope does is done as soon as its file is loaded, whatever it was loaded for."""
    return scope.number == 0 and _ASKED.isdisjoint(scope.words)
