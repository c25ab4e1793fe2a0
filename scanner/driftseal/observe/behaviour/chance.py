"""Rows and files that are drawn by lot and deleted, now and then only: what is lost is missed long after."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk, written
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.triggers import counters, leaves_quietly, reason
from driftseal.observe.behaviour.whole import Code

_ORDERS: Final = frozenset({"<", ">", "<=", ">=", "==", "!="})
_TIMES: Final = frozenset({"date", "machine", "counter"})


def find(code: Code) -> Iterator[Fact]:
    """``deleted-by-chance``."""
    for scope in code.scopes:
        deleting = _deleting(scope) | {id(called.call) for called, helper in scope.helped if _deleting(helper)}
        for branch in scope.of(ir.If) if deleting else ():
            why = "chance" if _by_lot(scope, branch.test) else reason(scope, branch.test, counters(scope))
            if why != "chance" and why not in _TIMES:
                continue
            rest = (
                scope.rests.get(id(branch), ()) if leaves_quietly(branch) or (why == "chance" and _ends(branch)) else ()
            )
            done = (node for node in walk((branch.then, branch.otherwise, rest)) if id(node) in deleting)
            line = next((node.line for node in done), None)
            if line is not None:
                yield scope.fact("deleted-by-chance", line, f"drawn by lot, by {why}", (branch.line, "decided here"))


def _ends(branch: ir.If) -> bool:
    """Whether the function ends with a branch, which may have something to say."""
    return bool(branch.then) and not branch.otherwise and isinstance(branch.then[-1], ir.Return)


@once
def _deleting(scope: Scope) -> frozenset[int]:
    """Calls that delete what was drawn by lot, by the identity of their nodes."""
    # Asked first, or every argument of every call would be read as a statement.
    if "draws" not in scope.doing and "orders-by-lot" not in scope.shown:
        return frozenset()
    return frozenset(
        id(called.call) for called in scope.calls if _drawn_rows(scope, called) or _drawn_file(scope, called)
    )


def _drawn_rows(scope: Scope, called: Called) -> bool:
    """``delete from orders where id in (select id from orders order by random() limit 7)``, also in two steps."""
    first = called.call.args[0].value if called.call.args else None
    statement = (scope.constant(first) or written(scope.set_to(first))) if first is not None else ""
    return says("deletes-by-lot", statement) or (says("deletes-rows", statement) and _drawn(scope, called))


def _drawn_file(scope: Scope, called: Called) -> bool:
    """``os.remove(random.choice(files))``, ``path.unlink()`` for each of ``random.sample(files, 3)``."""
    deletes = "path-delete" in scope.kinds(called) or called.name.rpartition(".")[2] == "unlink"
    return deletes and _drawn(scope, called)


def _drawn(scope: Scope, called: Called) -> bool:
    """Whether a call is about something that was drawn by lot, here or by the statement before."""
    callee = called.call.callee
    given: list[Any] = [arg.value for arg in called.call.args]
    given += [callee.value] if isinstance(callee, ir.Attr) else []
    names = {each.id for value in given for each in walk(value) if isinstance(each, ir.Name)}
    given += [scope.assigned[name] for name in names & scope.assigned.keys()]
    loops = (node for node in scope.of(ir.Loop) if node.source is not None)
    given += [
        loop.source
        for loop in loops
        if any(isinstance(each, ir.Name) and each.id in names for each in walk(loop.targets))
    ]
    return any(_draws(scope, each) for value in given for each in walk(value))


def _by_lot(scope: Scope, test: ir.Expr) -> bool:
    """``random.random() < 0.3``."""
    compared = (node for node in walk(test) if isinstance(node, ir.Binary) and node.op in _ORDERS)
    sides = chain.from_iterable((node.left, node.right) for node in compared)
    return any(_draws(scope, each) for side in sides for each in walk(scope.set_to(side)))


def _draws(scope: Scope, node: Any) -> bool:
    if isinstance(node, ir.Const):
        return isinstance(node.value, str) and says("orders-by-lot", node.value)
    return isinstance(node, ir.Call) and says("draws", scope.name(node))
