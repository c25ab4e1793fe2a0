"""Calls that another call makes, now or later: threads, timers, pools, tasks, what is done at the end of a process."""

from __future__ import annotations

from typing import Any, Final

from driftseal.code import ir

_WITH_TARGET: Final = frozenset({"Thread", "Process"})
_BEHIND: Final = {
    "submit": 0,
    "to_thread": 0,
    "register": 0,
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "start_soon": 0,
    "run_sync": 0,
    "add_task": 0,
    "call_later": 1,
    "call_at": 1,
    "run_in_executor": 1,
    "finalize": 1,
}
"""Functions that call what they are given with what follows it, and how much stands before it."""
_WITH_LIST: Final = {"apply_async": 0, "start_new_thread": 0, "Timer": 1, "enter": 2}
"""As above, with the arguments in a list of their own."""
STARTERS: Final = frozenset({*_WITH_TARGET, *_BEHIND, *_WITH_LIST})
"""Names of all of them."""
TASKS: Final = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe"})
"""Functions that are given a call which goes on by itself."""


def started(call: ir.Call) -> ir.Call | None:
    """The call that a call starts: ``send(text)`` of ``Thread(target=send, args=(text,))``; None for none."""
    callee = call.callee
    last = callee.name if type(callee) is ir.Attr else callee.id if type(callee) is ir.Name else ""
    if last not in STARTERS:
        return None
    named = {arg.name: arg.value for arg in call.args if arg.name}
    plain = [arg for arg in call.args if not arg.name]
    if last in _WITH_TARGET:
        function, given = named.get("target"), _listed(named.get("args"))
    else:
        place = _BEHIND.get(last, _WITH_LIST.get(last, 0))
        function = plain[place].value if len(plain) > place else named.get("function")
        rest = plain[place + 1 :]
        given = rest if last in _BEHIND else _listed(rest[0].value if rest else named.get("args"))
    if type(function) not in {ir.Name, ir.Attr}:
        return None
    kwargs = named.get("kwargs")
    for entry in kwargs.entries if isinstance(kwargs, ir.Mapping) else ():
        if isinstance(entry.key, ir.Const):
            given = [*given, ir.Arg(str(entry.key.value), entry.value, spread=False)]
    return ir.Call(function or callee, tuple(given), call.line, new=False)


def _listed(value: Any) -> list[ir.Arg]:
    items = value.items if isinstance(value, ir.Group) else ()
    return [ir.Arg("", item, spread=False) for item in items]
