"""Records that grow among temporary files under a name that listings leave out: somebody else takes them from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_OPENS: Final = frozenset({"open", "openSync", "createWriteStream"})
_APPENDS: Final = frozenset({"appendFile", "appendFileSync"})
_WRITERS: Final = _OPENS | _APPENDS
_TEMPORARY: Final = frozenset({"gettempdir", "tmpdir"})
_PLACES: Final = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108  looked for, not used
_FLAG: Final = "O_APPEND"


def find(code: Code) -> Iterator[Fact]:
    """``said-kept-hidden``."""
    for scope in code.scopes:
        # What is written at the top of a file, a function has not been told.
        for called in scope.calls if scope.number and not _WRITERS.isdisjoint(scope.lasts) else ():
            first: Any = called.call.args[0].value if called.call.args else None
            on = called.call.callee.value if isinstance(called.call.callee, ir.Attr) else None
            place = on if first is None or text(first) in {"a", "ab", "a+"} else first
            if place is not None and _appends(called) and _temporary(scope, place):
                whole = scope.path_of(scope.set_to(place)) or scope.constant(place) or ""
                name = whole.rpartition("/")[2]
                if name.startswith(".") and name.strip("."):
                    yield scope.fact("said-kept-hidden", called.call.line, name)


def _appends(called: Called) -> bool:
    name = called.name.rpartition(".")[2]
    if name in _APPENDS:
        return True
    given = [node for arg in called.call.args for node in walk(arg.value)] if name in _OPENS else []
    modes = {text(node) for node in given}
    return not modes.isdisjoint({"a", "ab", "a+", "at"}) or any(last(node) == _FLAG for node in given)


def _temporary(scope: Scope, place: Any) -> bool:
    """Whether a path lies in the folder of temporary files."""
    for node in (*walk(place), *walk(scope.set_to(place))):
        if isinstance(node, ir.Call) and last(node.callee) in _TEMPORARY:
            return True
        if text(node).startswith(_PLACES):
            return True
    return False
