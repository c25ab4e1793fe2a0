"""Shells for someone else, and programs that mine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.downloads import hands_over, runs_given
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import RECEIVED, connects
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text
from driftseal.observe.behaviour.obfuscation import executes, running
from driftseal.observe.behaviour.outlets import goes_out, writes
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_COMMANDS: Final = frozenset({"command", "argv"})
_STRATUM: Final = frozenset({"login", "submit", "job"})
"""Methods of pools, which take a name and a word for it."""
_NO_STREAMS: Final = frozenset({"PIPE", "DEVNULL"})
_STREAMS: Final = frozenset({"stdin", "stdout", "stderr"})


def find(code: Code) -> Iterator[Fact]:
    """``reverse-shell`` and ``miner``."""
    for scope in code.scopes:
        spawned = scope.calls if "pty.spawn" in scope.names else ()
        started = [*scope.commands, *((called, "") for called in spawned if called.name == "pty.spawn")]
        if started:
            yield from _shells(scope, started)
        elif hands_over(scope):
            yield from _handed(scope)
        if any(map(executes, running(scope))):
            yield from _executed(scope)
        yield from _mines(scope)


def _shells(scope: Scope, started: list[tuple[Called, str]]) -> Iterator[Fact]:
    opened = next((called for called in scope.calls if connects(called.name)), None)
    flow = Flow(scope, RECEIVED)
    piped = any(_piped(called) for called in scope.calls)
    afar = _connected(scope) if piped and opened is None else None
    for called, command in started:
        line = flow.sent(called) if flow else None
        if line is not None:
            yield scope.fact("reverse-shell", called.call.line, called.name, (line, "said there"))
        elif opened is not None and (
            says("shells", command.split(" ")[0] if command else "") or called.name == "pty.spawn" or piped
        ):
            yield scope.fact("reverse-shell", called.call.line, called.name, (opened.call.line, "connected here"))
        elif afar is not None and (called.name == "pty.spawn" or _is_shell(scope, called)):
            yield scope.fact("reverse-shell", called.call.line, called.name, (afar, "connected here"))


def _connected(scope: Scope) -> int | None:
    """Where another function of the file opens a connection, which this one is handed."""
    others = scope.code.of_file(scope.path)
    return next((called.call.line for other in others for called in other.calls if connects(called.name)), None)


def _is_shell(scope: Scope, called: Called) -> bool:
    """Whether a shell is started, also one of several by the machine's kind."""
    first = called.call.args[0].value if called.call.args else None
    value = scope.set_to(first)
    value = value.items[0] if isinstance(value, ir.Group) and value.items else value
    return any(says("shells", str(each.value)) for each in strings(scope.set_to(value)))


def _handed(scope: Scope) -> Iterator[Fact]:
    """What another machine says is handed to a helper that runs it."""
    flow = Flow(scope, RECEIVED)
    for called in scope.calls if flow else ():
        line = flow.sent(called) if runs_given(scope, called) else None
        if line is not None:
            yield scope.fact("reverse-shell", called.call.line, called.name, (line, "said there"))


def _executed(scope: Scope) -> Iterator[Fact]:
    """What another machine says is run as code."""
    flow = Flow(scope, RECEIVED)
    for called in running(scope) if flow else ():
        line = flow.sent(called) if executes(called) else None
        if line is not None:
            yield scope.fact("reverse-shell", called.call.line, called.name, (line, "said there"))


def _piped(called: Called) -> bool:
    """``socket.pipe(shell.stdin)`` and back, ``os.dup2(link.fileno(), 0)``, ``Popen(…, stdin=link)``."""
    callee = called.call.callee
    if called.name == "os.dup2":
        return True
    given = [arg.value for arg in called.call.args if arg.name == "stdin"]
    if any(isinstance(each, ir.Call) or (isinstance(each, ir.Name) and each.id not in _NO_STREAMS) for each in given):
        return True
    if not isinstance(callee, ir.Attr) or callee.name != "pipe":
        return False
    ends = (callee.value, *(arg.value for arg in called.call.args))
    return any(isinstance(end, ir.Attr) and end.name in _STREAMS for end in ends) and not any(
        isinstance(end, ir.Attr) and isinstance(end.value, ir.Name) and end.value.id == "process" for end in ends
    )


def _mines(scope: Scope) -> Iterator[Fact]:
    for node in scope.of(ir.Mapping) if {"login", "pass"} <= scope.keys else ():
        keys = {text(entry.key): entry.value for entry in node.entries}
        if text(keys.get("method")) in _STRATUM and "params" in keys:
            yield scope.fact("miner", node.line, f"{text(keys['method'])} at a pool")
            return
    if "miners" not in scope.shown:
        return
    told = next((each for each in scope.constants if says("miners", str(each.value))), None)
    for called in scope.calls:
        if scope.kinds(called) & _COMMANDS or goes_out(scope, called) or writes(scope, called):
            what = str(told.value) if told is not None else called.name
            related = ((told.line, "named here"),) if told is not None else ()
            yield scope.fact("miner", called.call.line, what, *related)
            return
