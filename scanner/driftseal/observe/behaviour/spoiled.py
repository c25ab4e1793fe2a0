"""Files that are emptied or overwritten and rows that are changed from one day on, and never before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, walk, written
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.triggers import is_moment, leaves_quietly, reason
from driftseal.observe.behaviour.whole import Code

_STATEMENTS: Final = frozenset({"execute", "executemany", "executescript", "query", "exec", "run", "unsafe", "raw"})
_WRITERS: Final = frozenset({"write", "write_text", "write_bytes", "writeFile", "writeFileSync"})
_TRUNCATES: Final = frozenset({"truncate", "truncateSync", "ftruncateSync"})
_NONSENSE: Final = frozenset({"urandom", "randomBytes", "randbytes", "token_bytes", "randomFillSync"})
_ZEROS: Final = frozenset({"\0", b"\0"})
_COUNTS: Final = frozenset({"min", "max", "len", "int"})
_NOTHING: Final = frozenset({"", b""})


def find(code: Code) -> Iterator[Fact]:
    """``date-trigger``, of what keeps data."""
    for scope in code.scopes:
        spoiling = _spoiling(scope) | {id(called.call) for called, helper in scope.helped if _spoiling(helper)}
        for branch in scope.of(ir.If) if spoiling else ():
            if reason(scope, branch.test, frozenset()) != "date" or not is_moment(scope, branch.test):
                continue
            rest = scope.rests.get(id(branch), ()) if leaves_quietly(branch) else ()
            done = (node for node in walk((branch.then, branch.otherwise, rest)) if id(node) in spoiling)
            line = next((node.line for node in done), None)
            if line is not None:
                yield scope.fact("date-trigger", branch.line, "data are spoiled by it", (line, "done only then"))


@once
def _spoiling(scope: Scope) -> frozenset[int]:
    """Calls after which data are no more what they were, by the identity of their nodes."""
    if scope.lasts.isdisjoint(_STATEMENTS | _WRITERS | _TRUNCATES):
        return frozenset()
    return frozenset(id(called.call) for called in scope.calls if _spoils(scope, called.call))


def _spoils(scope: Scope, call: ir.Call) -> bool:
    name = last(call.callee)
    if name in _STATEMENTS and call.args:
        return says("spoils-rows", scope.constant(call.args[0].value) or written(call.args[0].value))
    if name in _WRITERS and call.args:
        return _is_nonsense(call.args[-1].value) or (len(call.args) > 1 and _is_nonsense(call.args[1].value))
    return name in _TRUNCATES


def _is_nonsense(value: Any) -> bool:
    """Whether a value is empty, made of bytes by chance, or of nothing but zeros."""
    if isinstance(value, ir.Const):
        return value.value in _NOTHING
    if isinstance(value, ir.Binary) and value.op == "*":
        return any(isinstance(each, ir.Const) and each.value in _ZEROS for each in (value.left, value.right))
    if not isinstance(value, ir.Call):
        return False
    count = value.args[0].value if value.args else None
    zeros = last(value.callee) == "alloc" or (last(value.callee) == "bytes" and _is_count(count))
    return zeros or last(value.callee) in _NONSENSE


def _is_count(value: Any) -> bool:
    """Whether it says how many bytes there are to be: ``bytes(4096)``, ``bytes(min(size, 4096))``."""
    if isinstance(value, ir.Const):
        return isinstance(value.value, int)
    return isinstance(value, ir.Call) and last(value.callee) in _COUNTS
